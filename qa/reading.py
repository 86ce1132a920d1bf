"""A sentence as the things it tells of, names, dates and figures, each with the words on either side of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.words import STOP_WORDS
from qa.facts import MONTHS, WEEKDAYS, counted, is_framing, names, stem
from qa.relations import GROUP, OTHER_NAMES, root

REACH = (1.0, 0.6, 0.3)  # what a word on one side weighs, the nearest first
_LONGEST = 4000  # characters of a sentence: more is no sentence
_PLACES = 4  # of one word in a sentence that are looked at
_BE = frozenset("is are was were be been being get gets got".split())
_ISO = re.compile(r"\b((?:1[5-9]|20)\d\d)-(0[1-9]|1[0-2])-([0-3]\d)\b")
_POINTS = re.compile(r"\b([0-3]?\d)\.(0?[1-9]|1[0-2])\.((?:1[5-9]|20)\d\d)\b")

Keys = frozenset[str]


@dataclass(frozen=True, slots=True)
class Thing:
    """A name ("name"), a date with its parts d, m, y, w ("date"), or any other figure by its value ("figure").

    `left` and `right` are the nearest content words on each side, at most three, the nearest first. A verb in the
    passive, and what is beyond it, count to the other side: "B was hit by A" reads as "A hit B".
    """

    kind: str
    keys: Keys
    written: str
    left: tuple[Keys, ...] = ()
    right: tuple[Keys, ...] = ()

    def same(self, other: Thing) -> bool:
        """Whether both may be one: "Lowe" and "Ann Lowe", "3 May" and "May 2021"."""
        if self.kind != other.kind:
            return False
        if self.kind == "figure":
            return self.keys == other.keys
        if self.kind == "date":
            mine, theirs = ({key[0]: key for key in keys} for keys in (self.keys, other.keys))
            common = mine.keys() & theirs.keys()
            return bool(common) and all(mine[part] == theirs[part] for part in common)
        return self.keys <= other.keys or other.keys <= self.keys or _last(self) & _last(other) != frozenset()

    def fit(self, other: Thing) -> float:
        """How much of what stands beside this stands on the same side of `other`; 0-3.8."""
        return _side(self.left, other.left) + _side(self.right, other.right)


def _last(name: Thing) -> Keys:
    key = stem(name.written.split()[-1])
    return frozenset({key}) | OTHER_NAMES.get(key, set())


def _side(mine: Sequence[Keys], theirs: Sequence[Keys]) -> float:
    total = 0.0
    for i, keys in enumerate(mine):
        total += max((min(REACH[i], REACH[j]) for j, other in enumerate(theirs) if keys & other), default=0.0)
    return total


@dataclass(frozen=True, slots=True)
class Reading:
    """`words` are the keys of the content words and things, in order, `where` the first places of each key among them,
    and `plain` the keys that are no thing's."""

    words: tuple[Keys, ...]
    where: Mapping[str, Sequence[int]]
    plain: Keys
    things: tuple[Thing, ...]


@dataclass(slots=True)
class _Part:
    kind: str  # name, date, figure, word, or "" for what only joins
    keys: Keys
    written: str
    voice: str = ""  # "be" and "by" around a verb make it passive


@lru_cache(maxsize=2048)
def read(sentence: str) -> Reading:
    parts = _joined(_parts(sentence))
    full = [i for i, part in enumerate(parts) if part.kind]
    by = any(part.voice == "by" for part in parts)
    passive = {i for i in full if by and parts[i].kind == "word" and _is_passive(parts, i)}
    things: list[Thing] = []
    for place, i in enumerate(full):
        part = parts[i]
        if part.kind == "word":
            continue
        straight, across = _until(full[max(0, place - len(REACH)) : place][::-1], passive)
        onward, beyond = _until(full[place + 1 : place + 1 + len(REACH)], passive)
        left, right = ([parts[j].keys for j in found] for found in (straight + beyond, onward + across))
        things.append(Thing(part.kind, part.keys, part.written, tuple(left[:3]), tuple(right[:3])))
    words = tuple(parts[i].keys for i in full)
    plain = frozenset().union(*(parts[i].keys for i in full if parts[i].kind == "word"))
    where: dict[str, list[int]] = {}
    for at, keys in enumerate(words):
        for key in keys:
            places = where.setdefault(key, [])
            if len(places) < _PLACES:
                places.append(at)
    return Reading(words, where, plain, tuple(things))


def _until(neighbours: list[int], passive: set[int]) -> tuple[list[int], list[int]]:
    """The neighbours this side of a verb in the passive, and it with those beyond."""
    at = next((n for n, i in enumerate(neighbours) if i in passive), len(neighbours))
    return neighbours[:at], neighbours[at:]


