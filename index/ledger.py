"""The library as a table: the articles that are wanted, in the order that is wanted, a page at a time."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Literal, get_args

from index.schema import where
from index.types import Filters

Column = Literal["title", "outlet", "published", "added", "chars"]
COLUMNS: tuple[Column, ...] = get_args(Column)
State = Literal["", "pending", "indexed"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles, and in which order. Every word of `text` stands in the title, the outlet or the author's name;
    `story` is an article whose near-copies are wanted, itself among them; `copied` are only those that have some."""

    text: str = ""
    filters: Filters = field(default_factory=Filters)
    state: State = ""
    story: str = ""
    copied: bool = False
    order: Column = "added"
    descending: bool = True


def page(connection: sqlite3.Connection, wanted: Wanted, first: int, count: int) -> tuple[list[str], int]:
    """The ids of `count` of them from the `first` (from 0) on, and how many there are altogether. What is not known comes last."""
    condition, values = _condition(connection, wanted)
    total = int(connection.execute(f"SELECT count(*) FROM articles a WHERE {condition}", values).fetchone()[0])
    by = {"title": "folded(a.title)", "outlet": "a.outlet"}.get(wanted.order, f"a.{wanted.order}")
    way = "DESC" if wanted.descending else "ASC"
    sql = f"SELECT a.id FROM articles a WHERE {condition} ORDER BY {by} IS NULL, {by} {way}, a.rowid {way} LIMIT ? OFFSET ?"
    return [str(r[0]) for r in connection.execute(sql, [*values, count, first])], total


def _condition(connection: sqlite3.Connection, wanted: Wanted) -> tuple[str, list[str]]:
    connection.create_function("folded", 1, lambda text: (text or "").casefold(), deterministic=True)
    filtered, values = where(wanted.filters)
    conditions = [filtered]
    for word in wanted.text.casefold().split()[:20]:
        conditions.append("instr(folded(a.title) || ' ' || coalesce(a.outlet, '') || ' ' || folded(a.author), ?)")
        values.append(word)
    if wanted.state:
        conditions.append("a.state = ?")
        values.append(wanted.state)
    if wanted.story:
        conditions.append(
            "a.id IN (SELECT article_id FROM stories WHERE story = (SELECT story FROM stories WHERE article_id = ?) UNION SELECT ?)"
        )
        values += [wanted.story, wanted.story]
    if wanted.copied:
        several = "SELECT story FROM stories GROUP BY story HAVING count(*) > 1"
        conditions.append(f"a.id IN (SELECT article_id FROM stories WHERE story IN ({several}))")
    return " AND ".join(conditions), values
