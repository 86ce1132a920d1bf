"""The vector index: Chroma, as something derived from the library that may be thrown away at any time.

Each rebuild is a generation of its own (a folder, or a collection on a Chroma server) that is filled,
verified and then pointed to by one row of the library. A kill in the middle leaves the old one in use;
a damaged one is noticed when it is opened and built anew (reliability-and-speed A3).
"""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Callable
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
SAMPLE = 50


class VectorIndex:
    """The current generation. Only the owner of the library opens one; see `index.articles`."""

    def __init__(self, library: Library, folder: Path, url: str = "") -> None:
        self._library = library
        self._folder = folder
        self._url = url
        self._client: Any = None
        self._collection: Any = None
        self._open(library.fact(POINTER))

    def query(self, vector: Vectors, limit: int) -> list[str]:
        """Chunk ids, nearest first. Some may be gone from the library already: the caller looks them up there."""
        if not self._collection.count():
            return []
        found = self._collection.query(query_embeddings=[vector.tolist()], n_results=limit, include=[])
        return list(found["ids"][0])

    def settle(self, progress: Callable[[int], None] | None = None) -> None:
        """Bring the index up to the library: what is pending goes in, what is unlinked goes out."""
        articles, unlinked = self._library.pending(), self._library.unlinked()
        if not articles and not unlinked:
            return
        for first in range(0, len(unlinked), 200):
            self._collection.delete(ids=unlinked[first : first + 200])
        for ids, vectors in self._library.batches(pending=True):
            # Upsert under ids that follow from the text: done twice after a crash, it is still there once.
            self._collection.upsert(ids=ids, embeddings=vectors)
            if progress:
                progress(len(ids))
        self._library.settled(articles, unlinked)

    def rebuild(self) -> None:
        """A new generation from the library's own vectors; the old one serves until it is whole."""
        old = self._library.fact(POINTER)
        # Read before the vectors are: what another process adds meanwhile stays pending.
        articles, unlinked = self._library.pending(), self._library.unlinked()
        name = f"g{uuid.uuid4().hex[:12]}"
        self._close()
        self._connect(name)
        for ids, vectors in self._library.batches():
            self._collection.upsert(ids=ids, embeddings=vectors)
        wrong = self._wrong(settled_only=False)
        if wrong:
            raise Problem(f"The vector index could not be rebuilt: {wrong}. Check the disk, then run: article-qa reindex")
        self._library.note(POINTER, name)
        self._library.settled(articles, unlinked)
        self._discard(old, name)

    def verify(self) -> str:
        """What is wrong with the index, in words; empty when it is well."""
        return self._wrong(settled_only=True)

    def close(self) -> None:
        self._close()

    def _open(self, name: str) -> None:
        if not name or (not self._url and not (self._folder / name).is_dir()):
            self.rebuild()
            return
        try:
            self._connect(name)
            wrong = self._wrong(settled_only=True)
        except Problem:
            raise
        except Exception as error:  # chromadb's Rust core raises InternalError, pyo3 panics and plain ValueError
            wrong = str(error) or type(error).__name__
        if wrong:
            log.warning("The vector index was damaged (%s); building it anew from the library.", wrong)
            self.rebuild()

    def _connect(self, name: str) -> None:
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
                self._client = chromadb.HttpClient(parts.hostname or "localhost", port, ssl=secure, settings=settings)
            else:
                self._client = chromadb.PersistentClient(str(self._folder / name), settings)
            self._collection = self._client.get_or_create_collection(
                self._collection_name(name),
                metadata=metadata,
                configuration={"hnsw": {"space": "cosine"}},  # the default is l2
                embedding_function=None,  # nothing kept in a collection may choose code to run (A3)
            )
        except Exception as error:
            if self._url:
                raise Problem(f"The Chroma server {self._url} does not answer ({error}). Start it, or unset ARTICLE_QA_CHROMA_URL to use the embedded store.") from error
            raise

    def _collection_name(self, name: str) -> str:
        return f"article-qa-{self._library.fact('library')}-{name}"

    def _wrong(self, *, settled_only: bool) -> str:
        """Counts look healthy on a wedged index (A3), so a sample must also find itself."""
        pending = {i for ids, _ in self._library.batches(pending=True) for i in ids} if settled_only else set()
        _, total = self._library.counts()
        expected = total - len(pending)
        held = self._collection.count()
        if held < expected:
            return f"{held} of {expected} vectors are there"
        every = max(1, expected // SAMPLE)
        place = 0
        for ids, vectors in self._library.batches():
            picked = [i for i in range(len(ids)) if (place + i) % every == 0 and ids[i] not in pending]
            place += len(ids)
            if not picked:
                continue
            found = self._collection.query(query_embeddings=vectors[picked], n_results=5, include=["distances"])
            for i, near, distances in zip(picked, found["ids"], found["distances"], strict=True):
                # A twin of the same text may stand in its place: then something lies at distance nought.
                if ids[i] not in near and (not distances or min(distances) > 1e-3):
                    return f"the vector of chunk {ids[i]} is not found"
        return ""

    def _close(self) -> None:
        if self._client is not None and hasattr(self._client, "close"):
            self._client.close()
        self._client = self._collection = None

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

