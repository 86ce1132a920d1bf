"""From a thousand chunks to a hundred thousand: each leg of the search, with a filter and without, and the start."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from evals.bench import Measured, Row, p95
from evals.bench.made import library_of, questions
from evals.bench.yardsticks import filterable
from index import words
from index.dense import DenseLeg
from index.library import Library
from index.problem import Problem
from index.types import Filters
from index.vectors import VectorIndex
from qa.settings import Settings

Vectors = npt.NDArray[np.float32]
SIZES = (1_000, 10_000, 100_000)
QUESTIONS = 60
BY_YARDSTICK = 20  # of them: it takes up to half a second each
STARTS = 3
LIMIT = 50  # what a leg brings to a search
HALF_A_YEAR = Filters(published_from=date(2021, 1, 1), published_to=date(2021, 6, 30))
MOST = Filters(published_from=date(2020, 9, 1))
_FIRST_SEARCH = """
import sys
from qa.assistant import open_articles
from qa.settings import load_settings
articles = open_articles(load_settings())
articles.own()
assert articles.search(sys.argv[1])
articles.close()
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds of each question: on the clock, and of processor time in all threads, which other processes hardly change."""

    waited: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)


def measure(settings: Settings, sizes: Sequence[int] = SIZES) -> Measured:
    """Median and 95 % of each leg at each size, its yardstick turn by turn on the first 20 questions.

    The libraries are made by seed and kept; the first time takes some minutes.
    """
    rows: list[Row] = []
    ends: dict[str, list[float]] = {}
    for size in sizes:
        home = library_of(size, settings)
        for name, ours, yardstick, against in _legs(home, size):
            what = f"{size:,}: {name}"
            rows.append(Row(f"{what}, median", median(ours.waited), len(ours.waited), "ms", median(yardstick.waited), against))
            rows.append(Row(f"{what}, 95 %", p95(ours.waited), len(ours.waited), "ms", p95(yardstick.waited), against))
            rows.append(Row(f"{what}, 95 % of work", p95(ours.worked), len(ours.worked), "ms", p95(yardstick.worked), against))
            ends.setdefault(name, []).append(median(ours.worked))
        starts = [_start(home, questions(1, size)[0][0]) for _ in range(STARTS)]
        rows.append(Row(f"{size:,}: start to first search, median", median(starts), STARTS))
        ends.setdefault("start to first search", []).append(median(starts))
    return Measured("scale", tuple(rows), tuple(_growth(ends, sizes)))


def _legs(home: Path, size: int) -> list[tuple[str, Taken, Taken, str]]:
    """Name, our times, the yardstick's, and what that is."""
    library = Library(home / "library.sqlite")
    index = VectorIndex(library, home / "vectors")
    try:
        index.settle()
        asked = questions(QUESTIONS, size)
        owner, other = DenseLeg(library), DenseLeg(library)
        owner.index = index
        plain = filterable(library, home / "where")
        numbers, vectors = library.vectors()

        def exact(_: str, vector: Vectors) -> Any:
            return numbers[np.argsort(-(vectors @ vector), kind="stable")[:LIMIT]]

        def filtered(filters: Filters) -> tuple[Callable[[str, Vectors], Any], Callable[[str, Vectors], Any]]:
            days = [
                {"day": {"$gte": _number(filters.published_from)}},
                {"day": {"$lte": _number(filters.published_to or date(2999, 1, 1))}},
            ]
            return (
                lambda _, vector: owner.nearest(vector, filters, LIMIT),
                lambda _, vector: plain.query(query_embeddings=[vector.tolist()], n_results=LIMIT, where={"$and": days}, include=[]),
            )

        def by_word(filters: Filters, exhaustive: bool) -> Callable[[str, Vectors], Any]:
            return lambda question, _: words.search(library.connection, question, filters, LIMIT, exhaustive=exhaustive)

        every_row = "FTS5 over every chunk with any of the words"
        legs = [
            ("word leg", by_word(Filters(), False), by_word(Filters(), True), every_row),
            ("word leg, half a year", by_word(HALF_A_YEAR, False), by_word(HALF_A_YEAR, True), every_row),
            ("vector leg", lambda _, v: owner.nearest(v, Filters(), LIMIT), exact, "numpy, all vectors"),
            ("vector leg, not the owner", lambda _, v: other.nearest(v, Filters(), LIMIT), exact, "numpy, all vectors"),
            ("vector leg, half a year", *filtered(HALF_A_YEAR), "Chroma's where"),
            ("vector leg, two thirds", *filtered(MOST), "Chroma's where"),
        ]
        return [(name, *_milliseconds(asked, ours, yardstick), against) for name, ours, yardstick, against in legs]
    finally:
        index.close()
        library.close()


def _milliseconds(
    asked: Sequence[tuple[str, Vectors]], ours: Callable[[str, Vectors], Any], yardstick: Callable[[str, Vectors], Any]
) -> tuple[Taken, Taken]:
    taken = (Taken(), Taken())
    for run in (ours, yardstick):
        run(*asked[-1])  # what is read once is read now
    for n, (question, vector) in enumerate(asked):
        for run, times in zip((ours, yardstick)[: 2 if n < BY_YARDSTICK else 1], taken, strict=False):
            started, worked = time.perf_counter(), time.process_time()
            run(question, vector)
            times.worked.append(1000 * (time.process_time() - worked))
            times.waited.append(1000 * (time.perf_counter() - started))
    return taken


def _start(home: Path, question: str) -> float:
    """Seconds from nothing to the first passages: a new process, both models, the index opened and looked into."""
    started = time.perf_counter()
    environment = os.environ | {"ARTICLE_QA_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", _FIRST_SEARCH, question], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"A search in {home} failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    return time.perf_counter() - started


def _growth(ends: dict[str, list[float]], sizes: Sequence[int]) -> list[str]:
    if len(sizes) < 2:
        return []
    tens = np.log10(sizes[-1] / sizes[0])
    return [
        f"{name}: ×{(values[-1] / values[0]) ** (1 / tens):.1f} for every ×10 from {sizes[0]:,} to {sizes[-1]:,} chunks"
        for name, values in ends.items()
    ]


def _number(day: date | None) -> int:
    return int((day or date.min).strftime("%Y%m%d"))
