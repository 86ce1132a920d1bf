"""What a reader makes of a file: an article's words and facts, before it has an id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from index.problem import Problem


@dataclass(frozen=True, slots=True)
class Draft:
    """`origin` names a part of a file that holds many ("archive.zip!/a.md", "feed.xml#guid", a page's URL); empty is the file.

    `published` with the precision "month" or "year" is the first day of it. `pages` are the offsets in
    `text` at which each page of a PDF begins.
    """

    text: str
    title: str = ""
    source: str | None = None
    author: str | None = None
    url: str | None = None
    published: date | None = None
    language: str | None = None
    origin: str = ""
    updated: date | None = None
    precision: str = "day"
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A reader of an archive has come to the part at `at`, or, with an empty `where`, has done with it: where to go on
    when the process is brought down."""

    at: int
    where: str


Item = Draft | tuple[str, str]  # a part that fails: where it is, and why

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = r"(?P<month>(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_NUMERIC = re.compile(r"(\d{4})(?:([-/.]?)(\d{2})(?:\2(\d{2}))?)?(?=$|[T ])", re.IGNORECASE)
_IN_WORDS = (
    re.compile(rf"(?:[a-z]{{3,9}},? +)?{_DAY}[ -]{_MONTH}\.?,?[ -](?P<year>\d{{4}})(?!\d)", re.IGNORECASE),
    re.compile(rf"(?:[a-z]{{3,9}},? +)?{_MONTH}\.? {_DAY},? (?P<year>\d{{4}})(?!\d)", re.IGNORECASE),
    re.compile(rf"{_MONTH}\.?,? (?P<year>\d{{4}})(?!\d)", re.IGNORECASE),
)
_EARLIEST = 1000  # calibre writes the year 101 for "unknown"


def parse_date(value: object, what: str = "published") -> date | None:
    """A day from a date, a datetime or ISO text; None from nothing. Raises Problem for anything else."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(re.split("[T ]", str(value).strip(), maxsplit=1)[0])
    except ValueError:
        raise Problem(f"{what} is {str(value)[:40]!r}, which is not a date. Write it as YYYY-MM-DD, for example 2023-12-01.") from None


def parse_partial_date(value: object, what: str = "published") -> tuple[date | None, str]:
    """A date and how exact it is: "day", "month" or "year". (None, "day") from nothing.

    Reads ISO 8601 whole or cut short, dates with an English month, and seconds or milliseconds since 1970.
    Raises Problem for anything else: "1/12/2023" is two days, so it is not guessed.
    """
    if value is None or value == "":
        return None, "day"
    if isinstance(value, date):
        return parse_date(value), "day"
    said = str(value).strip()
    try:
        found = _moment(value, said) or _numeric(said) or _in_words(said)
    except (ValueError, OverflowError, OSError):  # 2023-13, or a moment no calendar has
        found = None
    if found is None or found[0].year < _EARLIEST:
        raise Problem(f"{what} is {said[:40]!r}, which is not a date. Write it as YYYY-MM-DD, or YYYY-MM, or YYYY.")
    return found


def date_or_nothing(value: object) -> tuple[date | None, str]:
    """As parse_partial_date, for what a machine wrote and nobody will correct: unreadable is unknown."""
    try:
        return parse_partial_date(value)
    except Problem:
        return None, "day"


def _moment(value: object, said: str) -> tuple[date, str] | None:
    if isinstance(value, bool) or not re.fullmatch(r"\d{9,10}|\d{12,13}|\d{9,13}\.\d+", said):
        return None
    seconds = float(said) / (1000 if len(said.partition(".")[0]) > 10 else 1)
    return datetime.fromtimestamp(seconds, UTC).date(), "day"


def _numeric(said: str) -> tuple[date, str] | None:
    found = _NUMERIC.match(said)
    if not found:
        return None
    year, mark, month, day = found.groups()
    if month and not day and (not mark or found.end() != len(said)):  # 202312 could be anything
        return None
    if not month and found.end() != len(said):
        return None
    return date(int(year), int(month or 1), int(day or 1)), "day" if day else "month" if month else "year"


def _in_words(said: str) -> tuple[date, str] | None:
    for pattern in _IN_WORDS:
        found = pattern.match(said)
        if found:
            day = found.groupdict().get("day")
            month = _MONTHS.index(found["month"][:3].lower()) + 1
            return date(int(found["year"]), month, int(day or 1)), "day" if day else "month"
    return None
