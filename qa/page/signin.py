"""Who is asking: a name and a password with every request, where users are on."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from index.problem import Problem
from qa.page.guard import refuse
from qa.users import Users, fits, normal

log = logging.getLogger(__name__)

USER = "article_qa.user"  # in the scope, which no request can write to, unlike its headers
OPEN = ("/health", "/favicon.ico")  # for whoever watches over the server, and for browsers that ask without being told to
CHALLENGE = (b"www-authenticate", b'Basic realm="article-qa", charset="UTF-8"')
WRONG, WITHIN = 5, 5.0  # so many wrong passwords in so many seconds from one address; then it waits
WAITING = 20  # passwords that wait for their turn
REMEMBERED = 1_000  # headers known to be right, or wrong; and addresses that were wrong


class Signin:
    """ASGI middleware inside the guard. Behind it the scope holds the user's name under `USER`, and no password any more.

    Scrypt is slow on purpose, so a header that was right, or wrong, is remembered by its digest while that user's line in the file stays.
    One password is tried at a time: whoever guesses from many addresses gets no further than one core.
    """

    def __init__(self, app: ASGIApp, users: Users) -> None:
        self.app = app
        self._users = users
        self._key = secrets.token_bytes(32)  # what is remembered says nothing to who reads this memory elsewhere
        self._tried: OrderedDict[bytes, tuple[str, str | None, bool]] = OrderedDict()  # digest → name, line of the file, right
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()  # address → when
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0
        self._trouble = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (
            scope["type"] == "http" and scope["path"] in OPEN and scope["method"] in ("GET", "HEAD", "OPTIONS")
        ):
            await self.app(scope, receive, send)
        elif scope["type"] != "http":  # a websocket; there is none here
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._asked(scope, receive, send)

    async def _asked(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            hashes = self._users.hashes()
            self._trouble = ""
        except Problem as problem:
            if str(problem) != self._trouble:  # once, not with every request
                log.error("%s", problem)
            self._trouble = str(problem)
            await refuse(send, 503, "Nobody can sign in just now. Whoever runs this server finds the reason in its log.")
            return
        given = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
        told = _credentials(given[0]) if len(given) == 1 else None
        if told is None:
            await refuse(send, 401, "Sign in with your name and password.", CHALLENGE)
            return
        address = scope["client"][0] if scope.get("client") else ""
        right = await self._right(*told, hashes, address)
        if right is None:
            why = "Too many wrong passwords, or too many at once. Wait a few seconds, then sign in again."
            await refuse(send, 429, why, (b"retry-after", str(round(WITHIN)).encode()))
        elif not right:
            await refuse(send, 401, "The name or the password is wrong.", CHALLENGE)
        else:
            headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"authorization"]
            await self.app({**scope, "headers": headers, USER: told[0]}, receive, send)

    async def _right(self, name: str, password: str, hashes: Mapping[str, str], address: str) -> bool | None:
        """None while whoever asks has to wait."""
        line = hashes.get(name)
        digest = hmac.digest(self._key, f"{name}:{password}".encode("utf-8", "replace"), hashlib.sha256)

        def remembered() -> bool | None:
            known = self._tried.get(digest)
            if known is None or known[:2] != (name, line):
                return None
            self._tried.move_to_end(digest)  # many wrong ones do not push out those who are here
            return known[2]

        right = remembered()
        if right is not None or self._waiting >= WAITING or self._many(address):
            return right
        self._waiting += 1
        try:
            async with self._turn:
                right = remembered()  # a page sends several requests at once
                if right is not None or self._many(address):
                    return right
                right = await run_in_threadpool(fits, password, line)
        finally:
            self._waiting -= 1
        self._tried[digest] = (name, line, right)
        if not right:
            self._wrong.setdefault(address, deque(maxlen=WRONG)).append(time.monotonic())
            self._wrong.move_to_end(address)
        if len(self._tried) > REMEMBERED:
            self._tried.popitem(last=False)
        if len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)
        return right

    def _many(self, address: str) -> bool:
        """Whether this address was wrong too often lately."""
        times = self._wrong.get(address)
        return times is not None and len(times) == WRONG and time.monotonic() - times[0] < WITHIN


def signed_in(request: Request) -> str | None:
    """Who asks; for gradio, which tells it to the page's handlers and turns away whoever is nobody."""
    name: str | None = request.scope.get(USER)
    return name


def _credentials(header: bytes) -> tuple[str, str] | None:
    """Name and password of `Basic …`, or of `Bearer name:password`, the one thing that chat programs can send."""
    kind, _, rest = header.partition(b" ")
    try:
        match kind.lower():
            case b"basic":
                told = base64.b64decode(rest.strip(), validate=True).decode()
            case b"bearer":
                told = rest.lstrip().decode()
            case _:
                return None
    except ValueError:
        return None
    name, colon, password = told.partition(":")
    return (normal(name), password) if colon else None
