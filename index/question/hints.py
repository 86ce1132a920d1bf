"""What a question says about where to look: outlets, dates, "latest", quoted phrases. Nothing is searched here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Literal

from index.chunking import day_in_words
from index.question.outlets import named_outlets
from index.question.when import intervals

Kind = Literal["outlet", "date", "latest", "phrase"]

_LATEST = re.compile(
    r"\b(?:(?<!at the )(?<!at )latest|newest|most recent(?:ly)?|(?<!until )recently"
    r"|recent(?! (?:years|decades|centuries|history|times|memory))|currently"
    r"|(?<=the )current(?= [a-z])(?! (?:of|in|and|or|that|which|from|between|at|is|was|flows?|flowing|through|density)\b)"
    r"|(?<!not )so far(?! (?:from|away|apart|as|that|north|south|east|west|off|out|back|behind|ahead|above|below|into)\b)"
    r"|as of (?:right )?now|right now"
    r"|up[- ]to[- ]date|to date(?= *(?:[,.;?!]|\Z))|at the moment|at present|(?:(?<=is )|(?<=are ))now|now(?= stands?\b))\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"“([^“”]{3,200})”|«([^«»]{3,200})»|(?<![\w\"])\"(?=\S)([^\"]{3,200})(?<=\S)\"(?!\w)")
_EDGES = " \t\n\u00a0,.;:!?"
_PHRASE_WORDS = range(2, 13)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# Of words like these alone a date is plain, and its label is what it means: "24 November" is 24 November 2023.
_PLAIN = frozenset(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov"
    " dec monday tuesday wednesday thursday friday saturday sunday st nd rd th to and or between from until through of the".split()
)


@dataclass(frozen=True, slots=True)
class Hint:
    """Something the question says about where to look. `words` are the question's own, for a chip.

    A `hard` one is a filter ("articles from CNN", "published in June 2022"), any other a preference. Of an outlet, `source`
    is the library's own spelling; several hints share their words where these may mean several outlets. Of a date, `start`
    and `end` are included and either may be open.
    """

    kind: Kind
    words: str
    hard: bool
    source: str = ""
    start: date | None = None
    end: date | None = None
    phrase: str = ""

    @property
    def label(self) -> str:
        """What the chip shows: "CNN", "June 2022", "last week: 6–12 June 2022", "newest first", "“general average”"."""
        if self.kind == "outlet":
            return self.source
        if self.kind == "latest":
            return "newest first"
        if self.kind == "phrase":
            return f"“{self.phrase}”"
        said = " ".join(self.words.split())
        if self.start and self.end:
            meant = _stretch(self.start, self.end)
            letters = re.findall(r"[^\W\d_]+", said.casefold())
            plain = _PLAIN.issuperset(letters) and bool(re.search(r"\d", said) or not all(word.endswith("day") for word in letters))
            return meant if plain or meant == said else f"{said}: {meant}"
        if re.search(r"\d{4}", said):
            return said
        return f"{said}: from {day_in_words(self.start)}" if self.start else f"{said}: to {day_in_words(self.end)}"

    def left_out(self, ignored: Sequence[str]) -> bool:
        """Whether its words or its label are among `ignored`, in whatever case they were typed."""
        return not {self.words.casefold(), self.label.casefold()}.isdisjoint(told.strip().casefold() for told in ignored)


@dataclass(frozen=True, slots=True)
class _Found:
    begin: int
    hint: Hint

    @property
    def stop(self) -> int:
        return self.begin + len(self.hint.words)


def hints(question: str, today: date, outlets: Sequence[str]) -> tuple[Hint, ...]:
    """In order of the question; where two overlap, the longer. Only English is read; never raises.

    `outlets` are the library's. A preference that no article of the library could meet (2030) or miss ("by 2030") is left out.
    """
    found = [*_outlets(question, tuple(outlets)), *_dates(question, today), *_latest(question), *_phrases(question)]
    kept: list[_Found] = []
    for one in sorted(found, key=lambda f: f.begin - f.stop):  # a stable sort: of two equally long, the outlet, then the date
        if not any(_clash(one, other) for other in kept):
            kept.append(one)
    told = dict.fromkeys(one.hint for one in sorted(kept, key=lambda f: f.begin))
    return tuple(_once(_weighed(list(told))))


def _clash(one: _Found, other: _Found) -> bool:
    same = one.begin == other.begin and one.stop == other.stop and one.hint.kind == other.hint.kind == "outlet"
    return one.begin < other.stop and other.begin < one.stop and not same


def _outlets(question: str, outlets: tuple[str, ...]) -> Iterable[_Found]:
    for named in named_outlets(question, outlets) if outlets else ():
        for source in named.sources:
            yield _Found(named.begin, Hint("outlet", named.words, named.hard, source=source))


def _dates(question: str, today: date) -> Iterable[_Found]:
    for when in intervals(question, today):
        coming = when.start is not None and when.start > today
        idle = when.start is None and when.end is not None and when.end >= today
        if when.published or not (coming or idle):
            yield _Found(when.begin, Hint("date", when.words, when.published, start=when.start, end=when.end))


def _latest(question: str) -> Iterable[_Found]:
    for match in _LATEST.finditer(question):
        yield _Found(match.start(), Hint("latest", match.group(), False))


def _phrases(question: str) -> Iterable[_Found]:
    for match in _QUOTED.finditer(question):
        inner = match[match.lastindex or 0]
        words = inner.strip(_EDGES)
        asked = inner.rstrip().endswith("?") or match.group() == question.strip()  # someone quoted a whole question
        if len(_WORD.findall(words)) in _PHRASE_WORDS and not asked:
            begin = match.start(match.lastindex or 0) + inner.index(words)
            yield _Found(begin, Hint("phrase", words, False, phrase=words))


def _weighed(told: list[Hint]) -> list[Hint]:
    """A date stays a filter only where it cannot hide what the question needs as well: in a comparison of several
    outlets' articles, or of articles of several times, it is a preference."""
    hard = [hint for hint in told if hint.kind == "date" and hint.hard]
    outlets = {hint.words.casefold() for hint in told if hint.kind == "outlet" and not hint.hard}
    apart = any(_apart(one, other) for one, other in combinations(hard, 2))
    if not hard or (len(outlets) < 2 and not apart):
        return told
    return [replace(hint, hard=False) if hint.kind == "date" else hint for hint in told]


