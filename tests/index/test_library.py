from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.chunking import chunk
from index.fakes import WordEmbedder
from index.library import Library
from index.problem import Problem
from index.schema import FORMAT, write_ahead
from index.types import Article, Chunk, Filters

BRIDGE = Article(
    "b1",
    "The bridge",
    "It opened in 1932. It carries the road.",
    "Courier",
    "Ada",
    "https://c.example",
    date(2021, 3, 4),
    "en",
    origin="b.txt",
)
COMET = Article("c1", "The comet", "It returns every 76 years.", origin="c.txt")


def whole(article: Article) -> tuple[Article, list[Chunk], np.ndarray]:
    chunks = chunk(article)
    return article, chunks, WordEmbedder().passages([c.text for c in chunks])


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library(tmp_path / "library.sqlite")
    yield opened
    opened.close()


def indexed(library: Library) -> None:
    library.settled(library.pending(), library.unlinked())


def test_what_was_put_is_there_after_the_library_is_opened_again(tmp_path: Path) -> None:
    with closing(Library(tmp_path / "library.sqlite")) as library:
        library.put([whole(BRIDGE), whole(COMET)])
    with closing(Library(tmp_path / "library.sqlite")) as library:
        found = library.get("b1")
        assert replace(found, added="") == BRIDGE
        assert found.added.endswith("+00:00")
        assert library.counts() == (2, 2)
        assert library.integrity() == []


def test_a_row_tells_everything_but_the_text(library: Library) -> None:
    library.put([whole(BRIDGE)])
    (row,) = library.rows()
    told = row.as_json()
    del told["added"]
    assert told == {
        "id": "b1",
        "title": "The bridge",
        "source": "Courier",
        "author": "Ada",
        "url": "https://c.example",
        "published": "2021-03-04",
        "chars": len(BRIDGE.text),
        "chunks": 1,
        "state": "pending",
        "origin": "b.txt",
        "precision": "day",
        "updated": None,
        "story": row.story,
    }


def test_an_article_that_is_put_again_replaces_its_chunks_words_and_vectors(library: Library) -> None:
    library.put([whole(BRIDGE)])
    indexed(library)
    (old,) = chunk(BRIDGE)
    changed = replace(BRIDGE, text="It closed in 1951.")
    library.put([whole(changed)])
    assert library.get("b1").text == "It closed in 1951."
    assert library.counts() == (1, 1)
    assert library.unlinked() == [old.id]
    assert library.pending() == [("b1", 2)]
    assert library.integrity() == []


def test_a_chunk_that_stays_is_not_taken_out_of_the_vector_index(library: Library) -> None:
    library.put([whole(BRIDGE)])
    indexed(library)
    library.put([whole(replace(BRIDGE, title="Another title"))])
    assert library.unlinked() == []


def test_a_removed_article_leaves_nothing_but_what_the_vector_index_must_be_told(library: Library) -> None:
    library.put([whole(BRIDGE), whole(COMET)])
    library.add_origin("copy.txt", "b1")
    library.remove(["b1", "b1"])
    assert library.counts() == (1, 1)
    assert library.find(origin="b.txt") is None
    assert library.find(origin="copy.txt") is None
    assert library.unlinked() == [chunk(BRIDGE)[0].id]
    assert library.integrity() == []
    with pytest.raises(Problem, match="no article 'b1'"):
        library.get("b1")


def test_removing_what_is_not_there_removes_nothing(library: Library) -> None:
    library.put([whole(BRIDGE)])
    with pytest.raises(Problem, match="'nothing'; nothing was removed"):
        library.remove(["b1", "nothing"])
    assert library.counts() == (1, 1)
    assert library.unlinked() == []


def test_one_bad_article_keeps_the_whole_batch_out(library: Library) -> None:
    article, chunks, vectors = whole(COMET)
    with pytest.raises(ValueError, match="zip"):
        library.put([whole(BRIDGE), (article, chunks, vectors[:0])])
    assert library.counts() == (0, 0)
    assert library.integrity() == []
    library.put([whole(BRIDGE)])  # and the connection is as good as new
    assert library.counts() == (1, 1)


def test_an_article_is_found_by_its_text_but_for_spacing_and_case(library: Library) -> None:
    library.put([whole(BRIDGE)])
    found = library.find(text="it OPENED in 1932.   It carries\nthe road.")
    assert found is not None
    assert found.id == "b1"
    assert library.find(text="It closed.") is None


def test_an_article_changed_while_the_vector_index_was_told_stays_pending(library: Library) -> None:
    library.put([whole(BRIDGE), whole(COMET)])
    told, gone = library.pending(), library.unlinked()
    library.put([whole(replace(BRIDGE, text="It closed in 1951."))])  # another process, meanwhile
    library.settled(told, gone)
    assert library.pending() == [("b1", 2)]
    assert library.unlinked() == [chunk(BRIDGE)[0].id]
    assert library.indexed() == 1


def test_batches_are_bounded_and_complete(library: Library) -> None:
    library.put([whole(replace(BRIDGE, id=f"b{n}", origin=f"{n}.txt")) for n in range(5)])
    indexed(library)
    library.put([whole(COMET)])
    assert [len(ids) for ids, _ in library.batches(size=4)] == [4, 2]
    assert [len(ids) for ids, _ in library.batches("pending")] == [1]
    assert [len(ids) for ids, _ in library.batches("indexed", size=2)] == [2, 2, 1]


