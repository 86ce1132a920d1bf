"""The values that travel through the index: plain, frozen, free of any store or model."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Leg = Literal["words", "meaning"]
Precision = Literal["day", "month", "year"]


@dataclass(frozen=True, slots=True)
class Article:
    """One text by one outlet.

    `published` is the true publication date or None when unknown, never the day it was fetched; where only its
    month or year is known (`precision`), the first day of that. `updated` is the outlet's own date of its last change.
    `pages` are the places in `text` where the pages of a paged document begin.
    `added` is the moment it entered the library, ISO 8601 in UTC.
    `origin` is where it was read from (a path, a URL, "upload:name" or "pasted"); the same origin
    with another text is an update of the same article.
    """

    id: str
    title: str
    text: str
    source: str | None = None
    author: str | None = None
    url: str | None = None
    published: date | None = None
    language: str | None = None
    added: str = ""
    origin: str = ""
    precision: Precision = "day"
    updated: date | None = None
    pages: tuple[int, ...] = ()


def dated(published: date | None, precision: Precision) -> str | None:
    """A publication date as exactly as it is known: "2023-12-01", "2023-12", "2023", or None."""
    return published.isoformat()[: {"day": 10, "month": 7, "year": 4}[precision]] if published else None


def last_day(published: date | None, precision: Precision) -> date | None:
    """The last day that a publication date may stand for."""
    if published is None or precision == "day":
        return published
    month = 12 if precision == "year" else published.month
    return date(published.year, month, calendar.monthrange(published.year, month)[1])


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `list`: an article without its text. Near-copies of one `story` have its number in common."""

    id: str
    title: str
    source: str | None
    author: str | None
    url: str | None
    published: date | None
    added: str
    chars: int
    chunks: int
    state: str
    origin: str
    precision: Precision = "day"
    updated: date | None = None
    story: int | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "title": self.title,
            "source": self.source,
            "author": self.author,
            "url": self.url,
            "published": self.published.isoformat() if self.published else None,
            "added": self.added,
            "chars": self.chars,
            "chunks": self.chunks,
            "state": self.state,
            "origin": self.origin,
            "precision": self.precision if self.published else None,
            "updated": self.updated.isoformat() if self.updated else None,
            "story": self.story,
        }


@dataclass(frozen=True, slots=True)
class Version:
    """One of the texts an article has had, without the text. `until` is None for the present one; times are ISO 8601 in UTC."""

    number: int
    title: str
    source: str | None
    published: date | None
    precision: Precision
    chars: int
    since: str
    until: str | None

    def as_json(self) -> dict[str, object]:
        return {
            "version": self.number,
            "title": self.title,
            "source": self.source,
            "published": self.published.isoformat() if self.published else None,
            "precision": self.precision if self.published else None,
            "chars": self.chars,
            "since": self.since,
            "until": self.until,
            "current": self.until is None,
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be added, and why. `path` is what was asked for (a file, a link), `origin` the part of it that failed."""

    origin: str
    why: str
    at: str
    path: str

    def as_json(self) -> dict[str, object]:
        return {"from": self.origin, "why": self.why, "at": self.at, "path": self.path}


@dataclass(frozen=True, slots=True)
class Adding:
    """How far an adding is. `done` of `total` count `unit`s (total 0: unknown); `articles` and `chunks` are on the disk."""

    what: str
    done: int
    total: int
    unit: Literal["articles", "bytes"]
    articles: int
    chunks: int
    seconds: float

    @property
    def rate(self) -> float:
        """Chunks a second."""
        return self.chunks / self.seconds if self.seconds else 0.0

    @property
    def left(self) -> float | None:
        """Seconds that are left, at the pace so far; None while nobody can know."""
        if not self.done or self.total < self.done:
            return None
        return self.seconds * (self.total - self.done) / self.done


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of an article: `article.text[start:end] == text`, always."""

    id: str
    article_id: str
    ordinal: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """`text` stands at `article.text[start:end]`; offsets count characters."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ScoredSpan(Span):
    """A sentence and the cross-encoder's logit for how well it answers the question."""

    score: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that search found, with the facts of its article. `found_by` tells which legs brought it.

    `relevance` is in 0-1; `rank` counts from 1. `copies` names the outlets whose near-copies of
    this passage were folded into it; `score` is the cross-encoder's logit behind `relevance`, and
    `sentences` are the passage's own, scored the same way (empty where only the best was sought).
    """

    chunk: Chunk
    title: str
    source: str | None
    url: str | None
    published: date | None
    rank: int
    relevance: float
    best_sentence: Span
    copies: tuple[str, ...] = ()
    score: float = 0.0
    sentences: tuple[ScoredSpan, ...] = ()
    precision: Precision = "day"
    found_by: tuple[Leg, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The passage of contract.md."""
        best = self.best_sentence
        return {
            "rank": self.rank,
            "relevance": round(self.relevance, 4),
            "article_id": self.chunk.article_id,
            "title": self.title,
            "source": self.source,
            "url": self.url,
            "published": self.published.isoformat() if self.published else None,
            "start": self.chunk.start,
            "end": self.chunk.end,
            "text": self.chunk.text,
            "best_sentence": {"start": best.start, "end": best.end, "text": best.text},
            "copies": list(self.copies),
            "found_by": list(self.found_by),
            "precision": self.precision if self.published else None,
        }


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search may return. An empty field lets everything through.

    Dates are inclusive. Articles of unknown date never pass a date filter, and one of which only the month or the year
    is known passes where every day of that would. Sources are compared without regard to case. A `collection` is a part
    of the library that has a name.
    """

    sources: tuple[str, ...] = ()
    published_from: date | None = None
    published_to: date | None = None
    articles: tuple[str, ...] = field(default=())
    collection: str = ""

    def __bool__(self) -> bool:
        return bool(self.sources or self.published_from or self.published_to or self.articles or self.collection)


@dataclass(frozen=True, slots=True)
class AddReport:
    """What became of everything that was given to `add`. `articles` are (id, title, chunks)."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    articles: tuple[tuple[str, str, int], ...] = ()
    seconds: float = 0.0
    stopped: bool = False  # before everything was read; what is counted here is kept

    @staticmethod
    def together(reports: Sequence[AddReport]) -> AddReport:
        """Several reports as one."""
        return AddReport(
            sum(r.added for r in reports), sum(r.updated for r in reports), sum(r.unchanged for r in reports),
            sum(r.duplicates for r in reports), tuple(f for r in reports for f in r.failed),
            tuple(a for r in reports for a in r.articles), sum(r.seconds for r in reports), any(r.stopped for r in reports),
        )  # fmt: skip

    def as_json(self) -> dict[str, object]:
        """The `add --json` report of contract.md."""
        return {
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "duplicates": self.duplicates,
            "failed": [{"from": origin, "why": why} for origin, why in self.failed],
            "articles": [{"id": i, "title": t, "chunks": n} for i, t, n in self.articles],
            "seconds": round(self.seconds, 3),
            "stopped": self.stopped,
        }
