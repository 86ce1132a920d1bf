"""A word of the question that the library does not have: the words it has that were probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping

SHORTEST = 5  # letters: shorter words are all near one another
ALIKE = 0.8  # of difflib's ratio: one letter in five, two in ten
MOST = 3  # words for one


def near(term: str, beginning: Callable[[str], Mapping[str, int]]) -> list[str]:
    """Up to three words spelt like `term`, the most alike first, then the most frequent.

    `beginning` gives the library's words (stems) that begin with some letters, each with the number of chunks that hold it. They are
    sought among those that begin with the same two letters and then, where none is alike, with the same one: 1 to 10 and up
    to 40 ms at 30,000 chunks. None for a short word or one with a figure in it: "2019" does not mean "2018".
    """
    if len(term) < SHORTEST or not term.isalpha():
        return []
    for letters in (2, 1):
        frequent = beginning(term[:letters])
        likeness = {word: _likeness(word, term) for word in frequent if abs(len(word) - len(term)) <= 4}
        alike = sorted((word for word in likeness if likeness[word] >= ALIKE), key=lambda word: (-likeness[word], -frequent[word]))
        if alike:
            return alike[:MOST]
    return []


def _likeness(stem: str, term: str) -> float:
    """0-1. A stem is also compared with as much of the word as it is long, and one letter more."""
    matcher = difflib.SequenceMatcher(None, stem, autojunk=False)
    best = 0.0
    for text in {term, term[: len(stem) + 1]} if len(stem) >= SHORTEST else {term}:
        matcher.set_seq2(text)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() >= ALIKE:
            best = max(best, matcher.ratio())
    return best
