"""llama-index's LabelledRagDataset JSON, as its `save_json` writes it: questions, each with contexts and an answer.

https://developers.llamaindex.ai/python/examples/llama_dataset/labelled-rag-datasets; llama-index-core 0.14.25 has
the classes no more, so the file is read as what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.lines import read_json
from evals.matching import contains, normal
from evals.types import Case, Dataset
from index.problem import Problem
from index.sentences import split_sentences
from index.text import clean, digest
from index.types import Article
from qa.facts import content


def read(path: Path) -> Dataset:
    """Every context once, as an article, and the questions that have contexts or an answer. Raises Problem."""
    told = read_json(path)
    examples = told.get("examples") if isinstance(told, dict) else None
    if not isinstance(examples, list):
        raise Problem(f'{path}: this is not a LabelledRagDataset of llama-index: an object with a list "examples" is wanted.')
    articles: dict[str, Article] = {}
    cases: list[Case] = []
    for number, example in enumerate(examples, 1):
        query, answer, contexts = _example(path, number, example)
        for context in contexts:
            articles.setdefault(digest(context), Article("", "", context, origin=f"context:{len(articles) + 1}"))
        gold = {articles[digest(context)].origin: 1 for context in contexts}
        if gold or answer:
            answers = ((answer,),) if answer else ()
            cases.append(Case(f"example:{number}", (query,), gold, _quotes(query, answer, contexts), answers))
    if not articles:
        raise Problem(f"{path}: none of its {len(examples)} examples has reference contexts, so there is nothing to search.")
    return Dataset(path.stem, cases=tuple(cases), articles=tuple(articles.values()))


def _example(path: Path, number: int, example: Any) -> tuple[str, str, tuple[str, ...]]:
    """Question, reference answer ("" without one) and reference contexts, clean."""

    def wrong(name: str, wanted: str) -> Problem:
        return Problem(f'{path}, example {number}: "{name}" must be {wanted}. Write the file with LabelledRagDataset.save_json.')

    if not isinstance(example, dict):
        raise Problem(f"{path}, example {number}: an object {{…}} is wanted.")
    query, answer, contexts = (example.get(name) for name in ("query", "reference_answer", "reference_contexts"))
    if not isinstance(query, str) or not query.strip():
        raise wrong("query", "a text that is not empty")
    if not isinstance(answer, str | None):
        raise wrong("reference_answer", "a text")
    if not isinstance(contexts, list | None) or not all(isinstance(context, str) for context in contexts or ()):
        raise wrong("reference_contexts", "a list of texts")
    texts = (clean(context) for context in contexts or ())
    return query, (answer or "").strip(), tuple(text for text in texts if any(c.isalnum() for c in text))


def _quotes(query: str, answer: str, contexts: Sequence[str]) -> tuple[str, ...]:
    """The sentences that the answer is made of, word for word; or else the one that holds the answer whole and
    shares most with the question; none where the answer is in its writer's own words."""
    if not normal(answer):
        return ()
    sentences = [span.text for context in contexts for span in split_sentences(context)]
    within = [text for text in sentences if len(normal(text)) > 1 and contains(answer, ((text,),))]
    if within:
        return tuple(dict.fromkeys(within))
    asked = set(content(query))
    holding = [text for text in sentences if contains(text, ((answer,),))]
    return tuple(sorted(holding, key=lambda text: -len(asked.intersection(content(text))))[:1])
