"""Who may use the cores: questions before indexing, and indexing not at all while an answer is being written.

One pool for every model of the process, since all of them share the same cores.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers:
    """A pool of threads with two queues. What is in the background waits for everything else, one item at a time:
    a question finds a thread within one text of the embedder (about 20 ms), however much is being added."""

    def __init__(self, threads: int) -> None:
        self._changed = threading.Condition()
        self._urgent: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._patient: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._answering = 0
        self._threads = threads
        self._started = 0
        self._busy = 0
        self._stopped = False
        atexit.register(self._stop)

    def map(self, function: Callable[[Item], Result], items: Sequence[Item], *, background: bool = False) -> list[Result]:
        """`function` of every item, in their order, side by side. Raises what it raises, and drops the rest."""
        futures: list[Future[Result]] = [Future() for _ in items]
        with self._changed:
            queue = self._patient if background else self._urgent
            queue.extend((future, _call(function, item)) for future, item in zip(futures, items, strict=True))
            while self._started < min(self._threads, len(self._urgent) + len(self._patient)):
                self._started += 1
                threading.Thread(target=self._work, name=f"worker-{self._started}", daemon=True).start()
            self._changed.notify_all()
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Nothing is begun in the background while this is held: an answer is being written."""
        with self._changed:
            self._answering += 1
        try:
            yield
        finally:
            with self._changed:
                self._answering -= 1
                self._changed.notify_all()

    def wait(self, seconds: float | None = None) -> bool:
        """Come back when no answer is being written, or after `seconds`; whether none is. For background work of other kinds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._answering, seconds)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not self._stopped and (self._urgent or (self._patient and not self._answering)))
                future, call = (self._urgent or self._patient).popleft()
                self._busy += 1
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:
                    future.set_exception(error)
            del future, call  # or the last arrays live on until the next work comes
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _stop(self) -> None:
        """At the end of the process: begin nothing more, and leave no thread in native code that is being torn down."""
        with self._changed:
            self._stopped = True
            self._changed.wait_for(lambda: not self._busy, 5.0)


def _call(function: Callable[[Item], Result], item: Item) -> Callable[[], Result]:
    return lambda: function(item)


@cache
def workers() -> Workers:
    """The one pool of this process: as many texts at once as there are cores."""
    return Workers(min(os.cpu_count() or 1, 8))
