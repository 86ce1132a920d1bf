"""What a reader makes of a file: an article's words and facts, before it has an id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from index.problem import Problem


@dataclass(frozen=True, slots=True)
class Draft:
    text: str
    title: str = ""
    source: str | None = None
    author: str | None = None
    url: str | None = None
    published: date | None = None
    language: str | None = None


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
