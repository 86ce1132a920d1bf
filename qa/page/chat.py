"""Asking and stopping, as the page's events."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from index.problem import Problem
from index.search import checked_question
from qa.choosing import Models
from qa.page import chips, conversation, manner, scope, sources
from qa.page.scope import Scope
from qa.page.stream import follow
from qa.page.talks import listed
from qa.page.turn import Turn, anew, as_text, from_text, history, judged, longer, toggled, wider
from qa.page.turnstile import Turnstile
from qa.talks import Talks, new_id

if TYPE_CHECKING:
    from qa.assistant import Assistant

log = logging.getLogger(__name__)

# past, current, sources, turns, question box, Ask, Stop
Shown = tuple[Any, Any, Any, Any, Any, Any, Any]

Asked = gr.Request | None  # None: from no page at all
LONGEST_SHOWN = 2_000  # characters of a question that was not taken
AGAIN, WIDER, LONGER = "again", "wider", "longer"  # page.js picks: the newest question as it was, of the whole library, at more length
BRANCH = "branch:"  # and, before the name of a conversation, to have that one go on with its newest question
KEPT_EVERY = 1.0  # seconds, while words come: what a reader has seen is there after a kill, but for that
_AS_IS: Any = gr.skip()
_SAME: Shown = (gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip())


class Chat:
    """The conversation of every reader; each page has the turns it shows, `talks` all of them for when it comes again.

    Whose they are is in gradio's request, from the guard at the door (signin.py); where users are off, all are nobody's.
    """

    def __init__(self, assistant: Assistant, talks: Talks) -> None:
        self._assistant = assistant
        self._talks = talks
        self._turnstile = Turnstile()
        self.models = Models(assistant)

    def loaded(self, request: gr.Request) -> tuple[Any, ...]:
        """The page as it is opened: the conversation that its address names, and the list of all."""
        talk = str(request.query_params.get("talk", "")) if request else ""
        return (*self.opened(talk, request), self.listed(request))

    def opened(self, talk: str, request: Asked = None) -> Shown:
        """The page with this conversation, or before its first question where there is none of that name."""
        turns = _kept(self._own(request), talk)
        if not turns:
            return ("", "", sources.column(None), (), gr.skip(), gr.update(visible=True), gr.update(visible=False))
        return _first(turns[:-1], turns[-1], gr.skip(), conversation.past(turns[:-1]))

    def listed(self, request: Asked = None) -> str:
        """Every conversation, as the list on the left."""
        return listed(self._own(request).list())

    def ask(
        self, question: str, turns: Sequence[Turn] | None, outlets: Sequence[str] | None, since: str, until: str,
        collection: str | None = None, only: str = "", length: str | None = None, carefulness: float | None = None,
        quotations_only: bool | None = None, model: str | None = None, here: str = "", request: Asked = None,
    ) -> Generator[Shown, None, None]:  # fmt: skip
        """The page while `question` is answered, a rendering at a time. `here` is the conversation that the page shows."""
        question = question.strip()
        talks = self._own(request)
        turns = _shown(talks, turns, here)
        if not question:
            yield self.stop(turns, request)  # what an empty Enter cancelled, if anything, is shown as it is
            return
        earlier = _judged(talks, tuple(replace(t, stage="stopped") if t.busy else t for t in turns if t.taken))
        turn = Turn(question, "searching", number=len(earlier) + 1, talk=earlier[0].talk if earlier else new_id())
        try:
            checked_question(question)  # at once, not after the wait for the models
            narrow = Scope.of(outlets, since, until, collection, only)
            how = manner.chosen(self._assistant.settings, length, carefulness, quotations_only)
            other = "" if model == self.models.names[0] else model or ""
            turn = replace(turn, filters=narrow.filters(), about=scope.asked_about(narrow, self._title), manner=how, model=other)
        except Problem as problem:
            quoted = question if len(question) <= LONGEST_SHOWN else question[:LONGEST_SHOWN] + "…"
            turn = replace(turn, question=quoted, stage="failed", note=str(problem), taken=False)
            yield _first(earlier, turn, gr.skip(), _newest(earlier))  # what was not taken can be mended where it was typed
            return
        yield from self._followed(talks, earlier, turn, "", _newest(earlier))

    def again(self, picked: str, turns: Sequence[Turn] | None, here: str = "", request: Asked = None) -> Generator[Shown, None, None]:
        """The newest question once more, in its own place: as it was, or without what was `picked` of its preferences, or with it again.

        Where a branch was picked, that is opened, and its newest question asked.
        """
        talks = self._own(request)
        if picked.startswith(BRANCH):
            begun = _kept(talks, picked.removeprefix(BRANCH))
            if begun:
                yield from self._followed(talks, begun[:-1], anew(begun[-1]), past=conversation.past(begun[:-1]))
            else:  # somebody else's, or none at all
                yield _SAME
            return
        turns = _shown(talks, turns, here)
        if turns and picked in (AGAIN, WIDER, LONGER) and not turns[-1].busy:
            new = (
                anew(turns[-1]) if picked == AGAIN else wider(turns[-1]) if picked == WIDER else longer(turns[-1], self._assistant.settings)
            )
            yield from self._followed(talks, tuple(turns[:-1]), new)
            return
        words = chips.picked(picked, turns[-1]) if turns else None
        if words is None:  # a chip of a turn that is not the newest any more
            yield _SAME
            return
        yield from self._followed(talks, tuple(turns[:-1]), toggled(turns[-1], words))

    def narrowed(self, *fields: Any) -> str:
        """What is chosen and typed to narrow by, as chips above the question's box."""
        return scope.chips(Scope.of(*fields), self._title)

    def narrow(self, key: str, *fields: Any) -> list[Any]:
        """The fields, once a chip was taken away or an article is to be asked about alone."""
        return Scope.of(*fields).changed(key).fields()

    def manner(self, kept: object) -> list[Any]:
        """How this browser had answers made."""
        return manner.told(self._assistant.settings, kept)

    def _title(self, article_id: str) -> str:
        return self._assistant.articles.get(article_id).title

    def _followed(
        self, talks: Talks, earlier: tuple[Turn, ...], turn: Turn, box: Any = _AS_IS, past: Any = _AS_IS
    ) -> Generator[Shown, None, None]:
        """The page while `turn` is answered. What is being typed in `box`, and the turns before it, stay as they are unless given."""
        before, passages, kept = None, None, 0.0
        now = turn
        try:
            with closing(follow(self.models.of(turn.model), self._turnstile, turn, history(earlier))) as turnings:
                for number, now in enumerate(turnings):
                    if before is None or now.stage != before.stage or time.monotonic() - kept > KEPT_EVERY:
                        kept = _keep(talks, now)
                    if number == 0:
                        yield _first(earlier, now, box, past)
                    elif now is before:
                        yield _SAME
                    else:
                        fresh = now.passages != passages or not now.busy
                        column = sources.column(now) if fresh else gr.skip()
                        yield (gr.skip(), conversation.turn_html(now), column, (*earlier, now), gr.skip(), *_buttons(now))
                    before, passages = now, now.passages
        finally:
            if now.busy:  # stopped, or the reader is gone
                _keep(talks, replace(now, stage="stopped"))

    def _own(self, request: Asked) -> Talks:
        return self._talks.of((request.username if request else None) or "")

    def stop(self, turns: Sequence[Turn] | None, request: Asked = None) -> Shown:
        """The page once the reader has pressed Stop: what was written stays."""
        turns = _shown(self._own(request), turns)
        if not turns or not turns[-1].busy:
            return (
                gr.skip(),
                gr.skip(),
                gr.skip(),
                gr.skip(),
                gr.skip(),
                gr.update(visible=True),
                gr.update(visible=False),
            )
        now = replace(turns[-1], stage="stopped")
        return (
            gr.skip(),
            conversation.turn_html(now),
            sources.column(now),
            (*turns[:-1], now),
            gr.skip(),
            *_buttons(now),
        )


