"""What a text asserts, as far as it can be read without a model: figures, names, quotations, content words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from snowballstemmer.english_stemmer import EnglishStemmer

from index.text import words
from index.words import STOP_WORDS

_STEMMER = EnglishStemmer()  # not `snowballstemmer.stemmer`, which takes PyStemmer where that is installed, and stems otherwise with it
# Small models write "14, 800" for "14,800" (field notes); "in 2019, 300 people" are two figures.
SPACED = re.compile(r"(?<![\d.,])(\d{1,3})(?:([,.]) |[\u00a0\u2009\u202f])(?=\d{3}(?!\d))")
_MINUS = re.compile(r"(?:(?<![\w)\]])[-−]|\bminus )(?=\d)", re.IGNORECASE)
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s-]")
_NUMBERING = re.compile(
    r"^[ \t]*\d{1,2}[.)](?=\s)|\b(?:passages?|excerpts?|steps?) \d{1,2}(?:(?:, | and | ?& ?)\d{1,2})*\b", re.IGNORECASE | re.MULTILINE
)
_DATE = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"[^\W\d_]+(?:[’'\-.][^\W\d_]+)*")
_NAMED = re.compile(r" [^\W\d_](?=[^\W\d_])(?<=[A-ZÀ-ÖØ-Þ])")  # "Ann Smith": the next word is a name too
_QUOTED = re.compile(r"[“\"]([^“”\"]{3,}?)[”\"]")
_NOT = r"not|no|never|none|nobody|neither|nor|without|cannot|\w+n[’']t"
_NEGATION = re.compile(rf"\b(?:{_NOT}|failed to|refus\w+|den(?:y|ied|ies))\b", re.IGNORECASE)
_DENIAL = re.compile(rf"\b(?:no[- ]one|{_NOT})\b((?:[^.,;:!?()“”\"]|(?<=\d)[.,](?=\d))*)", re.IGNORECASE)
# What denies nothing: "not only", "no fewer than 20", "not until May", "No. 10".
_NO_DENIAL = re.compile(r"\b(?:not (?:only|just|merely|until|least)|no (?:fewer|less|more|later|doubt)|no\.)(?!\w)", re.IGNORECASE)
_CLAUSE = re.compile(
    r"\b(?:but|although|though|while|because|and|or|after|before|until|when|if|since|despite|except|that)\b", re.IGNORECASE
)
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = {w: 10 * i for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "trillion": 1_000_000_000_000}
_SUFFIXES = {"k": 1_000, "m": 1_000_000, "mn": 1_000_000, "bn": 1_000_000_000, "tn": 1_000_000_000_000}  # "£97m"; metres without the "£"
_CURRENCY = "$£€¥"
# What a figure measures, by every way of writing it. Months and years are often left to be understood ("for 2"), and so no less units.
UNITS = {
    word: unit
    for unit, written in {
        "%": "% percent percentage", "$": "dollar dollars usd", "€": "€ euro euros", "£": "pound pounds lb lbs quid", "¥": "yen yuan",
        "second": "second seconds sec secs", "minute": "minute minutes min mins", "hour": "hour hours hr hrs", "day": "day days",
        "week": "week weeks", "month": "month months", "year": "year years yr yrs", "decade": "decade decades",
        "century": "century centuries", "mm": "mm millimetre millimetres millimeter millimeters",
        "cm": "cm centimetre centimetres centimeter centimeters", "m": "m metre metres meter meters",
        "km": "km kilometre kilometres kilometer kilometers", "mile": "mile miles", "inch": "inch inches", "foot": "foot feet ft",
        "yard": "yard yards", "g": "gram grams", "kg": "kg kilo kilos kilogram kilograms", "t": "tonne tonnes ton tons",
        "litre": "litre litres liter liters", "acre": "acre acres", "hectare": "hectare hectares", "knot": "knot knots",
        "degree": "degree degrees °", "watt": "watt watts", "kw": "kw kilowatt kilowatts", "mw": "mw megawatt megawatts",
    }.items()
    for word in written.split()
}  # fmt: skip
# "5pm", "5.30 p.m.", "17:00"; not "3:1", a score, nor what has a letter or another figure next to it.
_CLOCK = re.compile(r"(?<![\w.:,])(\d{1,2})(?:[.:]([0-5]\d))? ?(?:([ap])\.?m\b\.?)|(?<![\w.:,])(\d{1,2}):(00)(?![\w:])", re.IGNORECASE)
_SMALL = {w: i for i, w in enumerate(_UNITS)} | _TENS | {"dozen": 12, "once": 1, "twice": 2}
_ORDINALS = {w: i for i, w in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1)}
_NUMBER_WORDS = frozenset([*_SMALL, *_ORDINALS])
_VAGUE = frozenset("one first once second".split())  # "one of them", "at first", "a second later": seldom figures
MONTHS = {
    month: n for n, month in enumerate("january february march april may june july august september october november december".split(), 1)
}
WEEKDAYS = {day: n for n, day in enumerate("monday tuesday wednesday thursday friday saturday sunday".split())}
# Words that say how something is said rather than what: an answer may use its own.
_FRAMING = frozenset(
    "according article articles excerpt excerpts text passage passages report reported reports say said says state stated states "
    "told mention mentioned total number approximately around nearly roughly estimated including included also "
    "nobody none nothing someone somebody anyone per percent cent minus".split()
)
_COUNTING = frozenset([*_SMALL, *_SCALES])
_NO_NAMES = MONTHS.keys() | STOP_WORDS | _FRAMING | _COUNTING | frozenset(_ORDINALS)


def stem(word: str) -> str:
    return _stemmed(word.casefold())


@lru_cache(maxsize=65_536)
def _stemmed(word: str) -> str:
    return str(_STEMMER.stemWord(word.removesuffix("'s").removesuffix("’s")))


@lru_cache(maxsize=4096)
def content(text: str) -> tuple[str, ...]:
    """The stems of the words that carry meaning, in order; figures are left to `figures`."""
    return tuple(stem(w) for w in words(text) if w not in STOP_WORDS and w not in _FRAMING and w not in _COUNTING and not w[0].isdigit())


@lru_cache(maxsize=4096)
def figures(text: str) -> Mapping[str, str]:
    """Every figure by its plain value ("2700", "3.5", "-4"), with the way it was written.

    "2,700", "2, 700" and "two thousand seven hundred" are one figure; "1.2 million" and "$1.2m" are "1200000".
    The figures of "1.12.2023" are 1, 12 and 2023; the numbers of a list, "1. …", are none.
    """
    told: dict[str, str] = {}
    for value, written, *_ in counted(text)[0]:
        told.setdefault(value, written)
    return told


@lru_cache(maxsize=4096)
def units(text: str) -> Mapping[str, frozenset[str]]:
    """The currencies and "%" that each figure is written with; nothing for a bare one."""
    told: dict[str, frozenset[str]] = {}
    for value, _, unit, *_ in counted(text)[0]:
        told[value] = told.get(value, frozenset()) | {unit}
    return told


def is_framing(word: str) -> bool:
    return word in _FRAMING


@lru_cache(maxsize=4096)
def beside(text: str) -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    """The stems just before each figure and just after it, up to the figures around it."""
    found, tokens = counted(text)
    told: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for i, (value, _, _, start, end) in enumerate(found):
        before = content(" ".join(tokens[found[i - 1][4] if i else 0 : start]))[-3:]
        after = content(" ".join(tokens[end : found[i + 1][3] if i + 1 < len(found) else None]))[:3]
        told.setdefault(value, (frozenset(before), frozenset(after)))
    return told


Figure = tuple[str, str, str, int, int]  # value, as written, unit, its first token and the one after its last


@lru_cache(maxsize=4096)
def counted(text: str) -> tuple[Sequence[Figure], Sequence[str]]:
    """The figures in order, and the tokens they stand in."""
    text = _DATE.sub(r"\1 \2 \3", SPACED.sub(r"\1\2", _NUMBERING.sub(" ", text)))
    tokens = _TOKEN.findall(_MINUS.sub("−", _CLOCK.sub(_on_24_hours, text)))
    found: list[Figure] = []
    i = 0
    while i < len(tokens):
        begins = tokens[i][0].isdigit() or tokens[i].casefold() in _NUMBER_WORDS
        value, used = _number(tokens, i) if begins else (None, 1)
        if value is not None and (used > 1 or tokens[i].casefold() not in _VAGUE):
            before, after = tokens[i - 1] if i else "", [t.casefold() for t in tokens[i + used : i + used + 2]]
            sign = "−" if before == "−" else ""
            if sign:
                before = tokens[i - 2] if i > 1 else ""
            as_written = sign + " ".join(tokens[i : i + used])
            unit = "day of a month" if _is_day(value, before, after) else _unit(before, after)
            found.append((_plain(-value if sign else value), as_written, unit, i, i + used))
        i += max(used, 1)
    return found, tokens


def _unit(before: str, after: list[str]) -> str:
    if before in _CURRENCY and before:
        return before
    if after[:1] == ["per"] and after[1:2] == ["cent"]:
        return "%"
    # "9.7 billion dollars": the scale is part of the figure; "a 160-metre-wide body" and "160 m wide" are alike.
    return next((UNITS[word] for word in after[:1] if word in UNITS), "")


def _is_day(value: float, before: str, after: list[str]) -> bool:
    return 1 <= value <= 31 and ((before.casefold() in MONTHS and before[0].isupper()) or (after[:1] != [] and after[0] in MONTHS))


def _on_24_hours(time: re.Match[str]) -> str:
    """ "17" for "5pm" and "17:00", "17:30" for "5.30 p.m."; what is no time of day stays as it is."""
    if time[4]:
        return time[4]
    hour, minute, half = int(time[1]), time[2] or "00", time[3].casefold()
    if 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return str(hour) + (f":{minute}" if minute != "00" else "")


def _number(tokens: list[str], at: int) -> tuple[float | None, int]:
    """The number that begins at `at` and how many tokens it takes; None when none does."""
    first = tokens[at].casefold()
    if _FIGURE.fullmatch(first):
        value = _digits(first)
        following = tokens[at + 1].casefold() if at + 1 < len(tokens) else ""
        money = at > 0 and tokens[at - 1] in _CURRENCY
        scale = _SCALES.get(following) or (_SUFFIXES.get(following) if money or following in ("bn", "tn") else None)
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
        elif not (word == "and" and used and _joins(tokens, at + used)):
            break
        used += 1
    return (total + (current or 0), used) if used and current is not None else (None, 1)


def _joins(tokens: list[str], at: int) -> bool:
    """Whether the "and" at `at` stands inside a number: "two hundred and five"."""
    return at + 1 < len(tokens) and tokens[at - 1].casefold() in _SCALES and tokens[at + 1].casefold() in _SMALL


def _digits(text: str) -> float:
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", text):
        return float(text.replace(",", ""))
    if text.count(".") > 1 or "," in text:  # 1.234.567, a section such as 1.12.3, or a decimal comma
        parts = re.split(r"[.,]", text)
        return float("".join(parts)) if parts[0] != "0" and all(len(p) == 3 for p in parts[1:]) else float(f"{parts[0]}.{parts[1]}")
    return float(text)


def _plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


@lru_cache(maxsize=4096)
def names(text: str) -> Mapping[str, str]:
    """Capitalised words (stem → as written), months left out; the first of a sentence only when another follows it."""
    found: dict[str, str] = {}
    for match in _NAME.finditer(text):
        word = match.group()
        if not word[0].isupper() or word.casefold() in _NO_NAMES:
            continue
        start = match.start()
        before = text[max(0, start - 8) : start].rstrip(" \"'“‘(")
        if (not before or before[-1] in ".!?:\n") and not word.isupper() and not _NAMED.match(text, match.end()):
            continue
        found.setdefault(stem(word), word)
    return found


def quotations(text: str) -> list[str]:
    """What stands between double quotation marks, three characters or more."""
    return [q.strip(" ,.;:!?") for q in _QUOTED.findall(text)]


def plain_letters(text: str) -> str:
    """For comparing quotations: no quotation marks or apostrophes, one kind of space, no case."""
    return " ".join(re.sub(r"[‘’ʼ`´'“”\"«»]", "", text).casefold().split())


def negated(text: str) -> bool:
    return bool(_NEGATION.search(text))


@lru_cache(maxsize=4096)
def denied(text: str) -> frozenset[str]:
    """What a text says no to: the first two stems, and a figure near by, after each "not", "no", "never"…"""
    found: set[str] = set()
    for match in _DENIAL.finditer(_NO_DENIAL.sub(" ", text)):
        clause = _CLAUSE.split(match.group(1), maxsplit=1)[0]
        found.update(content(clause)[:2])
        found.update(list(figures(clause[:24]))[:1])
    return frozenset(found)
