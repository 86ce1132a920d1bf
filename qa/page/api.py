"""The same library for programs that speak gradio, and for MCP clients: three typed functions, everything else of the page is private."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import gradio as gr
from gradio.events import api
from pydantic import ValidationError

from index.problem import Problem
from qa.http import AskQuery, SearchQuery, answered, found, mistake
from qa.printing import article_json

if TYPE_CHECKING:
    from qa.assistant import Assistant

P = ParamSpec("P")
R = TypeVar("R")
AT_ONCE = 4  # questions taken in at a time; the model answers one after the other


def functions(assistant: Assistant) -> tuple[Callable[..., Any], ...]:
    """`ask`, `search` and `article`. Their names, types and docstrings are what a client is told; what a Problem says reaches it."""

    @_told
    def ask(
        question: str,
        history: list[tuple[str, str]] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        source: list[str] | None = None,
        today: str | None = None,
        ignored: list[str] | None = None,
        collection: str = "",
    ) -> dict[str, Any]:
        """Answer a question from the library of articles. Every sentence is cited to exact words of an article and checked against them.
        What the articles do not say is refused: then "refused" is true, and "passages" holds the closest ones.

        Args:
            question: what to find out, in plain words
            history: the conversation before it, as pairs of question and answer
            published_from: only articles published on this day or later, as 2023-12-01
            published_to: only articles published on this day or earlier, as 2023-12-01
            source: only these outlets
            today: the day that "yesterday" is counted from, as 2023-12-01
            ignored: words of the question whose outlet or date is not to be preferred
            collection: only this part of the library

        Returns:
            the text with [1] markers, and its sentences with support and citations
        """
        fields = {"history": history or [], **_fields(question, published_from, published_to, source, today, ignored, collection)}
        return answered(assistant, AskQuery.model_validate(fields))

    @_told
    def search(
        question: str,
        top_k: int | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        source: list[str] | None = None,
        today: str | None = None,
        ignored: list[str] | None = None,
        collection: str = "",
    ) -> list[dict[str, Any]]:
        """Find the passages of the articles that fit a question best. No language model is asked, so this is quick.

        Args:
            question: what to find, in plain words
            top_k: how many passages, 1 to 50
            published_from: only articles published on this day or later, as 2023-12-01
            published_to: only articles published on this day or earlier, as 2023-12-01
            source: only these outlets
            today: the day that "yesterday" is counted from, as 2023-12-01
            ignored: words of the question whose outlet or date is not to be preferred
            collection: only this part of the library

        Returns:
            passages, best first, each with its article, its place in the text and its best sentence
        """
        fields = {"top_k": top_k, **_fields(question, published_from, published_to, source, today, ignored, collection)}
        return found(assistant, SearchQuery.model_validate(fields))

    @_told
    def article(article_id: str) -> dict[str, Any]:
        """Read a whole article of the library. Citations and passages count characters of its "text".

        Args:
            article_id: as citations and passages name it

        Returns:
            title, outlet, author, address, day and text
        """
        return article_json(assistant.articles.get(article_id))

    return ask, search, article


def add_functions(assistant: Assistant) -> None:
    """Puts them into the page that is being built."""
    ask, search, article = functions(assistant)
    api(ask, api_name="ask", concurrency_limit=AT_ONCE, concurrency_id="api")
    api(search, api_name="search", queue=False)
    api(article, api_name="article", queue=False)


def _fields(
    question: str,
    published_from: str | None,
    published_to: str | None,
    source: list[str] | None,
    today: str | None,
    ignored: list[str] | None,
    collection: str,
) -> dict[str, Any]:
    # A model that fills in every parameter writes "" where it means nothing.
    return {
        "question": question, "from": published_from or None, "to": published_to or None, "source": source or [],
        "today": today or None, "ignored": ignored or [], "collection": collection,
    }  # fmt: skip


def _told(function: Callable[P, R]) -> Callable[P, R]:
    @wraps(function)
    def telling(*given: P.args, **named: P.kwargs) -> R:
        with _problems():
            return function(*given, **named)

    return telling


@contextmanager
def _problems() -> Iterator[None]:
    """gradio tells a client what a `gr.Error` says, and of all else only that there was an error."""
    try:
        yield
    except Problem as problem:
        raise gr.Error(str(problem), print_exception=False) from None
    except ValidationError as error:
        raise gr.Error("; ".join(mistake(e) for e in error.errors()), print_exception=False) from None
