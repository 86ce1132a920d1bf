"""One question at a time, first come first served, with an honest guess at the wait."""

from __future__ import annotations

import threading
import time
from collections import deque


class Turnstile:
    """A fair lock whose waiters can see how many are before them."""

    def __init__(self, seconds: float = 8.0) -> None:
        self._changed = threading.Condition()
        self._line: deque[object] = deque()
        self._seconds = seconds  # what one question took lately
        self._since = 0.0
        self._abandoned: object = None

    def enter(self) -> object:
        """A ticket at the end of the line. Whoever takes one must `leave` with it."""
        ticket = object()
        with self._changed:
            self._line.append(ticket)
            if len(self._line) == 1:
                self._since = time.monotonic()
        return ticket

    def wait(self, ticket: object, timeout: float) -> bool:
        """True once `ticket` is first in line; False when `timeout` seconds pass before."""
        with self._changed:
            return self._changed.wait_for(lambda: self._line[0] is ticket, timeout)

    def ahead(self, ticket: object) -> int:
        with self._changed:
            return self._line.index(ticket)

    def estimate(self, ticket: object) -> float:
        """Seconds until `ticket` is first, going by how long questions took lately."""
        with self._changed:
            spent = time.monotonic() - self._since
            return max(1.0, self._line.index(ticket) * self._seconds - spent)

    def abandon(self, ticket: object) -> None:
        """Nobody waits for this one any more, but the model has not let go of it yet."""
        self._abandoned = ticket

    @property
    def letting_go(self) -> bool:
        """Whether the line waits for an answer that was stopped."""
        with self._changed:
            return bool(self._line) and self._line[0] is self._abandoned

    def leave(self, ticket: object) -> None:
        """Gives the place up; does nothing the second time."""
        with self._changed:
            if ticket not in self._line:
                return
            if self._line[0] is ticket:
                now = time.monotonic()
                self._seconds = 0.7 * self._seconds + 0.3 * (now - self._since)
                self._since = now
            self._line.remove(ticket)
            self._changed.notify_all()
