"""Our search beside llama-index's own hybrid: the same questions in turn, how well each finds the article and how fast."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Protocol

from evals import datasets, retrieval
from evals.bench import Measured, Row, middle, p95
from evals.bench.llama_hybrid import TOP, Found, Hybrid, check_installed
from evals.library import Library, fill, progress_bar, settings_for
from evals.statistics import interval, mean, paired
from evals.types import Case, Dataset
from index.problem import Problem
from qa.settings import Settings

if TYPE_CHECKING:
    from evals.statistics import Rows

OURS = "article-qa"
SHOWN = {"nDCG@10": "retrieval.ndcg@10", "MRR@10": "retrieval.mrr@10", "hit@10": "retrieval.hit@10"}


@dataclass(slots=True)
class Way:
    """One way of searching: the measures of each question and the seconds it took; every way has the same questions in one order."""

    name: str
    scores: list[Mapping[str, float]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def rows(self, measure: str) -> Rows:
        import numpy

        return numpy.asarray([[score[SHOWN[measure]]] for score in self.scores], dtype=numpy.float64)

    def figure(self, measure: str) -> float:
        return mean(self.rows(measure))


class Yardstick(Protocol):
    def search(self, question: str) -> dict[str, Found]:
        """What each of its ways finds, in the same order of ways for every question."""
        ...


def measure(settings: Settings, dataset: tuple[str, Path] | None = None, limit: int | None = None) -> Measured:
    """`dataset` is a kind and a path, seeds/ for None; of its questions that name their articles and stand alone, `limit`.

    The yardstick reads the articles as our library has them; its index is kept beside that library. Raises Problem.
    """
    from qa.assistant import open_articles

    check_installed()  # before anything is indexed
    data = datasets.sample(searchable(datasets.load(*dataset) if dataset else datasets.seed_cases()), limit)
    own = settings_for(data, settings)
    articles = open_articles(own)
    try:
        library = fill(articles, data, own.home, progress_bar(data))
        theirs = Hybrid(own.models, own.home / "llama-index", [articles.get(row.id) for row in articles.list()])
        articles.own()
        articles.warm()
        ways = ask(library, theirs, data.cases)
        held, chunks = articles.counts()
    finally:
        articles.close()
    note = (
        f"{data.name}: {held} articles, {chunks} chunks of ours and {theirs.chunks} of theirs; {TOP} passages asked for, articles counted."
    )
    return told(ways[0], ways[1:], note, Hybrid.RERANKED)


def searchable(dataset: Dataset) -> Dataset:
    """With only the cases that a search alone can be scored on. Raises Problem when there are none."""
    cases = tuple(c for c in dataset.cases if c.articles and len(c.turns) == 1 and not c.refuse and not c.never)
    if not cases:
        raise Problem(f"{dataset.name}: none of its questions names an article and stands alone. Name another --dataset.")
    return replace(dataset, cases=cases)


def ask(library: Library, yardstick: Yardstick, cases: Iterable[Case]) -> list[Way]:
    """Each question put to ours and then to the yardstick, so that a busy machine hinders both; ours is the first Way."""
    ours, theirs = Way(OURS), dict[str, Way]()
    library.articles.search("warm up", top_k=TOP, sentences=False)
    yardstick.search("warm up")
    for case in cases:
        gold = library.gold(case)
        started = time.perf_counter()
        passages = library.articles.search(case.question, top_k=TOP, sentences=False, today=case.today)
        ours.seconds.append(time.perf_counter() - started)
        ours.scores.append(retrieval.score(library.ranking(passages, case), gold))
        for name, found in yardstick.search(case.question).items():
            way = theirs.setdefault(name, Way(name))
            way.seconds.append(found.seconds)
            way.scores.append(retrieval.score(found.articles, gold))
    return [ours, *theirs.values()]


def told(ours: Way, theirs: Sequence[Way], note: str, main: str) -> Measured:
    """The Rows are against the way named `main`; the notes have every way, with 95 % intervals, and how sure the difference is."""
    against = next(way for way in theirs if way.name == main)
    n = len(ours.seconds)
    spent, theirs_spent = ([1000 * s for s in way.seconds] for way in (ours, against))
    rows = [Row(name, ours.figure(name), n, "0–1", against.figure(name), main) for name in SHOWN]
    rows.append(middle("a question, median", spent, theirs_spent, main, "ms"))
    rows.append(Row("a question, 95 %", p95(spent), n, "ms", p95(theirs_spent), main))
    return Measured("hybrid", tuple(rows), (note, *map(_line, (ours, *theirs)), *(_compared(ours, way) for way in theirs)))


def _line(way: Way) -> str:
    parts = []
    for name in SHOWN:
        limits = interval(mean, way.rows(name))
        parts.append(f"{name} {way.figure(name):.3f}" + (f" ({limits[0]:.3f}–{limits[1]:.3f})" if limits else ""))
    spent = [1000 * s for s in way.seconds]
    return f"{way.name}: {', '.join(parts)}; {median(spent):.0f} ms, 95 % {p95(spent):.0f} ms"


def _compared(ours: Way, way: Way) -> str:
    """What ours is ahead by (negative: behind), and how many times as fast it is."""
    limits, p = paired(mean, way.rows("nDCG@10"), ours.rows("nDCG@10"))
    ahead = ours.figure("nDCG@10") - way.figure("nDCG@10")
    between = f" ({limits[0]:+.3f} – {limits[1]:+.3f})" if limits else ""
    faster = median(way.seconds) / median(ours.seconds)
    return f"{OURS} against {way.name}: nDCG@10 {ahead:+.3f}{between}, p = {p:.4f}; {faster:.2f} × as fast in the median"
