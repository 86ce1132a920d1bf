"""Conversations in an export: put beside the library in the same file, and taken from there again."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from index.problem import Problem
from qa.talks import LONGEST_TITLE, Reason, Talks
from qa.users import checked_name

# Table by table what is put into the file, there with this prefix before the name of the table; the columns are those of qa/talks.py.
PREFIX = "carried_"
COLUMNS = {
    "talks": "id, title, created, changed, pinned, owner, branched",
    "turns": "talk, number, question, data",
    "opinions": "talk, number, at, good, reason, correction, questions, data",
}
_LEFT_OUT = {
    "talks": " WHERE deleted IS NULL",
    "turns": " WHERE talk IN (SELECT id FROM here.talks WHERE deleted IS NULL)",
    "opinions": "",  # an opinion outlives its conversation
}
LONGEST = 16_000_000  # bytes of a row; an answer with fifty long passages takes a hundredth
_ID = re.compile(r"[0-9a-f]{24}")
_YEARS = range(2000, 2200)  # outside of them a day could not be told in every time zone
Row = tuple[object, ...]


def put(talks: Path, file: Path) -> None:
    """Every conversation that is not deleted, and every opinion, as they are at one moment, into `file`, while others write.

    Raises sqlite3.Error for a full disk, and Problem where the conversations cannot be read.
    """
    if not talks.exists():
        return
    Talks(talks).close()  # brings an older format up to date
    with closing(sqlite3.connect(file, timeout=10.0, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")  # it is one file, with nothing beside it
        db.execute("ATTACH ? AS here", (str(talks),))
        db.execute("BEGIN")  # one moment for all three
        for table, columns in COLUMNS.items():
            db.execute(f"CREATE TABLE {PREFIX}{table} AS SELECT {columns} FROM here.{table}{_LEFT_OUT[table]}")
        db.execute("COMMIT")


def take(file: Path, talks: Path) -> int:
    """Take in every conversation of an export, all or none; those that are here already stay as they are. Returns how many came.

    One that was deleted here comes back. An opinion comes with its conversation, or by itself where that is not here.

    Raises Problem. Nothing of the file is trusted.
    """
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as carried:
        carried.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
        carried.execute("PRAGMA trusted_schema = OFF")
        if not _there(carried):
            return 0
        Talks(talks).close()  # makes the file, or brings an older format up to date
        try:
            with closing(sqlite3.connect(talks, timeout=10.0, isolation_level=None)) as db:
                db.execute("PRAGMA foreign_keys = ON")  # the turns go with a conversation that was deleted
                db.execute("BEGIN IMMEDIATE")
                with db:
                    return _taken(carried, db)
        except sqlite3.Error as error:
            raise Problem(f"The conversations could not be kept ({error}); none was. Make room on the disk, then import again.") from error


def _taken(carried: sqlite3.Connection, db: sqlite3.Connection) -> int:
    named: set[object] = set()
    came: set[object] = set()
    for row in _rows(carried, "talks"):
        talk = row[0]
        if not _is_talk(row) or talk in named:
            raise _damaged(f"conversation {len(named) + 1}")
        named.add(talk)
        db.execute("DELETE FROM talks WHERE id = ? AND deleted IS NOT NULL", (talk,))
        done = db.execute(f"INSERT OR IGNORE INTO talks ({COLUMNS['talks']}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        came |= {talk} if done.rowcount else set()
    last, number = None, 0
    for row in _rows(carried, "turns", " ORDER BY talk, number"):
        last, number = row[0], number + 1 if row[0] == last else 1
        if not _is_turn(row) or last not in named or row[1] != number:
            raise _damaged(f"a question of conversation {str(last)[:24]!r}")
        if row[0] in came:
            db.execute(f"INSERT INTO turns ({COLUMNS['turns']}) VALUES (?, ?, ?, ?)", row)
    for row in _rows(carried, "opinions"):
        if not _is_opinion(row):
            raise _damaged(f"an opinion of conversation {str(row[0])[:24]!r}")
        if row[0] in came or db.execute("SELECT 1 FROM talks WHERE id = ?", (row[0],)).fetchone() is None:
            db.execute(f"INSERT OR IGNORE INTO opinions ({COLUMNS['opinions']}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return len(came)


def _there(carried: sqlite3.Connection) -> bool:
    """Whether the export has conversations at all: those of an older article-qa have none. Raises Problem where but some of it is there."""
    wanted = {PREFIX + table for table in COLUMNS}
    try:
        found = dict(carried.execute("SELECT name, type = 'table' AND rootpage > 0 FROM sqlite_master").fetchall())  # no view
    except sqlite3.Error as error:
        raise _damaged(str(error)) from error
    there = wanted & found.keys()
    if there and (there != wanted or not all(found[name] for name in wanted)):
        raise _damaged("its tables are not ours")
    return bool(there)


def _rows(carried: sqlite3.Connection, table: str, order: str = "") -> Iterator[Row]:
    try:
        columns = COLUMNS[table]
        if table == "talks" and "branched" not in {row[1] for row in carried.execute(f"PRAGMA table_info({PREFIX}talks)")}:
            columns = columns.replace("branched", "0")  # an export of format 2
        for row in carried.execute(f"SELECT {columns} FROM {PREFIX}{table}{order}"):
            if sum(len(value) for value in row if isinstance(value, str)) > LONGEST:
                raise _damaged("a row is too long")
            yield row
    except (sqlite3.Error, OverflowError) as error:
        raise _damaged(str(error)) from error


def _damaged(what: str) -> Problem:
    return Problem(f"The conversations of this export are damaged ({what}). Nothing of it was taken in; give another export.")


def _is_talk(row: Row) -> bool:
    id, title, created, changed, pinned, owner, branched = row
    try:
        right = isinstance(owner, str) and (not owner or checked_name(owner) == owner)
    except Problem:
        return False
    right = right and isinstance(branched, int) and branched >= 0
    named = isinstance(title, str) and len(title) <= LONGEST_TITLE
    return right and named and _is_id(id) and _is_time(created) and _is_time(changed) and pinned in (0, 1)


def _is_turn(row: Row) -> bool:
    talk, number, question, data = row
    return _is_id(talk) and isinstance(number, int) and isinstance(question, str) and isinstance(data, str)


def _is_opinion(row: Row) -> bool:
    talk, number, at, good, reason, correction, questions, data = row
    if not (isinstance(number, int) and isinstance(questions, str) and isinstance(correction, str) and isinstance(data, str)):
        return False
    try:
        asked = json.loads(questions)
    except (ValueError, RecursionError):
        return False
    all_asked = isinstance(asked, list) and len(asked) == number > 0 and all(isinstance(question, str) for question in asked)
    return all_asked and _is_id(talk) and _is_time(at) and good in (0, 1) and reason in get_args(Reason)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_time(value: object) -> bool:
    """As qa/talks.py writes it, for the list is ordered by these very letters."""
    try:
        when = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return when is not None and when.tzinfo == UTC and when.year in _YEARS and when.isoformat(timespec="microseconds") == value
