"""The texts an article had before: kept when it changes, so that what once was cited can be opened as it was."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

from index.rows import ARTICLE, article_of, day_of
from index.types import Article, Version

# As rows.ARTICLE has them, of a version.
_OLD = ARTICLE.replace("a.id", "a.article_id", 1)


def keep(connection: sqlite3.Connection, article_id: str) -> None:
    """Keep the present text, which is about to be replaced."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    connection.execute(
        f"INSERT INTO versions ({_COLUMNS}, until) SELECT {_COLUMNS.replace('article_id', 'id', 1)}, ? FROM articles WHERE id = ?",
        (now, article_id),
    )


def versions(connection: sqlite3.Connection, article_id: str) -> list[Version]:
    """The present text and those before it, newest first; empty when there is no such article."""
    facts = "edition, title, source, published, precision, chars, since"
    rows: list[tuple[Any, ...]] = connection.execute(
        f"""SELECT {facts}, NULL FROM articles WHERE id = ?
        UNION ALL SELECT {facts}, until FROM versions WHERE article_id = ? ORDER BY edition DESC""",
        (article_id, article_id),
    ).fetchall()
    return [Version(*(*r[:3], day_of(r[3]), *r[4:])) for r in rows]


def version(connection: sqlite3.Connection, article_id: str, number: int) -> Article | None:
    """An article as it was; None where it had no such version, or has it still."""
    sql = f"SELECT {_OLD} FROM versions a WHERE article_id = ? AND edition = ?"
    row = connection.execute(sql, (article_id, number)).fetchone()
    return article_of(row) if row else None


def holding(connection: sqlite3.Connection, article_id: str, start: int, end: int, quote: str) -> Article | None:
    """The newest earlier version that has exactly `quote` at `start` to `end`."""
    # SQLite counts characters from 1, as Python does from 0: neither counts bytes.
    sql = f"""SELECT {_OLD} FROM versions a WHERE article_id = ? AND substr(text, ? + 1, ?) = ? ORDER BY edition DESC LIMIT 1"""
    row = connection.execute(sql, (article_id, start, end - start, quote)).fetchone()
    return article_of(row) if row else None


def take(connection: sqlite3.Connection, source: sqlite3.Connection, article_id: str) -> None:
    """Earlier versions of an article from another library, where this one has none of its own."""
    if connection.execute("SELECT edition FROM articles WHERE id = ?", (article_id,)).fetchone() != (1,):
        return
    sql = f"SELECT {_COLUMNS}, until FROM versions WHERE article_id = ? AND precision IN ('day', 'month', 'year') ORDER BY edition"
    rows = source.execute(sql, (article_id,)).fetchall()
    marks = ", ".join("?" * (_COLUMNS.count(",") + 2))
    connection.executemany(f"INSERT INTO versions ({_COLUMNS}, until) VALUES ({marks})", rows)
    facts = source.execute("SELECT edition, since FROM articles WHERE id = ?", (article_id,)).fetchone()
    connection.execute("UPDATE articles SET edition = ?, since = ? WHERE id = ?", (*facts, article_id))


_COLUMNS = (
    "article_id, edition, title, source, author, url, published, precision, updated, language, added, origin, since, chars, pages, text"
)
