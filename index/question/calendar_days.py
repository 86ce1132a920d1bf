"""Which days a month, a year, "the past three weeks" or "early 2021" are. First and last day, both included.

Whatever the calendar does not hold (31 February, a year past 9999) raises ValueError or OverflowError.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, timedelta

Days = tuple[date, date]
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # of the northern half; whole months


def month(year: int, number: int) -> Days:
    return date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])


def months(year: int, first: int, last: int) -> Days:
    """Whole months of a year; a `last` of 13 or more is in the next one."""
    return date(year, first, 1), month(year + (last - 1) // 12, (last - 1) % 12 + 1)[1]


def year(number: int) -> Days:
    return months(number, 1, 12)


def years(first: int, last: int) -> Days:
    return date(first, 1, 1), date(last, 12, 31)


def week(day: date) -> Days:
    """Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def weekend(today: date) -> Days:
    """The nearest Saturday and Sunday, past or present."""
    saturday = today - timedelta(days=(today.weekday() - 5) % 7)
    return saturday, saturday + timedelta(days=1)


def season(name: str, number: int) -> Days:
    """Of a year. Nobody can tell which winter "the winter of 2022" is, so it is both."""
    first = SEASONS[name]
    return (date(number - 1, 12, 1), month(number + 1, 2)[1]) if name == "winter" else months(number, first, first + 2)


def last_season(name: str, today: date, *, over: bool) -> Days:
    """The nearest one that has begun, or that is `over`."""
    first = SEASONS[name]
    return nearest(today, lambda number: months(number, first, first + 2), over=over)


def unit(name: str, day: date) -> Days:
    """The week, month or year that a day is in; the day itself for an hour."""
    if name == "week":
        return week(day)
    if name == "month":
        return month(day.year, day.month)
    if name in ("year", "decade"):
        return year(day.year)
    return day, day


def back(day: date, count: int, name: str) -> date:
    """`count` hours, days, weeks, months, years or decades earlier."""
    if name in ("hour", "day", "week"):
        return day - timedelta(days={"hour": -(-count // 24), "day": count, "week": 7 * count}[name])
    number = day.year * 12 + day.month - 1 - count * {"month": 1, "year": 12, "decade": 120}[name]
    first, last = month(number // 12, number % 12 + 1)
    return min(first.replace(day=min(day.day, last.day)), last)


def nearest(today: date, of: Callable[[int], Days], *, over: bool = False) -> Days:
    """The latest of yearly days that have begun, or that are `over`, by today. Raises ValueError when there are none."""
    for number in range(today.year, today.year - 9, -1):  # 29 February skips eight years at most
        try:
            found = of(number)
        except (ValueError, OverflowError):
            continue
        if found[1 if over else 0] < today or (found[0] <= today and not over):
            return found
    raise ValueError("no such days")


def part(name: str, start: date, end: date) -> Days:
    """The part of some days that a word names, as "third 1", "quarter 4", "half 2", "week 5", "summer", "week".

    Early, mid and late are thirds: of a month its days 1-10, 11-20 and the rest; of a day the day itself.
    """
    size = (end.year - start.year) * 12 + end.month - start.month + 1  # months
    kind, _, ordinal = name.partition(" ")
    if kind in SEASONS and size == 12:
        return season(kind, start.year)
    if kind in SEASONS and size == 24:  # the winter of 2022–23
        return months(start.year, SEASONS[kind], SEASONS[kind] + 2)
    if not ordinal and start == end:
        monday, sunday = week(start)
        return (monday, sunday) if kind == "week" else (sunday - timedelta(days=1), sunday)
    if kind == "week" and ordinal and size == 1 and start != end:
        first = end - timedelta(days=6) if ordinal == "5" else start + timedelta(days=7 * int(ordinal) - 7)
        return first, first + timedelta(days=6)
    shares = {"third": 3, "half": 2, "quarter": 4}.get(kind)
    if not shares or (kind != "third" and size != 12):
        raise ValueError(f"no {name} of {start} to {end}")
    number = int(ordinal)
    if size % shares == 0:
        length = size // shares
        return months(start.year + (length * (number - 1)) // 12, length * (number - 1) % 12 + 1, length * (number - 1) % 12 + length)
    length = ((end - start).days + 1) // shares
    if not length:
        return start, end
    first = start + timedelta(days=length * (number - 1))
    return first, end if number == shares else first + timedelta(days=length - 1)
