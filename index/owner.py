"""Owning the vector index: one process at a time, by a lock; it opens, verifies, feeds and, when damaged, rebuilds it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from index.dense import DenseLeg
from index.library import Library
from index.problem import Problem
from index.vectors import VectorIndex

log = logging.getLogger(__name__)

UNFINISHED = "two models (reindex was interrupted)"  # stands for the model while reindex changes from one to another
NOT_CHECKED = "the vector index is in use by another process and was not checked"


@dataclass(frozen=True, slots=True)
class Examined:
    """What a check found wrong, what it looked at, and what it could not look at."""

    wrong: tuple[str, ...]
    checked: tuple[str, ...]
    unchecked: tuple[str, ...] = ()


class Owner:
    """The library with its vector index. `embedding` names the model its vectors are made by."""

    def __init__(self, home: Path, embedding: str, chroma_url: str) -> None:
        self.home = home
        self.library = Library(home / "library.sqlite")
        self._embedding = embedding
        self._chroma_url = chroma_url
        self._dense = DenseLeg(self.library)
        self._lock = FileLock(home / "owner.lock", timeout=0, thread_local=False)
        self._loading = threading.RLock()
        self._settling = threading.Lock()
        self._closed = threading.Event()
        self._settler: threading.Thread | None = None

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
            while not self._closed.is_set() and self.library.grouped():
                pass  # stories of a library from an older format

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

    def rebuild(self, refill: Callable[[], None]) -> None:
        """A new vector index, after `refill` has embedded the library anew. Raises Problem while another process owns it."""
        with self._loading:
            if self._dense.index is None and not self._take():
                raise Problem(
                    "Another article-qa process is using this library. Stop it (the running chat, most likely), then run reindex again."
                )
            known = self.library.fact("embedding")
            if known != self._embedding:  # a kill half-way leaves vectors of two models behind, so nobody may search them
                self.library.note("embedding", UNFINISHED)
            refill()
            self.library.tidy()
            self.library.note("embedding", self._embedding)
            with self._settling:
                if self._dense.index is None:
                    self._dense.index = VectorIndex(self.library, self.home / "vectors", self._chroma_url, anew=True)
                else:
                    self._dense.index.rebuild()

    def examine(self) -> Examined:
        """Check the database, the word index and, where no other process has it, the vector index."""
        wrong = tuple(self.library.integrity())
        articles, chunks = self.library.counts()
        looked = (f"the database with {articles:,} articles in {chunks:,} passages", "the word index")
        if not self.own():
            return Examined(wrong, looked, (NOT_CHECKED,))
        assert self._dense.index is not None
        damaged = self._dense.index.verify(every=True)
        return Examined(wrong + ((f"the vector index: {damaged}",) if damaged else ()), (*looked, "the vector index"))

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

    def _check_embedding(self) -> None:
        """Vectors of two models are never mixed: another model means embedding everything again."""
        known = self.library.fact("embedding")
        if known == self._embedding:
            return
        if known and self.library.counts()[1]:
            if known == UNFINISHED:
                raise Problem("This library was being embedded anew when that was interrupted. Run `article-qa reindex` to finish it.")
            raise Problem(
                f"This library was embedded with {known}; the settings say {self._embedding}. "
                f"Run `article-qa reindex` to embed it anew, or set ARTICLE_QA_SEARCH__EMBEDDING={known}."
            )
        self.library.note("embedding", self._embedding)
