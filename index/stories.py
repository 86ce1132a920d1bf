"""Which articles tell one story: near-copies by several outlets, kept as a number that they share.

The numbers are kept up with every change, in the same transaction. An article joins a story when it is a copy of
one that tells it (by the sketch first, by containment then) and all known dates of the story stay within three days.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date

import numpy as np

from index.copies import CONTAINED, DAYS, containment, shingles
from index.migrations import UNGROUPED
from index.minhash import PERMUTATIONS, Sketch, sketch
from index.types import Article

BUCKET = 100  # articles looked at for one band, the latest: thousands share the words of a template
HOPEFUL = 0.3  # estimated containment, which is .25 off at worst where one text is a tenth of the other
CONFIRMED = 20  # candidates whose texts are read


def place(connection: sqlite3.Connection, article: Article) -> None:
    """Find the story of an article whose row is there, new or changed."""
    mine, day = sketch(article.text), _day(article.published)
    known = connection.execute("SELECT day, sketch FROM stories WHERE article_id = ?", (article.id,)).fetchone()
    if known == (day, mine.least.tobytes()):
        return
    if known:
        withdraw(connection, article.id)
    cursor = connection.execute(
        "INSERT INTO stories (article_id, story, day, size, sketch) VALUES (?, 0, ?, ?, ?)",
        (article.id, day, mine.size, mine.least.tobytes()),
    )
    number = int(cursor.lastrowid or 0)
    connection.execute("UPDATE stories SET story = number WHERE number = ?", (number,))
    _join(connection, number, article.text, day, mine)
    connection.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", [(key, number) for key in mine.bands()])


def withdraw(connection: sqlite3.Connection, article_id: str) -> None:
    """Take an article out; those that only it held together part."""
    row = connection.execute("SELECT number, story, size, sketch FROM stories WHERE article_id = ?", (article_id,)).fetchone()
    if not row:
        return
    number, story, *kept = row
    connection.executemany("DELETE FROM bands WHERE key = ? AND number = ?", [(key, number) for key in _sketch(*kept).bands()])
    connection.execute("DELETE FROM stories WHERE number = ?", (number,))
    left = [r[0] for r in connection.execute("SELECT number FROM stories WHERE story = ? ORDER BY number", (story,))]
    connection.execute("UPDATE stories SET story = number WHERE story = ?", (story,))
    for other in left if len(left) > 1 else []:
        sql = "SELECT a.text, s.day, s.size, s.sketch FROM stories s JOIN articles a ON a.id = s.article_id WHERE s.number = ?"
        text, day, *kept = connection.execute(sql, (other,)).fetchone()
        _join(connection, other, text, day, _sketch(*kept))


def stories_of(connection: sqlite3.Connection, article_ids: Sequence[str]) -> dict[str, int]:
    """Article id → the number of its story, for those that are (still) here."""
    marks = ", ".join("?" * len(article_ids))
    sql = f"SELECT article_id, story FROM stories WHERE article_id IN ({marks})"
    return {str(i): int(s) for i, s in connection.execute(sql, list(article_ids))}


def sizes(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, int]:
    """The number of a story → how many articles tell it."""
    sql = f"SELECT story, count(*) FROM stories WHERE story IN ({', '.join('?' * len(numbers))}) GROUP BY story"
    return {int(story): int(count) for story, count in connection.execute(sql, list(numbers))}


def members(connection: sqlite3.Connection, article_id: str) -> list[str]:
    """The ids of all articles of the same story, itself among them, the earliest added first."""
    sql = "SELECT article_id FROM stories WHERE story = (SELECT story FROM stories WHERE article_id = ?) ORDER BY number"
    return [str(r[0]) for r in connection.execute(sql, (article_id,))]


def missing(connection: sqlite3.Connection, limit: int) -> list[str]:
    """Ids of articles that no story was sought for yet: those from a library of format 1."""
    if not connection.execute("SELECT 1 FROM meta WHERE key = ?", (UNGROUPED,)).fetchone():
        return []  # told by the fact, since looking for them takes a walk through all articles
    sql = "SELECT id FROM articles WHERE id NOT IN (SELECT article_id FROM stories) ORDER BY rowid LIMIT ?"
    found = [str(r[0]) for r in connection.execute(sql, (limit,))]
    if not found:
        connection.execute("DELETE FROM meta WHERE key = ?", (UNGROUPED,))
    return found


def _join(connection: sqlite3.Connection, number: int, text: str, day: int | None, mine: Sketch) -> None:
    """The stories of its copies become one with its own."""
    own = shingles(text)
    story = number
    for other in _candidates(connection, number, day, mine):
        row = connection.execute(
            "SELECT s.story, a.text FROM stories s JOIN articles a ON a.id = s.article_id WHERE s.number = ?", (other,)
        ).fetchone()
        if row[0] == story or containment(own, shingles(row[1])) < CONTAINED:
            continue
        first, last = connection.execute("SELECT min(day), max(day) FROM stories WHERE story IN (?, ?)", (story, row[0])).fetchone()
        if first is None or last - first <= DAYS:
            earlier, later = sorted((story, int(row[0])))
            connection.execute("UPDATE stories SET story = ? WHERE story = ?", (earlier, later))
            story = earlier


def _candidates(connection: sqlite3.Connection, number: int, day: int | None, mine: Sketch) -> list[int]:
    """Numbers of the articles near in time that may be copies, likeliest first."""
    near: set[int] = set()
    for key in mine.bands():
        near.update(r[0] for r in connection.execute("SELECT number FROM bands WHERE key = ? ORDER BY number DESC LIMIT ?", (key, BUCKET)))
    near.discard(number)
    marks = ", ".join("?" * len(near))
    rows = connection.execute(
        f"SELECT number, size, sketch FROM stories WHERE number IN ({marks}) AND (day IS NULL OR ? IS NULL OR abs(day - ?) <= ?)",
        (*near, day, day, DAYS),
    ).fetchall()
    if not rows:
        return []
    sketches = np.frombuffer(b"".join(r[2] for r in rows), dtype=np.uint32).reshape(-1, PERMUTATIONS)
    likely = mine.containment(sketches, np.array([r[1] for r in rows], dtype=np.int64))
    order = np.argsort(-likely, kind="stable")[:CONFIRMED]
    return [int(rows[i][0]) for i in order if likely[i] >= HOPEFUL]


def _sketch(size: int, least: bytes) -> Sketch:
    return Sketch(np.frombuffer(least, dtype=np.uint32), size)


def _day(day: date | None) -> int | None:
    return day.toordinal() if day else None
