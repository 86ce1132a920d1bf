"""MultiHop-RAG: of the evidence a question needs, how much is among the first passages? https://github.com/yixuantt/MultiHop-RAG

`python -m evals.multihop FOLDER` prints it for the product's search; `measure` takes others to set beside it.
The folder holds evidence_corpus.jsonl and ground_truth.json. Where that has the evidence without the questions, `--made`
puts questions together from the evidence: such figures compare two ways of searching, and compare with nobody else's.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from evals import library
from evals.lines import day_of, json_lines, read_json
from evals.types import Case, Dataset
from index.articles import Articles
from index.problem import Problem
from index.question.needs import needs
from index.text import clean
from index.types import Article, Passage
from index.words import STOP_WORDS
from qa.settings import Settings, load_settings

Search = Callable[[Articles, str, int], Sequence[Passage]]  # the library, a question, how many passages
DEPTHS = (4, 10)
# Of the words of a piece of evidence, in a made question: with it, fused search alone finds 0.749 of the evidence among four passages,
# about as much as is known of the real questions (0.745).
KEPT = 0.25
# What a made question is put together from: {0} is the outlet and {1} the gist of one piece of evidence.
_FIRST = (
    "Did the {0} article report that {1}",
    "Does the {0} article on {1}",
    "Did {0} say {1}",
    "Who is {1}",
    "Which company is behind {1}",
)
_NEXT = (", while the {0} article reported {1}", " and the {0} article on {1} agree", ", while {0} said {1}", ", and is {1}", ", given {1}")


@dataclass(frozen=True, slots=True)
class Coverage:
    """The share of the gold evidence among the first passages, by depth: the mean over `questions`, of which `split` have
    parts; `found` has each question's own share, by depth."""

    questions: int
    split: int
    found: Mapping[int, tuple[float, ...]]
    milliseconds: float

    def at(self, depth: int) -> float:
        return sum(self.found[depth]) / len(self.found[depth])


def searched(articles: Articles, question: str, top_k: int) -> Sequence[Passage]:
    """As the product searches: for each of the question's needs, merged."""
    return articles.search(question, top_k=top_k, sentences=False)


SEARCHES: Mapping[str, Search] = {"search": searched}


def read(path: Path, made: bool = False) -> Dataset:
    """The folder as a dataset: an article is the evidence known of it. Raises Problem where it is not as wanted."""
    articles = tuple(
        Article(
            "", line.text("title"), "\n\n".join(line.texts("facts")), source=line.text("source"),
            published=day_of(str(line.fields.get("published_at", ""))[:10]), origin=line.text("_id"),
        )
        for line in json_lines(path / "evidence_corpus.jsonl")
    )  # fmt: skip
    truth = path / "ground_truth.json"
    told = read_json(truth)
    records = told if isinstance(told, dict) else dict(enumerate(told)) if isinstance(told, list) else {}
    cases = []
    for name, record in records.items():
        try:
            evidence = [(e["url"], e["fact"], e["source"]) for e in record["evidence_list"]]
        except (KeyError, TypeError):
            raise Problem(f'{truth}, question {name}: an "evidence_list" of objects with url, fact and source is wanted.') from None
        question = record.get("query") or record.get("question") or (evidence and made and _made(str(name), evidence)) or ""
        if evidence and not question:
            raise Problem(
                f'{truth}, question {name}: its text is not there ("query"). Put MultiHop-RAG\'s own MultiHopRAG.json in its place, '
                "or measure with --made, on questions put together from the evidence."
            )
        gold = dict.fromkeys((url for url, _, _ in evidence), 1)
        quotes = tuple(dict.fromkeys(clean(fact) for _, fact, _ in evidence))
        cases.append(Case(str(name), (question,), gold, quotes, refuse=not evidence))
    if not any(case.quotes for case in cases):
        raise Problem(f"{truth}: none of its questions has evidence.")
    return Dataset("multihop-made" if made else "multihop", tuple(cases), articles)


