"""The word leg of a large library: rare words choose, all words score, and the time is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date

import numpy as np
import pytest

from index import words
from index.library import Library
from index.types import Article, Chunk, Filters

CHUNKS = 16_000  # just over what is searched whole
COMMON = ["river", "town", "mayor", "water", "people"]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Every text holds some of five common words; ten in a hundred one of 200 rarer ones."""
    drawn = np.random.default_rng(5)
    with closing(Library(tmp_path_factory.mktemp("words") / "library.sqlite")) as opened:
        rows = []
        for n in range(CHUNKS // 20):
            lines = []
            for _ in range(20):
                said = [w for w in COMMON if drawn.random() < 0.4] * int(drawn.integers(1, 3))
                rare = [f"place{drawn.integers(200)}"] if drawn.random() < 0.1 else []
                lines.append(" ".join([*drawn.permutation([*said, *rare, "on", "the", "day"])]))
            text = "\n".join(lines)
            starts = np.cumsum([0, *(len(line) + 1 for line in lines[:-1])]).tolist()
            article = Article(f"a{n}", f"Report {n}", text, published=date(2020 + n % 4, 1, 1), origin=f"{n}.txt")
            chunks = [Chunk(f"a{n}-{i}", f"a{n}", i, s, s + len(line), line) for i, (s, line) in enumerate(zip(starts, lines, strict=True))]
            rows.append((article, chunks, np.zeros((20, 4), dtype=np.float32)))
        opened.put(rows)
        yield opened


def found(library: Library, question: str, filters: Filters = Filters(), *, exhaustive: bool = False) -> list[int]:
    return words.search(library.connection, question, filters, 50, exhaustive=exhaustive)


@pytest.mark.parametrize("filters", [Filters(), Filters(published_from=date(2022, 1, 1))], ids=str)
def test_with_a_rare_word_the_best_are_those_of_scoring_everything(library: Library, filters: Filters) -> None:
    for n in range(0, 200, 20):
        question = f"What did the mayor say about water at place{n}?"
        whole, ours = found(library, question, filters, exhaustive=True), found(library, question, filters)
        rare = set(found(library, f"place{n}", filters, exhaustive=True))
        assert [n for n in ours if n in rare] == [n for n in whole if n in rare]
        assert rare & set(ours)


def test_with_too_few_of_the_rare_word_the_others_fill_up(library: Library) -> None:
    assert len(found(library, "the mayor of place7")) == 50
    assert len(found(library, "the mayor of place7", Filters(published_to=date(2020, 6, 1)))) == 50


def test_common_words_alone_are_looked_up_in_bounded_work(library: Library) -> None:
    def steps(*, exhaustive: bool) -> int:
        counted = [0]
        connection = library.connection
        connection.set_progress_handler(lambda: counted.__setitem__(0, counted[0] + 1) or 0, 100)
        found(library, "river town mayor water people", exhaustive=exhaustive)
        connection.set_progress_handler(None, 100)
        return counted[0]

    found(library, "river town mayor water people")  # counts each word once
    assert steps(exhaustive=False) < 0.6 * steps(exhaustive=True)


def test_filters_hold_however_the_words_are_looked_up(library: Library) -> None:
    filters = Filters(published_from=date(2023, 1, 1))
    for question in ("place3 river", "river town mayor", "place1 place2 place3"):
        articles = [article for _, article in library.chunks(found(library, question, filters)).values()]
        assert articles
        assert all(a.published is not None and a.published >= date(2023, 1, 1) for a in articles)


def test_words_that_stand_nowhere_find_nothing(library: Library) -> None:
    assert found(library, "zyzzyva quixotry") == []
    assert found(library, "") == []
