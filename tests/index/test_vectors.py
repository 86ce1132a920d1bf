"""The vector index on a real Chroma: damage is noticed and built anew, and the pointer moves last."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pytest

from index.chunking import chunk
from index.dense import DenseLeg
from index.library import Library
from index.problem import Problem
from index.types import Article, Filters
from index.vectors import POINTER, VectorIndex

ROOT = Path(__file__).parents[2]
DIMENSION = 32
ANY = np.full(DIMENSION, DIMENSION**-0.5, dtype=np.float32)


def articles(count: int, first: int = 0) -> list[Article]:
    return [Article(f"a{n}", f"Title {n}", f"This is article {n}.", origin=f"{n}.txt") for n in range(first, first + count)]


def vector(article: Article) -> npt.NDArray[np.float32]:
    """A direction of its own for every text, far from all others."""
    drawn = np.random.default_rng(crc32(article.text.encode())).normal(size=DIMENSION)
    return np.asarray(drawn / np.linalg.norm(drawn), dtype=np.float32)


def put(library: Library, found: list[Article]) -> None:
    library.put([(a, chunk(a), vector(a)[None]) for a in found])


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with closing(Library(tmp_path / "library.sqlite")) as opened:
        put(opened, articles(30))
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


def opened(library: Library, folder: Path) -> Any:
    return closing(VectorIndex(library, folder))


def nearest(index: VectorIndex, article: Article) -> str:
    found = index.query(vector(article), 1)
    assert found is not None
    return found[0]


def own_chunk(article: Article) -> str:
    return chunk(article)[0].id


def all_find_themselves(index: VectorIndex, found: list[Article]) -> bool:
    return all(nearest(index, a) == own_chunk(a) for a in found)


def generations(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_first_index_holds_every_article_and_nothing_is_pending(library: Library, folder: Path) -> None:
    with opened(library, folder) as index:
        assert all_find_themselves(index, articles(30))
        assert library.pending() == []
        assert index.verify() == ""
        assert generations(folder) == [library.fact(POINTER)]


def test_an_index_that_is_well_is_opened_as_it_is(library: Library, folder: Path) -> None:
    with opened(library, folder):
        before = library.fact(POINTER)
    with opened(library, folder) as index:
        assert library.fact(POINTER) == before
        assert all_find_themselves(index, articles(30))


def test_settling_takes_in_what_is_new_and_takes_out_what_is_gone(library: Library, folder: Path) -> None:
    with opened(library, folder) as index:
        put(library, articles(5, first=30))
        library.remove(["a0"])
        put(library, [replace(articles(1, first=1)[0], text="quartz quartz quartz")])
        index.settle()
        assert library.pending() == []
        assert library.unlinked() == []
        assert all_find_themselves(index, articles(33, first=2))
        assert own_chunk(articles(1)[0]) not in (index.query(vector(articles(1)[0]), 100) or [])
        assert len(index.query(ANY, 100) or []) == 34


def test_settling_twice_puts_nothing_in_twice(library: Library, folder: Path) -> None:
    with opened(library, folder) as index:
        put(library, articles(30))  # every one is pending again, as after a kill between the index and the library
        index.settle()
        index.settle()
        assert len(index.query(ANY, 100) or []) == 30


def test_an_index_whose_folder_is_gone_is_built_anew(library: Library, folder: Path) -> None:
    with opened(library, folder):
        pass
    shutil.rmtree(folder)
    with opened(library, folder) as index:
        assert all_find_themselves(index, articles(30))


CASES = {
    "database overwritten": ("chroma.sqlite3", "overwritten"),
    "database gone": ("chroma.sqlite3", "gone"),
    "vectors overwritten": ("*/data_level0.bin", "overwritten"),  # ends the process in native code
    "vectors cut": ("*/data_level0.bin", "cut"),
    "names overwritten": ("*/index_metadata.pickle", "overwritten"),
    "header cut": ("*/header.bin", "cut"),  # this as well
    "links gone": ("*/link_lists.bin", "gone"),
    "everything of the graph gone": ("*/*", "gone"),
}
# Ran apart from the tests, since some damage ends the process. One import of Chroma serves every case: each is opened in a
# fork, which dies alone.
OPENER = """
import json, os, sys
import chromadb
from contextlib import closing
from pathlib import Path
from index.library import Library
from index.vectors import POINTER, VectorIndex

