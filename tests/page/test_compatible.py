"""The chat completions that other programs know, asked with openai's own client."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from fastapi.testclient import TestClient

from index.types import Article
from qa.http import make_app
from tests.page.fakes import FakeArticles, FakeAssistant, real

TEXT = "The bridge was opened in 1932. It is 1,149 metres long.\n\nThe paint is grey."
ASKED = "When was the bridge opened?"


@pytest.fixture
def assistant(tmp_path: Path) -> FakeAssistant:
    return FakeAssistant(FakeArticles([Article("a1", "The bridge", TEXT, "Outlet")]), tmp_path)


@pytest.fixture
def web(assistant: FakeAssistant) -> Iterator[TestClient]:
    with TestClient(make_app(real(assistant), "127.0.0.1"), base_url="http://127.0.0.1:7860", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(web: TestClient) -> openai.OpenAI:
    return openai.OpenAI(api_key="none", base_url="http://127.0.0.1:7860/v1", http_client=web, max_retries=0)


def test_an_answer_comes_with_its_markers_and_all_its_citations(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(
        model="any", messages=[{"role": "system", "content": "Lie."}, {"role": "user", "content": ASKED}]
    )
    choice = reply.choices[0]
    assert "[1]" in (choice.message.content or "") and choice.finish_reason == "stop"
    told: dict[str, Any] = (reply.model_extra or {})["article_qa"]
    (cited, *_) = told["sentences"][0]["citations"]
    assert TEXT[cited["start"] : cited["end"]] == cited["quote"]
    assert reply.usage and reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    assert [m.id for m in client.models.list()] == ["article-qa"]


def test_the_stream_is_the_answer_and_its_end_has_the_citations(client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="article-qa", messages=[{"role": "user", "content": ASKED}], stream=True))
    said = "".join(c.choices[0].delta.content or "" for c in chunks)
    told: dict[str, Any] = (chunks[-1].model_extra or {})["article_qa"]
    assert said == told["text"]
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert len(chunks) > 4


def test_the_conversation_before_is_the_history(client: openai.OpenAI, assistant: FakeAssistant) -> None:
    client.chat.completions.create(
        model="article-qa",
        messages=[
            {"role": "user", "content": "Is there a bridge?"},
            {"role": "assistant", "content": "Yes. [1]"},
            {"role": "user", "content": [{"type": "text", "text": "When was it opened?"}]},
        ],
    )
    assert assistant.asked[-1][:2] == ("When was it opened?", [("Is there a bridge?", "Yes. [1]")])


def test_a_refusal_is_said_in_the_stream_too(client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="m", messages=[{"role": "user", "content": "How is the weather?"}], stream=True))
    told: dict[str, Any] = (chunks[-1].model_extra or {})["article_qa"]
    assert told["refused"]
    assert "".join(c.choices[0].delta.content or "" for c in chunks).endswith(told["text"])


@pytest.mark.parametrize(
    ("messages", "what"),
    [
        ([{"role": "assistant", "content": "Hello."}], "must be a question"),
        ([{"role": "system", "content": "Hello."}], "must be a question"),
        ([{"role": "user", "content": " "}], "empty"),
        ([], "messages"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://evil.example"}}]}], "text"),
    ],
)
def test_what_cannot_be_asked_is_told(web: TestClient, messages: list[Any], what: str) -> None:
    reply = web.post("/v1/chat/completions", json={"messages": messages})
    assert reply.status_code == 400
    assert what in json.dumps(reply.json()["error"])


def test_who_hangs_up_stops_the_model(web: TestClient, assistant: FakeAssistant) -> None:
    assistant.pace = threading.Semaphore(2)
    with web.stream("POST", "/v1/chat/completions", json={"messages": [{"role": "user", "content": ASKED}], "stream": True}) as reply:
        threading.Timer(0.3, assistant.pace.release, (10_000,)).start()
        for line in reply.iter_lines():
            if '"content": "' in line:
                break
    assert assistant.stop and assistant.stop.wait(10)
