"""The vector leg: Chroma where this process owns it, an exact scan of the library's vectors elsewhere."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from index.library import Library
from index.types import Filters
from index.vectors import VectorIndex

Vectors = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


class DenseLeg:
    """Chunk numbers near a vector, whoever wrote them and however lately.

    Chroma answers a second process from a stale index (field notes), so only the owner asks it; any
    other process scans the vectors in SQLite, which is exact and takes 3 ms for 100,000. Filters never
    go through Chroma's `where`, 50 to 200 times slower (reliability-and-speed B2): they choose the rows
    of an exact scan. What is pending is scanned as well, so an article is found as soon as it is added.
    """

    def __init__(self, library: Library) -> None:
        self.index: VectorIndex | None = None
        self._library = library
        self._lock = threading.Lock()
        self._revision = -1
        self._all: tuple[Numbers, Vectors] | None = None

    def nearest(self, vector: Vectors, filters: Filters, limit: int) -> list[int]:
        """At most `limit` chunk numbers, nearest first; the filters hold."""
        if filters:
            return _top(*self._library.vectors(filters), vector, limit)
        index = self.index  # another thread may close it meanwhile
        # A few more than wanted, since ids that are gone from the library are dropped.
        near = index.query(vector, limit + 20) if index else None
        if near is None:
            return _top(*self._everything(), vector, limit)
        known = self._library.numbers(near)
        fresh = _top(*self._library.vectors(pending=True), vector, limit)
        return _top(*self._library.vectors_of([*{*known.values(), *fresh}]), vector, limit)

    def _everything(self) -> tuple[Numbers, Vectors]:
        with self._lock:
            revision = self._library.revision()
            if self._all is None or revision != self._revision:
                self._all, self._revision = self._library.vectors(), revision
            return self._all


def _top(numbers: Numbers, vectors: Vectors, query: Vectors, limit: int) -> list[int]:
    if not len(numbers):
        return []
    similarity = vectors @ query
    best = np.argsort(-similarity, kind="stable")[:limit]
    return [int(n) for n in numbers[best]]