def attempt(home):
    child = os.fork()
    if not child:
        with closing(Library(home / "library.sqlite")) as library:
            before = library.fact(POINTER)
            index = VectorIndex(library, home / "vectors")
            missing = 0
            for ids, vectors in library.batches():
                for wanted, vector in list(zip(ids, vectors))[::23]:
                    missing += wanted not in (index.query(vector, 3) or [])
            os._exit(20 if missing else 10 if library.fact(POINTER) == before else 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

print(json.dumps({home: [attempt(Path(home)), attempt(Path(home))] for home in sys.argv[1:]}))
"""


def damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(data[: len(data) // 2] if how == "cut" else b"\xaa" * len(data))


@pytest.fixture(scope="module")
def reopened(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[int]]:
    """What two openings after each kind of damage ended with."""
    base = tmp_path_factory.mktemp("base")
    with closing(Library(base / "library.sqlite")) as library:
        put(library, articles(1100))  # over 1,000: then Chroma writes its HNSW files, and forgets the log that could restore them
        with opened(library, base / "vectors"):
            pass
    homes = {}
    for n, (name, (pattern, how)) in enumerate({"no damage": ("", ""), **CASES}.items()):
        home = tmp_path_factory.mktemp(f"damaged{n}") / "home"
        shutil.copytree(base, home)
        files = list((home / "vectors").glob(f"*/{pattern}")) if how else []
        assert files or not how, f"this Chroma keeps no {pattern}"
        for file in files:
            damage(file, how)
        homes[str(home)] = name
    ran = subprocess.run([sys.executable, "-c", OPENER, *homes], capture_output=True, text=True, timeout=300, cwd=ROOT, check=True)
    return {homes[home]: codes for home, codes in json.loads(ran.stdout.splitlines()[-1]).items()}


WELL, BUILT_ANEW, LOST = 10, 0, 20


def test_an_index_without_damage_is_not_built_anew(reopened: dict[str, list[int]]) -> None:
    assert reopened["no damage"] == [WELL, WELL]


@pytest.mark.parametrize("case", CASES)
def test_after_any_damage_every_vector_is_found_again_at_the_second_start_at_the_latest(reopened: dict[str, list[int]], case: str) -> None:
    first, second = reopened[case]
    assert first in (WELL, BUILT_ANEW) or first < 0, "nothing may be missing, unless the process was ended by a signal"
    assert second == (BUILT_ANEW if first < 0 else WELL)


class Interrupted(BaseException):
    pass


class Stopping(Library):
    """Is cut off, as by a kill, in the middle of reading its vectors."""

    stop = False

    def batches(self, state: str = "", size: int = 200) -> Iterator[tuple[list[str], npt.NDArray[np.float32]]]:
        for n, batch in enumerate(super().batches(state, 10)):
            if self.stop and n == 1:
                raise Interrupted
            yield batch


def test_an_interrupted_rebuild_leaves_the_pointer_and_the_old_index_in_use(tmp_path: Path, folder: Path) -> None:
    with closing(Stopping(tmp_path / "stopping.sqlite")) as library:
        put(library, articles(30))
        with opened(library, folder) as index:
            before = library.fact(POINTER)
            library.stop = True
            with pytest.raises(Interrupted):
                index.rebuild()
            library.stop = False
            assert library.fact(POINTER) == before
            assert all_find_themselves(index, articles(30))
        with opened(library, folder) as index:
            assert library.fact(POINTER) == before
            assert generations(folder) == [before], "the half that was built is cleared away"
            assert all_find_themselves(index, articles(30))


class Growing(Library):
    """Another process adds an article while the vectors are read."""

    def batches(self, state: str = "", size: int = 200) -> Iterator[tuple[list[str], npt.NDArray[np.float32]]]:
        yield from super().batches(state, size)
        if not state and self.counts()[0] == 30:
            put(self, articles(1, first=30))


def test_an_article_added_during_a_rebuild_stays_pending_until_it_is_settled(tmp_path: Path, folder: Path) -> None:
    with closing(Growing(tmp_path / "growing.sqlite")) as library:
        put(library, articles(30))
        with opened(library, folder) as index:
            assert library.pending() == [("a30", 1)]
            index.settle()
            assert all_find_themselves(index, articles(31))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every library counts as one that Chroma is asked in."""
    monkeypatch.setattr("index.dense.EXACT", 0)


@pytest.mark.parametrize(("exact", "asked_chroma"), [(30, False), (29, True)])
def test_chroma_is_asked_in_a_large_library_only(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch, exact: int, asked_chroma: bool
) -> None:
    monkeypatch.setattr("index.dense.EXACT", exact)
    leg = DenseLeg(library)
    with opened(library, folder) as index:
        leg.index = index
        asked: list[int] = []
        monkeypatch.setattr(index, "query", lambda vector, limit: asked.append(limit))
        assert len(leg.nearest(vector(articles(1)[0]), Filters(), 5)) == 5
        assert bool(asked) is asked_chroma
        put(library, articles(1, first=200))  # one more: counted again
        leg.nearest(vector(articles(1)[0]), Filters(), 5)
        assert asked


@pytest.mark.usefixtures("large")
def test_an_index_that_fails_while_it_is_asked_is_replaced_by_an_exact_scan(library: Library, folder: Path) -> None:
    leg = DenseLeg(library)
    with opened(library, folder) as index:
        leg.index = index
        asked = vector(articles(1)[0])
        well = leg.nearest(asked, Filters(), 5)
    # Now closed, as after a damage at run time: it cannot answer.
    assert index.query(asked, 5) is None
    assert leg.nearest(asked, Filters(), 5) == well
    leg.index = None
    assert leg.nearest(asked, Filters(), 5) == well


@pytest.mark.usefixtures("large")
def test_while_the_index_takes_in_vectors_an_exact_scan_answers(library: Library, folder: Path) -> None:
    leg = DenseLeg(library)
    with opened(library, folder) as index:
        asked = vector(articles(1)[0])
        well = leg.nearest(asked, Filters(), 5)
        leg.index, index.busy = index, True
        index.close()  # were it asked, it would not answer
        assert leg.nearest(asked, Filters(), 5) == well


def test_every_thousand_vectors_are_looked_into_twice(library: Library, folder: Path) -> None:
    with opened(library, folder) as index:
        index._collection.upsert(ids=[own_chunk(articles(1)[0])], embeddings=[(-vector(articles(1)[0])).tolist()])
        assert "is not found" in index.verify(), "of 30 chunks every one is"
    assert len(library.spread(10)[0]) == 10
    assert len(library.spread(500)[0]) == 30


@pytest.mark.usefixtures("large")
def test_ids_that_are_gone_from_the_library_are_dropped(library: Library, folder: Path) -> None:
    leg = DenseLeg(library)
    with opened(library, folder) as index:
        leg.index = index
        asked = vector(articles(1)[0])
        (first,) = leg.nearest(asked, Filters(), 1)
        library.remove(["a0"])  # and nobody has told Chroma yet
        assert first not in leg.nearest(asked, Filters(), 30)
        assert len(leg.nearest(asked, Filters(), 100)) == 29


@pytest.mark.usefixtures("large")
def test_what_is_pending_is_found_before_chroma_knows_it(library: Library, folder: Path) -> None:
    leg = DenseLeg(library)
    with opened(library, folder) as index:
        leg.index = index
        new = articles(1, first=200)[0]
        put(library, [new])
        (found,) = leg.nearest(vector(new), Filters(), 1)
        assert library.chunks([found])[found][1].id == "a200"


def test_an_empty_library_has_an_empty_index(tmp_path: Path, folder: Path) -> None:
    with closing(Library(tmp_path / "empty.sqlite")) as library, opened(library, folder) as index:
        assert index.query(ANY, 5) == []
        assert DenseLeg(library).nearest(ANY, Filters(), 5) == []
        assert index.verify() == ""


def test_a_chroma_server_that_does_not_answer_is_named(library: Library, folder: Path) -> None:
    with pytest.raises(Problem, match=r"http://127\.0\.0\.1:9 does not answer"):
        VectorIndex(library, folder, "http://127.0.0.1:9")
