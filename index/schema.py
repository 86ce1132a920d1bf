"""The library's database: its tables, its format number, and how it is opened."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from index.migrations import migrate
from index.problem import Problem
from index.types import Filters

FORMAT = 3

# `text` stands last: what follows a long text in a row can be read only by walking through all of it.
ARTICLES = """CREATE TABLE articles (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, source TEXT, outlet TEXT, author TEXT, url TEXT,
    published TEXT, last_day TEXT, precision TEXT NOT NULL DEFAULT 'day' CHECK (precision IN ('day', 'month', 'year')),
    updated TEXT, language TEXT, added TEXT NOT NULL, origin TEXT NOT NULL, digest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'indexed')), version INTEGER NOT NULL DEFAULT 1,
    edition INTEGER NOT NULL DEFAULT 1, since TEXT NOT NULL, edited TEXT NOT NULL DEFAULT '',
    chars INTEGER NOT NULL, pages TEXT NOT NULL DEFAULT '', text TEXT NOT NULL
);
CREATE INDEX articles_by_digest ON articles (digest);
CREATE INDEX articles_by_date ON articles (published, last_day);
CREATE INDEX articles_by_outlet ON articles (outlet);
CREATE INDEX articles_pending ON articles (state) WHERE state = 'pending';
"""
# What format 2 brought: the texts an article had before, near-copies grouped into stories, what could not be added.
SINCE_2 = """CREATE TABLE versions (
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE, edition INTEGER NOT NULL,
    title TEXT NOT NULL, source TEXT, author TEXT, url TEXT, published TEXT, precision TEXT NOT NULL, updated TEXT,
    language TEXT, added TEXT NOT NULL, origin TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL,
    chars INTEGER NOT NULL, pages TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (article_id, edition)
);
CREATE TABLE stories (
    number INTEGER PRIMARY KEY AUTOINCREMENT, article_id TEXT NOT NULL UNIQUE REFERENCES articles (id) ON DELETE CASCADE,
    story INTEGER NOT NULL, day INTEGER, size INTEGER NOT NULL, sketch BLOB NOT NULL
);
CREATE INDEX stories_by_story ON stories (story);
CREATE TABLE bands (key INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (key, number)) WITHOUT ROWID;
CREATE TABLE failures (
    origin TEXT PRIMARY KEY, why TEXT NOT NULL, at TEXT NOT NULL, path TEXT NOT NULL, told TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX failures_by_path ON failures (path);
"""
# What format 3 brought: parts of the library with names.
SINCE_3 = """CREATE TABLE collected (
    name TEXT NOT NULL, article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE, PRIMARY KEY (name, article_id)
) WITHOUT ROWID;
CREATE INDEX collected_by_article ON collected (article_id);
"""
TABLES = f"""CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
{ARTICLES}
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
{SINCE_2}
{SINCE_3}
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the library at `path`, made when it is not there. One connection serves one thread.

    A library of an older format is brought up to date, after a backup beside it. Raises Problem when the file
    cannot be used: a newer format, no permission, not a database.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=30.0, isolation_level=None, check_same_thread=False)
        try:
            write_ahead(connection)
            connection.execute("PRAGMA synchronous = FULL")  # acknowledged means on the disk
            _prepare(connection, path)
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
    except sqlite3.DatabaseError as error:
        raise Problem(
            f"The library {path} cannot be opened ({error}). Nothing was changed. Check the disk and its permissions; "
            "or move the file away and restore a copy with: article-qa import FILE"
        ) from error
    except OSError as error:
        raise Problem(
            f"The folder {path.parent} cannot be used ({error.strerror or error}). Set ARTICLE_QA_HOME to a folder you may write to."
        ) from error
    return connection


def write_ahead(connection: sqlite3.Connection, patience: float = 30.0) -> None:
    """Write-ahead logging from now on, waiting up to `patience` seconds for others that are making the same file.

    SQLite waits for others by itself in all but this: of two that change a new file to write-ahead logging at the same
    moment one is told "locked" at once, whatever its timeout. Raises sqlite3.OperationalError when it stays locked.
    """
    until = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    found = format_of(connection)
    if found > FORMAT:
        raise Problem(
            f"The library {path} was written by a newer article-qa (format {found}, this one knows {FORMAT}). "
            "Update article-qa, or set ARTICLE_QA_HOME to another folder."
        )
    if found == FORMAT:
        return
    if found:
        migrate(connection, path, found, {2: (ARTICLES, SINCE_2), 3: (SINCE_3,)})
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        if format_of(connection) == 0:  # another process may have been first
            for statement in filter(str.strip, TABLES.split(";\n")):
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES ('library', lower(hex(randomblob(8))))")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def format_of(connection: sqlite3.Connection) -> int:
    """0 for a database without tables."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def where(filters: Filters) -> tuple[str, list[str]]:
    """The filters as a condition on `articles a`, with its parameters; "1" when everything passes."""
    conditions: list[str] = []
    values: list[str] = []
    if filters.sources:
        conditions.append(f"a.outlet IN ({', '.join('?' * len(filters.sources))})")
        values += [s.casefold() for s in filters.sources]
    if filters.articles:
        conditions.append(f"a.id IN ({', '.join('?' * len(filters.articles))})")
        values += filters.articles
    if filters.collection:
        conditions.append("a.id IN (SELECT article_id FROM collected WHERE name = ?)")
        values.append(filters.collection)
    if filters.published_from:
        conditions.append("a.published >= ?")
        values.append(filters.published_from.isoformat())
    if filters.published_to:
        conditions.append("a.last_day <= ?")
        values.append(filters.published_to.isoformat())
    return " AND ".join(conditions) or "1", values
