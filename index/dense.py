"""The vector leg: Chroma where the library is large and this process owns it, an exact scan of its vectors elsewhere."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from index.library import Library
from index.scan import Scan
from index.types import Filters
from index.vectors import VectorIndex

Vectors = npt.NDArray[np.float32]
# Chunks up to which all of them are compared: 10,000 take 0.4 ms, 30,000 take 2.4, and Chroma 2.9 and 4.3 while it finds .99 and .96
# of the seventy nearest; and of some hundred one can have no path to it in an HNSW graph at all (docs/performance.md).
EXACT = 30_000


class DenseLeg:
    """Chunk numbers near a vector, whoever wrote them and however lately.

    Chroma answers a second process from a stale index (field notes), so only the owner asks it; any
    other process scans the vectors of the library, which is exact. Filters never go through Chroma's
    `where`, 50 to 200 times slower (reliability-and-speed B2): they choose the articles, and the scan
    passes over the others. A library of up to `EXACT` chunks is scanned: that is faster and misses nothing.
    What is pending is scanned as well, so an article is found as soon as it is added.
    """

    def __init__(self, library: Library) -> None:
        self.index: VectorIndex | None = None
        self._library = library
        self._scan = Scan(library)
        self._counted = (-1, 0)  # the revision of the library, and how many chunks it had then

    def nearest(self, vector: Vectors, filters: Filters, limit: int) -> list[int]:
        """At most `limit` chunk numbers, nearest first; the filters hold."""
        if filters:
            return self._scan.nearest(vector, limit, self._library.allowed(filters))
        index = self.index  # another thread may close it meanwhile
        # A few more than wanted, since ids that are gone from the library are dropped.
        near = index.query(vector, limit + 20) if index and not index.busy and self._chunks() > EXACT else None
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

    def _chunks(self) -> int:
        revision = self._library.revision()
        if self._counted[0] != revision:
            self._counted = (revision, self._library.counts()[1])
        return self._counted[1]
