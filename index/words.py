"""The word leg: BM25 over title, facts and text, in the library's own database.

Its rows are written in the same transaction as the chunks they stand for, so the two never part.
"""

from __future__ import annotations

import re
import sqlite3

from index.schema import where
from index.types import Filters

# Words that stand in most chunks cost FTS5 its time (a scan of every row) and say nothing.
STOP_WORDS = frozenset(
    "a an and are as at be been but by can could did do does for from had has have he her his how i if in into is it its "
    "me more most my no not of on or our s she so some such than that the their them then there these they this those to "
    "was we were what when where which who whom whose why will with would you your about after also all any between both "
    "during each few just much many other over own same too under until up very".split()
)


# Cut as FTS5 cuts: "H5N1", "G20" and "1990s" are one word each, or they would not be found.
_TERM = re.compile(r"\d+(?:[.,]\d+)+(?![^\W_])|[^\W_]+(?:[’'][^\W\d_]+)*")


def terms(text: str) -> list[str]:
    """The words of a text as the word index knows them, in small letters."""
    return _TERM.findall(text.lower())


def match_terms(question: str) -> list[str]:
    """The words worth looking up, each once, in order; all of them when every one is a stop word."""
    found = list(dict.fromkeys(terms(question)))
    return [w for w in found if w not in STOP_WORDS] or found


def put(connection: sqlite3.Connection, number: int, title: str, facts: str, body: str) -> None:
    connection.execute("INSERT INTO words (rowid, title, facts, body) VALUES (?, ?, ?, ?)", (number, title, facts, body))


def drop(connection: sqlite3.Connection, numbers: list[int]) -> None:
    connection.executemany("DELETE FROM words WHERE rowid = ?", [(n,) for n in numbers])


def tidy(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM words WHERE rowid NOT IN (SELECT number FROM chunks)")


def check(connection: sqlite3.Connection) -> int:
    """How many chunks have no row in the word index, plus rows that have no chunk."""
    missing = "SELECT count(*) FROM chunks WHERE number NOT IN (SELECT rowid FROM words)"
    surplus = "SELECT count(*) FROM words WHERE rowid NOT IN (SELECT number FROM chunks)"
    return int(connection.execute(missing).fetchone()[0]) + int(connection.execute(surplus).fetchone()[0])


def search(connection: sqlite3.Connection, question: str, filters: Filters, limit: int) -> list[int]:
    """The numbers of the best chunks for the question, best first; the filters hold."""
    wanted = match_terms(question)[:64]
    if not wanted:
        return []
    # Each word is quoted, so that nothing in a question is an operator of FTS5.
    query = " OR ".join('"' + t.replace('"', '""') + '"' for t in wanted)
    condition, values = where(filters)
    if condition == "1":
        sql = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY bm25(words, 2.0, 0.5, 1.0) LIMIT ?"
        return [int(row[0]) for row in connection.execute(sql, (query, limit))]
    sql = f"""SELECT words.rowid FROM words JOIN chunks c ON c.number = words.rowid JOIN articles a ON a.id = c.article_id
        WHERE words MATCH ? AND {condition} ORDER BY bm25(words, 2.0, 0.5, 1.0) LIMIT ?"""
    return [int(row[0]) for row in connection.execute(sql, (query, *values, limit))]