def _apart(one: Hint, other: Hint) -> bool:
    return max(one.start or date.min, other.start or date.min) > min(one.end or date.max, other.end or date.max)


def _once(told: list[Hint]) -> Iterable[Hint]:
    """Each outlet, interval and phrase once, as a filter where it is one anywhere; "latest" once."""
    seen: dict[tuple[object, ...], Hint] = {}
    for hint in told:
        key = (hint.kind, hint.source, hint.start, hint.end, hint.phrase.casefold())
        if key not in seen or (hint.hard and not seen[key].hard):
            seen[key] = hint
    return seen.values()


def _stretch(start: date, end: date) -> str:
    """A closed interval as people write it: "June 2022", "2019–2021", "6–12 June 2022"."""
    if start == end:
        return day_in_words(start)
    after = end + timedelta(days=1) if end < date.max else date.min
    if (start.month, start.day) == (1, 1) and (end.month, end.day) == (12, 31):
        return f"{start.year}" if start.year == end.year else f"{start.year}–{end.year}"
    if start.day == 1 and after.day == 1:
        if start.year != end.year:
            return f"{day_in_words(start, 'month')} – {day_in_words(end, 'month')}"
        return day_in_words(end, "month") if start.month == end.month else f"{start:%B}–{day_in_words(end, 'month')}"
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{day_in_words(end)}"
    if start.year == end.year:
        return f"{start.day} {start:%B} – {day_in_words(end)}"
    return f"{day_in_words(start)} – {day_in_words(end)}"
