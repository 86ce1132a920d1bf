"""The word leg: BM25 over title, facts and text, in the library's own database.

Its rows are written in the same transaction as the chunks they stand for, so the two never part.
"""

from __future__ import annotations

import math
import re
import sqlite3
from functools import partial

from index import spelling
from index.schema import where
from index.types import Filters

# Words that stand in most chunks cost FTS5 its time (a scan of every row) and say nothing.
STOP_WORDS = frozenset(
    "a an and are as at be been but by can could did do does for from had has have he her his how i if in into is it its "
    "me more most my no not of on or our s she so some such than that the their them then there these they this those to "
    "was we were what when where which who whom whose why will with would you your about after also all any between both "
    "during each few just much many other over own same too under until up very".split()
)

# FTS5 reads and scores every chunk that holds a word, 3 µs each: 200 ms for a question of common words at 100,000 (B4).
GROUP = 1_500  # chunks that the rarest words choose
DEEPEST = 2_000  # chunks scored for one look-up, the newest: only where every word of the question is common
SCORING = 12  # of the other words, the rarest: each costs a walk through all chunks that hold it
COMMON = 0.5  # of all chunks: a word in more of them says next to nothing
SMALL = 15_000  # chunks, up to which no word is left out


# Cut as FTS5 cuts: "H5N1", "G20" and "1990s" are one word each, or they would not be found.
_TERM = re.compile(r"\d+(?:[.,]\d+)+(?![^\W_])|[^\W_]+(?:[’'][^\W\d_]+)*")


# Marks a word taken from the index: a stem, which FTS5 would stem once more, so it is looked up as the beginning of a word.
_STEM = "\x00"
_SUFFIX = re.compile(r"(?:n[’']t|[’'](?:s|re|ve|ll|d|m))$")


def terms(text: str) -> list[str]:
    """The words of a text as the word index knows them, in small letters."""
    return _TERM.findall(text.lower())


def match_terms(question: str) -> list[str]:
    """The words worth looking up, each once, in order; all of them when every one is a stop word."""
    # FTS5 looks for "world's" as the phrase of "world" and "s": 10 ms at 100,000 chunks, and no other form is found.
    found = list(dict.fromkeys(_SUFFIX.sub("", t) or t for t in terms(question)))
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


def search(connection: sqlite3.Connection, question: str, filters: Filters, limit: int, *, exhaustive: bool = False) -> list[int]:
    """The numbers of the best chunks for the question, best first; the filters hold.

    In a large library rare words choose the candidates and all words score them: a chunk that holds no rare word is
    looked at only where too few do. Its score is the one BM25 over everything gives (docs/performance.md: on 52,744 chunks of
    news a sixth of the time, nDCG@10 .588 for .590). `exhaustive` scores every chunk that holds any of the words.
    """
    left = _rare_first(connection, match_terms(question)[:64])
    if exhaustive and left:
        return [number for number, _ in _scored(connection, _any(left), filters, limit, deepest=-1)]
    scores: dict[int, float] = {}
    read = 0
    while left and len(scores) < limit and (read < 3 * GROUP or not scores):
        size = _group(left)
        read += sum(count for count, _ in left[:size])
        chosen, left = _any(left[:size]), left[size:]
        for query in (chosen, f"({chosen}) AND ({_any(left[:SCORING])})") if left else (chosen,):
            for number, score in _scored(connection, query, filters, limit):
                # A chunk that both found has its whole score in the second: bm25 is below nought, lower is better.
                scores[number] = min(score, scores.get(number, 0.0))
    return sorted(scores, key=lambda n: (scores[n], n))[:limit]


def _scored(connection: sqlite3.Connection, query: str, filters: Filters, limit: int, deepest: int = DEEPEST) -> list[tuple[int, float]]:
    condition, values = where(filters)
    # CROSS JOIN: the words lead, or SQLite may walk through every article that passes and ask for each.
    joined = "" if condition == "1" else "CROSS JOIN chunks c ON c.number = words.rowid CROSS JOIN articles a ON a.id = c.article_id"
    sql = f"""SELECT number, score FROM (
        SELECT words.rowid AS number, bm25(words, 2.0, 0.5, 1.0) AS score FROM words {joined}
        WHERE words MATCH ? AND {condition} ORDER BY words.rowid DESC LIMIT {deepest}
        ) ORDER BY score, number LIMIT ?"""
    return [(int(number), float(score)) for number, score in connection.execute(sql, (query, *values, limit))]


def _any(counted: list[tuple[int, str]]) -> str:
    # Each word is quoted, so that nothing in a question is an operator of FTS5.
    return " OR ".join(_quoted(term) for _, term in counted)


def _quoted(term: str) -> str:
    prefix = " *" if term.endswith(_STEM) else ""
    return '"' + term.removesuffix(_STEM).replace('"', '""') + '"' + prefix


def _group(counted: list[tuple[int, str]]) -> int:
    """How many of the rarest words are looked up at once: as many as stand in `GROUP` chunks together, at least one."""
    total = 0
    for n, (count, _) in enumerate(counted):
        total += count
        if n and total > GROUP:
            return n
    return len(counted)


def _rare_first(connection: sqlite3.Connection, wanted: list[str]) -> list[tuple[int, str]]:
    """Each word with the number of chunks that hold it, the rarest first; without those that nearly all hold, if others are left."""
    chunks = int(connection.execute("SELECT coalesce(max(number), 0) FROM chunks").fetchone()[0])
    known = {term: count for term in wanted if (count := _count(connection, term, chunks))}
    for term in wanted if chunks else ():
        if term not in known:  # misspelt, perhaps
            meant = [word + _STEM for word in spelling.near(term, partial(beginning, connection))]
            known |= {word: count for word in meant if (count := _count(connection, word, chunks))}
    counted = sorted((count, term) for term, count in known.items())
    telling = [(count, term) for count, term in counted if count <= COMMON * chunks]
    return telling if telling and chunks > SMALL else counted


def beginning(connection: sqlite3.Connection, letters: str) -> dict[str, int]:
    """The words of the index, its stems, that begin with the letters, each with the number of chunks that hold it; at most 8,000."""
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, words, row)")
    after = letters[:-1] + chr(ord(letters[-1]) + 1)
    found = connection.execute("SELECT term, doc FROM temp.vocabulary WHERE term >= ? AND term < ? LIMIT 8000", (letters, after))
    return {str(word): int(chunks) for word, chunks in found}


def _count(connection: sqlite3.Connection, term: str, chunks: int) -> int:
    """How many chunks hold the word, about: counted anew once the library has grown by a tenth."""
    path = str(connection.execute("PRAGMA database_list").fetchone()[2])
    key = (path, chunks if chunks <= SMALL else int(10 * math.log(chunks)), term)
    if key not in _counts:
        if len(_counts) > 50_000:
            _counts.clear()
        found = connection.execute("SELECT count(*) FROM words WHERE words MATCH ?", (_quoted(term),)).fetchone()
        _counts[key] = int(found[0])
    return _counts[key]


_counts: dict[tuple[str, int, str], int] = {}
