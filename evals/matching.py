"""Is this answer that answer? Containment after normalising, and SQuAD's exact match and token F1."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import islice, product

Groups = Sequence[Sequence[str]]

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_NUMBERS = {word: str(n) for n, word in enumerate(_UNITS.split())} | {
    word: str(10 * n) for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
# "14,800", and "14, 800" as the small models write it (field notes).
_THOUSANDS = re.compile(r"(?<=\d),\s?(?=\d{3}(?!\d))")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")
_MARKERS = re.compile(r"\s*\[\d+\]")
_READINGS = 64


def without_markers(text: str) -> str:
    """The answer's own words: `[n]` taken out."""
    return _MARKERS.sub("", text).strip()


def normal(text: str) -> list[str]:
    """The words that matter, in one spelling.

    No case, accents, punctuation, articles or plural s; figures without separators, small numbers
    as figures, "%" and "per cent" as "percent".
    """
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = _THOUSANDS.sub("", text).replace("%", " percent ").replace("per cent", "percent")
    words = (_NUMBERS.get(w, w) for w in _TOKEN.findall(text))
    return [_plain(w) for w in words if w not in ("a", "an", "the")]


def contains(answer: str, groups: Groups) -> float:
    """1 when the answer contains one of each group, whole words in a row, after normalising; else 0."""
    said = normal(without_markers(answer))
    return float(bool(groups) and all(any(_stands_in(said, normal(option)) for option in group) for group in groups))


def exact(answer: str, groups: Groups) -> float:
    """SQuAD's exact match: 1 when the answer is the gold and nothing else."""
    return float(squad_normal(without_markers(answer)) in _golds(groups))


def token_f1(answer: str, groups: Groups) -> float:
    """SQuAD's token F1 with the best of the gold readings."""
    said = squad_normal(without_markers(answer)).split()
    return max((_f1(said, gold.split()) for gold in _golds(groups)), default=0.0)


def readings(groups: Groups) -> list[str]:
    """Each way of choosing one of each group, joined with spaces; at most 64."""
    return [" ".join(chosen) for chosen in islice(product(*groups), _READINGS)] if groups else []


def squad_normal(text: str) -> str:
    """`normalize_answer` of the official SQuAD 2.0 script: case, punctuation, articles, white space."""
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def _golds(groups: Groups) -> list[str]:
    """The readings as SQuAD's script compares them: one that is articles and punctuation alone is none beside others."""
    golds = [squad_normal(gold) for gold in readings(groups)]
    return [gold for gold in golds if gold] or golds[:1]


def _f1(said: list[str], gold: list[str]) -> float:
    if not said or not gold:
        return float(said == gold)
    shared = sum((Counter(said) & Counter(gold)).values())
    return 2 * shared / (len(said) + len(gold))


def _stands_in(said: list[str], wanted: list[str]) -> bool:
    size = len(wanted)
    return size > 0 and any(said[i : i + size] == wanted for i in range(len(said) - size + 1))


def _plain(word: str) -> str:
    if "." in word:
        return word.rstrip("0").rstrip(".")
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
