"""The library and its search as one thing: what the rest of the product talks to."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path

from filelock import FileLock, Timeout

from index.dense import DenseLeg
from index.embedding import Embedder, TransformerEmbedder
from index.ingest import Ingest, Progress, rechunked
from index.library import Library, Row
from index.problem import Problem
from index.readers import find_files, read_file
from index.rerank import CrossEncoder, Reranker
from index.search import Search
from index.types import AddReport, Article, Filters, Passage
from index.vectors import VectorIndex

log = logging.getLogger(__name__)


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

    # Reading

    def list(self) -> list[Row]:
        return self.library.rows()

    def get(self, article_id: str) -> Article:
        """Raises Problem when there is no such article."""
        return self.library.get(article_id)

    def counts(self) -> tuple[int, int]:
        """Articles, chunks."""
        return self.library.counts()

    def search(self, question: str, filters: Filters = Filters(), top_k: int | None = None) -> list[Passage]:
        """Passages for the question, best first; empty when nothing is left by the filters.

        Raises Problem for an unusable question.
        """
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
        files: list[Path | tuple[Path, str]] = []
        for path in paths:
            if "://" in path:
                files.append((Path(path), "links are not read yet. Save the page as .html and add that file."))
            else:
                files += find_files(Path(path).expanduser().absolute())
        told = {"title": title, "source": source, "author": author, "published": published}
        return self.add_articles(_drafted(files, {k: v for k, v in told.items() if v}), progress, len(files))

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
        """One article from its words. Pasted articles are told apart by their title."""
        title = (title or "").strip() or text.strip().partition("\n")[0][:120]
        article = Article("", title, text, source, author, None, published, origin=f"{origin}:{title}" if origin == "pasted" else origin)
        return self.add_articles([article], total=1)

    def add_articles(self, articles: Iterable[Article | tuple[str, str]], progress: Progress | None = None, total: int = 0) -> AddReport:
        """Articles made elsewhere: `origin` must be set, `id` is given here."""
        if not total and isinstance(articles, Sequence):
            total = len(articles)
        self._check_embedding()
        report = Ingest(self.library, self._embedder, self._chunk_tokens, progress).run(articles, total)
        self.settle()
        return report

    def remove(self, article_ids: Sequence[str]) -> int:
        """How many went. Raises Problem, and removes none, when one is not there."""
        self.library.remove(article_ids)
        self.settle()
        return len(set(article_ids))

    def reindex(self, progress: Progress | None = None) -> tuple[int, int]:
        """Cut, embed and index every article anew; articles, chunks. Raises Problem while another process owns the index."""
        if not self.own():
            raise Problem("Another article-qa process is using this library. Stop it (the running chat, most likely), then run reindex again.")
        rechunked(self.library, self._embedder, self._chunk_tokens, [r.id for r in self.list()], progress)
        self.library.note("embedding", self._embedding)
        assert self._dense.index is not None
        self._dense.index.rebuild()
        return self.counts()

    def verify(self, repair: bool = False) -> list[str]:
        """What is wrong, in words; empty when all is well. `repair` puts right what is derived."""
        wrong = self.library.integrity()
        if not self.own():
            return wrong + ([] if not repair else ["the vector index is in use by another process and was not checked"])
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
            try:
                self._lock.acquire(timeout=wait)
            except Timeout:
                return False
            except OSError as error:
                raise Problem(f"The folder {self.home} cannot be written ({error.strerror or error}). Set ARTICLE_QA_HOME to a folder you may write to.") from error
            self._check_embedding()
            self._dense.index = VectorIndex(self.library, self.home / "vectors", self._chroma_url)
            self.settle()
            return True

    def settle(self) -> None:
        """Bring the vector index up to the library, if it is ours or free; the owner does it within a second otherwise."""
        if self._dense.index is None and not self.own():
            return
        assert self._dense.index is not None
        with self._settling:
            self._dense.index.settle()

    def keep_settled(self) -> None:
        """From now on, finish what other processes add. For the running app."""

        def loop() -> None:
            while not self._closed.wait(1.0):
                try:
                    self.settle()
                except Problem as problem:
                    log.warning("%s", problem)

        threading.Thread(target=loop, name="settle", daemon=True).start()

    def warm(self) -> None:
        """Load every model of the search and read each once."""
        self._search.passages("warm up")
        self._embedder.query("warm up")
        self._reranker.scores("warm up", ["one", "two words"])

    def close(self) -> None:
        self._closed.set()
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
            raise Problem(f"This library was embedded with {known}; the settings say {self._embedding}. Run `article-qa reindex` to embed it anew, or set ARTICLE_QA_SEARCH__EMBEDDING={known}.")
        self.library.note("embedding", self._embedding)


def _drafted(files: Sequence[Path | tuple[Path, str]], told: dict[str, object]) -> Iterator[Article | tuple[str, str]]:
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
