"""Drafts → articles in the library: what is new, what changed, what is here already."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.chunking import chunk, embedded_text
from index.embedding import Embedder
from index.library import Library
from index.problem import Problem
from index.readers import read_file
from index.text import clean, digest
from index.types import AddReport, Article, Chunk

Progress = Callable[[str, int, int], None]  # what is being done, how many are done, how many there are

BATCH = 256  # chunks embedded together: enough for sorting by length to pay, little enough to lose
LONGEST_TITLE = 300
_FACTS = ("source", "author", "url", "published", "language")


@dataclass
class _Tally:
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    articles: list[tuple[str, str, int]] = field(default_factory=list)


class Ingest:
    """One run of adding. The order is that of reliability-and-speed A6: everything fallible happens in
    memory first, then one transaction holds the article, its chunks and its vectors."""

    def __init__(
        self, library: Library, embedder: Embedder, chunk_tokens: int, progress: Progress | None = None, keep: bool = False
    ) -> None:
        self._keep = keep  # what is here stays as it is: for an import
        self._library = library
        self._embedder = embedder
        self._chunk_tokens = chunk_tokens
        self._progress = progress or (lambda what, done, total: None)
        self._tally = _Tally()
        self._waiting: list[tuple[Article, list[Chunk]]] = []
        self._touched: set[str] = set()  # origins and digests, before and after, of what is waiting

    def run(self, items: Iterable[Article | tuple[str, str]], total: int) -> AddReport:
        """`items` are articles without ids, each with its origin, or (origin, why it failed)."""
        started = time.monotonic()
        tally = self._tally
        for done, item in enumerate(items, 1):
            if isinstance(item, tuple):
                tally.failed.append(item)
            else:
                try:
                    article = prepare(item)
                except Problem as problem:
                    tally.failed.append((item.origin, str(problem)))
                else:
                    self._take(article)
            self._progress(getattr(item, "title", "") or "", done, total)
            if sum(len(chunks) for _, chunks in self._waiting) >= BATCH:
                self._store()
        self._store()
        counts = (tally.added, tally.updated, tally.unchanged, tally.duplicates)
        return AddReport(*counts, tuple(tally.failed), tuple(tally.articles), time.monotonic() - started)

    def _take(self, article: Article) -> None:
        key = digest(article.text)
        if self._touched & {article.origin, key}:
            self._store()  # what it has to be compared with is waiting
        here = self._library.find(origin=article.origin)
        same = here is not None and digest(here.text) == key
        if self._keep:
            kept_here = here if same else self._library.find(text=article.text)
            if kept_here is not None:
                self._told_unchanged(kept_here)
                return
            if here is not None:  # its place is taken by another text; one made of its own text never is
                article, here = replace(article, origin=f"import:{key[:16]}:{article.origin}"), None
        if here is not None and not same and here.origin != article.origin:
            here = None  # it was another outlet's copy of that article and has now become a text of its own
        if here is None:
            self._take_new(article, key)
            return
        kept = _united(here, article)
        if kept == here:
            self._told_unchanged(here)
            return
        self._queue(kept, here)
        self._tally.updated += 1

    def _told_unchanged(self, here: Article) -> None:
        self._tally.unchanged += 1
        self._tally.articles.append((here.id, here.title, len(chunk(here, self._chunk_tokens))))

    def _take_new(self, article: Article, key: str) -> None:
        twin = self._library.find(text=article.text)
        if twin:
            self._library.add_origin(article.origin, twin.id)
            self._tally.duplicates += 1
            kept = _united(twin, article)
            if kept != twin:
                self._queue(kept, twin)
            return
        article_id = self._free_id(article.id or key[:16], article.origin)
        self._queue(replace(article, id=article_id, title=article.title or "Untitled"))
        self._tally.added += 1

    def _free_id(self, wanted: str, origin: str) -> str:
        """The id follows from the text, so that an article has the same one everywhere; it is salted where an
        article that began with this text, and has changed since, has it already."""
        try:
            self._library.get(wanted)
        except Problem:
            return wanted
        return hashlib.sha256(f"{wanted}\n{origin}".encode("utf-8", "replace")).hexdigest()[:16]

    def _queue(self, article: Article, before: Article | None = None) -> None:
        self._waiting.append((article, chunk(article, self._chunk_tokens)))
        self._touched |= {article.origin, digest(article.text)} | ({digest(before.text)} if before else set())

    def _store(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        self._touched.clear()
        vectors = self._embedder.passages([embedded_text(a, c) for a, chunks in waiting for c in chunks])
        rows, first = [], 0
        for article, chunks in waiting:
            rows.append((article, chunks, vectors[first : first + len(chunks)]))
            first += len(chunks)
        self._library.put(rows)
        self._tally.articles += [(a.id, a.title, len(chunks)) for a, chunks in waiting]


def _united(here: Article, article: Article) -> Article:
    """`here` brought up to date. Its own origin's facts win; those of a twin elsewhere only fill gaps, or each
    adding of the two would turn the article over."""
    if here.origin != article.origin:
        missing = {n: getattr(article, n) for n in _FACTS if not getattr(here, n)}
        return replace(here, **missing)
    known = {n: getattr(article, n) for n in ("title", *_FACTS) if getattr(article, n)}
    return replace(here, text=article.text, **known)


def prepare(article: Article) -> Article:
    """The article with its text cleaned once and for all. Raises Problem when nothing is left of it."""
    text = clean(article.text)
    if not any(c.isalnum() for c in text):
        raise Problem("there are no words in it.")

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
        # The bytes of a file name that is not UTF-8 stand in it as halves of characters, which no database takes.
        origin=article.origin.encode("utf-8", "backslashreplace").decode(),
    )


def drafted(files: Sequence[Path | tuple[Path | str, str]], told: dict[str, object]) -> Iterator[Article | tuple[str, str]]:
    """Files as articles without ids, or (path, why) for each that cannot be one; `told` wins over what a file says of itself."""
    for file in files:
        if isinstance(file, tuple):
            yield str(file[0]), file[1]
            continue
        try:
            draft = read_file(file)
        except Problem as problem:
            yield str(file), str(problem)
            continue
        title = draft.title or file.stem.replace("_", " ").replace("-", " ").strip()
        article = Article("", title, draft.text, draft.source, draft.author, draft.url, draft.published, draft.language, origin=str(file))
        yield replace(article, **told)  # type: ignore[arg-type]


def rechunked(library: Library, embedder: Embedder, chunk_tokens: int, articles: Sequence[str], progress: Progress | None = None) -> None:
    """Cut and embed articles that are here anew, a bounded batch at a time.

    Others may write meanwhile: an article that changed while it was embedded is taken again, one that went is left gone.
    """
    waiting = deque(articles)
    total, done = len(articles), 0
    batch: list[tuple[Article, list[Chunk]]] = []
    while waiting or batch:
        article = library.find(article_id=waiting.popleft()) if waiting else None
        done += 1
        if article:
            batch.append((article, chunk(article, chunk_tokens)))
        if batch and (not waiting or sum(len(c) for _, c in batch) >= BATCH):
            vectors = embedder.passages([embedded_text(a, c) for a, chunks in batch for c in chunks])
            ends = [0]
            for _, chunks in batch:
                ends.append(ends[-1] + len(chunks))
            rows = [(a, c, vectors[s:e]) for (a, c), s, e in zip(batch, ends[:-1], ends[1:], strict=True)]
            again = library.put(rows, only_same=True)
            waiting.extend(again)
            done -= len(again)
            batch = []
        if progress:
            progress(article.title if article else "", done, total)
