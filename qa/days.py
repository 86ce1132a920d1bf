"""Which days a text speaks of: "Friday" against the day its article appeared, and a date against both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from qa.reading import Reading, Thing, read

_RELATIVE = re.compile(r"\b(yesterday|today|tonight|tomorrow)\b", re.IGNORECASE)
_AWAY = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}
_MOST = 60  # days of one text


def appeared(facts: str) -> date | None:
    """The day in the facts of an article, when one and only one is whole: "4 March 2021"."""
    found = {day for line in facts.splitlines() for thing in read(line).things if (day := _whole(thing, None))}
    return found.pop() if len(found) == 1 else None


def days(sentences: Sequence[str], published: date | None) -> set[date]:
    """The days that are told of, weekdays and "yesterday" as seen from `published`: of each the last and the next."""
    found: set[date] = set()
    for sentence in sentences:
        for thing in read(sentence).things:
            if len(found) >= _MOST:
                return found
            if day := _whole(thing, published):
                found.add(day)
            elif published and thing.kind == "date" and thing.keys == (weekday := _of_kind(thing, "w")) and weekday:
                ahead = (int(next(iter(weekday))[1:]) - published.weekday()) % 7
                found.update((published + timedelta(ahead), published + timedelta(ahead - 7)))
        if published:
            found.update(published + timedelta(_AWAY[word.casefold()]) for word in _RELATIVE.findall(sentence))
    return found


def is_one_of(said: Thing, told: Iterable[date]) -> bool:
    """Whether a date of a claim, as far as it goes, is one of the days."""
    return said.kind == "date" and any(said.keys <= _parts(day) for day in told)


def unknown_dates(claim: Reading, sources: Sequence[set[str]], told: set[date]) -> list[Thing]:
    """The days and months that no source sentence has together, nor the days told of. Years are left to the figures."""
    return [
        thing
        for thing in claim.things
        if thing.kind == "date"
        and (parts := {key for key in thing.keys if key[0] in "dm"})
        and any(key[0] == "m" for key in parts)
        and not any(parts <= there for there in sources)
        and not is_one_of(thing, told)
    ]


def date_parts(reading: Reading) -> set[str]:
    """The parts of the dates of a sentence, any figure as a day, so that "3 to 5 March" has a 3 March; none without a month."""
    parts = {key for thing in reading.things if thing.kind == "date" for key in thing.keys}
    if not any(key[0] == "m" for key in parts):
        return set()
    return parts | {f"d{key}" for thing in reading.things if thing.kind == "figure" for key in thing.keys}


def _of_kind(thing: Thing, part: str) -> frozenset[str]:
    return frozenset(key for key in thing.keys if key[0] == part)


def _whole(thing: Thing, published: date | None) -> date | None:
    """The day of a date, in the year of `published` (or the year before, when it would lie far ahead) where none is told."""
    if thing.kind != "date":
        return None
    parts = {key[0]: int(key[1:]) for key in thing.keys}
    if "d" not in parts or "m" not in parts or not ("y" in parts or published):
        return None
    try:
        if "y" in parts:
            return date(parts["y"], parts["m"], parts["d"])
        assert published is not None
        near = (date(published.year + step, parts["m"], parts["d"]) for step in (-1, 0, 1))
        return min(near, key=lambda day: abs(day - published))
    except ValueError:  # 31 February
        return None


def _parts(day: date) -> frozenset[str]:
    return frozenset({f"d{day.day}", f"m{day.month}", f"y{day.year}", f"w{day.weekday()}"})
