"""The library: every article, chunk and vector, in one SQLite file. What is here is true; the rest is derived.

Writing goes by whole articles in one transaction: after `put` returns, the article, its chunks, their
vectors and their words are on the disk, and what Chroma has to be told stands in `pending`/`unlinked`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index import words
from index.chunking import day_in_words
from index.problem import Problem
from index.schema import connect, where
from index.text import digest
from index.types import Article, Chunk, Filters, Row

Vectors = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

__all__ = ["Library", "Row"]


class Library:
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
            found.create_function("casefold", 1, lambda s: s.casefold() if s else s, deterministic=True)
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
        except sqlite3.OperationalError as error:
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

    # Articles

    def get(self, article_id: str) -> Article:
        found = self.find(article_id=article_id)
        if found is None:
            raise Problem(f"There is no article {article_id!r}. `article-qa list` shows them all.")
        return found

    def find(self, *, article_id: str = "", origin: str = "", text: str = "") -> Article | None:
        """The article of that id, the one read from `origin`, or the one whose text is the same but for spacing and case."""
        condition, value = ("a.id = ?", article_id) if article_id else ("a.digest = ?", digest(text))
        if origin:
            condition, value = "a.id = (SELECT article_id FROM origins WHERE origin = ?)", origin
        row = self.connection.execute(f"SELECT {_ARTICLE} FROM articles a WHERE {condition}", (value,)).fetchone()
        return _article(row) if row else None

    def rows(self) -> list[Row]:
        sql = """SELECT a.id, title, source, author, url, published, added, length(text), count(c.id), state, origin
            FROM articles a LEFT JOIN chunks c ON c.article_id = a.id GROUP BY a.id ORDER BY added, title"""
        found: list[tuple[Any, ...]] = self.connection.execute(sql).fetchall()
        return [Row(*(*r[:5], _date(r[5]), *r[6:])) for r in found]

    def counts(self) -> tuple[int, int]:
        """Articles, chunks."""
        row = self.connection.execute("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM chunks)").fetchone()
        return int(row[0]), int(row[1])

    def put(self, items: Iterable[tuple[Article, Sequence[Chunk], Vectors]], *, only_same: bool = False) -> list[str]:
        """Add or replace articles whole, in one transaction. `vectors` is (len(chunks), dimension). Where `only_same`,
        what is gone or no longer as given is left out; the ids of that come back."""
        left: list[str] = []
        with self.writing() as connection:
            for article, chunks, vectors in items:
                if only_same and self.find(article_id=article.id) != article:
                    left.append(article.id)
                    continue
                _unlink(connection, article.id)
                connection.execute(_PUT_ARTICLE, _columns(article))
                connection.execute("INSERT OR REPLACE INTO origins VALUES (?, ?)", (article.origin, article.id))
                _insert_chunks(connection, article, chunks, vectors)
            _revise(connection)
        return left

    def add_origin(self, origin: str, article_id: str) -> None:
        """`origin` holds the same text as an article that is here."""
        with self.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO origins VALUES (?, ?)", (origin, article_id))

    def remove(self, article_ids: Sequence[str]) -> None:
        """Take articles out whole, in one transaction. Raises Problem, and changes nothing, when one is not there."""
        with self.writing() as connection:
            for article_id in dict.fromkeys(article_ids):
                _unlink(connection, article_id)
                if not connection.execute("DELETE FROM articles WHERE id = ?", (article_id,)).rowcount:
                    raise Problem(f"There is no article {article_id!r}; nothing was removed. `article-qa list` shows them all.")
            _revise(connection)

    # Chunks and vectors

    def chunks(self, numbers: Sequence[int]) -> dict[int, tuple[Chunk, Article]]:
        """Chunks by number, each with its article. Numbers that are gone are left out."""
        sql = f"""SELECT c.number, c.id, c.article_id, c.ordinal, c.start, c."end", {_ARTICLE}
            FROM chunks c JOIN articles a ON a.id = c.article_id WHERE c.number IN ({", ".join("?" * len(numbers))})"""
        found = {}
        for row in self.connection.execute(sql, list(numbers)):
            number, *facts, start, stop = row[:6]
            article = _article(row[6:])
            found[int(number)] = (Chunk(*(*facts, start, stop, article.text[start:stop])), article)
        return found

    def numbers(self, chunk_ids: Sequence[str]) -> dict[str, int]:
        """Chunk id → number, for those that are (still) here."""
        sql = f"SELECT id, number FROM chunks WHERE id IN ({', '.join('?' * len(chunk_ids))})"
        return {str(i): int(n) for i, n in self.connection.execute(sql, list(chunk_ids))}

    def vectors(self, filters: Filters = Filters(), *, pending: bool = False) -> tuple[Numbers, Vectors]:
        """Numbers (n,) and unit vectors (n, dimension) of the chunks the filters let through, or of pending articles."""
        condition, values = where(filters)
        if pending:
            condition += " AND a.state = 'pending'"
        sql = f"SELECT c.number, c.vector FROM chunks c JOIN articles a ON a.id = c.article_id WHERE {condition}"
        if condition == "1":
            sql = "SELECT number, vector FROM chunks"
        rows = self.connection.execute(sql, values).fetchall()
        return np.array([r[0] for r in rows], dtype=np.int64), _matrix([r[1] for r in rows])

    def vectors_of(self, numbers: Sequence[int]) -> tuple[Numbers, Vectors]:
        """The same for chunks by number. Numbers that are gone are left out."""
        marks = ", ".join("?" * len(numbers))
        rows = self.connection.execute(f"SELECT number, vector FROM chunks WHERE number IN ({marks})", list(numbers)).fetchall()
        return np.array([r[0] for r in rows], dtype=np.int64), _matrix([r[1] for r in rows])

    def batches(self, state: str = "", size: int = 200) -> Iterator[tuple[list[str], Vectors]]:
        """Chunk ids and vectors in bounded batches, of all articles or of those that are `pending` or `indexed`."""
        condition = "a.state = ?" if state else "? = ''"
        last = 0
        while True:
            rows = self.connection.execute(
                f"""SELECT c.number, c.id, c.vector FROM chunks c JOIN articles a ON a.id = c.article_id
                WHERE {condition} AND c.number > ? ORDER BY c.number LIMIT ?""",
                (state, last, size),
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [r[1] for r in rows], _matrix([r[2] for r in rows])

    # What the vector index still has to be told

    def pending(self) -> list[tuple[str, int]]:
        """Articles that are not in the vector index yet, with their version."""
        return [(str(i), int(v)) for i, v in self.connection.execute("SELECT id, version FROM articles WHERE state = 'pending'")]

    def unlinked(self) -> list[str]:
        """Chunk ids to be taken out of the vector index."""
        return [str(r[0]) for r in self.connection.execute("SELECT chunk_id FROM unlinked")]

    def settled(self, articles: Sequence[tuple[str, int]], unlinked: Sequence[str]) -> None:
        """The vector index now agrees on these. An article changed meanwhile stays pending."""
        with self.writing() as connection:
            connection.executemany("UPDATE articles SET state = 'indexed' WHERE id = ? AND version = ?", articles)
            connection.executemany("DELETE FROM unlinked WHERE chunk_id = ?", [(c,) for c in unlinked])

    def indexed(self) -> int:
        """How many chunks the vector index must hold, at least."""
        sql = "SELECT count(*) FROM chunks c JOIN articles a ON a.id = c.article_id WHERE a.state = 'indexed'"
        return int(self.connection.execute(sql).fetchone()[0])

    # Facts about the library itself

    def fact(self, key: str) -> str:
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def note(self, key: str, value: str) -> None:
        with self.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def revision(self) -> int:
        """Grows with every change of articles, chunks or vectors, whoever made it."""
        return int(self.fact("revision") or 0)

    def integrity(self) -> list[str]:
        """What is wrong with the database, in words; empty when all is well."""
        try:
            told = [str(r[0]) for r in self.connection.execute("PRAGMA integrity_check(5)") if r[0] != "ok"]
            stray = words.check(self.connection)
        except sqlite3.DatabaseError as error:
            return [f"the database: {error}"]
        return told + ([f"{stray} chunks do not agree with the word index"] if stray else [])

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


_ARTICLE = "a.id, a.title, a.text, a.source, a.author, a.url, a.published, a.language, a.added, a.origin"
_PUT_ARTICLE = """INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', 1)
    ON CONFLICT (id) DO UPDATE SET title = excluded.title, text = excluded.text, source = excluded.source,
    author = excluded.author, url = excluded.url, published = excluded.published, language = excluded.language,
    digest = excluded.digest, state = 'pending', version = version + 1"""


def _columns(article: Article) -> tuple[str | None, ...]:
    added = article.added or datetime.now(UTC).isoformat(timespec="seconds")
    published = article.published.isoformat() if article.published else None
    facts = (article.source, article.author, article.url, published, article.language)
    return (article.id, article.title, article.text, *facts, added, article.origin, digest(article.text))


def _article(row: Sequence[Any]) -> Article:
    return Article(*(*row[:6], _date(row[6]), *row[7:]))


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _matrix(blobs: Sequence[bytes]) -> Vectors:
    if not blobs:
        return np.zeros((0, 0), dtype=np.float32)
    return np.frombuffer(b"".join(blobs), dtype=np.float16).reshape(len(blobs), -1).astype(np.float32)


def _revise(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO meta VALUES ('revision', 1) ON CONFLICT DO UPDATE SET value = value + 1")


def _unlink(connection: sqlite3.Connection, article_id: str) -> None:
    rows = connection.execute("SELECT number, id FROM chunks WHERE article_id = ?", (article_id,)).fetchall()
    words.drop(connection, [r[0] for r in rows])
    connection.executemany("INSERT OR IGNORE INTO unlinked VALUES (?)", [(r[1],) for r in rows])
    connection.execute("DELETE FROM chunks WHERE article_id = ?", (article_id,))


def _insert_chunks(connection: sqlite3.Connection, article: Article, chunks: Sequence[Chunk], vectors: Vectors) -> None:
    facts = " ".join(f for f in (article.source, article.author, day_in_words(article.published)) if f)
    for chunk, vector in zip(chunks, vectors.astype(np.float16), strict=True):
        cursor = connection.execute(
            'INSERT INTO chunks (id, article_id, ordinal, start, "end", vector) VALUES (?, ?, ?, ?, ?, ?)',
            (chunk.id, article.id, chunk.ordinal, chunk.start, chunk.end, vector.tobytes()),
        )
        words.put(connection, int(cursor.lastrowid or 0), article.title, facts, chunk.text)
        connection.execute("DELETE FROM unlinked WHERE chunk_id = ?", (chunk.id,))
