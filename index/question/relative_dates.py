"""Dates that are told from today: "yesterday", "last week", "the past three days", "a month ago" → the days they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from index.question import calendar_days as days
from index.question.calendar_days import Days

_COUNTS = {
    word: number
    for number, words in enumerate("|an a one|two couple|three|four few|five several|six|seven|eight|nine|ten|eleven|twelve".split("|"))
    for word in words.split()
}
_VAGUE = ("couple", "few", "several")
_COUNT = rf"(?:a )?(?P<count>\d{{1,4}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})(?: of)?"
_UNIT = r"(?P<unit>hour|day|week|month|year|decade)s?\b"
_SEASON = "|".join(days.SEASONS)
_COMING = 120  # days since the last summer, after which "this summer" is the next one
_HISTORY = 100  # years


def _unit(match: re.Match[str], today: date) -> Days | None:
    """ "Last year" is that of the calendar, "the last year" the past twelve months."""
    said, name = match["which"].casefold(), match["unit"].casefold()
    if said.endswith(("next", "coming")) or said.startswith("later"):
        return None
    this = said in ("this", "earlier this")
    if name == "weekend":
        return days.weekend(today - timedelta(days=7 if not this and today.weekday() >= 5 else 0))
    if name in days.SEASONS:
        found = days.last_season(name, today, over=not this)
        return None if this and (today - found[1]).days > _COMING else found
    if this:
        return days.unit(name, today)
    back = days.back(today, 1, name)
    return days.unit(name, back) if said == "last" else (back, today)


def _past(match: re.Match[str], today: date) -> Days:
    return days.back(today, _number(match), match["unit"].casefold()), today


def _ago(match: re.Match[str], today: date) -> Days:
    """The week, month or year that was then; "a few days ago" is two to eight."""
    count, name = _number(match), match["unit"].casefold()
    if name in ("year", "decade") and count > _HISTORY:
        raise ValueError("nobody looks for articles of then")
    if match["count"].casefold() in _VAGUE:
        return days.back(today, 2 * count, name), days.back(today, count // 2, name)
    return days.unit(name, days.back(today, count, name))


def _number(match: re.Match[str]) -> int:
    said = match["count"].casefold()
    return int(said) if said.isdecimal() else _COUNTS[said]


def _day(match: re.Match[str], today: date) -> Days:
    said = match.group().casefold()
    if match.group()[0].isupper() and match.start() and match.string[match.start() - 2 : match.start()] not in (". ", "? ", "! ", ": "):
        raise ValueError("a name: USA Today, the Today programme")
    when = today - timedelta(days=2 if "before" in said else 1 if said in ("yesterday", "last night") else 0)
    return when, today if said == "last night" else when


def _weekend(match: re.Match[str], today: date) -> Days:
    return days.weekend(today)


# Each form with what reads it: None where the days are still to come, ValueError where there are none.
RELATIVE: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Days | None]], ...] = tuple(
    (re.compile(form, re.IGNORECASE), read)
    for form, read in (
        (
            r"\b(?P<which>(?:the|this|these) (?:last|past|next|coming)|(?:earlier |later )?this|last|past|next) "
            rf"(?P<unit>week|month|year|decade|weekend|{_SEASON})\b(?! of\b)"
            r"(?!(?<=fall) (?:under|into|short|apart|off|within|back|behind|in)\b)",
            _unit,
        ),
        (rf"\b(?:(?:the|these|this) )?(?:last|past) {_COUNT} {_UNIT}(?! of\b)", _past),
        (rf"(?<![\w.,$£€-])(?<!half ){_COUNT} {_UNIT} ago\b", _ago),
        (r"\b(?:today|the day before yesterday|yesterday|tonight|last night|this (?:morning|afternoon|evening))\b", _day),
        (r"\b(?:over|during|at|on) the weekend\b", _weekend),
    )
)
