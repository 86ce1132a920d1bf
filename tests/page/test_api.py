"""The library through other doors: gradio's client, and MCP where its package is installed, on the fake assistant behind the guard."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from gradio_client import Client
from gradio_client.exceptions import AppError

from index.problem import Problem
from index.types import Article
from qa.page.serve import make_page
from qa.settings import Settings
from tests.evals.test_pages import served
from tests.page.fakes import FakeArticles, FakeAssistant, real

TEXT = "The bridge was opened in 1932. It is 1,149 metres long.\n\nThe paint is grey."
HAS_MCP = importlib.util.find_spec("mcp") is not None
QUESTION = "When was the bridge opened?"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> FakeAssistant:
    made = FakeAssistant(FakeArticles([Article("a1", "The bridge", TEXT, "Outlet")]), tmp_path_factory.mktemp("home"))
    made.settings = Settings(home=made.settings.home, mcp=HAS_MCP)
    return made


@pytest.fixture(scope="module")
def address(assistant: FakeAssistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    async def built() -> FastAPI:
        return make_page(real(assistant), "127.0.0.1", 7860, tmp_path_factory.mktemp("uploads"))

    # Built outside of an event loop, gradio makes loops that nobody closes.
    with served(asyncio.run(built())) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Client]:
    made = Client(address, verbose=False, analytics_enabled=False)
    yield made
    made.close()


def test_a_client_is_told_three_functions_with_their_parameters_and_nothing_else(client: Client) -> None:
    told = client.view_api(return_format="dict", print_info=False)
    assert isinstance(told, dict)
    assert set(told["named_endpoints"]) == {"/ask", "/search", "/article"}
    assert not told["unnamed_endpoints"]
    ask = {p["parameter_name"]: p for p in told["named_endpoints"]["/ask"]["parameters"]}
    assert not ask["question"]["parameter_has_default"]
    assert all(p["parameter_has_default"] for name, p in ask.items() if name != "question")
    assert told["named_endpoints"]["/ask"]["description"].startswith("Answer a question from the library")


def test_an_answer_is_the_one_of_the_http_endpoint(client: Client, address: str) -> None:
    said = client.predict(QUESTION, api_name="/ask")
    assert said == httpx.post(f"{address}/ask", json={"question": QUESTION}).json()
    assert said["sentences"]
    for sentence in said["sentences"]:
        for cited in sentence["citations"]:
            assert TEXT[cited["start"] : cited["end"]] == cited["quote"]


def test_history_filters_and_the_day_go_along(client: Client, assistant: FakeAssistant) -> None:
    client.predict(
        "How long is it?",
        history=[["The bridge?", "Yes."]],
        published_from="2023-01-01",
        source=["Outlet"],
        today="2024-01-01",
        ignored=["last week"],
        collection="To read",
        api_name="/ask",
    )
    question, history, filters = assistant.asked[-1]
    assert (question, history) == ("How long is it?", [("The bridge?", "Yes.")])
    assert (filters.sources, filters.published_from, filters.collection) == (("Outlet",), date(2023, 1, 1), "To read")
    assert assistant.told[-1] == (date(2024, 1, 1), ("last week",))


def test_passages_and_articles_are_read(client: Client) -> None:
    found = client.predict("bridge paint", top_k=1, published_from="", api_name="/search")
    assert len(found) == 1
    article = client.predict(found[0]["article_id"], api_name="/article")
    assert (article["title"], article["text"]) == ("The bridge", TEXT)
    assert article["text"][found[0]["start"] : found[0]["end"]] == found[0]["text"]


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("/ask", {"question": " "}, "The question is empty"),
        ("/ask", {"question": "x", "published_from": "soon"}, "from: "),
        ("/ask", {"question": "x", "history": [["one"]]}, "history"),
        ("/search", {"question": "x", "top_k": 51}, "top_k"),
        ("/article", {"article_id": "none"}, "There is no such article"),
    ],
)
def test_what_is_wrong_is_said_in_words(client: Client, name: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(AppError, match=said):
        client.predict(**given, api_name=name)


def test_a_page_elsewhere_and_a_name_that_is_not_ours_are_turned_away(address: str) -> None:
    calls = f"{address}/gradio_api/call/search", f"{address}/gradio_api/mcp/"
    for call in calls:
        assert httpx.post(call, json={}, headers={"origin": "https://evil.example"}).status_code == 403
        assert httpx.post(call, json={}, headers={"host": "evil.example"}).status_code == 403


def test_without_the_mcp_package_the_start_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assistant = FakeAssistant(FakeArticles(), tmp_path)
    assistant.settings = Settings(home=tmp_path, mcp=True)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Problem, match=r'pip install "article-qa\[mcp\]"'):
        make_page(real(assistant), "127.0.0.1", 7860, tmp_path)


@pytest.mark.skipif(not HAS_MCP, reason='NOT TRIED AS AN MCP SERVER: mcp is not installed (pip install "article-qa[mcp]")')
def test_an_mcp_client_lists_the_three_tools_and_calls_them(address: str) -> None:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def talk() -> None:
        async with (
            streamable_http_client(f"{address}/gradio_api/mcp/") as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            assert set(tools) == {"ask", "search", "article"}
            assert (tools["search"].description or "").startswith("Find the passages")
            assert tools["search"].inputSchema["properties"]["top_k"]["description"] == "how many passages, 1 to 50"
            for name, given in (("search", {"question": "bridge paint", "top_k": 1}), ("ask", {"question": QUESTION})):
                called = await session.call_tool(name, given)
                assert not called.isError
                told = json.loads(called.content[0].text)  # type: ignore[union-attr]
                assert (told if name == "ask" else told[0])["passages" if name == "ask" else "text"]
            wrong = await session.call_tool("article", {"article_id": "none"})
            assert wrong.isError
            assert "There is no such article" in wrong.content[0].text  # type: ignore[union-attr]

    asyncio.run(talk())


@pytest.mark.skipif(HAS_MCP, reason="it is on here")
def test_there_is_no_mcp_server_unless_it_is_wished_for(address: str) -> None:
    assert httpx.post(f"{address}/gradio_api/mcp/", json={}).status_code in (404, 405)
