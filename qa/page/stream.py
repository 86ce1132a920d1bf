"""Follows one question from the assistant to the page: a `Turn` at most fifteen times a second.

The assistant's generator runs in a thread of its own, so that the page can wait with a word, gather
what arrives in bursts, and let go at once when the reader presses Stop; `stop` then frees the model
within a tenth of a second, whatever it is doing.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Literal, Protocol, assert_never

from index.problem import Problem
from index.types import Filters
from qa.page import words
from qa.page.turn import Turn
from qa.page.turnstile import Turnstile
from qa.settings import AnswerSettings
from qa.types import Answer, Delta, Event, Retrieved, Rewritten

log = logging.getLogger(__name__)

INTERVAL = 1 / 15  # seconds between two renderings: every one of them is sent and drawn
BEAT = 0.2  # seconds between two yields when nothing is new: a generator can be closed only at a yield
CHECKING_AFTER = 0.6  # seconds without a word, after a full sentence: the sentences are being checked


class Asking(Protocol):
    """The part of `qa.assistant.Assistant` that a question needs."""

    def state(self) -> tuple[Literal["loading", "ready", "failed"], str]: ...
    def ask(
        self,
        question: str,
        history: Sequence[tuple[str, str]] = (),
        filters: Filters = ...,
        *,
        stop: threading.Event | None = None,
        ignored: Sequence[str] = (),
        manner: AnswerSettings | None = None,
    ) -> Iterator[Event]: ...


class _End:
    """The generator is through; `note` says what went wrong, if anything did."""

    def __init__(self, note: str = "") -> None:
        self.note = note


def follow(assistant: Asking, turnstile: Turnstile, turn: Turn, history: Sequence[tuple[str, str]]) -> Generator[Turn, None, None]:
    """`turn` again and again with more in it; the last is done or failed. Closing this stops the model.

    While nothing is new, the same object comes again every `BEAT` seconds.
    """
    stop = threading.Event()
    ticket = turnstile.enter()
    pumping = False
    try:
        yield turn
        failed = yield from _until_ready(assistant, turnstile, ticket, turn)
        if failed:
            yield replace(turn, stage="failed", note=failed)
            return
        inbox: queue.Queue[Event | _End] = queue.Queue()
        pump = threading.Thread(target=_pump, args=(assistant, turnstile, ticket, turn, history, inbox, stop), name="page-ask", daemon=True)
        pumping = True
        pump.start()
        yield from _gather(turn, inbox)
    finally:
        stop.set()
        if pumping:
            turnstile.abandon(ticket)
        else:
            turnstile.leave(ticket)


def _until_ready(assistant: Asking, turnstile: Turnstile, ticket: object, turn: Turn) -> Generator[Turn, None, str]:
    """Yields a waiting turn while models load or others are answered; returns what failed, or nothing."""
    shown = ""
    while True:
        state, sentence = assistant.state()
        if state == "failed":
            return sentence
        note = words.WAITING_FOR_MODELS
        if state == "ready":
            if turnstile.wait(ticket, BEAT if shown else 0.0):
                return ""
            note = words.LETTING_GO if turnstile.letting_go else words.waiting(turnstile.estimate(ticket))
        else:
            time.sleep(BEAT if shown else 0.0)
        if note != shown:
            shown, turn = note, replace(turn, stage="waiting", note=note)
        yield turn


def _pump(
    assistant: Asking,
    turnstile: Turnstile,
    ticket: object,
    turn: Turn,
    history: Sequence[tuple[str, str]],
    inbox: queue.Queue[Event | _End],
    stop: threading.Event,
) -> None:
    note = ""
    events: Iterator[Event] = iter(())
    try:
        events = assistant.ask(turn.question, history, turn.filters, stop=stop, ignored=turn.ignored, manner=turn.manner)
        for event in events:
            if stop.is_set():
                break
            inbox.put(event)
    except Problem as problem:
        note = str(problem)
    except Exception:  # a bug must reach the reader as a sentence and the log as a traceback
        log.exception("The question %r failed", turn.question)
        note = words.BUG
    finally:
        close = getattr(events, "close", None)
        if close:
            close()
        turnstile.leave(ticket)
        inbox.put(_End(note))


def _gather(turn: Turn, inbox: queue.Queue[Event | _End]) -> Iterator[Turn]:
    shown, last = turn, 0.0
    while True:
        due = last + INTERVAL - time.monotonic()
        pending = turn is not shown
        try:
            event = inbox.get(timeout=max(0.0, due) if pending else BEAT)
        except queue.Empty:
            silent = time.monotonic() - last > CHECKING_AFTER
            if silent and turn.stage == "writing" and turn.written.rstrip().endswith((".", "!", "?", "”", '"', "]")):
                turn = replace(turn, stage="checking")
            if turn is not shown:
                shown, last = turn, time.monotonic()
            yield shown
            continue
        if isinstance(event, _End):
            yield replace(turn, stage="failed", note=event.note or words.BUG)
            return
        before = turn.stage
        turn = _with(turn, event)
        # What changes the picture is shown at once: the passages, the first word, the answer.
        if turn.stage != before:
            shown, last = turn, time.monotonic()
            yield shown
        if not turn.busy:
            return


def _with(turn: Turn, event: Event) -> Turn:
    match event:
        case Rewritten():
            return replace(turn, standalone=event.question)
        case Retrieved():
            return replace(turn, passages=event.passages, hints=event.hints, stage="reading", note="")
        case Delta():
            return replace(turn, written=turn.written + event.text, stage="writing")
        case Answer():
            standalone = event.standalone_question or turn.standalone
            return replace(
                turn,
                answer=event,
                passages=event.passages or turn.passages,
                standalone=standalone,
                stage="done",
                note="",
            )
        case _:
            assert_never(event)
