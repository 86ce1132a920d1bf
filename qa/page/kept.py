"""The addresses of conversations: one to read and to take away, and what is done with it."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from index.problem import Problem
from qa.page.branching import branched
from qa.page.signin import signed_in
from qa.page.talks import markdown, page_of
from qa.page.turn import Turn, from_text
from qa.talks import Reason, Talk, Talks


class Change(BaseModel):
    """What is to be otherwise; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str | None, Field(max_length=2_000)] = None
    pinned: bool | None = None
    deleted: bool | None = None


class Judgement(BaseModel):
    """What a reader thinks of an answer; `good` null takes it back. `correction` is what would have been right."""

    model_config = ConfigDict(extra="forbid")

    good: bool | None
    reason: Reason = ""
    correction: Annotated[str, Field(max_length=4_000)] = ""


class Edited(BaseModel):
    """A question as it is to be asked instead; how long it may be is for the search to say."""

    model_config = ConfigDict(extra="forbid")

    question: str


def make_router(talks: Talks) -> APIRouter:
    """`/talks`: reading needs the conversation's address, which nobody can guess; listing them all is for the page alone.

    Where users are on, the read-only page is for everybody who signed in and was given the address, and all else for its owner.
    """
    router = APIRouter(prefix="/talks", tags=["conversations"])

    def own(request: Request) -> Talks:
        return talks.of(signed_in(request) or "")

    def found(here: Talks, talk: str) -> tuple[Talk, tuple[Turn, ...]]:
        return here.get(talk), from_text(here.turns(talk), talk)

    @router.get("/{talk}.md", response_class=PlainTextResponse)
    def as_markdown(talk: str, request: Request) -> Response:
        """The conversation with its citations as footnotes."""
        try:
            return PlainTextResponse(markdown(*found(own(request), talk)), media_type="text/markdown; charset=utf-8")
        except Problem as gone:
            return PlainTextResponse(str(gone), status_code=404)

    @router.get("/{talk}.json")
    def as_json(talk: str, request: Request) -> Response:
        """Every answer as `/ask` gives it."""
        try:
            one, turns = found(own(request), talk)
        except Problem as gone:
            return Response(json.dumps({"error": str(gone)}), 404, media_type="application/json")
        told: dict[str, Any] = {"title": one.title, "changed": one.changed.isoformat()}
        told["turns"] = [{"question": t.question, "state": t.stage, "answer": t.answer.as_json() if t.answer else None} for t in turns]
        return Response(json.dumps(told, ensure_ascii=False, indent=2), media_type="application/json")

    @router.get("/{talk}", response_class=HTMLResponse)
    def as_page(talk: str, request: Request) -> Response:
        """The conversation to read, print or share: it changes nothing."""
        try:
            return HTMLResponse(page_of(*found(own(request).shared(talk), talk)))
        except Problem as gone:
            return HTMLResponse(f"<!doctype html><title>article-qa</title><p>{gone}</p>", status_code=404)

    @router.post("/{talk}")
    def change(talk: str, wanted: Change, request: Request) -> dict[str, bool]:
        """Names, pins, deletes, or takes that back."""
        own(request).change(talk, title=wanted.title, pinned=wanted.pinned, deleted=wanted.deleted)
        return {"done": True}

    @router.post("/{talk}/{number}")
    def judge(talk: str, number: int, judgement: Judgement, request: Request) -> dict[str, bool]:
        """Keeps what the reader thinks of that answer: `python -m evals generate --feedback` makes cases of it."""
        own(request).judge(talk, number, judgement.good, judgement.reason, judgement.correction)
        return {"done": True}

    @router.post("/{talk}/{number}/branch")
    def branch(talk: str, number: int, edited: Edited, request: Request) -> dict[str, str]:
        """Begins another conversation that goes on from there with the question as it is now; this one stays."""
        return {"talk": branched(own(request), talk, number, edited.question)}

    return router
