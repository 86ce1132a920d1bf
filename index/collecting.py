"""Collections: parts of the library that people have named, to ask about them alone. An article may be in many."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from index.problem import Problem
from index.text import clean

LONGEST = 80  # characters of a name


def named(name: str) -> str:
    """The name as it is kept. Raises Problem when it is none."""
    line = " ".join(clean(name).split())
    if not line:
        raise Problem("The collection has no name. Give it one.")
    if len(line) > LONGEST:
        raise Problem(f"The name of the collection is {len(line)} characters long; {LONGEST} are the most.")
    return line


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Each collection with how many articles are in it, in the order of their names. One that is empty is gone."""
    found = connection.execute("SELECT name, count(*) FROM collected GROUP BY name")
    return {str(name): int(count) for name, count in sorted(found, key=lambda row: (str(row[0]).casefold(), row[0]))}


def of(connection: sqlite3.Connection, article_id: str) -> list[str]:
    """The collections that an article is in."""
    sql = "SELECT name FROM collected WHERE article_id = ? ORDER BY name"
    return [str(row[0]) for row in connection.execute(sql, (article_id,))]


def collect(connection: sqlite3.Connection, name: str, article_ids: Iterable[str]) -> None:
    """Put articles into a collection, which is made when it is not there. Raises Problem when one of them is not there."""
    for article_id in dict.fromkeys(article_ids):
        if not connection.execute("SELECT 1 FROM articles WHERE id = ?", (article_id,)).fetchone():
            raise Problem(f"There is no article {article_id!r}; the collection was not changed.")
        connection.execute("INSERT OR IGNORE INTO collected VALUES (?, ?)", (name, article_id))


def leave(connection: sqlite3.Connection, name: str, article_ids: Iterable[str]) -> None:
    """Take articles out of a collection; they stay in the library."""
    connection.executemany("DELETE FROM collected WHERE name = ? AND article_id = ?", [(name, i) for i in article_ids])


def rename(connection: sqlite3.Connection, name: str, new: str) -> None:
    """Under a new name, or together with the collection that has it."""
    if name != new:
        connection.execute("INSERT OR IGNORE INTO collected SELECT ?, article_id FROM collected WHERE name = ?", (new, name))
        dissolve(connection, name)


def dissolve(connection: sqlite3.Connection, name: str) -> None:
    """No such collection any more; its articles stay in the library."""
    connection.execute("DELETE FROM collected WHERE name = ?", (name,))


def take(connection: sqlite3.Connection, source: sqlite3.Connection, article_id: str) -> None:
    """An article's collections from another library, beside its own."""
    for name in of(source, article_id):
        connection.execute("INSERT OR IGNORE INTO collected VALUES (?, ?)", (name[:LONGEST], article_id))
