"""What every response carries and which requests are let in: headers, hosts, origins and sizes."""

from __future__ import annotations

import ipaddress
import json
import logging
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

CSP = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; script-src 'self' 'unsafe-inline' 'unsafe-eval'; connect-src 'self'; frame-src 'none'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {"Content-Security-Policy": CSP, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
SAFE = {"GET", "HEAD", "OPTIONS"}
BODY = 256 * 1024  # bytes of a JSON request
LIMITED = ("/ask", "/search", "/v1/chat/completions", "/library/", "/talks/")  # how their addresses begin
FACTS = "/facts"  # how the address of an article's facts ends


class Guard:
    """ASGI middleware around the whole app.

    A name that is not ours in `Host` is DNS rebinding: another site's name pointed at this machine.
    A changing request from another origin is a foreign page using the reader's browser. Both get 403.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self.app = app
        self.host = host.strip("[]").lower()
        self.any_address = self.host in ("0.0.0.0", "::", "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        started = False

        async def sealed(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                # gradio allows every site to read what it serves under a name that is not this machine's, signed in or not
                del headers["access-control-allow-origin"]
            await send(message)

        try:
            await self._pass(scope, receive, sealed)
        except Exception:  # a bug: its traceback goes to the log, a sentence to whoever asked
            log.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise
            await refuse(sealed, 500, "Something went wrong on our side; it has been written to the log.")

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not self._known(headers.get("host", "")):
            await refuse(send, 403, f"This server does not answer for the name {headers.get('host', '')!r}.")
        elif scope["method"] not in SAFE and not _same_origin(headers):
            await refuse(send, 403, "Requests from another site's page are not accepted.")
        elif scope["method"] == "POST" and (scope["path"].startswith(LIMITED) or scope["path"].endswith(FACTS)):
            body = await _read(receive)
            if body is None:
                await refuse(send, 413, f"The request is longer than {BODY // 1024} kB. Shorten it.")
            else:
                await self.app(scope, _replay(body, receive), send)
        else:
            await self.app(scope, receive, send)

    def _known(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if name in ("localhost", "127.0.0.1", "::1", self.host):
            return True
        return self.any_address and _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same_origin(headers: Headers) -> bool:
    """Programs send neither header; browsers always send one of them with a POST."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
    except ValueError:
        return False


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None once it is too long."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > BODY:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def refuse(send: Send, status: int, error: str, *more: tuple[bytes, bytes]) -> None:
    """Answers with the error as JSON, and with `more` headers."""
    body = json.dumps({"error": error}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
