"""The vectors in memory: always what the library holds, and as exact as reading them all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.chunking import chunk
from index.library import Library
from index.scan import Scan
from index.types import Article, Filters

DIMENSION = 16


def article(n: int, text: str = "") -> Article:
    published = date(2023, 1, 1) + timedelta(n)
    return Article(f"a{n}", f"Title {n}", text or f"This is article {n}.", published=published, origin=f"{n}.txt")


def vector(text: str, dimension: int = DIMENSION) -> npt.NDArray[np.float32]:
    drawn = np.random.default_rng(crc32(text.encode())).normal(size=dimension)
    return np.asarray(drawn / np.linalg.norm(drawn), dtype=np.float32)


def put(library: Library, *articles: Article, dimension: int = DIMENSION) -> None:
    library.put([(a, chunk(a), vector(a.text, dimension)[None]) for a in articles])


def exact(library: Library, query: npt.NDArray[np.float32], filters: Filters = Filters()) -> list[int]:
    numbers, vectors = library.vectors(filters)
    if not len(numbers):
        return []
    return [int(n) for n in numbers[np.lexsort((numbers, -(vectors @ query)))]]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with closing(Library(tmp_path / "library.sqlite")) as opened:
        yield opened


def test_an_empty_library_has_nothing_near(library: Library) -> None:
    assert Scan(library).nearest(vector("x"), 5) == []
    assert Scan(library).nearest(vector("x"), 5, library.allowed()) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(["add", "change", "remove"]), st.integers(0, 11)), max_size=12))
def test_after_any_changes_it_finds_what_reading_everything_finds(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    with closing(Library(tmp_path_factory.mktemp("scan") / "library.sqlite")) as library:
        scan, here = Scan(library), set()
        for what, n in steps:
            if what == "remove":
                if n in here:
                    library.remove([f"a{n}"])
                    here.discard(n)
            else:
                put(library, article(n, f"Changed {len(steps)} {n}." if what == "change" else ""))
                here.add(n)
            query = vector(f"question {n}")
            assert scan.nearest(query, 50) == exact(library, query)
            filters = Filters(published_from=date(2023, 1, 4))
            assert scan.nearest(query, 50, library.allowed(filters)) == exact(library, query, filters)


def test_few_and_many_rows_are_chosen_alike(library: Library) -> None:
    put(library, *(article(n) for n in range(40)))
    scan, query = Scan(library), vector("question")
    for days in (1, 5, 20, 39):
        filters = Filters(published_from=date(2023, 1, 1), published_to=date(2023, 1, 1) + timedelta(days))
        assert scan.nearest(query, 10, library.allowed(filters)) == exact(library, query, filters)[:10]


def test_only_what_is_new_is_read_again(library: Library) -> None:
    read: list[int] = []

    class Counting(Library):
        def newer(
            self, number: int, size: int = 5_000
        ) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]]:
            for part in super().newer(number, size):
                read.append(len(part[0]))
                yield part

    with closing(Counting(library.path)) as counting:
        put(library, *(article(n) for n in range(30)))
        scan = Scan(counting)
        scan.nearest(vector("x"), 3)
        put(library, article(30))
        scan.nearest(vector("x"), 3)
        scan.nearest(vector("x"), 3)
        library.remove(["a3"])
        scan.nearest(vector("x"), 3)
    assert read == [30, 1]


def test_vectors_of_another_model_take_the_place_of_the_old(library: Library) -> None:
    put(library, *(article(n) for n in range(5)))
    scan = Scan(library)
    scan.refresh()
    put(library, *(replace(article(n), title="Anew") for n in range(5)), dimension=24)
    assert scan.nearest(vector("x", 24), 9) == exact(library, vector("x", 24))
