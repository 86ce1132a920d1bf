"""Manners: what a site asks of programs that read it, and how often it is asked."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from protego import Protego

from index.problem import Problem
from index.web.address import SAVE, Address
from index.web.fetch import AGENT, Fetcher, Reply

EVERY = 1.0  # seconds between two requests to a host
SLOWEST = 10.0  # seconds: a longer Crawl-delay is meant for crawlers, not for a person who waits
LARGEST = 500_000  # bytes of a robots.txt; RFC 9309 asks for 500 KiB at least
PATIENCE = 10.0  # seconds for a robots.txt


class Manners:
    """One run's memory of robots.txt and of when each host may be asked again. `clock` and `sleep` are for tests."""

    def __init__(self, fetcher: Fetcher, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._sleep = sleep
        self._rules: dict[str, Protego | str] = {}  # or why they could not be had
        self._next: dict[str, float] = {}

    def before(self, address: Address) -> None:
        """Wait for the host's turn. Raises Problem when its robots.txt forbids the page or asks for too long a wait."""
        rules = self._rules.get(address.origin)
        if rules is None:
            rules = self._rules[address.origin] = self._fetch(address)
        if isinstance(rules, str):
            raise Problem(rules)
        if not rules.can_fetch(str(address), AGENT):
            raise Problem(f"the robots.txt of {address.host} asks programs not to read it. {SAVE}")
        self._wait(address, min(max(EVERY, rules.crawl_delay(AGENT) or 0.0), SLOWEST))

    def rest(self, reply: Reply) -> str:
        """Take note that a host asked for a rest (429 or 503), and say until when, in words."""
        seconds = _seconds(reply.retry_after)
        self._next[reply.address.host] = self._clock() + (EVERY if seconds is None else seconds)
        asks = "is busy" if reply.status == 503 else "was asked too often"
        when = "in a few minutes" if seconds is None else f"after {_in_words(seconds)}, as it asks"
        return f"{reply.address.host} {asks} ({reply.status}). Add the link again {when}."

    def _wait(self, address: Address, every: float) -> None:
        now = self._clock()
        wait = self._next.get(address.host, now) - now
        if wait > SLOWEST:
            raise Problem(f"{address.host} asked to be left alone for another {_in_words(wait)}. Add the link again after that.")
        if wait > 0:
            self._sleep(wait)
        self._next[address.host] = max(now, now + wait) + every

    def _fetch(self, address: Address) -> Protego | str:
        """Forbidden or missing, all is allowed; out of order, nothing is: RFC 9309, 2.3.1."""
        place = Address(address.scheme, address.host, address.port, "/robots.txt")
        try:
            reply = self._fetcher.get(place, kinds=None, most=LARGEST, seconds=PATIENCE)
        except Problem as problem:
            return str(problem)
        if reply.status == 429:
            return self.rest(reply)
        if reply.status >= 500:
            return f"the robots.txt of {address.host} cannot be read ({reply.status}), so it is not known what may be. {SAVE}"
        return Protego.parse(reply.body.decode("utf-8", "replace").removeprefix("\ufeff"))


def _seconds(retry_after: str | None) -> float | None:
    """From "120" or a date; None from anything else."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal() and len(retry_after) < 10:
        return float(retry_after)
    try:
        when = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _in_words(seconds: float) -> str:
    if seconds < 90:
        return f"{math.ceil(seconds)} seconds"
    return f"{math.ceil(seconds / 60)} minutes" if seconds < 5400 else f"{math.ceil(seconds / 3600)} hours"
