"""The vector leg: Chroma where this process owns it, an exact scan of the library's vectors elsewhere."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from index.library import Library
from index.scan import Scan
from index.types import Filters
from index.vectors import VectorIndex

Vectors = npt.NDArray[np.float32]


class DenseLeg:
    """Chunk numbers near a vector, whoever wrote them and however lately.

    Chroma answers a second process from a stale index (field notes), so only the owner asks it; any
    other process scans the vectors of the library, which is exact. Filters never go through Chroma's
    `where`, 50 to 200 times slower (reliability-and-speed B2): they choose the articles, and the scan
    passes over the others. What is pending is scanned as well, so an article is found as soon as it is added.
    """

    def __init__(self, library: Library) -> None:
        self.index: VectorIndex | None = None
        self._library = library
        self._scan = Scan(library)

    def nearest(self, vector: Vectors, filters: Filters, limit: int) -> list[int]:
        """At most `limit` chunk numbers, nearest first; the filters hold."""
        if filters:
            return self._scan.nearest(vector, limit, self._library.allowed(filters))
        index = self.index  # another thread may close it meanwhile
        # A few more than wanted, since ids that are gone from the library are dropped.
        near = index.query(vector, limit + 20) if index and not index.busy else None
        if near is None:
            return self._scan.nearest(vector, limit)
        known = self._library.numbers(near)
        pending = self._library.allowed(pending=True)
        if not len(pending):
            return [known[i] for i in near if i in known][:limit]
        fresh = self._scan.nearest(vector, limit, pending)
        numbers, vectors = self._library.vectors_of([*{*known.values(), *fresh}])
        return [int(n) for n in numbers[np.argsort(-(vectors @ vector), kind="stable")[:limit]]] if len(numbers) else []

    def warm(self) -> None:
        """Read what a search with filters needs, so that the first one does not wait for it."""
        self._scan.refresh()
