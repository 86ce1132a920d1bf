"""The chat completions that other programs know, so that their chats can ask this library: `/v1/models`, `/v1/chat/completions`."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import iterate_in_threadpool, run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from index.problem import Problem
from qa.types import Answer, Delta, Event

if TYPE_CHECKING:
    from qa.assistant import Assistant

MODEL = "article-qa"
PATH = "/v1/chat/completions"
LONGEST = 20_000  # characters of a message
BEAT = 0.2  # seconds between two looks whether whoever asked is still there


class Part(BaseModel):
    """A piece of a message; only text can be asked about."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["text"]
    text: Annotated[str, Field(max_length=LONGEST)]


class Told(BaseModel):
    """A message of the conversation."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[str, Field(max_length=LONGEST)] | list[Part] = ""

    @property
    def text(self) -> str:
        return self.content if isinstance(self.content, str) else "\n".join(part.text for part in self.content)


class Completion(BaseModel):
    """What is asked. What else a client sends (temperature and the like) is the library's own affair, and passed over."""

    model_config = ConfigDict(extra="ignore")

    messages: Annotated[list[Told], Field(min_length=1, max_length=200)]
    model: str = MODEL
    stream: bool = False


def make_router(assistant: Assistant) -> APIRouter:
    """Markers stand in the text as `[1]`; the whole answer of `/ask`, with every citation, is in the field `article_qa`."""
    router = APIRouter(prefix="/v1", tags=["compatible"])

    @router.get("/models")
    def models() -> dict[str, Any]:
        """The one model there is: the library and what answers about it."""
        return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}]}

    @router.post("/chat/completions", response_model=None)
    async def complete(wanted: Completion, request: Request) -> JSONResponse | StreamingResponse:
        """The last question of the conversation, answered; what came before it is its history, and system messages are passed over."""
        stop = threading.Event()
        try:
            question, history = _conversation(wanted.messages)
            events = assistant.ask(question, history, stop=stop)
            first = await run_in_threadpool(next, events)
        except Problem as problem:
            return JSONResponse({"error": {"message": str(problem), "type": "invalid_request_error"}}, 400)
        name = f"chatcmpl-{secrets.token_hex(12)}"
        if wanted.stream:
            return StreamingResponse(_streamed(name, first, events, stop), media_type="text/event-stream")
        answering = asyncio.create_task(run_in_threadpool(_last, first, events))
        try:
            while not (await asyncio.wait([answering], timeout=BEAT))[0]:
                if await request.is_disconnected():
                    stop.set()
        finally:
            stop.set()
        answer = await answering
        return JSONResponse(_whole(name, answer))

    return router


def _conversation(messages: Sequence[Told]) -> tuple[str, list[tuple[str, str]]]:
    """The last question, and the (question, answer) pairs before it."""
    said = [m for m in messages if m.role in ("user", "assistant")]
    if not said or said[-1].role != "user":
        raise Problem('The last message must be a question of the role "user".')
    history: list[tuple[str, str]] = []
    asked = ""
    for message in said[:-1]:
        if message.role == "user":
            asked = message.text
        elif asked:
            history.append((asked, message.text))
            asked = ""
    return said[-1].text, history


def _last(first: Event, events: Iterator[Event]) -> Answer:
    *_, last = _chained(first, events)
    assert isinstance(last, Answer)
    return last


async def _streamed(name: str, first: Event, events: Iterator[Event], stop: threading.Event) -> AsyncIterator[str]:
    shown = ""
    yield _chunk(name, {"role": "assistant", "content": ""})
    try:
        async for event in iterate_in_threadpool(_chained(first, events)):
            if isinstance(event, Delta):
                shown += event.text
                yield _chunk(name, {"content": event.text})
            elif isinstance(event, Answer):
                if event.text != shown:  # a refusal, or the evidence in the place of words that were not borne out
                    yield _chunk(name, {"content": (f"\n\nThis was not borne out. {event.text}" if shown else event.text)})
                yield _chunk(name, {}, _finish(event), event.as_json())
        yield "data: [DONE]\n\n"
    except Problem as problem:
        yield f"data: {json.dumps({'error': {'message': str(problem)}})}\n\n"
    finally:
        stop.set()  # whoever listened may be gone


def _chained(first: Event, events: Iterator[Event]) -> Iterator[Event]:
    yield first
    yield from events


def _finish(answer: Answer) -> str:
    return "length" if "longest length" in answer.interrupted else "stop"


def _chunk(name: str, delta: dict[str, str], finish: str | None = None, answer: dict[str, object] | None = None) -> str:
    told: dict[str, Any] = {
        "id": name, "object": "chat.completion.chunk", "created": int(time.time()), "model": MODEL,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }  # fmt: skip
    if answer is not None:
        told["article_qa"] = answer
    return f"data: {json.dumps(told, ensure_ascii=False)}\n\n"


def _whole(name: str, answer: Answer) -> dict[str, Any]:
    read, written = answer.timings.prompt_tokens, answer.timings.completion_tokens
    return {
        "id": name, "object": "chat.completion", "created": int(time.time()), "model": MODEL,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": answer.text}, "finish_reason": _finish(answer)}],
        "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written},
        "article_qa": answer.as_json(),
    }  # fmt: skip
