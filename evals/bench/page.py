"""The page with a long conversation in a real browser: how soon it is painted, how smoothly it scrolls, how often it is drawn anew."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from evals.bench import Measured, Row
from index.problem import Problem
from qa.page.turn import Turn, as_text
from qa.settings import Settings
from qa.talks import Talks
from qa.types import Answer, Citation, Delta, Event, Retrieved, Sentence, Timings

TURNS, CITED = 200, 5  # of the conversation, and in each of its answers
WORDS, PACE = 240, 0.02  # of the answer that is streamed, and seconds between two of them: faster than any model here
TALK = "b" * 24
START = 120.0  # seconds a server may take to be there
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
_WATCH = """window.longest = 0; window.drawn = []; window.painted = 0;
new PerformanceObserver(list => { for (const e of list.getEntries()) longest = Math.max(longest, e.duration); })
    .observe({type: "longtask", buffered: true});
new PerformanceObserver(list => { for (const e of list.getEntries()) if (e.name === "first-contentful-paint") painted = e.startTime; })
    .observe({type: "paint", buffered: true});
let was = "";
new MutationObserver(() => {
    const now = document.querySelector("#current .stream")?.textContent;
    if (now && now !== was) { was = now; drawn.push(performance.now()); }
}).observe(document, {childList: true, subtree: true, characterData: true});"""
_SCROLL = """async () => {
    const talk = document.querySelector("#talk"), frame = () => new Promise(requestAnimationFrame);
    const step = Math.max(200, talk.scrollHeight / 120);
    for (let at = talk.scrollHeight; at > 0; at -= step) { talk.scrollTop = at; await frame(); }
    for (let at = 0; at < talk.scrollHeight; at += step) { talk.scrollTop = at; await frame(); }
}"""
_AFRESH = "() => { const was = window.longest; window.longest = 0; return was; }"


@dataclass(frozen=True, slots=True)
class Seen:
    """Milliseconds, but for `drawn`, renderings in the busiest second of the stream, and `received`, kilobytes for one question."""

    painted: float
    opening: float
    scrolling: float
    streaming: float
    drawn: float
    received: float


def measure(settings: Settings) -> Measured:
    """A long conversation and none, one after the other, on one server with a scripted answer."""
    with tempfile.TemporaryDirectory() as folder:
        keep_made(Path(folder))
        with _served(Path(folder)) as address, _browser() as browser:
            _seen(browser, address)  # what is compiled and read for the first time is nobody's
            none = _seen(browser, address)
            long = _seen(browser, f"{address}/?talk={TALK}")
    against = "no conversation, the same server"
    what = f"{TURNS} turns, {TURNS * CITED:,} citations"
    rows = (
        Row(f"{what}: first contentful paint", long.painted, 1, "ms", none.painted, against),
        Row("longest task, opening", long.opening, 1, "ms", none.opening, against),
        Row("longest task, scrolling to the top and back", long.scrolling, 1, "ms", none.scrolling, against),
        Row("longest task, asking and streaming", long.streaming, 1, "ms", none.streaming, against),
        Row("renderings in the busiest second of the stream", long.drawn, 1, "/s", none.drawn, against),
        Row("kilobytes that come for one question", long.received, 1, "kB", none.received, against),
    )
    return Measured("page", rows, ("A task shorter than 50 ms is not reported by the browser, and stands as 0.",))


def keep_made(home: Path) -> None:
    """The long conversation, kept in this home as the page keeps its own."""
    talks = Talks(home / "talks.sqlite")
    for number in range(1, TURNS + 1):
        turn = Turn(f"What was question number {number} about?", "done", number, answer=_answer(number), talk=TALK)
        talks.keep(TALK, number, turn.question, as_text(turn))
    talks.close()


def _answer(number: int) -> Answer:
    texts = [
        f"Sentence {n} of answer {number} says what article {n} has about it, in words enough for two lines." for n in range(1, CITED + 1)
    ]
    sentences = tuple(
        Sentence(t, (Citation(n, f"a{n}", f"Article {n}", "Outlet", None, date(2024, 1, n), 0, len(t), t),), "supported")
        for n, t in enumerate(texts, start=1)
    )
    text = " ".join(f"{t} [{n}]" for n, t in enumerate(texts, start=1))
    return Answer(f"{number}", f"{number}", text, sentences, (), False, None, 0.9, Timings(0.1, 0.2, 1.0, 300, 100), "f" * 16)


class Scripted:
    """As much of `qa.assistant.Assistant` as the page needs, without articles or models: `WORDS` words, one every `PACE` seconds."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home)
        self.model_name = "scripted"
        self.articles = self.library = self

    def state(self) -> tuple[str, str]:
        return "ready", ""

    def warm(self) -> None: ...
    def close(self) -> None: ...
    def list(self) -> Sequence[Any]:
        return ()

    def counts(self) -> tuple[int, int]:
        return 0, 0

    def failures(self) -> Sequence[Any]:
        return ()

    def collections(self) -> dict[str, int]:
        return {}

    def ask(self, question: str, *given: Any, **more: Any) -> Iterator[Event]:
        yield Retrieved((), 0.0)
        for number in range(WORDS):
            time.sleep(PACE)
            yield Delta(f"word{number} " if number % 40 else f"word{number} [1] ")
        yield _answer(TURNS + 1)


def serve_scripted(home: str, port: str) -> None:
    """The real server around the scripted assistant, until it is told to stop; the process that `measure` starts."""
    from qa.page.serve import serve

    scripted: Any = Scripted(Path(home))
    serve(scripted, "127.0.0.1", int(port))


@contextmanager
def _served(home: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = "import sys; from evals.bench.page import serve_scripted; serve_scripted(*sys.argv[1:])"
    server = subprocess.Popen([sys.executable, "-c", started, str(home), str(port)], stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START
        while not _answers(f"http://127.0.0.1:{port}/health"):
            if server.poll() is not None or time.monotonic() > until:
                raise Problem("The page’s server did not start; what it said stands above.")
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as said:
            return bool(said.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def _browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise Problem("`bench page` drives a browser: pip install playwright, and see that chromium is installed.") from None
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM if Path(CHROMIUM).exists() else None, args=FLAGS)
        except Error as error:
            raise Problem(f"No browser can be started ({error.message.splitlines()[0]}). Install it: apt-get install chromium.") from None
        yield browser
        browser.close()


def _seen(browser: Any, address: str) -> Seen:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(120_000)
    page.add_init_script(_WATCH)
    page.goto(address)
    page.locator("#current :is(.turn, .welcome)").wait_for()
    page.wait_for_function("painted > 0")
    opening = page.evaluate(_AFRESH)
    page.evaluate(_SCROLL)
    scrolling = page.evaluate(_AFRESH)
    came: list[int] = []
    wire = page.context.new_cdp_session(page)
    wire.on("Network.dataReceived", lambda event: came.append(event["dataLength"]))  # of a stream as well, piece by piece, unpacked
    wire.send("Network.enable")
    page.locator("#question textarea").fill("How does it stream?")
    page.keyboard.press("Enter")
    page.locator("#current .stream").wait_for()
    page.locator('#current [data-stage="done"] .question', has_text="How does it stream?").wait_for()
    streaming, drawn, painted = page.evaluate("[longest, drawn, painted]")
    page.close()
    return Seen(painted, opening, scrolling, streaming, busiest(drawn), sum(came) / 1000)


def busiest(moments: Sequence[float]) -> float:
    """How many of these moments (milliseconds, in their order) fall into the second that has the most of them."""
    return float(max((sum(first <= m < first + 1000 for m in moments) for first in moments), default=0))
