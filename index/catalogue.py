"""The articles of the library: whole, by their facts, by their story, and as they were before."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from index import collecting, history, ledger, stories, words
from index.chunking import day_in_words
from index.migrations import UNGROUPED
from index.problem import Problem
from index.rows import ARTICLE, PUT_ARTICLE, Vectors, article_of, columns, day_of, iso, outlet
from index.store import Store, revise
from index.text import digest
from index.types import Article, Chunk, Row, Version, last_day


@dataclass(frozen=True, slots=True)
class Before:
    """What was in the library when a change was made ready: the article that is to be replaced (None: it is new, and
    its text was nowhere), and the id of the article that was read from its origin ("": none, None: whatever)."""

    article: Article | None
    owner: str | None = None


EDITABLE = ("title", "source", "author", "published", "url")


class Catalogue(Store):
    """Writing goes by whole articles in one transaction; see `index.library`."""

    def get(self, article_id: str, version: int | None = None) -> Article:
        """The article as it is, or as it was in `version`. Raises Problem when there is none."""
        found = self.find(article_id=article_id)
        if found is None:
            raise Problem(f"There is no article {article_id!r}. `article-qa list` shows them all.")
        if version is None or version == self.versions(article_id)[0].number:
            return found
        before = history.version(self.connection, article_id, version)
        if before is None:
            raise Problem(f"Article {article_id} has no version {version}. `article-qa history {article_id}` shows those it has.")
        return before

    def find(self, *, article_id: str = "", origin: str = "", text: str = "") -> Article | None:
        """The article of that id, the one read from `origin`, or the one whose text is the same but for spacing and case."""
        condition, value = ("a.id = ?", article_id) if article_id else ("a.digest = ?", digest(text))
        if origin:
            condition, value = "a.id = (SELECT article_id FROM origins WHERE origin = ?)", origin
        row = self.connection.execute(f"SELECT {ARTICLE} FROM articles a WHERE {condition}", (value,)).fetchone()
        return article_of(row) if row else None

    def rows(self, article_ids: Sequence[str] | None = None) -> list[Row]:
        """Every article, or those of the ids, without their texts, the earliest added first."""
        condition = "1" if article_ids is None else f"a.id IN ({', '.join('?' * len(article_ids))})"
        sql = f"""SELECT a.id, a.title, a.source, a.author, a.url, a.published, a.added, a.chars,
                (SELECT count(*) FROM chunks c WHERE c.article_id = a.id), a.state, a.origin, a.precision, a.updated, s.story
            FROM articles a LEFT JOIN stories s ON s.article_id = a.id WHERE {condition} ORDER BY a.added, a.title"""
        found: list[tuple[Any, ...]] = self.connection.execute(sql, list(article_ids or ())).fetchall()
        return [Row(*(*r[:5], day_of(r[5]), *r[6:12], day_of(r[12]), r[13])) for r in found]

    def counts(self) -> tuple[int, int]:
        """Articles, chunks."""
        row = self.connection.execute("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM chunks)").fetchone()
        return int(row[0]), int(row[1])

    def outlets(self) -> list[str]:
        """Every outlet there is an article of, as the articles spell it."""
        return [str(r[0]) for r in self.connection.execute("SELECT DISTINCT source FROM articles WHERE source IS NOT NULL ORDER BY source")]

    def origins(self, article_id: str) -> list[str]:
        """Every place the article was read from, its own first."""
        sql = """SELECT o.origin FROM origins o JOIN articles a ON a.id = o.article_id
            WHERE a.id = ? ORDER BY o.origin <> a.origin, o.origin"""
        return [str(r[0]) for r in self.connection.execute(sql, (article_id,))]

    def edited(self, article_id: str) -> frozenset[str]:
        """The names of the facts that a person has put right; what a file says of them no longer counts."""
        row = self.connection.execute("SELECT edited FROM articles WHERE id = ?", (article_id,)).fetchone()
        return frozenset(row[0].split()) if row else frozenset()

    def page(self, wanted: ledger.Wanted, first: int, count: int) -> tuple[list[Row], int]:
        """A page of the library as a table, and how many articles are wanted altogether; see `index.ledger`."""
        ids, total = ledger.page(self.connection, wanted, first, count)
        found = {row.id: row for row in self.rows(ids)}
        return [found[i] for i in ids if i in found], total

    # Collections

    def collections(self) -> dict[str, int]:
        """Each collection with how many articles are in it."""
        return collecting.counts(self.connection)

    def collected(self, article_id: str) -> list[str]:
        """The collections that an article is in."""
        return collecting.of(self.connection, article_id)

    def collect(self, name: str, article_ids: Sequence[str] = (), leave: Sequence[str] = ()) -> str:
        """Put articles into a collection, and take others out of it; its name as it is kept. Raises Problem, and changes nothing,
        when an article is not there."""
        name = collecting.named(name)
        with self.writing() as connection:
            collecting.collect(connection, name, article_ids)
            collecting.leave(connection, name, leave)
            revise(connection)
        return name

    def check_collection(self, name: str) -> None:
        """Raises Problem where the name is not empty and no collection has it."""
        known = self.collections() if name else {}
        if name and name not in known:
            raise Problem(f"There is no collection {name!r}. There are: {', '.join(known) or 'none yet'}.")

    def rename_collection(self, name: str, new: str) -> None:
        """Call a collection otherwise, or, where `new` is empty, have none any more; its articles stay."""
        self.check_collection(name)
        with self.writing() as connection:
            if new:
                collecting.rename(connection, name, collecting.named(new))
            else:
                collecting.dissolve(connection, name)
            revise(connection)

    # Versions and stories

    def versions(self, article_id: str) -> list[Version]:
        """The present text and those before it, newest first."""
        return history.versions(self.connection, article_id)

    def cited(self, article_id: str, start: int, end: int, quote: str) -> tuple[Article, bool]:
        """The article as it is where it has the quote at that place; else as it was when it last had it there, and True.

        Raises Problem when there is no such article, or it never had these words there.
        """
        found = self.get(article_id)
        if found.text[start:end] == quote:
            return found, False
        before = history.holding(self.connection, article_id, start, end, quote)
        if before is None:
            raise Problem(f"The words cited stand in no version of article {article_id}. It was removed and added again, most likely.")
        return before, True

    def stories(self, article_ids: Sequence[str]) -> dict[str, int]:
        """Article id → the number of its story. Near-copies have one in common; every article has one."""
        return stories.stories_of(self.connection, article_ids)

    def story(self, article_id: str) -> list[Row]:
        """All articles that tell the same story, itself among them."""
        return self.rows(stories.members(self.connection, article_id))

    def story_sizes(self, numbers: Iterable[int]) -> dict[int, int]:
        """How many articles tell each of these stories."""
        return stories.sizes(self.connection, list(numbers))

    def grouped(self, limit: int = 100) -> int:
        """Seek the stories of some articles that an older format left without. How many; 0 when all is done."""
        if not self.fact(UNGROUPED):
            return 0
        with self.writing() as connection:
            found = stories.missing(connection, limit)
            for article_id in found:
                stories.place(connection, self.get(article_id))
        return len(found)

    # Writing

    def put(
        self,
        items: Iterable[tuple[Article, Sequence[Chunk], Vectors]],
        *,
        expected: Mapping[str, Before] | None = None,
        edited: Iterable[str] = (),
    ) -> list[str]:
        """Add or replace articles whole, in one transaction. `vectors` is (len(chunks), dimension).

        Where an article is no longer as `expected` by its id, it is left out; the ids of those come back.
        `edited` facts are a person's from now on: reading the article again leaves them alone.
        """
        left: list[str] = []
        with self.writing() as connection:
            for article, chunks, vectors in items:
                if expected is not None and not self._as_expected(article, expected[article.id]):
                    left.append(article.id)
                    continue
                row = connection.execute("SELECT text, published FROM articles WHERE id = ?", (article.id,)).fetchone()
                if row and row[0] != article.text:
                    history.keep(connection, article.id)
                _unlink(connection, article.id)
                connection.execute(PUT_ARTICLE, columns(article))
                connection.execute("INSERT OR REPLACE INTO origins VALUES (?, ?)", (article.origin, article.id))
                _insert_chunks(connection, article, chunks, vectors)
                if row != (article.text, iso(article.published)):
                    stories.place(connection, article)
                _mark(connection, article.id, edited)
            revise(connection)
        return left

    def _as_expected(self, article: Article, before: Before) -> bool:
        if self.find(article_id=article.id) != before.article or (before.article is None and self.find(text=article.text)):
            return False
        owner = self.find(origin=article.origin) if before.owner is not None else None
        return before.owner is None or (owner.id if owner else "") == before.owner

    def put_facts(self, article: Article, *, was: Article, edited: Iterable[str] = ()) -> bool:
        """Change facts that no vector depends on. False, and nothing done, where the article is no longer as it `was`."""
        with self.writing() as connection:
            if self.find(article_id=article.id) != was:
                return False
            connection.execute(
                """UPDATE articles SET title = ?, source = ?, outlet = ?, author = ?, url = ?, published = ?, last_day = ?,
                precision = ?, updated = ?, language = ? WHERE id = ?""",
                (
                    article.title, article.source, outlet(article.source), article.author, article.url, iso(article.published),
                    iso(last_day(article.published, article.precision)), article.precision, iso(article.updated), article.language,
                    article.id,
                ),
            )  # fmt: skip
            facts = _facts(article)
            for number, start, end in connection.execute(
                'SELECT number, start, "end" FROM chunks WHERE article_id = ?', (article.id,)
            ).fetchall():
                words.drop(connection, [number])
                words.put(connection, number, article.title, facts, article.text[start:end])
            if article.published != was.published:
                stories.place(connection, article)
            _mark(connection, article.id, edited)
            revise(connection)
        return True

    def add_origin(self, origin: str, article_id: str) -> None:
        """`origin` holds the same text as an article that is here."""
        with self.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO origins VALUES (?, ?)", (origin, article_id))

    def take_past(self, other: Catalogue, article_ids: Sequence[str]) -> None:
        """From another library: earlier versions, further origins and what was edited, of articles that are the same here."""
        with self.writing() as connection:
            for article_id in article_ids:
                here, there = self.find(article_id=article_id), other.find(article_id=article_id)
                if here is None or there is None or here.text != there.text:
                    continue
                history.take(connection, other.connection, article_id)
                collecting.take(connection, other.connection, article_id)
                connection.executemany(
                    "INSERT OR IGNORE INTO origins VALUES (?, ?)", [(origin, article_id) for origin in other.origins(article_id)]
                )
                if here == there:
                    _mark(connection, article_id, other.edited(article_id))

    def remove(self, article_ids: Sequence[str]) -> None:
        """Take articles out whole, with every version, in one transaction. Raises Problem, and changes nothing, when one
        is not there."""
        with self.writing() as connection:
            for article_id in dict.fromkeys(article_ids):
                _unlink(connection, article_id)
                stories.withdraw(connection, article_id)
                if not connection.execute("DELETE FROM articles WHERE id = ?", (article_id,)).rowcount:
                    raise Problem(f"There is no article {article_id!r}; nothing was removed. `article-qa list` shows them all.")
            revise(connection)


def _unlink(connection: sqlite3.Connection, article_id: str) -> None:
    rows = connection.execute("SELECT number, id FROM chunks WHERE article_id = ?", (article_id,)).fetchall()
    words.drop(connection, [r[0] for r in rows])
    connection.executemany("INSERT OR IGNORE INTO unlinked VALUES (?)", [(r[1],) for r in rows])
    connection.execute("DELETE FROM chunks WHERE article_id = ?", (article_id,))


def _insert_chunks(connection: sqlite3.Connection, article: Article, chunks: Sequence[Chunk], vectors: Vectors) -> None:
    facts = _facts(article)
    for chunk, vector in zip(chunks, vectors.astype(np.float16), strict=True):
        cursor = connection.execute(
            'INSERT INTO chunks (id, article_id, ordinal, start, "end", vector) VALUES (?, ?, ?, ?, ?, ?)',
            (chunk.id, article.id, chunk.ordinal, chunk.start, chunk.end, vector.tobytes()),
        )
        words.put(connection, int(cursor.lastrowid or 0), article.title, facts, chunk.text)
        connection.execute("DELETE FROM unlinked WHERE chunk_id = ?", (chunk.id,))


def _mark(connection: sqlite3.Connection, article_id: str, edited: Iterable[str]) -> None:
    names = set(edited)
    if names:
        known = connection.execute("SELECT edited FROM articles WHERE id = ?", (article_id,)).fetchone()[0].split()
        connection.execute("UPDATE articles SET edited = ? WHERE id = ?", (" ".join(sorted(names.union(known))), article_id))


def _facts(article: Article) -> str:
    return " ".join(f for f in (article.source, article.author, day_in_words(article.published, article.precision)) if f)
