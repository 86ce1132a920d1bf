from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from index.archive import export_library, import_library
from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.problem import Problem
from index.types import Article


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Articles]:
    with closing(Articles(tmp_path / "other", tmp_path, embedder=WordEmbedder(), reranker=OverlapReranker())) as opened:
        yield opened


def kept(articles: Articles) -> set[Article]:
    return {articles.get(row.id) for row in articles.list()}


def test_an_export_is_the_whole_library_again_elsewhere(articles: Articles, other: Articles, tmp_path: Path) -> None:
    export_library(articles, tmp_path / "all.aqa")
    assert import_library(other, tmp_path / "all.aqa") == 4
    assert kept(other) == kept(articles)
    assert other.search("When was the bridge at Varn opened?")[0] == articles.search("When was the bridge at Varn opened?")[0]
    assert other.verify() == []


def test_an_export_is_one_file_and_replaces_the_last_one(articles: Articles, other: Articles, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    export_library(articles, folder / "all.aqa")
    articles.add_text("The ferry sinks never.", title="The ferry")
    export_library(articles, folder / "all.aqa")
    assert [path.name for path in folder.iterdir()] == ["all.aqa"]
    assert import_library(other, folder / "all.aqa") == 5


def test_importing_twice_brings_nothing_twice_and_leaves_the_file_alone(articles: Articles, other: Articles, tmp_path: Path) -> None:
    file = tmp_path / "all.aqa"
    export_library(articles, file)
    before = file.read_bytes()
    assert [import_library(other, file), import_library(other, file)] == [4, 0]
    assert other.counts() == (4, 4)
    assert file.read_bytes() == before


def test_an_import_leaves_what_is_here_as_it_is_and_brings_an_other_text_beside_it_once(
    articles: Articles, other: Articles, tmp_path: Path
) -> None:
    file = tmp_path / "all.aqa"
    bridge = next(a for a in kept(articles) if a.origin == "bridge.txt")
    articles.add_text("The ferry sinks never.", title="The ferry")
    export_library(articles, file)
    newer = replace(bridge, id="", text="The bridge at Varn was closed in 2025.")
    other.add_articles([newer])
    other.add_text("The ferry sinks often.", title="The ferry")
    before = kept(other)
    assert [import_library(other, file), import_library(other, file)] == [5, 0]
    assert kept(other) > before
    assert {a.text for a in kept(other)} == {a.text for a in kept(articles)} | {a.text for a in before}
    assert len(kept(other)) == 7
    # A file that changes goes on replacing its own article, and leaves the imported one.
    other.add_articles([replace(newer, text="The bridge at Varn was taken down.")])
    assert import_library(other, file) == 0
    assert len(kept(other)) == 7


def test_an_old_export_brings_back_an_old_text_beside_the_new_one_and_no_facts(articles: Articles, tmp_path: Path) -> None:
    file = tmp_path / "all.aqa"
    export_library(articles, file)
    bridge, comet = (next(a for a in kept(articles) if a.origin == o) for o in ("bridge.txt", "comet.txt"))
    articles.add_articles([replace(bridge, text="It closed."), replace(comet, source="The Orbit Desk")])
    before = kept(articles)
    assert [import_library(articles, file), import_library(articles, file)] == [1, 0]
    assert [a.text for a in kept(articles) - before] == [bridge.text]
    assert before < kept(articles)


def test_texts_of_an_export_are_embedded_anew(articles: Articles, other: Articles, tmp_path: Path) -> None:
    file = tmp_path / "all.aqa"
    export_library(articles, file)
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute("UPDATE chunks SET vector = zeroblob(128), start = 5")
    import_library(other, file)
    assert other.search("When was the bridge at Varn opened?")[0].title == "The bridge at Varn"
    assert kept(other) == kept(articles)


def test_an_export_taken_while_others_write_is_whole(articles: Articles, other: Articles, tmp_path: Path) -> None:
    ferry = Article("", "The ferry", "The ferry sinks never.", origin="ferry.txt")

    def write() -> None:
        for n in range(20):
            articles.add_articles([replace(ferry, text=f"Ferry {n} sinks never.", origin=f"{n}.txt")])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(5):
            export_library(articles, tmp_path / f"{n}.aqa")
    finally:
        writer.join()
    assert articles.counts() == (24, 24)
    assert 4 <= import_library(other, tmp_path / "4.aqa") <= 24
    assert other.verify() == []


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE places (url TEXT)")
        raw.execute("PRAGMA user_version = 1")


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("CREATE TABLE meta (key TEXT, value TEXT)")
        raw.execute("INSERT INTO meta VALUES ('library', 'x')")
        raw.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda path: path.write_text("no export"), "not an export", id="text"),
        pytest.param(lambda path: path.write_bytes(b""), "not an export", id="empty"),
        pytest.param(foreign, "not an export", id="another program's database"),
        pytest.param(newer, "newer article-qa", id="a newer format"),
        pytest.param(lambda path: None, "no file", id="missing"),
        pytest.param(Path.mkdir, "no file", id="a folder"),
    ],
)
def test_what_is_no_export_is_refused(other: Articles, tmp_path: Path, make: object, said: str) -> None:
    assert callable(make)
    make(tmp_path / "file.aqa")
    with pytest.raises(Problem, match=said):
        import_library(other, tmp_path / "file.aqa")
    assert other.counts() == (0, 0)


def test_a_place_that_cannot_be_written_is_named_and_left_clean(articles: Articles, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="another place"):
        export_library(articles, tmp_path / "nowhere" / "all.aqa")
    (tmp_path / "folder").mkdir()
    with pytest.raises(Problem, match="another place"):
        export_library(articles, tmp_path / "folder")
    assert not list(tmp_path.glob("*.part"))