def measure(
    path: Path,
    settings: Settings,
    searches: Mapping[str, Search] = SEARCHES,
    part: str = "second",
    made: bool = False,
    limit: int | None = None,
    articles: Articles | None = None,
) -> dict[str, Coverage]:
    """Each way of searching on the answerable questions of the "first" half (to develop on), the "second" (to report) or "all".

    At most `limit` of them. The corpus is indexed once into a library of its own, or into `articles` where given. Raises Problem.
    """
    from qa.assistant import open_articles

    dataset = read(path, made)
    half = len(dataset.cases) // 2
    cases = {"first": dataset.cases[:half], "second": dataset.cases[half:], "all": dataset.cases}.get(part)
    if cases is None:
        raise Problem(f"There is no part {part!r} of the questions; the parts are first, second and all.")
    asked = [case for case in cases if case.quotes][:limit]
    own = library.settings_for(Dataset("multihop", articles=dataset.articles), settings)
    if articles is not None:
        return _measured(articles, asked, dataset, own.home, searches)
    with closing(open_articles(own)) as opened:
        return _measured(opened, asked, dataset, own.home, searches)


def _measured(
    articles: Articles, asked: Sequence[Case], dataset: Dataset, home: Path, searches: Mapping[str, Search]
) -> dict[str, Coverage]:
    filled = library.fill(articles, dataset, home)
    articles.warm()
    found: dict[str, Coverage] = {}
    for name, search in searches.items():
        started = time.perf_counter()
        rankings = [search(articles, case.question, max(DEPTHS)) for case in asked]
        spent = 1_000 * (time.perf_counter() - started) / max(1, len(asked))
        pairs = list(zip(asked, rankings, strict=True))
        shares = {depth: tuple(coverage(filled, case, ranking[:depth]) for case, ranking in pairs) for depth in DEPTHS}
        found[name] = Coverage(len(asked), sum(len(needs(case.question)) > 1 for case in asked), shares, spent)
    return found


def coverage(filled: library.Library, case: Case, passages: Sequence[Passage]) -> float:
    """The share of the gold evidence that stands whole in the passages."""
    held = [(p.chunk.article_id, p.chunk.start, p.chunk.end) for p in passages]
    places = filled.places(case)
    return sum(any(a == p.article_id and s <= p.start and p.end <= e for p in where for a, s, e in held) for where in places) / len(places)


def _made(name: str, evidence: Sequence[tuple[str, str, str]]) -> str:
    """A question that needs these pieces of evidence, the same at every call."""
    form = crc32(name.encode()) % len(_FIRST)
    told = [(source, _gist(fact)) for _, fact, source in evidence]
    first, *others = told
    return _FIRST[form].format(*first) + "".join(_NEXT[form].format(*other) for other in others) + "?"


def _gist(fact: str) -> str:
    """Some of its words, in their order: as much as a question gives away."""
    words = (word.strip(",.;:?!“”‘’\"'()") for word in fact.split())
    return " ".join(w for w in words if w and w.lower() not in STOP_WORDS and crc32(w.encode()) % 1_000 < 1_000 * KEPT)


def main(arguments: Sequence[str] | None = None) -> int:
    """The table; 1 and the reason where there is none."""
    parser = argparse.ArgumentParser(prog="python -m evals.multihop", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--part", choices=("first", "second", "all"), default="second", help="the questions; tune on the first half")
    parser.add_argument("--limit", type=int, help="so many questions at most")
    parser.add_argument("--made", action="store_true", help="on questions put together from the evidence")
    given: Any = parser.parse_args(arguments)
    try:
        found = measure(given.folder, load_settings(), part=given.part, made=given.made, limit=given.limit)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    of = "made questions, comparable with nobody's" if given.made else "questions"
    for name, got in found.items():
        shares = "  ".join(f"coverage@{depth} {got.at(depth):.3f}" for depth in DEPTHS)
        print(f"{name:<14} {shares}  {got.milliseconds:.0f} ms  {got.questions} {of}, {got.split} with parts")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
