"""The HTTP endpoints beside the page: JSON in, JSON out, the same values as the command line."""

from __future__ import annotations

import asyncio
import threading
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from index.problem import Problem
from index.types import Filters
from qa import compatible
from qa.page import facts, reader
from qa.page.guard import Guard
from qa.page.language import Listening
from qa.page.signin import Signin
from qa.preferred import answer_json
from qa.users import opened

if TYPE_CHECKING:
    from qa.assistant import Assistant

Text = Annotated[str, Field(max_length=20_000)]
BEAT = 0.2  # seconds between two looks whether whoever asked is still there
MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1d4e6b"/>'
    '<path d="M8 10h16M8 16h16M8 22h9" stroke="#fbfaf6" stroke-width="2.4" stroke-linecap="round"/>'
    '<rect x="7" y="13.4" width="18" height="5.2" rx="1.5" fill="#ffe98a" fill-opacity=".85"/></svg>'
)


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    question: Annotated[str, Field(max_length=100_000, description="what to find out")]
    published_from: date | None = Field(None, alias="from", description="only articles published on this day or later")
    published_to: date | None = Field(None, alias="to", description="only articles published on this day or earlier")
    source: Annotated[list[str], Field(max_length=100, description="only these outlets")] = []
    collection: Annotated[str, Field(max_length=200, description="only this part of the library")] = ""
    today: Annotated[date | None, Field(description="the day that “yesterday” is counted from")] = None
    ignored: Annotated[
        list[Text], Field(max_length=100, description="words of the question whose outlet or date is not to be preferred")
    ] = []

    def filters(self) -> Filters:
        if self.published_from and self.published_to and self.published_from > self.published_to:
            raise Problem(f'"from" ({self.published_from}) is after "to" ({self.published_to}). Swap them.')
        return Filters(tuple(self.source), self.published_from, self.published_to, collection=self.collection)


class AskQuery(_Query):
    """A question, and the conversation before it as (question, answer) pairs."""

    history: Annotated[list[tuple[Text, Text]], Field(max_length=100)] = []


class SearchQuery(_Query):
    """A question for the search alone; no language model is asked."""

    top_k: Annotated[int | None, Field(ge=1, le=50, description="how many passages")] = None


def make_app(assistant: Assistant, host: str) -> FastAPI:
    """The endpoints of contract.md, guarded; the page is mounted after them (qa/page/serve.py)."""
    app = FastAPI(
        title="article-qa",
        version="0",
        docs_url=None,
        redoc_url=None,
        description="Checked, cited answers about a library of articles.",
    )
    app.add_middleware(Listening)
    if assistant.settings.users_file:
        app.add_middleware(Signin, users=opened(assistant.settings.users_file))
    app.add_middleware(Guard, host=host)  # what is added last comes first

    @app.post("/ask", responses=_ERRORS)
    async def ask(query: AskQuery, request: Request) -> dict[str, Any]:
        """A checked, cited answer."""
        stop = threading.Event()
        answering = asyncio.create_task(run_in_threadpool(answered, assistant, query, stop))
        try:
            while not (await asyncio.wait([answering], timeout=BEAT))[0]:
                if await request.is_disconnected():
                    stop.set()  # the model is one; whoever asks next should not wait for what nobody reads
        finally:
            stop.set()
        return await answering

    @app.post("/search", responses=_ERRORS)
    def search(query: SearchQuery) -> list[dict[str, Any]]:
        """The passages that fit a question best."""
        return found(assistant, query)

    @app.get("/health")
    def health() -> dict[str, Any]:
        """Whether the service is up, and with what; at once, also while models load."""
        articles, chunks = assistant.articles.counts()
        state, sentence = assistant.state()
        return {
            "status": "ok", "articles": articles, "chunks": chunks, "model": assistant.model_name, "state": state, "note": sentence,
        }  # fmt: skip

    app.include_router(compatible.make_router(assistant))

    @app.get("/articles/{article_id}/reader", response_class=HTMLResponse, responses=_ERRORS)
    def read(
        article_id: str, start: int | None = None, end: int | None = None, quote: str | None = None, version: int | None = None
    ) -> Response:
        """An article as a piece of HTML, `text[start:end]` marked; with a `quote`, in the version that has these words there; or in one
        of its versions by the number."""
        try:
            return HTMLResponse(reader.opened(assistant.articles, article_id, start, end, quote, version))
        except Problem as problem:
            return HTMLResponse(reader.missing(str(problem)), status_code=404)

    @app.post("/articles/{article_id}/facts", responses=_ERRORS)
    def edit(article_id: str, typed: facts.Facts) -> dict[str, list[str]]:
        """Puts an article's facts right; what was changed."""
        return {"changed": facts.edit(assistant.articles, article_id, typed)}

    @app.get("/favicon.ico", include_in_schema=False)
    def favicon() -> Response:
        return Response(MARK, media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})

    @app.exception_handler(Problem)
    def problem(request: Request, error: Problem) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 400)

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"error": "; ".join(mistake(e) for e in error.errors())}, 400)

    return app


def answered(assistant: Assistant, query: AskQuery, stop: threading.Event | None = None) -> dict[str, Any]:
    """The answer of contract.md. Raises Problem."""
    events = assistant.ask(query.question, query.history, query.filters(), query.today, stop, query.ignored)
    return answer_json(events, query.ignored)


def found(assistant: Assistant, query: SearchQuery) -> list[dict[str, Any]]:
    """The passages of contract.md. Raises Problem."""
    passages = assistant.articles.search(query.question, query.filters(), query.top_k, today=query.today, ignored=query.ignored)
    return [p.as_json() for p in passages]


class _Error(BaseModel):
    error: str


_ERRORS: dict[int | str, dict[str, Any]] = {400: {"model": _Error}, 500: {"model": _Error}}


def mistake(error: Any) -> str:
    """What pydantic found wrong with a request, in words."""
    if error["type"] == "json_invalid":
        return "The request is not JSON."
    where = ".".join(str(part) for part in error["loc"] if part != "body") or "the request"
    return f"{where}: {error['msg'][0].lower()}{error['msg'][1:]}"
