"""Single dates as English writes them ("24 November", "the 1990s", "last week") → the days they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from index.question import calendar_days as days
from index.question.calendar_days import Days
from index.question.relative_dates import RELATIVE

Weak = Literal["", "year", "month", "weekday"]
Reader = Callable[[re.Match[str], date], "Dated | None"]

_MONTH_NAMES = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTHS = {name[:3].casefold(): number for number, name in enumerate(_MONTH_NAMES.split("|"), 1)}
_WEEKDAY_NAMES = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_WEEKDAYS = {name[:3].casefold(): number for number, name in enumerate(_WEEKDAY_NAMES.split("|"))}
_ORDINARY = ("may", "march", "mar")  # when they begin with a small letter

_MONTH = rf"(?P<month>{_MONTH_NAMES}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)(?!\w)"
_WEEKDAY = rf"(?:(?:{_WEEKDAY_NAMES}),? (?:the )?)?"  # "Friday, 24 November"
_TH = r"(?:st|nd|rd|th)"
_TO = r"(?: ?[-–—] ?| to | until )"
_YEAR = r"(?P<year>\d{4})(?![\w%°]|[.,:/]\d)"
_START = r"(?<![\w$£€¥.,:/#+-])"
# What is counted: "2020 votes" and "May 20 people" are no dates, nor are "2000-seat" and "500 BC".
_COUNTED = re.compile(
    r" (?:people|persons|men|women|children|homes|houses|votes|voters|cases|deaths|copies|words|pages|miles|met(?:re|er)s|feet|km|kg|tons"
    r"|tonnes|jobs|troops|soldiers|workers|employees|students|patients|tests|doses|seats|points|calories|dollars|euros|pounds|per ?cent"
    r"|[mb]illion|hours?|days?|weeks?|months?|years|minutes|BCE?|B\.C\.?)(?!\w)| ?%|-\w",
    re.IGNORECASE,
)
_PLURAL = re.compile(r" (?!was|is|has|does|its|this|across|as|us|versus)[a-z]+s\b")
# The sixth of January that these speak of is the one of 2021, whenever they are asked about.
_CAPITOL = re.compile(r" (?:committee|attack|riot|hearing|insurrection|panel|investigation|commission|defendant|probe)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dated:
    """A date at `question[begin:stop]`. `read` tells its days, of a `floating` one, whose year is left out, the nearest up to
    a given day; None where they are still to come. A `weak` one is a date only where the words around it make it one ("May")."""

    begin: int
    stop: int
    read: Callable[[date], Days | None]
    weak: Weak = ""
    floating: bool = False


def dates(question: str, today: date) -> list[Dated]:
    """Every date in the question, in order; where two overlap, the longer."""
    found: list[Dated] = []
    for form, reader in _FORMS:
        for match in form.finditer(question):
            try:
                dated = reader(match, today)
                if dated:
                    dated.read(today)
                    found.append(dated)
            except (ValueError, OverflowError, KeyError):  # 31 February, before the year 1; a letter that only looks like one of ours
                continue
    kept: list[Dated] = []
    for dated in sorted(found, key=lambda d: d.begin - d.stop):
        if not any(dated.begin < k.stop and k.begin < dated.stop for k in kept):
            kept.append(dated)
    return sorted(kept, key=lambda d: d.begin)


def _at(match: re.Match[str], found: Days | None, weak: Weak = "") -> Dated:
    return Dated(match.start(), match.end(), lambda _: found, weak)


def _told(read: Callable[[re.Match[str], date], Days | None]) -> Reader:
    return lambda match, today: _at(match, read(match, today))


def _numeric(match: re.Match[str], today: date) -> Dated | None:
    if match["iso"]:
        when = date(int(match["iso"]), int(match["m"]), int(match["d"]))
    else:
        day, month = int(match["one"]), int(match["other"])
        if day <= 12 and month <= 12 and day != month:
            return None  # 24/11/2023 is clear, 1/12/2023 is not
        when = date(int(match["y"]), *((month, day) if day > 12 or day == month else (day, month)))
    return _at(match, (when, when))


def _day(match: re.Match[str], today: date) -> Dated | None:
    name = match["month"].rstrip(".")
    month, first = _MONTHS[name[:3].casefold()], int(match["day"])
    last = int(match["last"] or first)
    if last < first:
        return None
    if match["year"]:
        number = int(match["year"])
        return _at(match, (date(number, month, first), date(number, month, last)))
    after = match.string[match.end() : match.end() + 20]
    if (name in _ORDINARY and not match["th"]) or ((month, first) == (1, 6) and _CAPITOL.match(after)):
        return None
    if match.start("month") < match.start("day") and _COUNTED.match(after):
        return None
    return Dated(
        match.start(),
        match.end(),
        lambda anchor: days.nearest(anchor, lambda number: (date(number, month, first), date(number, month, last))),
        floating=True,
    )


def _month_of_year(match: re.Match[str], today: date) -> Dated | None:
    if match["month"] in _ORDINARY and _COUNTED.match(match.string, match.end()):
        return None
    return _at(match, days.month(int(match["year"]), _MONTHS[match["month"][:3].casefold()]))


def _month(match: re.Match[str], today: date) -> Dated:
    month, said = _MONTHS[match["month"].casefold()[:3]], (match["which"] or "").casefold()
    if said.startswith("this"):
        return _at(match, days.month(today.year, month))
    if said.startswith("next"):
        return _at(match, None)
    if said:
        return _at(match, days.nearest(today, lambda number: days.month(number, month), over=True))
    return Dated(match.start(), match.end(), lambda anchor: days.nearest(anchor, lambda number: days.month(number, month)), "month", True)


def _weekday(match: re.Match[str], today: date) -> Dated:
    weekday, said = _WEEKDAYS[match["weekday"].casefold()[:3]], (match["which"] or "").casefold()
    of = (match["week"] or "").casefold()
    if said in ("next", "this coming", "every", "each", "the following", "some", "one") or of == "next":
        return _at(match, None)
    monday = days.week(today)[0]
    if of or said == "this":
        when = monday + timedelta(days=weekday - (7 if of == "last" else 0))
    elif said:
        when = today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
    else:

        def read(anchor: date) -> Days:
            when = anchor - timedelta(days=(anchor.weekday() - weekday) % 7)
            return when, when

        return Dated(match.start(), match.end(), read, "weekday", True)
    return _at(match, (when, when))


def _years(match: re.Match[str], today: date) -> Dated | None:
    """2013–2017, 2022-23; but 2022-06 is a month, and 2005-06 may be either."""
    first, said = int(match["year"]), match["until"]
    short = int(said) if len(said) == 2 else -1
    last = first // 100 * 100 + short if short >= 0 else int(said)
    if 1 <= short <= 12:
        if last <= first:
            return _at(match, days.month(first, short))
        if match["dash"] == "-":
            return None
    if not 1000 <= first < last < 2200 or _COUNTED.match(match.string, match.end()):
        return None
    return _at(match, days.years(first, last))


def _year(match: re.Match[str], today: date) -> Dated | None:
    number = int(match["year"])
    counted = _COUNTED.match(match.string, match.end()) or (number % 100 == 0 and _PLURAL.match(match.string, match.end()))
    return None if counted or not 1000 <= number < 2200 else _at(match, days.year(number), "year")


def _decade(match: re.Match[str], today: date) -> Dated:
    first = int(match["decade"]) if match["decade"] else 1900 + int(match["short"])
    if first % 100 == 0 and first != 2000:  # the 1800s
        return _at(match, days.years(first, first + 99))
    return _at(match, days.years(first, first + 9))


_FORMS: list[tuple[re.Pattern[str], Reader]] = [(form, _told(read)) for form, read in RELATIVE]
_FORMS += (
    (re.compile(form, re.IGNORECASE), reader)
    for form, reader in (
        (
            rf"{_START}(?:(?P<iso>\d{{4}})(?P<s>[-/.])(?P<m>\d\d?)(?P=s)(?P<d>\d\d?)"
            r"|(?P<one>\d\d?)(?P<t>[-/.])(?P<other>\d\d?)(?P=t)(?P<y>\d{4}))(?![\w/-]|\.\d)",
            _numeric,
        ),
        (
            rf"{_START}{_WEEKDAY}(?:the )?(?P<day>\d\d?)(?P<th>{_TH})?(?:(?:{_TO}| and | or )(?P<last>\d\d?){_TH}?)?"
            rf"(?: of | day of |[ -]){_MONTH}(?:(?:,? (?:of )?|-){_YEAR})?",
            _day,
        ),
        (
            rf"\b{_WEEKDAY}{_MONTH} (?:the )?(?P<day>\d\d?)(?P<th>{_TH})?(?:{_TO}(?P<last>\d\d?){_TH}?(?![\w:]| (?:{_MONTH_NAMES})))?"
            rf"(?:,? {_YEAR})?(?![\w:%]|[.,]\d)",
            _day,
        ),
        (rf"\b{_MONTH}(?:,? (?:of )?|-){_YEAR}", _month_of_year),
        (
            rf"\b(?:(?P<which>last|this past|past|this coming|this|next) )?(?P<month>{_MONTH_NAMES})(?!\w|-\w)",
            _month,
        ),
        (
            r"\b(?:(?P<which>last|this past|past|this coming|this|next|every|each|the following|some|one) )?"
            rf"(?P<weekday>{_WEEKDAY_NAMES})\b(?:,? (?:of )?(?P<week>last|this|next) week\b)?",
            _weekday,
        ),
        (rf"{_START}(?P<year>\d{{4}})(?P<dash>[-–—/])(?P<until>\d{{4}}|\d\d)(?![\w%°-]|[.,:/]\d)", _years),
        (rf"(?:{_START}|(?<=mid-)|(?<=early-)|(?<=late-)){_YEAR}", _year),
        (r"\b(?:the )?(?P<decade>\d{3}0)['’]?s\b|\bthe ['’](?P<short>\d0)s\b", _decade),
    )
)