def test_vectors_keep_their_direction(library: Library) -> None:
    library.put([whole(BRIDGE)])
    _, kept = library.vectors()
    assert np.allclose(kept, WordEmbedder().passages([BRIDGE.text]), atol=1e-3)


def test_numbers_that_are_gone_are_left_out(library: Library) -> None:
    library.put([whole(BRIDGE)])
    (number,) = library.numbers([chunk(BRIDGE)[0].id, "gone"]).values()
    assert list(library.chunks([number, 999])) == [number]
    numbers, vectors = library.vectors_of([number, 999])
    assert numbers.tolist() == [number]
    assert vectors.shape == (1, 64)
    assert library.numbers([]) == {}
    assert library.chunks([]) == {}


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(), {"b1", "c1"}),
        (Filters(sources=("COURIER",)), {"b1"}),
        (Filters(sources=("Nobody",)), set()),
        (Filters(articles=("c1",)), {"c1"}),
        (Filters(published_from=date(2021, 3, 4)), {"b1"}),
        (Filters(published_from=date(2021, 3, 5)), set()),
        (Filters(published_to=date(2021, 3, 4)), {"b1"}),
        (Filters(published_to=date(2021, 3, 3)), set()),
        (Filters(sources=("courier",), articles=("c1",)), set()),
    ],
    ids=str,
)
def test_filters_choose_the_vectors(library: Library, filters: Filters, ids: set[str]) -> None:
    library.put([whole(BRIDGE), whole(COMET)])
    numbers, _ = library.vectors(filters)
    assert {article.id for _, article in library.chunks(numbers.tolist()).values()} == ids


def test_every_change_of_articles_grows_the_revision(library: Library) -> None:
    seen = [library.revision()]
    library.put([whole(BRIDGE)])
    seen.append(library.revision())
    library.remove(["b1"])
    seen.append(library.revision())
    assert seen == [0, 1, 2]


def test_many_threads_write_and_read_at_once(library: Library) -> None:
    def put(n: int) -> None:
        library.put([whole(replace(BRIDGE, id=f"b{n}", origin=f"{n}.txt", text=f"{BRIDGE.text} Number {n}."))])
        library.rows()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(12)))
    assert library.counts() == (12, 12)
    assert library.integrity() == []


def test_a_thread_that_is_gone_keeps_no_file_open(library: Library) -> None:
    files = Path("/proc/self/fd")
    if not files.is_dir():
        pytest.skip("needs /proc")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(library.counts).result()
    before = len(list(files.iterdir()))
    for _ in range(8):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(library.counts).result()
    assert len(list(files.iterdir())) <= before + 2


def test_several_processes_may_make_the_library_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        opened = list(pool.map(lambda _: Library(tmp_path / "home" / "library.sqlite"), range(6)))
    assert {library.fact("library") for library in opened} == {opened[0].fact("library")}
    for library in opened:
        library.close()


def test_a_file_that_another_process_is_just_making_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with (
        closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as first,
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as second,  # which SQLite itself has wait for nobody
    ):
        first.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            write_ahead(second, patience=0.05)
        done = threading.Timer(0.1, first.execute, ["ROLLBACK"])
        done.start()
        write_ahead(second)
        done.join()
        assert second.execute("PRAGMA journal_mode").fetchone() == ("wal",)


# What stands in the way


def test_a_library_of_a_newer_format_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    Library(path).close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(Problem, match="newer article-qa"):
        Library(path)


@pytest.mark.parametrize("data", [b"This is no database, whatever it is called." * 50, b"\x00" * 4096], ids=["text", "zeros"])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "library.sqlite"
    path.write_bytes(data)
    with pytest.raises(Problem, match="cannot be opened"):
        Library(path)
    assert path.read_bytes() == data


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(Problem, match="ARTICLE_QA_HOME"):
        Library(tmp_path / "home" / "library.sqlite")


def test_damage_in_the_middle_of_the_file_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with closing(Library(path)) as library:
        library.put([whole(replace(BRIDGE, id=f"b{n}", origin=f"{n}.txt", text=f"{BRIDGE.text} {n}. " * 20)) for n in range(40)])
    data = bytearray(path.read_bytes())
    data[-20 * 4096 : -2 * 4096] = b"\xaa" * (18 * 4096)
    path.write_bytes(data)
    with closing(Library(path)) as library:
        assert library.integrity()


def test_words_without_a_chunk_are_told_and_tidied(library: Library) -> None:
    library.put([whole(BRIDGE)])
    with library.writing() as connection:
        connection.execute("INSERT INTO words (rowid, title, facts, body) VALUES (999, 'stray', '', 'stray')")
    assert library.integrity() == ["1 chunks do not agree with the word index"]
    library.tidy()
    assert library.integrity() == []


def test_a_disk_without_room_is_named_and_nothing_is_changed(library: Library) -> None:
    library.put([whole(BRIDGE)])
    pages = library.connection.execute("PRAGMA page_count").fetchone()[0]
    library.connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own way to a full disk
    big = replace(COMET, text="It returns every 76 years. " * 5000)
    with pytest.raises(Problem, match="Free some disk space"):
        library.put([whole(big)])
    assert library.counts() == (1, 1)
    assert library.integrity() == []
