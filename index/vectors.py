"""The vector index: Chroma, as something derived from the library that may be thrown away at any time.

Each rebuild is a generation of its own (a folder, or a collection on a Chroma server) that is filled,
verified and then pointed to by one row of the library. A kill in the middle leaves the old one in use;
a damaged one is noticed when it is opened and built anew (reliability-and-speed A3).
"""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from index.library import Library
from index.problem import Problem

log = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]
POINTER = "vectors"
OPENING = "vectors.opening"
SAMPLE = 50


class VectorIndex:
    """The current generation. Only the owner of the library opens one; see `index.articles`."""

    def __init__(self, library: Library, folder: Path, url: str = "", *, anew: bool = False) -> None:
        """`anew` does not so much as look at the present generation."""
        self._library = library
        self._folder = folder
        self._url = url
        self._client: Any = None
        self._collection: Any = None
        if anew:
            self.rebuild()
        else:
            self._open(library.fact(POINTER))

    def query(self, vector: Vectors, limit: int) -> list[str] | None:
        """Chunk ids, nearest first, or None when Chroma fails: the library's own vectors answer as well, only slower.

        Some may be gone from the library already: the caller looks them up there.
        """
        try:
            if not self._collection.count():
                return []
            found = self._collection.query(query_embeddings=[vector.tolist()], n_results=limit, include=[])
            return list(found["ids"][0])
        except Exception as error:
            log.warning("The vector index did not answer (%s).", error)
            return None

    def settle(self, progress: Callable[[int], None] | None = None) -> None:
        """Bring the index up to the library: what is pending goes in, what is unlinked goes out."""
        articles, unlinked = self._library.pending(), self._library.unlinked()
        if not articles and not unlinked:
            return
        try:
            for first in range(0, len(unlinked), 200):
                self._collection.delete(ids=unlinked[first : first + 200])
            for ids, vectors in self._library.batches("pending"):
                # Upsert under ids that follow from the text: done twice after a crash, it is still there once.
                self._collection.upsert(ids=ids, embeddings=vectors)
                if progress:
                    progress(len(ids))
        except Exception as error:
            if self._url:
                raise Problem(self._silent(error)) from error
            log.warning("The vector index took no more (%s); building it anew from the library.", error)
            self.rebuild()
            return
        self._library.settled(articles, unlinked)

    def rebuild(self) -> None:
        """A new generation from the library's own vectors; the old one serves until it is whole.

        Raises Problem, and leaves the old one in use, when the new one does not hold what it was given.
        """
        old = self._library.fact(POINTER)
        # Read before the vectors are: what another process adds meanwhile stays pending.
        articles, unlinked = self._library.pending(), self._library.unlinked()
        name = f"g{uuid.uuid4().hex[:12]}"
        try:
            client, collection = self._filled(name)
        except Exception as error:
            self._discard(name, old)
            if isinstance(error, Problem):
                raise
            raise Problem(f"The vector index could not be rebuilt: {error}. Check the disk, then run: article-qa reindex") from error
        self._library.note(POINTER, name)
        self._library.settled(articles, unlinked)
        self.close()
        self._client, self._collection = client, collection
        self._discard(old, name)

    def _filled(self, name: str) -> tuple[Any, Any]:
        client, collection = self._connect(name)
        given = 0
        sample: list[tuple[list[str], Vectors]] = []
        every = _stride(self._library.counts()[1])
        for ids, vectors in self._library.batches():
            collection.upsert(ids=ids, embeddings=vectors)
            sample += _picked([(ids, vectors)], every, given)
            given += len(ids)
        wrong = _wrong(collection, given, sample)
        if wrong:
            raise Problem(f"The vector index could not be rebuilt: {wrong}. Check the disk, then run: article-qa reindex")
        return client, collection

    def verify(self) -> str:
        """What is wrong with the index, in words; empty when it is well."""
        expected = self._library.indexed()
        try:
            return _wrong(self._collection, expected, _picked(self._library.batches("indexed"), _stride(expected)))
        except Exception as error:  # chromadb's Rust core raises InternalError, ValueError and its own kinds
            return str(error) or type(error).__name__

    def close(self) -> None:
        if self._client is not None and hasattr(self._client, "close"):
            self._client.close()
        self._client = self._collection = None

    def _open(self, name: str) -> None:
        if not name or (not self._url and not (self._folder / name).is_dir()):
            self.rebuild()
            return
        try:
            # A damaged HNSW file can end the whole process in Chroma's native code, where nothing is caught and every
            # start would crash. So it is written down first: whoever finds the note rebuilds without another look.
            if not self._url and self._library.fact(OPENING) == name:
                wrong = "opening it ended the process the last time"
            else:
                self._library.note(OPENING, name)
                self._client, self._collection = self._connect(name)
                wrong = self.verify()
        except Problem:
            raise
        except Exception as error:
            wrong = str(error) or type(error).__name__
        self._library.note(OPENING, "")
        if wrong:
            log.warning("The vector index was damaged (%s); building it anew from the library.", wrong)
            self.rebuild()
        else:
            self._discard("", name)

    def _connect(self, name: str) -> tuple[Any, Any]:
        # Late and here only: 0.7 s of import, and a command that only reads the library needs none of it.
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        metadata = {"embedding": self._library.fact("embedding") or "unknown"}
        try:
            if self._url:
                parts = urlsplit(self._url)
                secure = parts.scheme == "https"
                port = parts.port or (443 if secure else 8000)
                client = chromadb.HttpClient(parts.hostname or "localhost", port, ssl=secure, settings=settings)
            else:
                client = chromadb.PersistentClient(str(self._folder / name), settings)
            collection = client.get_or_create_collection(
                self._collection_name(name),
                metadata=metadata,
                configuration={"hnsw": {"space": "cosine"}},  # the default is l2
                embedding_function=None,  # nothing kept in a collection may choose code to run (A3)
            )
        except Exception as error:
            if self._url:
                raise Problem(self._silent(error)) from error
            raise
        return client, collection

    def _silent(self, error: Exception) -> str:
        return (
            f"The Chroma server {self._url} does not answer ({error}). Start it, or unset ARTICLE_QA_CHROMA_URL to use the embedded store."
        )

    def _collection_name(self, name: str) -> str:
        return f"article-qa-{self._library.fact('library')}-{name}"

    def _discard(self, old: str, current: str) -> None:
        if self._url:
            if old:
                try:
                    self._client.delete_collection(self._collection_name(old))
                except Exception as error:  # it may be gone already; nothing depends on it
                    log.info("The old collection was not deleted: %s", error)
            return
        for folder in self._folder.glob("g*"):  # an interrupted rebuild leaves its half behind
            if folder.name != current:
                shutil.rmtree(folder, ignore_errors=True)


def _stride(total: int) -> int:
    return max(1, total // SAMPLE)


def _picked(batches: Iterable[tuple[list[str], Vectors]], every: int, place: int = 0) -> Iterator[tuple[list[str], Vectors]]:
    """One chunk in `every`, batch by batch, counted from `place`."""
    for ids, vectors in batches:
        rows = [i for i in range(len(ids)) if (place + i) % every == 0]
        place += len(ids)
        if rows:
            yield [ids[i] for i in rows], vectors[rows]


def _wrong(collection: Any, expected: int, sample: Iterable[tuple[list[str], Vectors]]) -> str:
    """Counts look healthy on a wedged index (A3), so a sample must also find itself."""
    held = collection.count()
    if held < expected:
        return f"{held} of {expected} vectors are there"
    for ids, vectors in sample:
        found = collection.query(query_embeddings=vectors, n_results=5, include=["distances"])
        for wanted, near, distances in zip(ids, found["ids"], found["distances"], strict=True):
            # A twin of the same text may stand in its place: then something lies at distance nought.
            if wanted not in near and (not distances or min(distances) > 1e-3):
                return f"the vector of chunk {wanted} is not found"
    return ""
