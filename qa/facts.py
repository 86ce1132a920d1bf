"""What a text asserts, as far as it can be read without a model: figures, names, quotations, content words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import snowballstemmer

from index.text import words
from index.words import STOP_WORDS

_STEMMER = snowballstemmer.stemmer("english")
_SPACED = re.compile(r"(?<=\d)([,.]) (?=\d{3}\b)")  # small models write "14, 800" for "14,800" (field notes)
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"[^\W\d_]+(?:[’'\-.][^\W\d_]+)*")
_QUOTED = re.compile(r"[“\"]([^“”\"]{3,}?)[”\"]")
_NEGATION = re.compile(r"\b(?:not|no|never|none|nobody|neither|nor|without|cannot|\w+n[’']t|failed to|refus\w+|den(?:y|ied|ies))\b", re.IGNORECASE)
_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = {w: 10 * i for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_SMALL = {w: i for i, w in enumerate(_UNITS)} | _TENS | {"dozen": 12, "once": 1, "twice": 2}
_ORDINALS = {w: i for i, w in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1)}
_VAGUE = frozenset("one first once second".split())  # "one of them", "at first", "a second later": seldom figures
_MONTHS = frozenset("january february march april may june july august september october november december".split())
# Words that say how something is said rather than what: an answer may use its own.
_FRAMING = frozenset(
    "according article articles excerpt excerpts text passage passages report reported reports say said says state stated states "
    "told mention mentioned total number approximately around nearly roughly estimated including included also".split()
)


def stem(word: str) -> str:
    return _stemmed(word.casefold())


@lru_cache(maxsize=65_536)
def _stemmed(word: str) -> str:
    return str(_STEMMER.stemWord(word.removesuffix("'s").removesuffix("’s")))


@lru_cache(maxsize=4096)
def content(text: str) -> tuple[str, ...]:
    """The stems of the words that carry meaning, in order; figures are left to `figures`."""
    return tuple(stem(w) for w in words(text) if w not in STOP_WORDS and w not in _FRAMING and not w[0].isdigit())


@lru_cache(maxsize=4096)
def figures(text: str) -> Mapping[str, str]:
    """Every figure by its plain value ("2700", "3.5"), with the way it was written.

    "2,700", "2, 700" and "two thousand seven hundred" are one figure; "1.2 million" is "1200000".
    """
    text = _SPACED.sub(r"\1", text)
    found: dict[str, str] = {}
    tokens = re.findall(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s-]", text)
    i = 0
    while i < len(tokens):
        value, used = _number(tokens, i)
        if value is not None and (used > 1 or tokens[i].casefold() not in _VAGUE):
            found.setdefault(_plain(value), " ".join(tokens[i : i + used]))
        i += max(used, 1)
    return found


def _number(tokens: list[str], at: int) -> tuple[float | None, int]:
    """The number that begins at `at` and how many tokens it takes; None when none does."""
    first = tokens[at].casefold()
    if _FIGURE.fullmatch(first):
        value = _digits(first)
        scale = _SCALES.get(tokens[at + 1].casefold()) if at + 1 < len(tokens) else None
        return (value * scale, 2) if scale else (value, 1)
    if first in _ORDINALS:
        return float(_ORDINALS[first]), 1
    total, current, used = 0.0, None, 0
    for token in tokens[at:]:
        word = token.casefold()
        if word in _SMALL:
            current = (current or 0) + _SMALL[word]
        elif word in _SCALES and current is not None:
            current *= _SCALES[word]
            if _SCALES[word] > 100:
                total, current = total + current, 0
        elif not (word == "and" and current is not None and used + at + 1 < len(tokens) and tokens[at + used + 1].casefold() in _SMALL and used and tokens[at + used - 1].casefold() in _SCALES):
            break
        used += 1
    return (total + (current or 0), used) if used and current is not None else (None, 1)


def _digits(text: str) -> float:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        return float(text.replace(",", ""))
    if text.count(".") > 1 or "," in text:  # 1.234.567, a date such as 1.12.2023, or a decimal comma
        parts = re.split(r"[.,]", text)
        return float("".join(parts)) if all(len(p) == 3 for p in parts[1:]) else float(f"{parts[0]}.{parts[1]}")
    return float(text)


def _plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


@lru_cache(maxsize=4096)
def names(text: str) -> Mapping[str, str]:
    """Capitalised words that are not the first of a sentence (stem → as written), months left out."""
    found: dict[str, str] = {}
    for match in _NAME.finditer(text):
        word = match.group()
        if not word[0].isupper() or word.casefold() in _MONTHS or word.casefold() in STOP_WORDS:
            continue
        before = text[: match.start()].rstrip(" \"'“‘(")
        if (not before or before[-1] in ".!?:\n") and not word.isupper():
            continue
        found.setdefault(stem(word), word)
    return found


def quotations(text: str) -> list[str]:
    """What stands between double quotation marks, three characters or more."""
    return [q.strip(" ,.;:!?") for q in _QUOTED.findall(text)]


def plain_letters(text: str) -> str:
    """For comparing quotations: one kind of apostrophe, one kind of space, no case."""
    return " ".join(re.sub(r"[‘’ʼ`´]", "'", text).casefold().split())


def negated(text: str) -> bool:
    return bool(_NEGATION.search(text))
