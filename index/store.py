"""One SQLite file for many threads and processes: its connections, its transactions, and facts about the library itself."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from index import words
from index.problem import Problem
from index.schema import connect


class Store:
    """Safe for many threads and processes at once: one writer at a time, readers never wait."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._opened: dict[threading.Thread, sqlite3.Connection] = {}
        self._lock = threading.Lock()
        _ = self.connection  # opened at once, so that a Problem shows at the start

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's own connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = connect(self.path)
            with self._lock:
                # A server's threads come and go; without this each left two open files behind for good.
                for thread in [t for t in self._opened if not t.is_alive()]:
                    self._opened.pop(thread).close()
                self._opened[threading.current_thread()] = found
        return found

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or nothing. Raises Problem when the disk or another writer stands in the way."""
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.DatabaseError as error:
            if isinstance(error, (sqlite3.IntegrityError, sqlite3.ProgrammingError)):
                raise  # ours, not the disk's
            raise Problem(
                f"The library {self.path} could not be written ({error}). Nothing was changed. "
                "Free some disk space or wait for the other process, then try again."
            ) from error

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Whatever SQLite raises within is raised as a Problem, for who reads again later (a thread must not end of it)."""
        try:
            yield
        except sqlite3.Error as error:
            raise Problem(f"The library {self.path} could not be read ({error}). Check the disk, then run: article-qa verify") from error

    def fact(self, key: str) -> str:
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def note(self, key: str, value: str) -> None:
        self.notes({key: value})

    def notes(self, facts: Mapping[str, str]) -> None:
        """Several facts in one transaction."""
        with self.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(facts.items()))

    def revision(self) -> int:
        """Grows with every change of articles, chunks or vectors, whoever made it."""
        return int(self.fact("revision") or 0)

    def integrity(self) -> list[str]:
        """What is wrong with the database, in words; empty when all is well."""
        try:
            told = [str(r[0]) for r in self.connection.execute("PRAGMA integrity_check(5)") if r[0] != "ok"]
            stray = words.check(self.connection)
            bare, outside, kinds = self.connection.execute(_CHUNKS_CHECK).fetchone()
        except sqlite3.DatabaseError as error:
            return [f"the database: {error}"]
        if stray:
            told.append(f"{stray} chunks do not agree with the word index")
        if bare:
            told.append(f"{bare} articles have no chunks")
        if outside:
            told.append(f"{outside} chunks do not lie within their articles")
        if kinds > 1:
            told.append(f"the stored vectors are of {kinds} lengths")
        return told

    def tidy(self) -> None:
        """Take out of the word index what stands for no chunk."""
        with self.writing() as connection:
            words.tidy(connection)

    def snapshot(self, target: Path) -> None:
        """A consistent copy, made while others read and write."""
        with closing(sqlite3.connect(target)) as copy:
            self.connection.backup(copy)

    def close(self) -> None:
        with self._lock:
            for connection in self._opened.values():
                connection.close()
            self._opened.clear()


_CHUNKS_CHECK = """SELECT
    (SELECT count(*) FROM articles WHERE id NOT IN (SELECT article_id FROM chunks)),
    (SELECT count(*) FROM chunks c JOIN articles a ON a.id = c.article_id
        WHERE c.start < 0 OR c.start >= c."end" OR c."end" > a.chars),
    (SELECT count(DISTINCT length(vector)) FROM chunks)"""


def revise(connection: sqlite3.Connection) -> None:
    """Articles, chunks or vectors have changed."""
    connection.execute("INSERT INTO meta VALUES ('revision', 1) ON CONFLICT DO UPDATE SET value = value + 1")
