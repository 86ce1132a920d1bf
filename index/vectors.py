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
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from index.library import Library
from index.problem import Problem
from index.workers import workers

log = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]
POINTER = "vectors"
OPENING = "vectors.opening"
WRITING = "vectors.writing"  # the generation that is being written to: found again, its process was killed
SAMPLE = 50
UPSERT = 100  # vectors at once: B2 finds no gain beyond, and a question may have to wait for one
PATIENCE = 60.0  # seconds to wait for an answer that is being written before going on all the same


class VectorIndex:
    """The current generation. Only the owner of the library opens one; see `index.articles`."""

    def __init__(self, library: Library, folder: Path, url: str = "", *, anew: bool = False) -> None:
        """`anew` does not so much as look at the present generation."""
        self._library = library
        self._folder = folder
        self._url = url
        self._client: Any = None
        self._collection: Any = None
        self.busy = False  # taking in vectors: it answers late then, up to seconds when it writes its files
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
            self._mark_writing()
            for first in range(0, len(unlinked), 200):
                self._collection.delete(ids=unlinked[first : first + 200])
            self.busy = True
            for ids, vectors in self._library.batches("pending", UPSERT):
                workers().wait(PATIENCE)
                # Under ids that follow from the text: done twice after a crash, it is still there once. Taken out first what is
                # there already: HNSW mends its links badly when a vector is written over, 2 % of 500 were out of reach after it.
                if held := self._collection.get(ids=ids, include=[])["ids"]:
                    self._collection.delete(ids=held)
                self._collection.upsert(ids=ids, embeddings=vectors)
                if progress:
                    progress(len(ids))
        except Exception as error:
            if self._url:
                raise Problem(self._silent(error)) from error
            log.warning("The vector index took no more (%s); building it anew from the library.", error)
            self.rebuild()
            return
        finally:
            self.busy = False
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
        self._library.note(WRITING, name)
        self._library.settled(articles, unlinked)
        self._let_go()
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

    def verify(self, *, every: bool = False) -> str:
        """What is wrong with the index, in words; empty when it is well. A sample is looked for in it, or `every` vector."""
        expected = self._library.indexed()
        try:
            if every:
                return _wrong(self._collection, expected, self._library.batches("indexed"))
            return _wrong(self._collection, expected, [self._library.spread(_samples(expected))])
        except Exception as error:  # chromadb's Rust core raises InternalError, ValueError and its own kinds
            return str(error) or type(error).__name__

    def _after_kill(self) -> str:
        """Put in again the few vectors out of reach; what is wrong then, in words."""
        self.settle()
        for _ in range(3):
            wrong, missing = _looked_for(self._collection, self._library.indexed(), self._library.batches("indexed"))
            if wrong or not missing:
                return wrong
            self._library.unsettle(missing)
            self.settle()
        return f"{len(missing)} vectors stay out of reach"

    def close(self) -> None:
        writing = self._client is not None and self._library.fact(WRITING)
        self._let_go()
        if writing:
            with suppress(Problem):  # a full disk: then the next start looks at every vector
                self._library.note(WRITING, "")

    def _mark_writing(self) -> None:
        name = self._library.fact(POINTER)
        if self._library.fact(WRITING) != name:
            self._library.note(WRITING, name)

    def _let_go(self) -> None:
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
                # A kill can leave one vector of hundreds out of reach, for good, while all counts and samples are well
                # (tests/index/killing.py saw it): then each is looked for, 20 s for 100,000.
                killed = self._library.fact(WRITING) == name
                wrong = self._after_kill() if killed else self.verify()
        except Problem:
            raise
        except Exception as error:
            wrong = str(error) or type(error).__name__
        self._library.note(OPENING, "")
        if wrong:
            log.warning("The vector index was damaged (%s); building it anew from the library.", wrong)
            self.rebuild()
        else:
            self._discard("", self._library.fact(POINTER))

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
                # The default space is l2, the default breadth of a query 100: of 100,000 in tight clusters one did not find itself.
                # With the default of 16 neighbours one vector in 1,500 had no path to it, with 32 one in 20,000.
                configuration={"hnsw": {"space": "cosine", "ef_search": 200, "max_neighbors": 32}},
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


def _samples(total: int) -> int:
    """Enough that each time Chroma wrote its files (every 1,000 vectors) is looked into twice."""
    return max(SAMPLE, total // 500)


def _stride(total: int) -> int:
    return max(1, total // _samples(total))


def _picked(batches: Iterable[tuple[list[str], Vectors]], every: int, place: int = 0) -> Iterator[tuple[list[str], Vectors]]:
    """One chunk in `every`, batch by batch, counted from `place`."""
    for ids, vectors in batches:
        rows = [i for i in range(len(ids)) if (place + i) % every == 0]
        place += len(ids)
        if rows:
            yield [ids[i] for i in rows], vectors[rows]


def _wrong(collection: Any, expected: int, sample: Iterable[tuple[list[str], Vectors]]) -> str:
    return _looked_for(collection, expected, sample)[0]


def _looked_for(collection: Any, expected: int, sample: Iterable[tuple[list[str], Vectors]]) -> tuple[str, list[str]]:
    """What is wrong, and which chunks are out of reach. Counts look healthy on a wedged index (A3), so a sample must also find itself.

    Not quite all of it: of many thousand vectors an HNSW graph has now and then one that no path leads to. What is
    damaged misses far more (12 % after two writers, 85 % after a torn file: A3).
    """
    held = collection.count()
    if held < expected:
        return f"{held} of {expected} vectors are there", []
    tried = 0
    missing: list[str] = []
    for ids, vectors in filter(lambda part: part[0], sample):
        tried += len(ids)
        alone = [n for n, seen in enumerate(_seen(collection, vectors, 5)) if not seen]
        if alone:  # looked for more widely
            again = _seen(collection, vectors[alone], 200)
            missing += [ids[n] for n, seen in zip(alone, again, strict=True) if not seen]
    if len(missing) > tried // SAMPLE:
        return f"the vector of chunk {missing[0]} is not found" + (f", nor are {len(missing) - 1} more" if missing[1:] else ""), missing
    return "", missing


def _seen(collection: Any, vectors: Vectors, near: int) -> list[bool]:
    """Whether something lies where each vector points: itself, or in its place a twin of the same text."""
    found = collection.query(query_embeddings=vectors, n_results=near, include=["distances"])
    return [bool(distances) and min(distances) <= 1e-3 for distances in found["distances"]]
