"""What a question says about where to look, as logits added to a passage's score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from index.question.hints import Hint
from index.types import Article, Filters

OUTLET = 3.0  # logits, for a passage of an outlet that the question names
DATED = 2.0  # for one published while, or soon after, what the question's date is about
PHRASE = 2.0  # for one that has the quoted words
LATEST = 2.0  # for the newest of what was found, where the latest is asked for; nothing for the oldest
# Chosen on half of the questions on news, as is that what is recent is looked for apart (docs/evaluation.md).
FRESH = 5.0  # for one published today, less and less with its age
FADING = timedelta(days=15)  # after so long, a third of it is left
RECENT = 14  # days
AFTER = 7  # days in which it is told what happened on a day
MONTH = timedelta(days=31)
# An article published after the day the question is asked on cannot be what is asked for.
LATER = -20.0


@dataclass(frozen=True, slots=True)
class Preferences:
    """`hints` of the question; `today` when the day of asking was told, so that news of it comes first."""

    hints: tuple[Hint, ...] = ()
    today: date | None = None

    def __bool__(self) -> bool:
        return bool(self.hints or self.today)

    def logits(self, article: Article, text: str, days: Sequence[date]) -> float:
        """What the preferences add to the score of a passage with this text. `days` are those on which any of the articles
        found was published, each once, in order."""
        found = 0.0
        if article.published and len(days) > 1 and any(hint.kind == "latest" for hint in self.hints):
            found += LATEST * days.index(article.published) / (len(days) - 1)
        outlets = [hint for hint in self.hints if hint.kind == "outlet"]
        if any(hint.source.casefold() == (article.source or "").casefold() for hint in outlets):
            found += OUTLET
        dates = [hint for hint in self.hints if hint.kind == "date"]
        if any(_about(hint, article.published) for hint in dates):
            found += DATED
        found += PHRASE * sum(hint.phrase.casefold() in text.casefold() for hint in self.hints if hint.kind == "phrase")
        return found + self._freshness(article.published)

    def narrowed(self, filters: Filters) -> Filters | None:
        """The filters narrowed to when and where the question points: what is there is looked for apart, since of a large library
        it may stand far down. None where it points nowhere, or nowhere that the filters let through."""
        start, end = self._window()
        named = {hint.source.casefold(): hint.source for hint in self.hints if hint.kind == "outlet"}
        if filters.sources and named:
            named = {folded: source for folded, source in named.items() if folded in map(str.casefold, filters.sources)}
            if not named:
                return None
        start = max((day for day in (start, filters.published_from) if day), default=None)
        end = min((day for day in (end, filters.published_to) if day), default=None)
        found = replace(filters, sources=tuple(named.values()) or filters.sources, published_from=start, published_to=end)
        return None if found == filters or (start and end and start > end) else found

    def _window(self) -> tuple[date | None, date | None]:
        """When to look: from the first day that the question's dates are about, or else lately, as counted from today."""
        lately = (_moved(self.today, -RECENT), self.today) if self.today else (None, None)
        dates = [hint for hint in self.hints if hint.kind == "date"]
        if not dates:
            return lately
        starts, ends = [hint.start for hint in dates], [_told_until(hint) for hint in dates]
        first = None if None in starts else min(day for day in starts if day)
        last = None if None in ends else max(day for day in ends if day)
        if first and lately[0] and first >= lately[0]:
            return lately  # "this week" may be told of some days before
        return first, min((day for day in (last, self.today) if day), default=None)

    def _freshness(self, published: date | None) -> float:
        if self.today is None or published is None:
            return 0.0
        if published > self.today:
            return LATER
        last = self._window()[1]
        if last and last < _moved(self.today, -RECENT):
            return 0.0  # of long ago, what is new is no better
        return FRESH * math.exp(-(self.today - published) / FADING)


def _about(hint: Hint, published: date | None) -> bool:
    if published is None or hint.start is hint.end is None or (hint.start and published < hint.start):
        return False
    last = _told_until(hint)
    return last is None or published <= last


def _told_until(hint: Hint) -> date | None:
    """What happened then is told from then on: for a week, of a day or a month; for good, of a longer time."""
    if hint.end is None or (hint.start and hint.end - hint.start > MONTH):
        return None
    return _moved(hint.end, AFTER)


def _moved(day: date, days: int) -> date:
    """So many days later, as far as there are dates."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))
