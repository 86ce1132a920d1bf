"""A word of the question that the library does not have: the words it has that were probably meant."""

from __future__ import annotations

import difflib
import sqlite3

SHORTEST = 5  # letters: shorter words are all near one another
ALIKE = 0.8  # of difflib's ratio: one letter in five, two in ten
MOST = 3  # words for one
READ = 8_000  # words that begin alike, at most


def near(connection: sqlite3.Connection, term: str) -> list[str]:
    """Up to three words of the word index (its stems) spelt like `term`, the most alike first, then the most frequent.

    Sought among the words that begin with the same two letters and then, where none is alike, with the same one: 1 to 10 and
    up to 40 ms at 30,000 chunks. None for a short word or one with a figure in it: "2019" does not mean "2018".
    """
    if len(term) < SHORTEST or not term.isalpha():
        return []
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, words, row)")
    for letters in (2, 1):
        frequent = _beginning(connection, term[:letters])
        likeness = {word: _likeness(word, term) for word in frequent if abs(len(word) - len(term)) <= 4}
        alike = sorted((word for word in likeness if likeness[word] >= ALIKE), key=lambda word: (-likeness[word], -frequent[word]))
        if alike:
            return alike[:MOST]
    return []


def _beginning(connection: sqlite3.Connection, letters: str) -> dict[str, int]:
    """The stems that begin so, each with the number of chunks that hold it."""
    sql = "SELECT term, doc FROM temp.vocabulary WHERE term >= ? AND term < ? LIMIT ?"
    after = letters[:-1] + chr(ord(letters[-1]) + 1)
    return {str(word): int(chunks) for word, chunks in connection.execute(sql, (letters, after, READ))}


def _likeness(stem: str, term: str) -> float:
    """0-1. A stem is also compared with as much of the word as it is long, and one letter more."""
    matcher = difflib.SequenceMatcher(None, stem, autojunk=False)
    best = 0.0
    for text in {term, term[: len(stem) + 1]} if len(stem) >= SHORTEST else {term}:
        matcher.set_seq2(text)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() >= ALIKE:
            best = max(best, matcher.ratio())
    return best
