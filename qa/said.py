"""What a source says, read once for all the sentences that are held against it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property, lru_cache

from index.sentences import split_sentences
from qa.days import appeared, date_parts, days
from qa.exchanges import Place
from qa.facts import SPACED, content, stem, units
from qa.reading import Reading, Thing, read
from qa.relations import GROUP, OTHER_NAMES, root

_CANDIDATES = 200  # words that begin like a name


class Said:
    """The stems of a source, and what is near enough to them."""

    def __init__(self, words: set[str]) -> None:
        self.words = words
        self._begun: dict[str, list[str]] = {}
        for word in words:
            if len(word) >= 4:
                self._begun.setdefault(word[:4], []).append(word)
        self._groups = {GROUP[key] for w in words if (key := root(w)) in GROUP}

    def word(self, key: str) -> bool:
        """So "robbery" for "robbed", "Mexico" for "Mexican": the first four letters are one. Or a word that means the same."""
        return self._kin(key) or self.alike(key)

    def alike(self, key: str) -> bool:
        """Only another word of the same meaning is there."""
        return GROUP.get(root(key)) in self._groups and not self._kin(key)

    def _kin(self, key: str) -> bool:
        return key in self.words or (len(key) >= 4 and key[:4] in self._begun)

    def parts(self, name: str) -> bool:
        """So "Hamas-run" for "run by Hamas"."""
        found = [stem(part) for part in re.split(r"[-/]", name) if part]
        return len(found) > 1 and all(self.name(part) or self.word(part) for part in found)

    def name(self, key: str) -> bool:
        """So "Israeli" for "Israel", "U.S." for "US"; never "Austria" for "Australia"."""
        short = key.replace(".", "")
        if key in self.words or short in self.words or any(o in self.words for o in OTHER_NAMES.get(short, ())):
            return True
        return len(short) >= 4 and any(_same_name(short, w) for w in self._begun.get(short[:4], [])[:_CANDIDATES])


_ENDINGS = frozenset(["", *"a e i o y n s an en er es ia ian ean ish ese ic ain and land man".split()])


def _same_name(one: str, other: str) -> bool:
    common = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        common += 1
    return one[common:] in _ENDINGS and other[common:] in _ENDINGS


@lru_cache(maxsize=4096)
def sentences(text: str) -> tuple[str, ...]:
    return tuple(s.text for s in split_sentences(text))


class Source:
    """Some spans and what is known of their articles beside their words (title, outlet, date)."""

    def __init__(self, spans: Sequence[str], facts: str) -> None:
        self.text = "\n".join(spans)
        self.sentences = tuple(sentence for span in spans for sentence in sentences(span))
        self.facts = tuple(line for line in facts.splitlines() if line.strip())
        self.said = Said({w for sentence in (*self.sentences, *self.facts) for w in content(sentence)})
        self.place = Place(self.sentences)
        self.beside: Sequence[Reading] = [read(line) for line in self.facts]
        self.figures = _figures((*self.sentences, *self.facts))

    @cached_property
    def known(self) -> tuple[Thing, ...]:
        """True wherever they stand."""
        return tuple(thing for reading in self.beside for thing in reading.things)

    @cached_property
    def numbers(self) -> tuple[tuple[float, int], ...]:
        """Its figures in order of size, with how many digits they are exact to."""
        return tuple(sorted((float(value), exactness(value)) for value in self.figures))

    @cached_property
    def dated(self) -> list[set[str]]:
        return [parts for reading in (*self.place.readings, *self.beside) if (parts := date_parts(reading))]

    @cached_property
    def days(self) -> set[date]:
        return days((*self.sentences, *self.facts), appeared("\n".join(self.facts)))


@lru_cache(maxsize=64)
def source(spans: tuple[str, ...], facts: str) -> Source:
    return Source(spans, facts)


def exactness(value: str) -> int:
    return len(value.strip("-0.").replace(".", ""))


def _figures(told: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """The figures with their units. "rooms 12, 300 and 450" may be read in both ways; a claim is read in one."""
    known: dict[str, frozenset[str]] = {}
    for sentence in told:
        readings = [units(sentence)]
        if SPACED.search(sentence):
            readings.append(units(sentence.replace(", ", " , ")))
        for reading in readings:
            for value, written in reading.items():
                known[value] = known.get(value, frozenset()) | written
    return known
