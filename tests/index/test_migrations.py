"""A library that format 1 wrote is brought up to date, with a backup, or left exactly as it was."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.library import Library
from index.problem import Problem
from index.schema import FORMAT, TABLES
from index.text import digest
from index.types import Filters

FORMAT_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, source TEXT, author TEXT, url TEXT,
    published TEXT, language TEXT, added TEXT NOT NULL, origin TEXT NOT NULL, digest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'indexed')), version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX articles_by_digest ON articles (digest);
CREATE INDEX articles_by_date ON articles (published);
CREATE INDEX articles_pending ON articles (state) WHERE state = 'pending';
CREATE TABLE origins (
    origin TEXT PRIMARY KEY, article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX origins_by_article ON origins (article_id);
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX chunks_by_article ON chunks (article_id, ordinal);
CREATE TABLE unlinked (chunk_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (title, facts, body, tokenize = 'porter unicode61 remove_diacritics 2');
"""
BRIDGE = "The stone bridge at Varn was opened in May 1932. It carries the road to Harrow across the river Tamsel."
COPY = f"{BRIDGE} Our reporter was there."


@pytest.fixture
def path(home: Path) -> Path:
    """A library as the first release left it: two copies of one story and a comet."""
    home.mkdir()
    file = home / "library.sqlite"
    with closing(sqlite3.connect(file)) as raw, raw:
        for statement in filter(str.strip, FORMAT_1.split(";\n")):
            raw.execute(statement)
        raw.execute("INSERT INTO meta VALUES ('library', '0123456789abcdef'), ('embedding', 'words'), ('revision', '3')")
        texts = {"bridge": BRIDGE, "copy": COPY, "comet": "Comet Ellis passes the Sun every 76 years, say astronomers at Pellworth."}
        for number, (name, text) in enumerate(texts.items(), 1):
            when = "2021-03-04" if name != "comet" else None
            facts = (name, f"The {name}", text, "Tidewater COURIER", None, None, when, "en", "2026-01-02T03:04:05+00:00", f"{name}.txt")
            raw.execute(f"INSERT INTO articles VALUES ({', '.join('?' * 13)})", (*facts, digest(text), "indexed", 2))
            raw.execute("INSERT INTO origins VALUES (?, ?), (?, ?)", (f"{name}.txt", name, f"{name}-too.txt", name))
            vector = WordEmbedder().passages([text])[0].astype(np.float16).tobytes()
            raw.execute("INSERT INTO chunks VALUES (?, ?, ?, 0, 0, ?, ?)", (number, f"chunk-{name}", name, len(text), vector))
            raw.execute("INSERT INTO words (rowid, title, facts, body) VALUES (?, ?, '', ?)", (number, f"The {name}", text))
        raw.execute("PRAGMA user_version = 1")
    return file


def test_everything_is_there_afterwards_and_a_backup_beside_it(path: Path) -> None:
    before = path.read_bytes()
    with closing(Library(path)) as library:
        assert library.integrity() == []
        assert library.counts() == (3, 3)
        found = library.get("bridge")
        assert (found.text, found.source, found.published, found.precision) == (BRIDGE, "Tidewater COURIER", date(2021, 3, 4), "day")
        assert library.origins("bridge") == ["bridge.txt", "bridge-too.txt"]
        assert [v.number for v in library.versions("bridge")] == [1]
        assert len(library.allowed(Filters(sources=("tidewater courier",), published_from=date(2021, 3, 4)))) == 2
        library.remove(["comet"])
        assert library.origins("comet") == []
    backup = path.with_name("library.sqlite.format-1.bak")
    with closing(sqlite3.connect(backup)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)
        assert raw.execute("SELECT count(*) FROM articles").fetchone() == (3,)
    assert len(before) == backup.stat().st_size
    assert not list(path.parent.glob("*.part"))


def test_a_new_library_and_one_brought_up_to_date_have_the_same_tables(path: Path, tmp_path: Path) -> None:
    def tables(file: Path) -> set[tuple[str, str]]:
        with closing(Library(file)) as library:
            sql = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'sqlite_sequence'"
            return {(str(n), " ".join(s.split())) for n, s in library.connection.execute(sql)}

    assert tables(path) == tables(tmp_path / "new" / "library.sqlite")
    assert "articles_before" not in TABLES


def test_the_product_goes_on_with_it_and_seeks_its_stories(path: Path) -> None:
    with closing(Articles(path.parent, path.parent, embedder=WordEmbedder(), reranker=OverlapReranker())) as articles:
        assert articles.search("stone bridge Varn")[0].title in ("The bridge", "The copy")
        assert articles.own()
        assert {row.id for row in articles.story("bridge")} == {"bridge", "copy"}
        assert {row.id for row in articles.story("comet")} == {"comet"}
        assert articles.add_text("The ferry sinks never.").added == 1
        assert articles.verify() == []


def test_a_failure_half_way_leaves_the_old_format_whole(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DROP INDEX articles_pending")  # so that the first steps go well and a later one fails
    for _ in range(2):
        with pytest.raises(Problem, match="cannot be opened"):
            Library(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)
        assert raw.execute("SELECT count(*) FROM articles").fetchone() == (3,)
        raw.execute("CREATE INDEX articles_pending ON articles (state) WHERE state = 'pending'")
    with closing(Library(path)) as library:
        assert library.counts() == (3, 3)


def test_many_may_bring_it_up_to_date_at_once(path: Path) -> None:
    opened: list[Library] = []
    threads = [threading.Thread(target=lambda: opened.append(Library(path))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [library.counts() for library in opened] == [(3, 3)] * 5
    for library in opened:
        library.close()


def test_a_newer_format_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(Problem, match="newer article-qa"):
        Library(path)
    assert not list(path.parent.glob("*.bak"))
