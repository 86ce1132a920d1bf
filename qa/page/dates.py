"""Dates as people type them: a year, a month or a day."""

from __future__ import annotations

import calendar
import re
from datetime import date

from index.problem import Problem
from index.types import Precision

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


def typed_date(typed: str, *, last: bool = False) -> date | None:
    """2023, 2023-12 or 2023-12-01 as its first (or `last`) day; None when nothing is typed. Raises Problem."""
    typed = (typed or "").strip()
    if not typed:
        return None
    found = _DATE.fullmatch(typed)
    try:
        if not found:
            raise ValueError
        year, month, day = (int(part) if part else 0 for part in found.groups())
        month = month or (12 if last else 1)
        day = day or (calendar.monthrange(year, month)[1] if last else 1)
        return date(year, month, day)
    except ValueError:
        raise Problem(f"“{typed}” is not a date. Type 2023-12-01, 2023-12 or 2023.") from None


def typed_precision(typed: str) -> Precision:
    """How exactly a date that was typed is known."""
    return ("year", "month", "day")[typed.strip().count("-")]
