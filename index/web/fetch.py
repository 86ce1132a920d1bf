"""A link → its bytes: a download that goes only where the guard admits it, and ends in time and within bounds."""

from __future__ import annotations

import re
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from functools import cache
from urllib.parse import urljoin

import certifi
import httpcore

from index.problem import Problem
from index.web.address import IP, SAVE, Address, Guard, parse_address
from index.web.pinned import CONNECT, READ, Deadline, Pinned

AGENT = "article-qa"
USER_AGENT = f"{AGENT}/0.1 (+a reader that adds single articles at a person's request)"
MOST = 10_000_000  # bytes, after decompression
HOPS = 5
TOTAL = 30.0  # seconds
PAGES = frozenset("text/html application/xhtml+xml text/plain application/pdf".split())
FEEDS = frozenset("application/rss+xml application/atom+xml application/xml text/xml application/rdf+xml".split())
READABLE = PAGES | FEEDS

_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back at the end of the redirects. `body` is unpacked, and empty unless `status` is 200.

    `kind` is the media type in lower case, `charset` what the server says of it, `retry_after` as the server wrote it.
    """

    address: Address
    status: int
    kind: str
    charset: str | None
    body: bytes
    retry_after: str | None = None


class Fetcher:
    """Downloads by GET, with nothing of the environment: no proxy, no cookie, no credentials, no .netrc.

    A connection serves one request: at one request a second and host, keeping it open would gain nothing.
    `seconds`, `most` (bytes) and `trusted` (certificates) have their defaults above and are there for tests.
    """

    def __init__(
        self, guard: Guard | None = None, *, seconds: float = TOTAL, read: float = READ, trusted: ssl.SSLContext | None = None
    ) -> None:
        self._guard = guard or Guard()
        self._seconds = seconds
        self._read = read
        self._trusted = trusted or _authorities()

    def get(
        self,
        address: Address,
        before: Callable[[Address], None] = lambda hop: None,
        kinds: frozenset[str] | None = READABLE,
        most: int = MOST,
        seconds: float | None = None,
    ) -> Reply:
        """Follow `address` and at most 5 redirects, each checked like the first; `before` is asked about every hop
        and may wait or raise. Raises Problem for all that keeps the bytes from coming, but not for a status.
        """
        deadline = Deadline(seconds or self._seconds)
        for _ in range(HOPS + 1):
            started = time.monotonic()
            before(address)
            deadline.add(time.monotonic() - started)
            ips = self._guard.admit(address, min(CONNECT, deadline.left()))
            try:
                found = self._ask(address, ips, deadline, kinds, most)
            except httpcore.TimeoutException:
                deadline.left()
                raise Problem(f"{address.host} does not answer. Try again later, or save the page and add the file.") from None
            except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
                raise Problem(_broken(address, error)) from None
            if isinstance(found, Reply):
                return found
            address = found
        raise Problem(f"it leads from one address to another more than {HOPS} times. Open it in a browser and use the link it ends at.")

    def _ask(self, address: Address, ips: Iterable[IP], deadline: Deadline, kinds: frozenset[str] | None, most: int) -> Reply | Address:
        url = httpcore.URL(scheme=address.scheme, host=address.host, port=address.port, target=address.target)
        headers: dict[bytes | str, bytes | str] = {
            "Host": address.authority,
            "User-Agent": USER_AGENT,
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,text/plain;q=0.8,application/pdf;q=0.8",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
        }
        times = {"connect": CONNECT, "read": self._read, "write": self._read}
        with (
            closing(httpcore.HTTPConnection(url.origin, self._trusted, network_backend=Pinned(ips, deadline))) as connection,
            connection.stream("GET", url, headers=headers, extensions={"timeout": times, "sni_hostname": address.host}) as response,
        ):
            said = Message()
            for name, value in response.headers:
                said[name.decode("latin-1")] = value.decode("latin-1")
            if response.status in _REDIRECTS and said["Location"]:
                return _next(address, said["Location"])
            kind = said.get_content_type() if said["Content-Type"] else ""
            retry = said["Retry-After"]
            if response.status != 200:
                return Reply(address, response.status, kind, None, b"", retry)
            if kinds is not None and kind not in kinds:
                raise Problem(f"it is of the kind {kind[:60] or 'unnamed'!r}; web pages, text, PDF and feeds are read. {SAVE}")
            if int(said["Content-Length"] or 0) > most:
                raise Problem(_too_large(most))
            body = b"".join(_unpacked(_bounded(response.iter_stream(), most, deadline), said["Content-Encoding"] or "", most))
            return Reply(address, 200, kind, said.get_content_charset(), body, retry)


@cache
def _authorities() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())


def _next(address: Address, location: str) -> Address:
    # Servers write UTF-8 into this header although it is Latin-1 by the letter.
    location = re.sub(r"[\x80-\xff]+", lambda m: m[0].encode("latin-1").decode("utf-8", "replace"), location)
    try:
        return parse_address(urljoin(str(address), location.strip().replace(" ", "%20")))
    except (Problem, ValueError) as problem:
        raise Problem(f"it leads on to another address, and {problem}") from None


def _bounded(blocks: Iterable[bytes], most: int, deadline: Deadline) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        deadline.left()
        size += len(block)
        if size > most:
            raise Problem(_too_large(most))
        yield block


def _unpacked(blocks: Iterable[bytes], encoding: str, most: int) -> Iterator[bytes]:
    """The bytes behind gzip and deflate, never more than `most`: each step unpacks only as much as is still allowed.

    Brotli is not asked for, and whoever sends it, or packs twice, is refused: so there is one decoder to bound.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        yield from blocks
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Problem(f"it is packed in a way that was not asked for ({encoding[:40]}). {SAVE}")
    left = most
    decoder = None
    for block in blocks:
        while block:
            if decoder is None or decoder.eof:  # a gzip may have several members
                # "deflate" means zlib by the letter and a bare stream with some servers: zlib's first byte tells.
                bare = encoding == "deflate" and block[0] & 0x0F != 8
                decoder = zlib.decompressobj(-zlib.MAX_WBITS if bare else 32 + zlib.MAX_WBITS)
            try:
                piece = decoder.decompress(block, left + 1)
            except zlib.error:
                raise Problem(f"it cannot be unpacked (damaged {encoding}). Try again, or save the page and add the file.") from None
            left -= len(piece)
            if left < 0:
                raise Problem(_too_large(most))
            yield piece
            block = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
            if decoder.eof and not block.strip(b"\0"):
                break  # padding
    if decoder is not None and not decoder.eof:
        raise Problem("it broke off in the middle. Try again, or save the page and add the file.")


def _too_large(most: int) -> str:
    return f"it is larger than {most / 1e6:.1f} MB, the most that is read of a link. Save its text and add the file."


def _broken(address: Address, error: Exception) -> str:
    cause = error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of {address.host} is not valid ({cause.verify_message}), so it may be another site. {SAVE}"
    why = (str(error) or type(error).__name__).splitlines()[0][:120]
    return f"{address.host} cannot be reached from here ({why}). Try again later, or save the page and add the file."
