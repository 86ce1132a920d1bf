"""The library and its search as one thing: what the rest of the product talks to."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path

from filelock import FileLock, Timeout

from index.dense import DenseLeg
from index.embedding import Embedder, TransformerEmbedder
from index.ingest import Ingest, Progress, drafted, rechunked
from index.library import Library, Row
from index.problem import Problem
from index.readers import find_files
from index.rerank import CrossEncoder, Reranker
from index.search import Search
from index.text import digest
from index.types import AddReport, Article, Filters, Passage
from index.vectors import VectorIndex

log = logging.getLogger(__name__)

UNFINISHED = "two models (reindex was interrupted)"  # stands for the model while reindex changes from one to another
Rows = list[Row]  # named here, since within the class `list` is the method
Words = list[str]
Passages = list[Passage]
Found = list[Path | tuple[Path | str, str]]
NOT_CHECKED = "the vector index is in use by another process and was not checked"


class Articles:
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
        embedder: Embedder | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self.home = home
        self.library = Library(home / "library.sqlite")
        self._models = models
        self._embedding = embedder.name if embedder else embedding
        self._chroma_url = chroma_url
        self._candidates = candidates
        self._top_k = top_k
        self._chunk_tokens = chunk_tokens
        self._given = (embedder, reranker)
        self._dense = DenseLeg(self.library)
        self._lock = FileLock(home / "owner.lock", timeout=0, thread_local=False)
        self._loading = threading.RLock()
        self._settling = threading.Lock()
        self._closed = threading.Event()
        self._settler: threading.Thread | None = None

    # Reading

    def list(self) -> Rows:
        return self.library.rows()

    def get(self, article_id: str) -> Article:
        """Raises Problem when there is no such article."""
        return self.library.get(article_id)

    def counts(self) -> tuple[int, int]:
        """Articles, chunks."""
        return self.library.counts()

    def search(self, question: str, filters: Filters = Filters(), top_k: int | None = None) -> Passages:
        """Passages for the question, best first; empty when nothing is left by the filters.

        Raises Problem for an unusable question, and where the library was embedded with another model.
        """
        self._check_embedding()
        return self._search.passages(question, filters, top_k or self._top_k)

    @property
    def reranker(self) -> Reranker:
        return self._reranker

    # Changing

    def add(
        self,
        paths: Sequence[str],
        *,
        title: str | None = None,
        source: str | None = None,
        author: str | None = None,
        published: date | None = None,
        progress: Progress | None = None,
    ) -> AddReport:
        """Files and folders, each with a reason where it fails. Facts given here win over the file's own."""
        files: Found = []
        for path in paths:
            if "://" in path:
                files.append((path, "links are not read yet. Save the page as .html and add that file."))
            else:
                files += find_files(Path(os.path.abspath(os.path.expanduser(path))))
        told = {"title": title, "source": source, "author": author, "published": published}
        return self.add_articles(drafted(files, {k: v for k, v in told.items() if v}), progress, len(files))

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
        if origin == "pasted":
            origin = f"pasted:{title or digest(text)[:16]}"
        title = title or text.strip().partition("\n")[0][:120]
        article = Article("", title, text, source, author, None, published, origin=origin)
        return self.add_articles([article], total=1)

    def add_articles(
        self, articles: Iterable[Article | tuple[str, str]], progress: Progress | None = None, total: int = 0, *, keep: bool = False
    ) -> AddReport:
        """Articles made elsewhere: `origin` must be set, `id` is given here. `keep` changes nothing that is here."""
        if not total and isinstance(articles, Sequence):
            total = len(articles)
        self._check_embedding()
        report = Ingest(self.library, self._embedder, self._chunk_tokens, progress, keep).run(articles, total)
        self._settle_or_later()
        return report

    def remove(self, article_ids: Sequence[str]) -> int:
        """How many went. Raises Problem, and removes none, when one is not there."""
        self.library.remove(article_ids)
        self._settle_or_later()
        return len(set(article_ids))

    def reindex(self, progress: Progress | None = None) -> tuple[int, int]:
        """Cut, embed and index every article anew; articles, chunks. Raises Problem while another process owns the index."""
        with self._loading:
            if self._dense.index is None and not self._take():
                raise Problem(
                    "Another article-qa process is using this library. Stop it (the running chat, most likely), then run reindex again."
                )
            known = self.library.fact("embedding")
            if known != self._embedding:  # a kill half-way leaves vectors of two models behind, so nobody may search them
                self.library.note("embedding", UNFINISHED)
            rechunked(self.library, self._embedder, self._chunk_tokens, [r.id for r in self.list()], progress)
            self.library.tidy()
            self.library.note("embedding", self._embedding)
            with self._settling:
                if self._dense.index is None:
                    self._dense.index = VectorIndex(self.library, self.home / "vectors", self._chroma_url, anew=True)
                else:
                    self._dense.index.rebuild()
        return self.counts()

    def verify(self, repair: bool = False) -> Words:
        """What is wrong, in words; empty when all is well. `repair` puts right what is derived."""
        wrong = self.library.integrity()
        if not self.own():
            if repair:
                return [*wrong, NOT_CHECKED]
            log.warning("Note: %s", NOT_CHECKED)  # a running chat is nothing wrong
            return wrong
        assert self._dense.index is not None
        damaged = self._dense.index.verify()
        if repair and (wrong or damaged):
            self.reindex()
            wrong, damaged = self.library.integrity(), self._dense.index.verify()
        return wrong + ([f"the vector index: {damaged}"] if damaged else [])

    # Owning the vector index

    def own(self, wait: float = 0.0) -> bool:
        """Take the vector index for this process, opened, verified and brought up to date, if nobody has it."""
        with self._loading:
            if self._dense.index is not None:
                return True
            self._check_embedding()
            if self._closed.is_set() or not self._take(wait):
                return False
            try:
                self._dense.index = VectorIndex(self.library, self.home / "vectors", self._chroma_url)
            except BaseException:
                self._lock.release()  # so that another process, or a later try, can have it
                raise
            self.settle()
            return True

    def _take(self, wait: float = 0.0) -> bool:
        if self._lock.is_locked:
            return True
        try:
            self._lock.acquire(timeout=wait)
        except Timeout:
            return False
        except OSError as error:
            raise Problem(
                f"The folder {self.home} cannot be written ({error.strerror or error}). Set ARTICLE_QA_HOME to a folder you may write to."
            ) from error
        return True

    def settle(self) -> None:
        """Bring the vector index up to the library, if it is ours or free; the owner does it within a second otherwise."""
        with self.library.reading():
            if self._dense.index is None and not self.own():
                return
            with self._settling:
                if self._dense.index is not None:  # closed meanwhile
                    self._dense.index.settle()

    def _settle_or_later(self) -> None:
        try:
            self.settle()
        except Problem as problem:  # the library has it, so it is found, and the next settling tries again
            log.warning("%s", problem)

    def keep_settled(self) -> None:
        """From now on, finish what other processes add. For the running app."""

        def loop() -> None:
            pause = 1.0
            while not self._closed.wait(pause):
                try:
                    self.settle()
                    pause = 1.0
                except Problem as problem:
                    log.warning("%s", problem)
                    pause = min(2 * pause, 300.0)  # a rebuild that fails for want of room must not be tried every second

        self._settler = threading.Thread(target=loop, name="settle", daemon=True)
        self._settler.start()

    def warm(self) -> None:
        """Load every model of the search and read each once."""
        self._search.passages("warm up")
        self._embedder.query("warm up")
        self._reranker.scores("warm up", ["one", "two words"])

    def close(self) -> None:
        self._closed.set()
        if self._settler:
            self._settler.join()  # it reads from what is closed next
        with self._settling:
            if self._dense.index is not None:
                self._dense.index.close()
                self._dense.index = None
        self._lock.release()
        self.library.close()

    # Models

    @cached_property
    def _search(self) -> Search:
        with self._loading:
            return Search(self.library, self._embedder, self._reranker, self._dense, self._candidates)

    @cached_property
    def _embedder(self) -> Embedder:
        with self._loading:
            return self._given[0] or TransformerEmbedder(self._embedding, self._models)

    @cached_property
    def _reranker(self) -> Reranker:
        with self._loading:
            return self._given[1] or CrossEncoder(self._models)

    def _check_embedding(self) -> None:
        """Vectors of two models are never mixed: another model means embedding everything again."""
        known = self.library.fact("embedding")
        if known == self._embedding:
            return
        if known and self.counts()[1]:
            if known == UNFINISHED:
                raise Problem("This library was being embedded anew when that was interrupted. Run `article-qa reindex` to finish it.")
            raise Problem(
                f"This library was embedded with {known}; the settings say {self._embedding}. "
                f"Run `article-qa reindex` to embed it anew, or set ARTICLE_QA_SEARCH__EMBEDDING={known}."
            )
        self.library.note("embedding", self._embedding)
