"""Conversations, kept where the library is: what was asked and answered is there after a reload, a restart and a kill."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from index.problem import Problem

FORMAT = 1
Reason = Literal["", "wrong", "unsupported", "not found", "other"]
LONGEST_TITLE = 120  # characters
UNDONE_WITHIN = timedelta(days=1)  # a deleted conversation can be had back so long
_SCHEMA = """
CREATE TABLE IF NOT EXISTS talks (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, created TEXT NOT NULL, changed TEXT NOT NULL, pinned INTEGER NOT NULL DEFAULT 0, deleted TEXT
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
    """A conversation, named by its first question unless a person named it. `questions` are all of it."""

    id: str
    title: str
    changed: datetime
    pinned: bool
    questions: tuple[str, ...]


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
    """Safe for many threads and processes. What a turn holds is the caller's; here it is text."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            (known,) = self._db.execute("PRAGMA user_version").fetchone()
            if known > FORMAT:
                raise Problem(f"The conversations in {path} are of a newer article-qa. Update it, or move that file aside.")
            self._db.executescript(_SCHEMA)
            self._db.execute(f"PRAGMA user_version = {FORMAT}")
            self._db.execute("DELETE FROM talks WHERE deleted < ?", (_stamp(datetime.now(UTC) - UNDONE_WITHIN),))
        except sqlite3.DatabaseError as error:
            raise Problem(f"The conversations in {path} cannot be read ({error}). Move that file aside; a new one is begun.") from error

    def keep(self, talk: str, number: int, question: str, data: str) -> None:
        """Turn `number` of the conversation as it is now; those after it, of an earlier course, go. Raises Problem for a full disk."""
        now = _stamp(datetime.now(UTC))
        title = " ".join(question.split())[:LONGEST_TITLE]
        with self._lock, _told(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(
                "INSERT INTO talks (id, title, created, changed) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET changed = excluded.changed",
                (talk, title, now, now),
            )
            self._db.execute("DELETE FROM turns WHERE talk = ? AND number > ?", (talk, number))
            self._db.execute("INSERT OR REPLACE INTO turns VALUES (?, ?, ?, ?)", (talk, number, question, data))

    def turns(self, talk: str) -> list[str]:
        """What was kept of each turn, oldest first. Raises Problem for a conversation that is not there."""
        with self._lock:
            found = self._db.execute("SELECT data FROM turns WHERE talk = ? ORDER BY number", (talk,)).fetchall()
        if not found:
            raise Problem("This conversation is not here any more. Ask a new question.")
        return [data for (data,) in found]

    def get(self, talk: str) -> Talk:
        """Raises Problem for a conversation that is not there, or deleted."""
        found = next((one for one in self.list() if one.id == talk), None)
        if found is None:
            raise Problem("This conversation is not here any more. Ask a new question.")
        return found

    def list(self) -> list[Talk]:
        """The pinned ones first, then the newest."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, title, changed, pinned FROM talks WHERE deleted IS NULL ORDER BY pinned DESC, changed DESC"
            ).fetchall()
            asked = self._db.execute("SELECT talk, question FROM turns ORDER BY talk, number").fetchall()
        questions: dict[str, list[str]] = {}
        for talk, question in asked:
            questions.setdefault(talk, []).append(question)
        return [
            Talk(i, title, datetime.fromisoformat(changed), bool(pinned), tuple(questions.get(i, ()))) for i, title, changed, pinned in rows
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
                " deleted = CASE WHEN ? IS NULL THEN deleted ELSE nullif(?, '') END WHERE id = ?",
                (named, pinned, gone, gone, talk),
            )
        if not done.rowcount:
            raise Problem("This conversation is not here any more. Ask a new question.")

    def judge(self, talk: str, number: int, good: bool | None, reason: Reason = "", correction: str = "") -> None:
        """What a reader thinks of that answer, in place of what was thought before; None for nothing. Raises Problem."""
        with self._lock, _told(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            asked = self._db.execute(
                "SELECT question, data FROM turns WHERE talk = ? AND number <= ? ORDER BY number", (talk, number)
            ).fetchall()
            if len(asked) != number or not number:
                raise Problem("This answer is not here any more.")
            self._db.execute("DELETE FROM opinions WHERE talk = ? AND number = ?", (talk, number))
            if good is not None:
                questions = json.dumps([question for question, _ in asked])
                kept = (talk, number, _stamp(datetime.now(UTC)), good, reason, correction.strip(), questions, asked[-1][1])
                self._db.execute("INSERT INTO opinions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", kept)

    def opinions(self, talk: str = "") -> Opinions:
        """Of one conversation, or all; the oldest first. An answer that was asked anew since is another, and has none."""
        with self._lock:
            rows = self._db.execute(
                "SELECT o.talk, o.number, o.good, o.reason, o.correction, o.questions, o.data FROM opinions o"
                + (" JOIN turns t ON t.talk = o.talk AND t.number = o.number AND t.data = o.data WHERE o.talk = ?" if talk else "")
                + " ORDER BY o.at",
                (talk,) if talk else (),
            ).fetchall()
        return [Opinion(t, n, bool(good), reason, said, tuple(json.loads(asked)), data) for t, n, good, reason, said, asked, data in rows]

    def close(self) -> None:
        with self._lock, suppress(sqlite3.Error):
            self._db.close()


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
