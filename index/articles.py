"""The library and its search as one thing: what the rest of the product talks to."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from index.catalogue import EDITABLE, Before
from index.chunking import chunk, embedded_text
from index.embedding import Embedder, TransformerEmbedder
from index.ingest import Ingest, Position, Progress, prepare
from index.library import Row
from index.owner import Examined, Owner
from index.problem import Problem
from index.question.hints import Hint
from index.reading import Reading
from index.rechunking import rechunked
from index.rerank import CrossEncoder, Reranker
from index.search import Legs, Search
from index.text import digest
from index.types import Adding, AddReport, Article, Failure, Filters, Passage, Precision, Version

Rows = list[Row]  # named here, since within the class `list` is the method
Words = list[str]
Passages = list[Passage]
Versions = list[Version]
Failures = list[Failure]


class Articles(Owner):
    """Safe for many threads. Any process may add, remove and search; one at a time owns the vector index.

    Models are loaded when they are first needed, or given ready-made (`embedder`, `reranker`).
    """

    def __init__(
        self,
        home: Path,
        models: Path,
        *,
        embedding: str = "bge-small",
        chroma_url: str = "",
        candidates: int = 20,
        top_k: int = 6,
        chunk_tokens: int = 150,
        legs: Legs = "both",
        rerank: bool = True,
        embedder: Embedder | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        super().__init__(home, embedder.name if embedder else embedding, chroma_url)
        self._models = models
        self._candidates = candidates
        self._top_k = top_k
        self._chunk_tokens = chunk_tokens
        self._stages = (legs, rerank)
        self._given = (embedder, reranker)
        self._ingest: Ingest | None = None

    # Reading

    def list(self) -> Rows:
        return self.library.rows()

    def get(self, article_id: str, version: int | None = None) -> Article:
        """As it is, or as it was in an earlier version. Raises Problem when there is none."""
        return self.library.get(article_id, version)

    def versions(self, article_id: str) -> Versions:
        """The present text and those before it, newest first. Raises Problem when there is no such article."""
        self.library.get(article_id)
        return self.library.versions(article_id)

    def cited(self, article_id: str, start: int, end: int, quote: str) -> tuple[Article, bool]:
        """The article in the version that was cited, and whether that is an old one: the present one where it has the
        quote there, else the newest that had. Raises Problem where none has."""
        return self.library.cited(article_id, start, end, quote)

    def story(self, article_id: str) -> Rows:
        """The article and its near-copies by other outlets, the earliest added first."""
        self.library.get(article_id)
        return self.library.story(article_id)

    def origins(self, article_id: str) -> Words:
        """Every place the article was read from, its own first."""
        return self.library.origins(article_id)

    def failures(self) -> Failures:
        """What could not be added so far, the latest first."""
        return self.library.quarantine.rows()

    def counts(self) -> tuple[int, int]:
        """Articles, chunks."""
        return self.library.counts()

    def search(
        self,
        question: str,
        filters: Filters = Filters(),
        top_k: int | None = None,
        *,
        sentences: bool = True,
        today: date | None = None,
        ignored: Sequence[str] = (),
    ) -> Passages:
        """Passages for the question, best first; empty when nothing is left by the filters. `today` is the day it is asked on,
        when that was told; `ignored` the words, or labels, of hints that are not followed; see `Search.passages`.

        Raises Problem for an unusable question, an unknown collection, and where the library was embedded with another model.
        """
        self._check_embedding()
        self.library.check_collection(filters.collection)
        return self._search.passages(question, filters, top_k or self._top_k, sentences=sentences, today=today, ignored=ignored)

    def hints(self, question: str, today: date | None = None) -> tuple[Hint, ...]:
        """What the question says about where to look: outlets of this library, dates (counted from `today`), "latest", phrases."""
        return self._search.hints(question, today)

    @property
    def reranker(self) -> Reranker:
        return self._reranker

    # Changing

    @property
    def adding(self) -> Adding | None:
        """How far the adding that goes on in this process is; None when there is none."""
        ingest = self._ingest
        return ingest.now if ingest else None

    def add(
        self,
        paths: Sequence[str],
        *,
        title: str | None = None,
        source: str | None = None,
        author: str | None = None,
        published: date | None = None,
        precision: Precision = "day",
        mapping: Mapping[str, str] | None = None,
        progress: Progress | None = None,
        stop: threading.Event | None = None,
    ) -> AddReport:
        """Files, folders and links, each with a reason where it fails, which the quarantine keeps until it succeeds.

        Facts given here win over the file's own. `mapping` names the fields of records: {"text": "body"}. Progress is
        told in bytes. When `stop` is set, what was done is kept and told.
        """
        facts: dict[str, Any] = {"title": title, "source": source, "author": author, "published": published}
        facts |= {"precision": precision} if published else {}
        told = {k: v.isoformat() if isinstance(v, date) else v for k, v in (facts | {"mapping": dict(mapping or {})}).items() if v}
        reading = Reading(self.library, paths, facts, mapping)
        return self._add(reading, progress, len(reading), stop=stop, told=told, position=reading)

    def retry(self, progress: Progress | None = None, stop: threading.Event | None = None) -> AddReport:
        """Try again what could not be added; what was uploaded or pasted has to be given again."""
        reports = []
        for paths, told in self.library.quarantine.requests():
            if stop and stop.is_set():
                break
            day = date.fromisoformat(told.pop("published")) if "published" in told else None
            reports.append(self.add(paths, published=day, progress=progress, stop=stop, **told))
        return AddReport.together(reports)

    def add_text(
        self,
        text: str,
        *,
        title: str | None = None,
        source: str | None = None,
        author: str | None = None,
        published: date | None = None,
        origin: str = "pasted",
    ) -> AddReport:
        """One article from its words. Pasted articles are told apart by the title they were given, or else by their text."""
        title = (title or "").strip()
        origin = f"pasted:{title or digest(text)[:16]}" if origin == "pasted" else origin
        title = title or text.strip().partition("\n")[0][:120]
        article = Article("", title, text, source, author, None, published, origin=origin)
        return self.add_articles([article], total=1)

    def add_articles(
        self,
        articles: Iterable[Article | tuple[str, ...]],
        progress: Progress | None = None,
        total: int = 0,
        *,
        keep: bool = False,
        stop: threading.Event | None = None,
    ) -> AddReport:
        """Articles made elsewhere: `origin` must be set, `id` is given here. `keep` changes nothing that is here."""
        if not total and isinstance(articles, Sequence):
            total = len(articles)
        return self._add(articles, progress, total, keep=keep, stop=stop)

    def _add(
        self,
        items: Iterable[Article | tuple[str, ...]],
        progress: Progress | None,
        total: int,
        *,
        keep: bool = False,
        stop: threading.Event | None = None,
        told: Mapping[str, Any] | None = None,
        position: Position | None = None,
    ) -> AddReport:
        self._check_embedding()
        ingest = self._ingest = Ingest(self.library, self._embedder, self._chunk_tokens, progress, keep, stop, told)
        try:
            report = ingest.run(items, total, position)
        finally:
            self._ingest = None
        self._settle_or_later()
        return report

    def edit(self, article_id: str, **facts: str | date | None) -> Article:
        """Put facts right: title, source, author, url, published (with precision); None is unknown. The article as it is now.

        From then on they are a person's: reading the article again leaves them as they are. Raises Problem when there is
        no such article or fact.
        """
        names = [n for n in facts if n != "precision"]
        if not names or set(names) - set(EDITABLE):
            raise Problem(f"What can be edited is: {', '.join(EDITABLE)}. The text changes by adding its file again.")
        if "title" in facts and not str(facts["title"] or "").strip():
            raise Problem("The title is empty. An article needs one.")
        told: dict[str, Any] = ({"precision": "day"} if "published" in facts else {}) | facts
        for _ in range(10):
            here = self.get(article_id)
            article = replace(prepare(replace(here, **told)), text=here.text)
            if _embedded(article) != _embedded(here):
                self._check_embedding()
                chunks = chunk(article, self._chunk_tokens)
                vectors = self._embedder.passages([embedded_text(article, c) for c in chunks])
                done = not self.library.put([(article, chunks, vectors)], expected={article_id: Before(here)}, edited=names)
            else:
                done = self.library.put_facts(article, was=here, edited=names)
            if done:
                self._settle_or_later()
                return article
        raise Problem(f"Article {article_id} is being changed by another process all the time. Try again later.")

    def remove(self, article_ids: Sequence[str]) -> int:
        """How many went, with all their versions. Raises Problem, and removes none, when one is not there."""
        self.library.remove(article_ids)
        self._settle_or_later()
        return len(set(article_ids))

    def reindex(self, progress: Progress | None = None) -> tuple[int, int]:
        """Cut, embed and index every article anew; articles, chunks. Raises Problem while another process owns the index."""
        self.rebuild(lambda: rechunked(self.library, self._embedder, self._chunk_tokens, [r.id for r in self.list()], progress))
        return self.counts()

    def verify(self, repair: bool = False) -> Words:
        """What is wrong, in words; empty when all that could be checked is well (`checked` tells what that was).
        `repair` puts right what is derived."""
        found = self.checked(repair)
        return [*found.wrong, *(found.unchecked if repair else ())]

    def checked(self, repair: bool = False) -> Examined:
        """What is wrong, what was looked at, and what another process kept from being looked at."""
        found = self.examine()
        if repair and found.wrong and not found.unchecked:
            self.reindex()
            found = self.examine()
        return found

    # Models

    def warm(self) -> None:
        """Load every model of the search and read each once."""
        self._search.passages("warm up")
        self._embedder.query("warm up")
        self._reranker.scores("warm up", ["one", "two words"])
        self._dense.warm()

    @cached_property
    def _search(self) -> Search:
        with self._loading:
            return Search(self.library, self._embedder, self._reranker, self._dense, self._candidates, *self._stages)

    @cached_property
    def _embedder(self) -> Embedder:
        with self._loading:
            return self._given[0] or TransformerEmbedder(self._embedding, self._models)

    @cached_property
    def _reranker(self) -> Reranker:
        with self._loading:
            return self._given[1] or CrossEncoder(self._models)


def _embedded(article: Article) -> tuple[object, ...]:
    """The facts that stand in every chunk's embedding."""
    return article.title, article.source, article.published, article.precision
