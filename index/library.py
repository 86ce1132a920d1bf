"""The library: every article, chunk and vector, in one SQLite file. What is here is true; the rest is derived.

Writing goes by whole articles in one transaction: after `put` returns, the article, its chunks, their
vectors and their words are on the disk, and what Chroma has to be told stands in `pending`/`unlinked`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.catalogue import Catalogue
from index.quarantine import Quarantine
from index.rows import ARTICLE, Vectors, article_of, matrix
from index.schema import where
from index.types import Article, Chunk, Filters, Row

Numbers = npt.NDArray[np.int64]

__all__ = ["Library", "Row"]


class Library(Catalogue):
    """The articles (`index.catalogue`) with their chunks and vectors, and what could not be added (`quarantine`)."""

    @cached_property
    def quarantine(self) -> Quarantine:
        return Quarantine(self)

    # Chunks and vectors

    def chunks(self, numbers: Sequence[int]) -> dict[int, tuple[Chunk, Article]]:
        """Chunks by number, each with its article. Numbers that are gone are left out."""
        sql = f"""SELECT c.number, c.id, c.article_id, c.ordinal, c.start, c."end", {ARTICLE}
            FROM chunks c JOIN articles a ON a.id = c.article_id WHERE c.number IN ({", ".join("?" * len(numbers))})"""
        found = {}
        for row in self.connection.execute(sql, list(numbers)):
            number, *facts, start, stop = row[:6]
            article = article_of(row[6:])
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
        return np.array([r[0] for r in rows], dtype=np.int64), matrix([r[1] for r in rows])

    def allowed(self, filters: Filters = Filters(), *, pending: bool = False) -> Numbers:
        """The articles the filters let through, or those that are pending, as rows of the database: see `newer`."""
        condition, values = where(filters)
        if pending:
            condition += " AND a.state = 'pending'"
        rows = self.connection.execute(f"SELECT a.rowid FROM articles a WHERE {condition}", values)
        return np.array([r[0] for r in rows], dtype=np.int64)

    def newer(self, number: int, size: int = 5_000) -> Iterator[tuple[Numbers, Numbers, Vectors]]:
        """Chunks with higher numbers than this, in that order and in bounded batches: number, its article's row, vector."""
        while True:
            rows = self.connection.execute(
                """SELECT c.number, a.rowid, c.vector FROM chunks c JOIN articles a ON a.id = c.article_id
                WHERE c.number > ? ORDER BY c.number LIMIT ?""",
                (number, size),
            ).fetchall()
            if not rows:
                return
            number = rows[-1][0]
            yield (
                np.array([r[0] for r in rows], dtype=np.int64),
                np.array([r[1] for r in rows], dtype=np.int64),
                matrix([r[2] for r in rows]),
            )

    def all_numbers(self) -> Numbers:
        return np.array([r[0] for r in self.connection.execute("SELECT number FROM chunks")], dtype=np.int64)

    def vectors_of(self, numbers: Sequence[int]) -> tuple[Numbers, Vectors]:
        """The same for chunks by number. Numbers that are gone are left out."""
        marks = ", ".join("?" * len(numbers))
        rows = self.connection.execute(f"SELECT number, vector FROM chunks WHERE number IN ({marks})", list(numbers)).fetchall()
        return np.array([r[0] for r in rows], dtype=np.int64), matrix([r[1] for r in rows])

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
            yield [r[1] for r in rows], matrix([r[2] for r in rows])

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

    def spread(self, count: int) -> tuple[list[str], Vectors]:
        """About `count` indexed chunks from all over the library, by the order they came in: ids and vectors."""
        last = int(self.connection.execute("SELECT coalesce(max(number), 0) FROM chunks").fetchone()[0])
        numbers = list(range(last, 0, -max(1, last // count)))
        found = self.connection.execute(
            f"""SELECT c.id, c.vector FROM chunks c JOIN articles a ON a.id = c.article_id
            WHERE a.state = 'indexed' AND c.number IN ({", ".join("?" * len(numbers))})""",
            numbers,
        ).fetchall()
        return [r[0] for r in found], matrix([r[1] for r in found])

    def unsettle(self, chunk_ids: Sequence[str]) -> None:
        """The vector index has to be told of these again: out first, then in with the rest of their articles."""
        with self.writing() as connection:
            connection.executemany("INSERT OR IGNORE INTO unlinked VALUES (?)", [(c,) for c in chunk_ids])
            connection.executemany(
                "UPDATE articles SET state = 'pending', version = version + 1 WHERE id = (SELECT article_id FROM chunks WHERE id = ?)",
                [(c,) for c in chunk_ids],
            )

    def indexed(self) -> int:
        """How many chunks the vector index must hold, at least."""
        sql = "SELECT count(*) FROM chunks c JOIN articles a ON a.id = c.article_id WHERE a.state = 'indexed'"
        return int(self.connection.execute(sql).fetchone()[0])