def _parts(sentence: str) -> list[_Part]:
    sentence = sentence[:_LONGEST]
    sentence = _ISO.sub(lambda m: _in_words(m[3], m[2], m[1]), sentence)
    sentence = _POINTS.sub(lambda m: _in_words(m[1], m[2], m[3]), sentence)
    found, tokens = counted(sentence)
    figures = {start: (value, written, unit, end) for value, written, unit, start, end in found}
    called = {key for name in names(sentence).values() for key in (stem(piece) for piece in re.findall(r"[^\W\d_]+", name))}
    # The first word may be a name as well: it is one unless the same is written small somewhere, which `Place` looks to.
    first = next((token for token in tokens if token.isalpha()), "")
    if first[:1].isupper() and first.casefold() not in STOP_WORDS and not is_framing(first.casefold()):
        called.add(stem(first))
    parts: list[_Part] = []
    i = 0
    while i < len(tokens):
        if i in figures:
            value, written, unit, i = figures[i]
            parts.append(_Part("figure", frozenset({value}), f"{unit}{written}" if unit in ("$", "£", "€", "¥") else written))
            continue
        token, i = tokens[i], i + 1
        word = token.casefold()
        if word in MONTHS and (token[0].isupper() or word not in ("may", "march")):
            parts.append(_Part("date", frozenset({f"m{MONTHS[word]}"}), token))
        elif word in WEEKDAYS:
            parts.append(_Part("date", frozenset({f"w{WEEKDAYS[word]}"}), token))
        elif len(word) < 2 and not token.isalpha():
            parts.append(_Part("", frozenset(), token))
        elif token[0].isupper() and stem(token) in called:
            parts.append(_Part("name", _name_keys(token), token))
        elif word in STOP_WORDS or is_framing(word) or len(word) < 2:
            parts.append(_Part("", frozenset(), word, "be" if word in _BE else word if word == "by" else ""))
        else:
            parts.append(_Part("word", _word_keys(word), token))
    return parts


def _in_words(day: str, month: str, year: str) -> str:
    return f"{int(day)} {list(MONTHS)[int(month) - 1].title()} {year}"


@lru_cache(maxsize=65_536)
def _word_keys(word: str) -> Keys:
    key = root(word)
    return frozenset({key, f"~{GROUP[key]}"}) if key in GROUP else frozenset({key})


def _name_keys(token: str) -> Keys:
    key = stem(token)
    return frozenset({key}) | OTHER_NAMES.get(key, set())


def _joined(parts: list[_Part]) -> list[_Part]:
    """Names of several words made one, and dates of several parts."""
    done: list[_Part] = []
    for part in parts:
        last = done[-1] if done else None
        if last and last.kind == part.kind == "name":
            done[-1] = _Part("name", last.keys | part.keys, f"{last.written} {part.written}")
        elif part.kind == "name" and len(done) > 1 and last and last.written == "of" and done[-2].kind == "name":
            done[-2:] = [_Part("name", done[-2].keys | part.keys, f"{done[-2].written} of {part.written}")]
        elif part.kind in ("date", "figure") and (dated := _dated(done, part)):
            at, joined = dated
            if any(key[0] == "w" for p in done[max(0, at - 2) : at] for key in p.keys) and (
                earlier := _dated(done[:at], joined)
            ):  # "Friday, 5 March"
                at, joined = earlier
            done[at:] = [joined]
        else:
            done.append(_year(part))
    return done


def _year(part: _Part) -> _Part:
    if part.kind == "figure" and re.fullmatch(r"(?:1[5-9]|20)\d\d", part.written):
        return _Part("date", frozenset({f"y{part.written}"}), part.written)
    return part


def _dated(done: list[_Part], part: _Part) -> tuple[int, _Part] | None:
    """The date that `part` makes with what stands before it, a comma allowed between, and where that begins."""
    comma = 1 if len(done) > 1 and done[-1].written == "," else 0
    if len(done) <= comma:
        return None
    before = done[-1 - comma]
    at = len(done) - 1 - comma
    there = {key[0] for key in before.keys} if before.kind == "date" else set()
    if part.kind == "date" and before.kind == "figure" and not comma and (day := _day(before)):
        return at, _Part("date", part.keys | {day}, f"{before.written} {part.written}")
    if part.kind == "date" and before.kind == "date" and not there & {key[0] for key in part.keys}:
        return at, _Part("date", before.keys | part.keys, f"{before.written} {part.written}")
    if part.kind == "figure" and before.kind == "date" and "m" in there:
        year = _year(part)
        if year.kind == "date" and "y" not in there:
            return at, _Part("date", before.keys | year.keys, f"{before.written} {part.written}")
        if not comma and "d" not in there and (day := _day(part)):
            return at, _Part("date", before.keys | {day}, f"{before.written} {part.written}")
    return None


def _day(part: _Part) -> str:
    (value,) = part.keys
    return f"d{value}" if value.isdigit() and 1 <= int(value) <= 31 else ""


def _is_passive(parts: Sequence[_Part], at: int) -> bool:
    """ "was hit by": a form of "be" shortly before, and "by" shortly after."""
    before = any(parts[j].voice == "be" for j in range(max(0, at - 2), at))
    return before and any(parts[j].voice == "by" for j in range(at + 1, min(len(parts), at + 4)))
