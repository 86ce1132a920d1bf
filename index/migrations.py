"""A library of an older format, brought up to date: a backup first, then all steps in one transaction."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

log = logging.getLogger(__name__)
Tables = tuple[str, ...]  # SQL that makes tables and their indexes, one statement ended by ";" at each line's end
UNGROUPED = "stories.missing"  # a fact of the library: there are articles that no story was sought for


def migrate(connection: sqlite3.Connection, path: Path, found: int, tables: Mapping[int, Tables]) -> None:
    """From format `found` to the newest of `tables`. A kill at any moment leaves the old format whole.

    The backup stays beside the library as `library.sqlite.format-1.bak`; an earlier one is not overwritten.
    """
    kept = path.with_name(f"{path.name}.format-{found}.bak")
    connection.execute("PRAGMA foreign_keys = OFF")  # or dropping the old table would empty those that refer to it
    connection.execute("BEGIN IMMEDIATE")
    try:
        reached = start = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if start == found:  # else another process was first
            _back_up(path, kept)
        for number in sorted(n for n in tables if n > start):
            _STEPS[number](connection, tables[number])
            connection.execute(f"PRAGMA user_version = {number}")
            reached = number
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    if reached > start:
        log.warning("The library was brought from format %d to %d; a backup is in %s.", start, reached, kept)


def _back_up(path: Path, target: Path) -> None:
    """Under the lock for writing, so that nobody changes the library meanwhile; reading it is free."""
    if target.exists():
        return
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.unlink(missing_ok=True)  # of a kill in the middle
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(unfinished)) as copy:
            source.backup(copy)
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def _to_2(connection: sqlite3.Connection, tables: Tables) -> None:
    """Exact dates, versions, stories, failures; the text last in its row."""
    connection.create_function("folded", 1, lambda text: text.casefold() if text else None, deterministic=True)
    for index in ("digest", "date"):
        connection.execute(f"DROP INDEX articles_by_{index}")
    connection.execute("DROP INDEX articles_pending")
    # The new table is made under its own name, so that what refers to `articles` goes on referring to it.
    connection.execute("PRAGMA legacy_alter_table = ON")
    connection.execute("ALTER TABLE articles RENAME TO articles_before")
    connection.execute("PRAGMA legacy_alter_table = OFF")
    _make(connection, tables)
    connection.execute(
        """INSERT INTO articles (id, title, source, outlet, author, url, published, last_day, language, added, origin,
            digest, state, version, since, chars, text)
        SELECT id, title, source, folded(source), author, url, published, published, language, added, origin,
            digest, state, version, added, length(text), text FROM articles_before ORDER BY rowid"""
    )
    connection.execute("DROP TABLE articles_before")
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", (UNGROUPED,))


def _make(connection: sqlite3.Connection, tables: Tables) -> None:
    for statement in filter(str.strip, "\n".join(tables).split(";\n")):
        connection.execute(statement)


_STEPS: dict[int, Callable[[sqlite3.Connection, Tables], None]] = {2: _to_2, 3: _make}
