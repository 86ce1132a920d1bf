"""Dates as pages and feeds state them, each with how exactly it is stated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Precision = Literal["day", "month", "year"]


@dataclass(frozen=True, slots=True)
class Stated:
    """A date and how much of it was stated; of a month or year it is the first day."""

    day: date
    precision: Precision


# English, German, French, Spanish, Portuguese, Italian, Dutch.
_NAMES = (
    "january jan januar jänner janvier janv enero ene janeiro gennaio gen januari",
    "february feb februar février févr fév febrero fevereiro fev febbraio februari",
    "march mar märz mär mrz mars marzo março marco maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maio maggio mag mei",
    "june jun juni juin junio junho giugno giu",
    "july jul juli juillet juil julio julho luglio lug",
    "august aug août aout agosto ago augustus",
    "september sept sep septembre septiembre setembro set settembre",
    "october oct oktober okt octobre octubre outubro out ottobre ott",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre déc diciembre dic dezembro dicembre",
)
_NUMBERS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
_MONTH = rf"(?P<name>{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})(?!\w)"
_OF = r"(?:de |del |d')?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<!\d)(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?=\d{6}(?!\d)|\D|$)",
        r"(?<!\d)(?P<y>\d{4}) ?[年년] ?(?P<m>\d{1,2}) ?[月월] ?(?P<d>\d{1,2}) ?[日일]",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?[ -]{_OF}{_MONTH}\.?,?[ -]{_OF}(?P<y>\d{{4}})(?!\d)",
        rf"(?<!\w){_MONTH}\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}})(?!\d)",
        r"(?<!\d)(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})(?!\d)",
        r"(?<!\d)(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4})(?!\d)",
        rf"(?<!\w){_MONTH}\.?,? {_OF}(?P<y>\d{{4}})(?!\d)",
        r"(?<![\d-])(?P<y>\d{4})-(?P<m>\d{2})(?![\d-])",
    )
)
_YEAR = re.compile(r"\s*(?P<y>\d{4})\s*")
LONGEST = 500  # characters in which a date is looked for


def stated_date(value: object) -> Stated | None:
    """The one date of a machine's or a person's statement ("2023-12", "1 December 2023", RFC 2822); None where there
    is none, where day and month cannot be told apart, and where it cannot be true."""
    if not isinstance(value, str):
        return None
    year = _YEAR.fullmatch(value[:LONGEST])
    return _read(year) if year else next((found for _, found in dates_in(value)), None)


def dates_in(text: str) -> Iterator[tuple[int, Stated]]:
    """Every date of a short text with its place in it, in order."""
    found: dict[int, Stated] = {}
    taken: list[tuple[int, int]] = []
    text = re.sub(r"\s", " ", text[:LONGEST])
    for form in _FORMS:
        for match in form.finditer(text):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                taken.append(match.span())
                if stated := _read(match):
                    found[match.start()] = stated
    yield from sorted(found.items())


_IN_LINK = (
    re.compile(r"/(?P<y>(?:19|20)\d\d)[/-]?(?P<m>\d{2})[/-]?(?P<d>\d{2})(?=[/_-]|$)"),
    re.compile(rf"/(?P<y>(?:19|20)\d\d)/{_MONTH}/(?P<d>\d{{1,2}})(?=/|$)", re.IGNORECASE),
    re.compile(r"/(?P<y>(?:19|20)\d\d)/(?P<m>\d{2})(?=/)"),
)


def date_in_link(path: str) -> Stated | None:
    """The date in the path of a link: /2023/12/01/name, /2023/dec/01/name, or the month of /2023/12/name."""
    for form in _IN_LINK:
        if (match := form.search(path)) and (stated := _read(match)):
            return stated
    return None


def _read(match: re.Match[str]) -> Stated | None:
    parts = match.groupdict()
    if parts.get("a"):  # 25/12/2023 is clear, 1/12/2023 is not
        first, second = int(parts["a"]), int(parts["b"])
        if first != second and (first <= 12) == (second <= 12):
            return None
        day_first = first > 12
        parts["d"], parts["m"] = (parts["a"], parts["b"]) if day_first else (parts["b"], parts["a"])
    if name := parts.get("name"):
        parts["m"] = str(_NUMBERS[name.lower()])
    month, day = parts.get("m"), parts.get("d")
    try:
        when = date(int(parts["y"]), int(month or 1), int(day or 1))
    except ValueError:
        return None
    # An empty field of a database is written as its first day; and nothing is published the day after tomorrow.
    if when == date(1970, 1, 1) or when.year < 1500 or when > date.today() + timedelta(days=1):
        return None
    return Stated(when, "day" if day else "month" if month else "year")
