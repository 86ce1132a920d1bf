"""The values that travel through the index: plain, frozen, free of any store or model."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Article:
    """One text by one outlet.

    `published` is the true publication date or None when unknown, never the day it was fetched.
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


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `list`: an article without its text."""

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
        }


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
    """A chunk that search found, with the facts of its article.

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
        }


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search may return. An empty field lets everything through.

    Dates are inclusive. Articles of unknown date never pass a date filter. Sources are compared
    without regard to case.
    """

    sources: tuple[str, ...] = ()
    published_from: date | None = None
    published_to: date | None = None
    articles: tuple[str, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.sources or self.published_from or self.published_to or self.articles)


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
        }
