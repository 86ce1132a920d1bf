"""The page in the reader's language: English as it stands in the code, or what that language's catalogue has in its place.

A catalogue (`languages/de.json`) has `words`, the page's own, with the same `{names}` in both languages, and `heard`, whole sentences
that other rooms make: those are known again by their pattern, `{1}` standing for anything. What a catalogue has not stays English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE = "article-qa-language"
ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch"}
LONGEST_HEARD = 1_000  # characters; what is longer is no sentence of ours

Asked = tuple[Mapping[str, str], Mapping[str, str]]  # headers and cookies of a request
_FOLDER = Path(__file__).parent / "languages"
_BLANK = re.compile(r"\{\d\}")
_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)
_elsewhere: list[Callable[[], Asked | None]] = []


class Listening:
    """ASGI middleware: while a request is answered, `language` is that of who asked."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            _asked.set((request.headers, request.cookies))
        await self.app(scope, receive, send)


def listen(asked: Callable[[], Asked | None]) -> None:
    """Another way to the request that is being answered: gradio's events run apart from the requests that began them."""
    _elsewhere[:] = [asked]


def language() -> str:
    """The code of the reader's language: as chosen on the page, else as the browser asks, else English."""
    # gradio's first: its worker was begun by some request, and remembers that one for good
    asked = next((found for way in _elsewhere if (found := way())), None) or _asked.get()
    return chosen(*asked) if asked else ENGLISH


def chosen(headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
    """Of a request: the cookie, else the first of its Accept-Language that there is, the most wanted first."""
    kept = cookies.get(COOKIE, "")
    if kept in LANGUAGES:
        return kept
    wanted = []
    for part in headers.get("accept-language", "")[:1_000].split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((-float(quality or 1), name.partition("-")[0].lower()))
        except ValueError:
            continue
    return next((name for _, name in sorted(wanted, key=lambda one: one[0]) if name in LANGUAGES), ENGLISH)


def say(words: str, **values: object) -> str:
    """`words` in the reader's language, with `values` in the places of their `{names}`: as HTML where they were made harmless."""
    found = catalogue(language())["words"].get(words, words)
    return found.format(**values) if values else found


def heard(sentence: str) -> str:
    """A sentence of another room in the reader's language, where the catalogue knows it; else as it is."""
    found = catalogue(language())["heard"]
    if not found or len(sentence) > LONGEST_HEARD:
        return sentence
    if sentence in found:
        return found[sentence]
    for pattern, known in _patterns(language()):
        if got := pattern.fullmatch(sentence):
            return _BLANK.sub(lambda blank: got[int(blank[0][1])], known)
    return sentence


@cache
def catalogue(code: str) -> dict[str, dict[str, str]]:
    """`words` and `heard` of a language; English has nothing to look up."""
    if code == ENGLISH:
        return {"words": {}, "heard": {}}
    read: dict[str, dict[str, str]] = json.loads((_FOLDER / f"{code}.json").read_text("utf-8"))
    return read


@cache
def _patterns(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each of `heard` that has a blank."""
    return tuple(
        (re.compile("(.+?)".join(re.escape(part) for part in _BLANK.split(english)), re.DOTALL), known)
        for english, known in catalogue(code)["heard"].items()
        if _BLANK.search(english)
    )


def choice() -> str:
    """The languages to choose from; page.js keeps the choice in a cookie. It is also where the scripts learn which one is spoken."""
    spoken = language()
    options = "".join(
        f'<option value="{code}" lang="{code}"{" selected" if code == spoken else ""}>{name}</option>' for code, name in LANGUAGES.items()
    )
    return f'<select id="language" aria-label="{say("Language")}">{options}</select>'


def script() -> str:
    """What the page's scripts know of every language: the same words."""
    told = json.dumps({code: catalogue(code)["words"] | catalogue(code)["heard"] for code in LANGUAGES}, ensure_ascii=False)
    return f"const CATALOGUES = {told};\n"
