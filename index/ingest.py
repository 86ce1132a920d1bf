"""Articles without ids → articles in the library: what is new, what changed, what is here already."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np

from index.catalogue import Before
from index.chunking import chunk, embedded_text
from index.embedding import Embedder
from index.library import Library
from index.problem import Problem
from index.reading import drafted
from index.rows import Vectors
from index.text import clean, digest
from index.types import Adding, AddReport, Article, Chunk

__all__ = ["Ingest", "Progress", "drafted", "prepare"]

Progress = Callable[[str, int, int], None]  # what is being done, how many are done, how many there are
Unit = Literal["articles", "bytes"]
Kind = Literal["added", "updated", "duplicates"]

BATCH = 256  # chunks embedded together: enough for sorting by length to pay, little enough to lose
SLICE = 4 * BATCH  # of a book's chunks, after which it can be stopped
LONGEST_TITLE = 300
_FACTS = ("source", "author", "url", "published", "updated", "language")


class Position(Protocol):
    """How far the reading of what is added is."""

    done: int
    total: int


@dataclass
class _Tally:
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    articles: list[tuple[str, str, int]] = field(default_factory=list)
    chunks: int = 0


@dataclass(frozen=True)
class _Waiting:
    """An article with its id, cut; as it was given; what was here when that was decided; what it counts as when stored."""

    article: Article
    chunks: list[Chunk]
    given: Article
    before: Before
    kind: Kind


class _Stopped(Exception):
    pass


class Ingest:
    """One run of adding. The order is that of reliability-and-speed A6: everything fallible happens in
    memory first, then one transaction holds the article, its chunks and its vectors."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        chunk_tokens: int,
        progress: Progress | None = None,
        keep: bool = False,
        stop: threading.Event | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> None:
        """`keep`: what is here stays as it is, for an import. `told` is the request, kept with what fails, to retry by."""
        self.now = Adding("", 0, 0, "articles", 0, 0, 0.0)
        self._keep = keep
        self._stop = stop or threading.Event()
        self._told = told
        self._library = library
        self._embedder = embedder
        self._chunk_tokens = chunk_tokens
        self._progress = progress or (lambda what, done, total: None)
        self._tally = _Tally()
        self._waiting: list[_Waiting] = []
        self._touched: set[str] = set()  # origins and digests, before and after, of what is waiting
        self._failures: list[tuple[str, str, str]] = []  # not in quarantine yet
        self._succeeded: list[str] = []  # origins to be taken out of it

    def run(self, items: Iterable[Article | tuple[str, ...]], total: int, position: Position | None = None) -> AddReport:
        """`items` are articles without ids, each with its origin, or (origin, why it failed), or (origin, why, path).

        Progress is told in articles, or as `position` has it, in bytes. Stopped, what was stored is kept and told.
        """
        started = time.monotonic()
        tally = self._tally
        stopped = False
        try:
            for done, item in enumerate(items, 1):
                if self._stop.is_set():
                    raise _Stopped
                self._take_item(item)
                title = getattr(item, "title", "") or ""
                at = (position.done, position.total) if position else (done, total)
                unit: Unit = "bytes" if position else "articles"
                stored = tally.added + tally.updated + tally.unchanged + tally.duplicates
                self.now = Adding(title, *at, unit, stored, tally.chunks, time.monotonic() - started)
                self._progress(title, *at)
                if sum(len(w.chunks) for w in self._waiting) >= BATCH:
                    self._store()
            while self._waiting:
                self._store()
        except _Stopped:
            stopped = True
        self._sort_out()
        counts = (tally.added, tally.updated, tally.unchanged, tally.duplicates)
        return AddReport(*counts, tuple(tally.failed), tuple(tally.articles), time.monotonic() - started, stopped)

    def _take_item(self, item: Article | tuple[str, ...]) -> None:
        if isinstance(item, tuple):
            self._fail(*item)
            return
        try:
            article = prepare(item)
        except Problem as problem:
            self._fail(item.origin, str(problem))
        else:
            self._take(article)

    def _fail(self, origin: str, why: str, path: str = "") -> None:
        self._tally.failed.append((origin, why))
        self._failures.append((origin, why, path))

    def _sort_out(self) -> None:
        """Bring the quarantine up to date."""
        failures, self._failures = self._failures, []
        succeeded, self._succeeded = self._succeeded, []
        self._library.quarantine.clear(succeeded)
        self._library.quarantine.keep(failures, self._told)

    def _take(self, article: Article) -> None:
        key = digest(article.text)
        while self._touched & {article.origin, key}:
            self._store()  # what it has to be compared with is waiting
        here = self._library.find(origin=article.origin)
        same = here is not None and digest(here.text) == key
        owner = here.id if here else ""
        if self._keep:
            kept_here = here if same else self._library.find(text=article.text)
            if kept_here is not None:
                self._told_unchanged(kept_here, article)
                return
            if here is not None:  # its place is taken by another text; one made of its own text never is
                article, here, owner = replace(article, origin=f"import:{key[:16]}:{article.origin}"), None, ""
        if here is not None and not same and here.origin != article.origin:
            here = None  # it was another outlet's copy of that article and has now become a text of its own
        if here is None:
            self._take_new(article, key, owner)
            return
        kept = self._united(here, article)
        if kept == here:
            self._told_unchanged(here, article)
            return
        self._queue(kept, article, Before(here, owner), "updated")

    def _told_unchanged(self, here: Article, article: Article) -> None:
        self._tally.unchanged += 1
        self._tally.articles.append((here.id, here.title, len(chunk(here, self._chunk_tokens))))
        self._succeeded.append(article.origin)

    def _take_new(self, article: Article, key: str, owner: str) -> None:
        twin = self._library.find(text=article.text)
        if twin:
            self._library.add_origin(article.origin, twin.id)
            kept = self._united(twin, article)
            if kept != twin:
                self._queue(kept, article, Before(twin), "duplicates")
            else:
                self._tally.duplicates += 1
                self._succeeded.append(article.origin)
            return
        article_id = self._free_id(article.id or key[:16], article.origin)
        self._queue(replace(article, id=article_id, title=article.title or "Untitled"), article, Before(None, owner), "added")

    def _free_id(self, wanted: str, origin: str) -> str:
        """The id follows from the text, so that an article has the same one everywhere; it is salted where an
        article that began with this text, and has changed since, has it already."""
        if self._library.find(article_id=wanted) is None:
            return wanted
        return hashlib.sha256(f"{wanted}\n{origin}".encode("utf-8", "replace")).hexdigest()[:16]

    def _queue(self, article: Article, given: Article, before: Before, kind: Kind) -> None:
        self._waiting.append(_Waiting(article, chunk(article, self._chunk_tokens), given, before, kind))
        self._touched |= {given.origin, article.origin, digest(article.text)}
        self._touched |= {digest(before.article.text)} if before.article else set()

    def _store(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._touched.clear()
        if not waiting:
            return
        vectors = self._embedded([embedded_text(w.article, c) for w in waiting for c in w.chunks])
        rows, first = [], 0
        for w in waiting:
            rows.append((w.article, w.chunks, vectors[first : first + len(w.chunks)]))
            first += len(w.chunks)
        left = set(self._library.put(rows, expected={w.article.id: w.before for w in waiting}))
        for w in waiting:
            if w.article.id not in left:
                setattr(self._tally, w.kind, getattr(self._tally, w.kind) + 1)
                self._tally.chunks += len(w.chunks)
                self._succeeded.append(w.given.origin)
                if w.kind != "duplicates":
                    self._tally.articles.append((w.article.id, w.article.title, len(w.chunks)))
        self._sort_out()
        for w in waiting:  # another process was at it meanwhile: look at the library again
            if w.article.id in left:
                self._take(w.given)

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        found = []
        for first in range(0, len(texts), SLICE):
            if self._stop.is_set():
                raise _Stopped
            found.append(self._embedder.passages(texts[first : first + SLICE]))
        return np.concatenate(found)

    def _united(self, here: Article, article: Article) -> Article:
        """`here` brought up to date. Its own origin's facts win; those of a twin elsewhere only fill gaps, or each
        adding of the two would turn the article over. What a person has edited stays."""
        own = here.origin == article.origin
        edited = self._library.edited(here.id)
        names = [n for n in (("title", *_FACTS) if own else _FACTS) if n not in edited and getattr(article, n)]
        told = {n: getattr(article, n) for n in names if own or not getattr(here, n)}
        if "published" in told:
            told["precision"] = article.precision
        if own:
            told |= {"text": article.text, "pages": article.pages}
        return replace(here, **told)


def prepare(article: Article) -> Article:
    """The article with its text cleaned once and for all. Raises Problem when nothing is left of it."""
    text = clean(article.text)
    if not any(c.isalnum() for c in text):
        raise Problem("there are no words in it.")
    pages = article.pages
    if pages and text != article.text:
        pages = tuple(min(len(clean(article.text[:page])), len(text)) for page in pages)

    def line(value: str | None) -> str | None:
        return " ".join(clean(value or "").split()) or None

    return replace(
        article,
        text=text,
        title=(line(article.title) or "")[:LONGEST_TITLE].rstrip(),
        source=line(article.source),
        author=line(article.author),
        url=line(article.url),
        language=line(article.language),
        pages=pages,
        # The bytes of a file name that is not UTF-8 stand in it as halves of characters, which no database takes.
        origin=article.origin.encode("utf-8", "backslashreplace").decode(),
    )
