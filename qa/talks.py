"""Conversations, kept where the library is: what was asked and answered is there after a reload, a restart and a kill."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from index.problem import Problem
from index.schema import write_ahead

FORMAT = 3  # 2: whose a conversation is; 3: where it branched off, and its turns are numbered without a gap
Reason = Literal["", "wrong", "unsupported", "not found", "other"]
LONGEST_TITLE = 120  # characters
GONE = "This conversation is not here any more. Ask a new question."
UNDONE_WITHIN = timedelta(days=1)  # a deleted conversation can be had back so long
_ADDED = {"owner": "TEXT NOT NULL DEFAULT ''", "branched": "INTEGER NOT NULL DEFAULT 0"}  # to the talks of older formats
_SCHEMA = """
CREATE TABLE IF NOT EXISTS talks (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, created TEXT NOT NULL, changed TEXT NOT NULL, pinned INTEGER NOT NULL DEFAULT 0, deleted TEXT,
    owner TEXT NOT NULL DEFAULT '', branched INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS turns (
    talk TEXT NOT NULL REFERENCES talks (id) ON DELETE CASCADE, number INTEGER NOT NULL, question TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (talk, number)
);
CREATE TABLE IF NOT EXISTS opinions (
    talk TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL, good INTEGER NOT NULL, reason TEXT NOT NULL, correction TEXT NOT NULL,
    questions TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (talk, number)
);
"""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation, named by its first question unless a person named it. `questions` are all of it; `branched` is the number of the
    one that was edited to begin it, 0 where none was."""

    id: str
    title: str
    changed: datetime
    pinned: bool
    questions: tuple[str, ...]
    branched: int = 0


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a reader thinks of an answer. `questions` are those of the conversation up to it, `data` the turn as it was judged: it
    stays when the conversation goes on otherwise, or goes."""

    talk: str
    number: int
    good: bool
    reason: Reason
    correction: str
    questions: tuple[str, ...]
    data: str


Opinions = list[Opinion]  # named here, since within the class `list` is the method


def new_id() -> str:
    """Of a conversation; nobody can guess it, for its address is what it is shared by."""
    return secrets.token_hex(12)


class Talks:
    """One user's conversations; at first those of nobody, as they all are where users are off. `of` gives somebody's.

    Safe for many threads and processes. What a turn holds is the caller's; here it is text.
    """

    def __init__(self, path: Path) -> None:
        self._owner = ""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
            write_ahead(self._db)
            self._db.execute("PRAGMA foreign_keys = ON")
            (known,) = self._db.execute("PRAGMA user_version").fetchone()
            if known > FORMAT:
                raise Problem(f"The conversations in {path} are of a newer article-qa. Update it, or move that file aside.")
            self._db.executescript(_SCHEMA)
            _migrate(self._db)
            self._db.execute("DELETE FROM talks WHERE deleted < ?", (_stamp(datetime.now(UTC) - UNDONE_WITHIN),))
        except sqlite3.DatabaseError as error:
            raise Problem(f"The conversations in {path} cannot be read ({error}). Move that file aside; a new one is begun.") from error

    def of(self, owner: str) -> Talks:
        """The conversations of this user: no other is listed, read, changed or judged by them."""
        theirs = copy(self)
        theirs._owner = owner
        return theirs

    def keep(self, talk: str, number: int, question: str, data: str) -> None:
        """Turn `number` of the conversation as it is now; those after it, of an earlier course, go.

        Raises Problem for a full disk, and for a conversation of somebody else.
        """
        now = _stamp(datetime.now(UTC))
        title = " ".join(question.split())[:LONGEST_TITLE]
        with self._lock, _told(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            done = self._db.execute(
                "INSERT INTO talks (id, title, created, changed, owner) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET changed = excluded.changed WHERE owner = excluded.owner",
                (talk, title, now, now, self._owner),
            )
            if not done.rowcount:
                raise Problem(GONE)
            self._db.execute("DELETE FROM turns WHERE talk = ? AND number > ?", (talk, number))
            self._db.execute("INSERT OR REPLACE INTO turns VALUES (?, ?, ?, ?)", (talk, number, question, data))

    def branch(self, talk: str, turns: Sequence[tuple[str, str]]) -> None:
        """A new conversation of this name with these turns, question and data each; the last is the one that was edited.

        Raises Problem for a full disk.
        """
        now = _stamp(datetime.now(UTC))
        title = " ".join(turns[0][0].split())[:LONGEST_TITLE]
        with self._lock, _told(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(
                "INSERT INTO talks (id, title, created, changed, owner, branched) VALUES (?, ?, ?, ?, ?, ?)",
                (talk, title, now, now, self._owner, len(turns)),
            )
            rows = [(talk, number, question, data) for number, (question, data) in enumerate(turns, start=1)]
            self._db.executemany("INSERT INTO turns VALUES (?, ?, ?, ?)", rows)

    def turns(self, talk: str) -> list[str]:
        """What was kept of each turn, oldest first. Raises Problem for a conversation that is not there."""
        with self._lock:
            found = self._db.execute(
                "SELECT data FROM turns JOIN talks ON id = talk WHERE talk = ? AND owner = ? ORDER BY number", (talk, self._owner)
            ).fetchall()
        if not found:
            raise Problem(GONE)
        return [data for (data,) in found]

    def shared(self, talk: str) -> Talks:
        """Where to read this conversation for who was given its address: with its owner, but of nobody's only nobody, and the other way
        round. Raises Problem for one that is not there."""
        with self._lock:
            found = self._db.execute("SELECT owner FROM talks WHERE id = ? AND (owner = '') = ?", (talk, not self._owner)).fetchone()
        if found is None:
            raise Problem(GONE)
        return self.of(found[0])

    def others(self, talk: str) -> bool:
        """Whether somebody else has this conversation."""
        with self._lock:
            return self._db.execute("SELECT 1 FROM talks WHERE id = ? AND owner != ?", (talk, self._owner)).fetchone() is not None

    def get(self, talk: str) -> Talk:
        """Raises Problem for a conversation that is not there, or deleted."""
        found = next((one for one in self.list() if one.id == talk), None)
        if found is None:
            raise Problem(GONE)
        return found

    def list(self) -> list[Talk]:
        """The pinned ones first, then the newest."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, title, changed, pinned, branched FROM talks WHERE deleted IS NULL AND owner = ?"
                " ORDER BY pinned DESC, changed DESC",
                (self._owner,),
            ).fetchall()
            asked = self._db.execute(
                "SELECT talk, question FROM turns JOIN talks ON id = talk WHERE owner = ? ORDER BY talk, number", (self._owner,)
            ).fetchall()
        questions: dict[str, list[str]] = {}
        for talk, question in asked:
            questions.setdefault(talk, []).append(question)
        return [
            Talk(i, title, datetime.fromisoformat(changed), bool(pinned), tuple(questions.get(i, ())), branched)
            for i, title, changed, pinned, branched in rows
        ]

    def change(self, talk: str, *, title: str | None = None, pinned: bool | None = None, deleted: bool | None = None) -> None:
        """Name it, pin it, delete it or take that back. Raises Problem for an empty name and one that is not there."""
        if title is not None and not title.strip():
            raise Problem("The name is empty. Write one, or leave it as it was.")
        named = " ".join(title.split())[:LONGEST_TITLE] if title is not None else None
        gone = None if deleted is None else _stamp(datetime.now(UTC)) if deleted else ""
        with self._lock, _told():
            done = self._db.execute(
                "UPDATE talks SET title = coalesce(?, title), pinned = coalesce(?, pinned),"
                " deleted = CASE WHEN ? IS NULL THEN deleted ELSE nullif(?, '') END WHERE id = ? AND owner = ?",
                (named, pinned, gone, gone, talk, self._owner),
            )
        if not done.rowcount:
            raise Problem(GONE)

    def judge(self, talk: str, number: int, good: bool | None, reason: Reason = "", correction: str = "") -> None:
        """What a reader thinks of that answer, in place of what was thought before; None for nothing. Raises Problem."""
        with self._lock, _told(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            asked = self._db.execute(
                "SELECT question, data FROM turns JOIN talks ON id = talk WHERE talk = ? AND number <= ? AND owner = ? ORDER BY number",
                (talk, number, self._owner),
            ).fetchall()
            if len(asked) != number or not number:
                raise Problem("This answer is not here any more.")
            self._db.execute("DELETE FROM opinions WHERE talk = ? AND number = ?", (talk, number))
            if good is not None:
                questions = json.dumps([question for question, _ in asked])
                kept = (talk, number, _stamp(datetime.now(UTC)), good, reason, correction.strip(), questions, asked[-1][1])
                self._db.execute("INSERT INTO opinions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", kept)

    def opinions(self, talk: str) -> Opinions:
        """Of one conversation; the oldest first. An answer that was asked anew since is another, and has none."""
        return self._opinions(
            " JOIN turns t ON t.talk = o.talk AND t.number = o.number AND t.data = o.data JOIN talks ON id = o.talk"
            " WHERE o.talk = ? AND owner = ?",
            (talk, self._owner),
        )

    def every_opinion(self) -> Opinions:
        """Whosever they are, for evaluations; the oldest first."""
        return self._opinions()

    def _opinions(self, which: str = "", given: tuple[str, ...] = ()) -> Opinions:
        with self._lock:
            rows = self._db.execute(
                f"SELECT o.talk, o.number, o.good, o.reason, o.correction, o.questions, o.data FROM opinions o{which} ORDER BY o.at", given
            ).fetchall()
        return [Opinion(t, n, bool(good), reason, said, tuple(json.loads(asked)), data) for t, n, good, reason, said, asked, data in rows]

    def close(self) -> None:
        with self._lock, suppress(sqlite3.Error):
            self._db.close()


def _migrate(db: sqlite3.Connection) -> None:
    """An older file gets the columns it lacks, and keeps everything: conversations of format 1 are nobody's. Where formats 1 and 2 left
    out the number of a question that was not taken, those after it move up."""
    db.execute("BEGIN IMMEDIATE")
    with db:
        there = {row[1] for row in db.execute("PRAGMA table_info(talks)")}
        for column in _ADDED.keys() - there:
            db.execute(f"ALTER TABLE talks ADD COLUMN {column} {_ADDED[column]}")
        if db.execute("PRAGMA user_version").fetchone()[0] < 3:
            ranked = "SELECT talk, number, row_number() OVER (PARTITION BY talk ORDER BY number) AS place FROM turns"
            apart = db.execute(f"SELECT place, talk, number FROM ({ranked}) WHERE place != number ORDER BY talk, number").fetchall()
            db.executemany("UPDATE turns SET number = ? WHERE talk = ? AND number = ?", apart)
        db.execute(f"PRAGMA user_version = {FORMAT}")


@contextmanager
def _told() -> Iterator[None]:
    """What the disk refuses, as a Problem."""
    try:
        yield
    except sqlite3.Error as error:
        raise Problem(
            f"The conversation cannot be kept ({error}). Make room on the disk, or see that its folder can be written to."
        ) from error


def _stamp(when: datetime) -> str:
    return when.isoformat(timespec="microseconds")
