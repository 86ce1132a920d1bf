"""What a question says about where to look, as logits added to a passage's score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from index.question.hints import Hint
from index.types import Article

OUTLET = 3.0  # logits, for a passage of an outlet that the question names
DATED = 2.0  # for one published while, or soon after, what the question's date is about
PHRASE = 2.0  # for one that has the quoted words
LATEST = 2.0  # for the newest of what was found, where the latest is asked for; nothing for the oldest
FRESH = 3.0  # for one published today, less and less with its age
FADING = timedelta(days=10)  # after so long, a third of it is left
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

    def _freshness(self, published: date | None) -> float:
        if self.today is None or published is None:
            return 0.0
        return LATER if published > self.today else FRESH * math.exp(-(self.today - published) / FADING)


def _about(hint: Hint, published: date | None) -> bool:
    """What happened then is told from then on: for a week, of a day or a month; for good, of a longer time."""
    if published is None or (hint.start and published < hint.start):
        return False
    if hint.end is None or (hint.start and hint.end - hint.start > MONTH):
        return hint.start is not None
    return published.toordinal() <= hint.end.toordinal() + AFTER
