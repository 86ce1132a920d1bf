"""The library's vectors in memory, for exact scans; kept up with the library chunk by chunk."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.library import Library

Vectors = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]
GONE = -1
FEW = 0.15  # of the rows: so few are picked out (each from a place of its own); of more, all are multiplied in one go


@dataclass
class _Held:
    """Rows 0 to `used` count: `number` of the chunk (GONE when it is no more), its article's row, its unit vector."""

    number: Numbers
    article: Numbers
    vector: Vectors
    used: int = 0
    gone: int = 0


class Scan:
    """154 MB for 100,000 chunks, read in about half a second when first asked. Safe for many threads.

    A change of the library costs what has changed: new chunks have higher numbers than all before them,
    and that some are gone shows in their count.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._held = _empty(0, 0)
        self._revision = -1

    def nearest(self, query: Vectors, limit: int, articles: Numbers | None = None) -> list[int]:
        """At most `limit` chunk numbers, nearest first; of these articles (their rows in the database) where given."""
        held, used = self._current()
        number, vector = held.number[:used], held.vector[:used]
        if articles is None:
            return _top(number, vector @ query if used else np.zeros(0, np.float32), limit)
        if not used or not len(articles):
            return []
        allowed = np.zeros(max(int(articles.max()), int(held.article[:used].max())) + 1, dtype=bool)
        allowed[articles] = True
        rows = np.flatnonzero(allowed[held.article[:used]])
        if len(rows) < FEW * used:
            return _top(number[rows], vector[rows] @ query, limit)
        return _top(number[rows], (vector @ query)[rows], limit)

    def refresh(self) -> None:
        """Read what has changed since the last time."""
        self._current()

    def _current(self) -> tuple[_Held, int]:
        with self._lock:
            revision = self._library.revision()
            if revision != self._revision:
                self._read_new()
                self._drop_gone()
                self._revision = revision
            return self._held, self._held.used

    def _read_new(self) -> None:
        last = int(self._held.number[: self._held.used].max(initial=0))
        for number, article, vector in self._library.newer(last):
            if self._held.used and vector.shape[1] != self._held.vector.shape[1]:
                self._held = _empty(0, 0)  # another model's: reindexed, so all that was here is gone
            held, end = self._held, self._held.used + len(number)
            if end > len(held.number):
                held = self._held = _grown(held, max(end, self._library.counts()[1], len(held.number) * 5 // 4), vector.shape[1])
            held.number[held.used : end], held.article[held.used : end], held.vector[held.used : end] = number, article, vector
            held.used = end

    def _drop_gone(self) -> None:
        held = self._held
        if held.used - held.gone == self._library.counts()[1]:
            return
        # In place: who is scanning meanwhile may still find one that is gone, and the library drops it.
        gone = ~np.isin(held.number[: held.used], self._library.all_numbers())
        held.number[: held.used][gone] = GONE
        held.gone = int(gone.sum())
        if held.gone > held.used // 2:
            self._held = _empty(0, 0)
            self._read_new()


def _empty(rows: int, dimension: int) -> _Held:
    return _Held(np.zeros(rows, np.int64), np.zeros(rows, np.int64), np.zeros((rows, dimension), np.float32))


def _grown(held: _Held, rows: int, dimension: int) -> _Held:
    """A copy with room for more, so that adding an article does not copy everything each time."""
    grown = _empty(rows, dimension)
    used = grown.used = held.used
    grown.gone = held.gone
    grown.number[:used], grown.article[:used] = held.number[:used], held.article[:used]
    if used:
        grown.vector[:used] = held.vector[:used]
    return grown


def _top(number: Numbers, similarity: Vectors, limit: int) -> list[int]:
    similarity = np.where(number == GONE, -np.inf, similarity)
    if len(number) > limit:
        some = np.argpartition(-similarity, limit - 1)[:limit]
        number, similarity = number[some], similarity[some]
    order = np.lexsort((number, -similarity))  # of equals the lower number first, so that the order is always the same
    return [int(n) for n in number[order] if n != GONE]
