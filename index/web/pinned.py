"""A connection to addresses that were checked, within one deadline."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable

import httpcore

from index.problem import Problem
from index.web.address import IP

CONNECT, READ = 5.0, 15.0  # seconds


class Deadline:
    """A moment by which all must be over; `add` gives back time that was not the server's fault."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than none. Raises Problem when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Problem(f"it was not here after {self._seconds:.0f} seconds. Try again later, or save the page and add the file.")
        return left

    def add(self, seconds: float) -> None:
        self._end += seconds


class Pinned(httpcore.NetworkBackend):
    """Connects to the addresses that were checked, whatever name it is given: names are never looked up here."""

    def __init__(self, ips: Iterable[IP], deadline: Deadline) -> None:
        self._ips = ips
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("it has no address")
        for ip in self._ips:  # a name may have an IPv6 address that this network cannot use
            try:
                stream = httpcore.SyncBackend().connect_tcp(str(ip), port, min(CONNECT, self._deadline.left()), None, socket_options)
                return _Hurried(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _Hurried(httpcore.NetworkStream):
    """A stream none of whose waits outlasts the deadline: a server that sends a byte a second gains nothing."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, min(timeout or READ, self._deadline.left()))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, min(timeout or READ, self._deadline.left()))

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> _Hurried:
        inner = self._stream.start_tls(ssl_context, server_hostname, min(timeout or CONNECT, self._deadline.left()))
        return _Hurried(inner, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