def _keep(talks: Talks, turn: Turn) -> float:
    try:
        talks.keep(turn.talk, turn.number, turn.question, as_text(turn))
    except Problem as full:  # a full disk must not take the answer away
        log.warning("%s", full)
    return time.monotonic()


def _kept(talks: Talks, talk: str) -> tuple[Turn, ...]:
    try:
        return _judged(talks, from_text(talks.turns(talk), talk))
    except Problem:
        return ()


def _judged(talks: Talks, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """A thumb is told to the server by itself; the page that is sent next shows it."""
    return judged(turns, {o.number: o.good for o in talks.opinions(turns[0].talk)}) if turns else turns


def _shown(talks: Talks, turns: Sequence[Turn] | None, here: str = "") -> Sequence[Turn]:
    """What gradio holds of a page, by a name that the page chose itself; whoever named another's page gets none of its turns.

    It holds nothing (None) of a page that was opened before the server was started anew: what that page shows is then read again.
    """
    if turns is None:
        return _kept(talks, here)
    return () if turns and talks.others(turns[0].talk) else turns


def _newest(earlier: tuple[Turn, ...]) -> str:
    """All that a page lacks of the past when the next question is asked; the turns before it have it already (page.js gathers them)."""
    return conversation.past(earlier[-1:])


def _first(earlier: tuple[Turn, ...], turn: Turn, box: Any, past: Any) -> Shown:
    return (past, conversation.turn_html(turn), sources.column(turn), (*earlier, turn), box, *_buttons(turn))


def _buttons(turn: Turn) -> tuple[Any, Any]:
    return gr.update(visible=not turn.busy), gr.update(visible=turn.busy)
