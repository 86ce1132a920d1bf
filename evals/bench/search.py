"""How long a search takes, and what of it is the cross-encoder's."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evals import datasets
from evals.bench import Measured, Row, middle, p95
from evals.library import fill, progress_bar, settings_for
from qa.settings import Settings

if TYPE_CHECKING:
    from index.articles import Articles
    from index.rerank import Scores

QUESTIONS = 30


class Silent:
    """A reranker that finds everything alike: the fused order stays as it is."""

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        import numpy

        return numpy.zeros(len(texts), dtype=numpy.float32)


def measure(settings: Settings) -> Measured:
    """The same questions with the cross-encoder and without, over the seeds."""
    from index.articles import Articles
    from qa.assistant import open_articles

    dataset = datasets.seed_cases()
    own = settings_for(dataset, settings)
    questions = [case.question for case in dataset.cases if len(case.turns) == 1][:QUESTIONS]
    articles = open_articles(own)
    try:
        fill(articles, dataset, own.home, progress_bar(dataset))
        chunks = articles.counts()[1]
        whole = _seconds(articles, questions)
    finally:
        articles.close()
    plain = Articles(
        own.home,
        own.models,
        embedding=own.search.embedding,
        candidates=own.search.candidates,
        top_k=own.search.top_k,
        chunk_tokens=own.search.chunk_tokens,
        reranker=Silent(),
    )
    try:
        fused = _seconds(plain, questions)
    finally:
        plain.close()
    against = "words and vectors fused, no cross-encoder"
    rows = (
        middle("a search, median", whole, fused, against),
        Row("a search, 95 %", p95(whole), len(whole), "s", p95(fused), against),
    )
    return Measured("search", rows, (f"{chunks} chunks, {own.search.candidates} of them read by the cross-encoder.",))


def _seconds(articles: Articles, questions: Sequence[str]) -> list[float]:
    articles.own()
    articles.warm()
    taken: list[float] = []
    for question in questions:
        started = time.perf_counter()
        articles.search(question)
        taken.append(time.perf_counter() - started)
    return taken
