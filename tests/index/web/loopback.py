"""A web site on loopback for the tests: says exactly the bytes it is told, and remembers what it was asked."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from index.web.address import IP, Guard
from index.web.fetch import Fetcher
from index.web.robots import Manners

Send = Callable[[bytes], None]
Page = bytes | Callable[[Send], None]


def answer(body: bytes | str = b"", kind: str = "text/html; charset=utf-8", status: str = "200 OK", **headers: str) -> bytes:
    """A whole response; header names are written with underscores."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def moved(to: str, status: str = "302 Found") -> bytes:
    return answer(b"", status=status, Location=to)


class Site:
    """`asked` holds (host header, target) of every request, `heads` their header lines."""

    def __init__(self, pages: Mapping[str, Page], ip: str, port: int, tls: ssl.SSLContext | None) -> None:
        self.asked: list[tuple[str, str]] = []
        self.heads: list[str] = []
        self.pages = dict(pages)
        site = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):  # a client may leave in the middle; that is what many tests are about
                    head = b""
                    while line := self.rfile.readline():
                        head += line
                        if line == b"\r\n":
                            break
                    if head:
                        self._answer(head.decode())

            def _answer(self, head: str) -> None:
                lines = head.split("\r\n")
                host = next((line[6:] for line in lines if line.lower().startswith("host: ")), "")
                target = lines[0].split(" ")[1]
                site.asked.append((host, target))
                site.heads.append(head)
                page = site.pages.get(target, answer("<h1>Not found</h1>", status="404 Not Found"))
                if isinstance(page, bytes):
                    self.wfile.write(page)
                else:
                    page(self._send)

            def _send(self, data: bytes) -> None:
                self.wfile.write(data)
                self.wfile.flush()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True

            def get_request(self) -> tuple[object, object]:
                connection, peer = super().get_request()
                if tls:
                    connection = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                return connection, peer

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a refused handshake

        self.server = Server((ip, port), Handler)
        self.port: int = self.server.server_address[1]
        self.ip = ip

    def guard(self, resolve: Callable[[str, float], list[str]] | None = None) -> Guard:
        """Lets this server, and nothing else of loopback, be reached; every name leads here."""
        return Guard(resolve or (lambda host, seconds: [self.ip]), self.allows)

    def allows(self, ip: IP, port: int) -> bool:
        return (str(ip), port) == (self.ip, self.port)

    def fetcher(self, seconds: float = 60.0) -> Fetcher:
        return Fetcher(self.guard(), seconds=seconds)

    def url(self, target: str = "/", host: str = "news.example", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{target}"

    def targets(self) -> list[str]:
        return [target for _, target in self.asked if target != "/robots.txt"]


@contextmanager
def serving(pages: Mapping[str, Page], ip: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    site = Site(pages, ip, port, tls)
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        thread.join()
        site.server.server_close()


class Clock:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def unhurried(fetcher: Fetcher) -> Manners:
    """Manners that keep their waits on a clock of their own."""
    clock = Clock()
    return Manners(fetcher, clock, clock.sleep)
