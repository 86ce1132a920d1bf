"""The endpoints of contract.md and the guard around them, on the fake assistant."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient

from index.types import Article, Filters
from qa.http import make_app
from qa.page.guard import BODY, CSP
from tests.page.fakes import HOSTILE, FakeArticles, FakeAssistant, real

TEXT = "The bridge was opened in 1932. It is 1,149 metres long.\n\nThe paint is grey."


@pytest.fixture
def assistant(tmp_path: Path) -> FakeAssistant:
    held = [
        Article("a1", "The bridge", TEXT, "Outlet"),
        Article("h1", "<b>Vault</b>", HOSTILE, url="javascript:alert(1)"),
    ]
    return FakeAssistant(FakeArticles(held), tmp_path)


@pytest.fixture
def client(assistant: FakeAssistant) -> Iterator[TestClient]:
    with TestClient(make_app(real(assistant), "127.0.0.1"), base_url="http://127.0.0.1:7860", raise_server_exceptions=False) as client:
        yield client


def test_ask_answers_with_exact_quotes(client: TestClient) -> None:
    said = client.post("/ask", json={"question": "When was the bridge opened?"}).json()
    assert not said["refused"]
    for sentence in said["sentences"]:
        for cited in sentence["citations"]:
            assert TEXT[cited["start"] : cited["end"]] == cited["quote"]


def test_ask_passes_history_filters_and_day_on(client: TestClient, assistant: FakeAssistant) -> None:
    body = {
        "question": "How long is it?", "history": [["The bridge?", "Yes."]], "today": "2024-01-01", "from": "2023-01-01", "to": None,
        "source": ["Outlet"],
    }  # fmt: skip
    assert client.post("/ask", json=body).status_code == 200
    question, history, filters = assistant.asked[-1]
    assert (question, history) == ("How long is it?", [("The bridge?", "Yes.")])
    assert filters.sources == ("Outlet",)
    assert filters.published_from is not None


def test_ask_and_search_tell_what_was_preferred_and_take_a_day_and_what_to_ignore(client: TestClient, assistant: FakeAssistant) -> None:
    asked = {"question": "According to Outlet, when was the bridge opened last week?", "today": "2023-06-14"}
    told = [
        {"words": "Outlet", "label": "Outlet", "ignored": False},
        {"words": "last week", "label": "last week: 5–11 June 2023", "ignored": False},
    ]
    assert client.post("/ask", json=asked).json()["preferred"] == told
    without = client.post("/ask", json=asked | {"ignored": ["last week"]}).json()
    assert [one["ignored"] for one in without["preferred"]] == [False, True]
    assert assistant.told[-1] == (date(2023, 6, 14), ("last week",))
    assistant.articles.kept["a2"] = Article("a2", "The bridge", TEXT, "Another")
    for ignored, sources in ((["another"], "Outlet"), ([], "Another")):
        body = {"question": "According to Another, when was the bridge opened?", "today": "2023-06-14", "ignored": ignored}
        assert client.post("/search", json=body).json()[0]["source"] == sources


@pytest.mark.parametrize("path", ["/ask", "/search"])
@pytest.mark.parametrize("ignored", ["last week", [3], ["x" * 30_000], ["x"] * 101, [["x"]]])
def test_what_to_ignore_is_a_bounded_list_of_words(client: TestClient, path: str, ignored: object) -> None:
    answer = client.post(path, json={"question": "bridge", "ignored": ignored})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("ignored")


def test_search_returns_a_list_of_passages(client: TestClient) -> None:
    found = client.post("/search", json={"question": "bridge paint", "top_k": 1}).json()
    assert len(found) == 1
    assert TEXT[found[0]["start"] : found[0]["end"]] == found[0]["text"]


def test_health_answers_while_models_load(client: TestClient, assistant: FakeAssistant) -> None:
    assistant.ready.clear()
    health = client.get("/health").json()
    assert health["status"] == "ok"
    assert health["state"] == "loading"
    assert (health["articles"], health["model"]) == (2, "qwen2.5-1.5b")


def test_openapi_describes_the_endpoints(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/ask", "/search", "/health"} <= set(paths)


def test_a_problem_is_400_with_its_sentence(client: TestClient) -> None:
    answer = client.post("/ask", json={"question": "  "})
    assert answer.status_code == 400
    assert answer.json() == {"error": "The question is empty. Ask something about the articles."}


@pytest.mark.parametrize(
    ("body", "named"),
    [("{}", "question"), ("not json", "JSON"), ('{"question": "x", "form": "2023-01-01"}', "form"),
     ('{"question": "x", "from": "soon"}', "from"),
     ('{"question": "x", "history": [["one"]]}', "history"), ('["x"]', "")],
)  # fmt: skip
def test_a_malformed_request_is_400_and_names_what_is_wrong(client: TestClient, body: str, named: str) -> None:
    answer = client.post("/ask", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert named in answer.json()["error"]


@pytest.mark.parametrize("path", ["/ask", "/search"])
def test_dates_the_wrong_way_round_are_400_and_named(client: TestClient, assistant: FakeAssistant, path: str) -> None:
    answer = client.post(path, json={"question": "bridge", "from": "2024-02-01", "to": "2023-01-01"})
    assert answer.status_code == 400
    assert answer.json() == {"error": '"from" (2024-02-01) is after "to" (2023-01-01). Swap them.'}
    assert not assistant.asked


@pytest.mark.parametrize("path", ["/ask", "/search"])
def test_too_long_a_question_is_400_with_the_number_that_is_read(client: TestClient, path: str) -> None:
    answer = client.post(path, json={"question": "x" * 50_000})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The question is 50,000 characters long; 2,000 are read.")


def test_a_client_that_hangs_up_stops_the_model(assistant: FakeAssistant) -> None:
    assistant.gate.clear()
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(make_app(real(assistant), "127.0.0.1"), log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/ask"
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(url, json={"question": "When was the bridge opened?"}, timeout=1.0, trust_env=False)
        until = time.monotonic() + 10
        while assistant.stop is None and time.monotonic() < until:
            time.sleep(0.05)
        assert assistant.stop is not None
        assert assistant.stop.wait(5)
    finally:
        assistant.gate.set()
        server.should_exit = True
        thread.join(10)
        listening.close()


def test_a_client_that_waits_is_not_stopped(client: TestClient, assistant: FakeAssistant) -> None:
    assistant.gate.clear()
    threading.Timer(0.8, assistant.gate.set).start()
    said = client.post("/ask", json={"question": "When was the bridge opened?"})
    assert said.status_code == 200
    assert said.json()["sentences"]


def test_a_bug_is_500_logged_with_its_traceback_and_still_guarded(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.post("/ask", json={"question": "crash"})
    assert answer.status_code == 500
    assert "on purpose" not in answer.json()["error"]
    assert answer.headers["content-security-policy"] == CSP
    assert any(record.exc_info for record in caplog.records)


def test_too_long_a_request_is_413(client: TestClient) -> None:
    for content in (b"x" * (BODY + 1), (b"x" * 65536 for _ in range(9))):
        answer = client.post("/ask", content=content)
        assert answer.status_code == 413
        assert "kB" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/articles/a1/reader", "/articles/none/reader", "/nothing"])
def test_every_response_carries_the_policy(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == CSP
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "[bad"])
def test_a_foreign_host_name_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost:7860", "127.0.0.1:7860", "[::1]:7860", "LOCALHOST"])
def test_our_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"host": host}).status_code == 200


def test_the_configured_host_is_answered_and_every_address_when_all_are_listened_on(assistant: FakeAssistant) -> None:
    named = TestClient(make_app(real(assistant), "news.example"), base_url="http://news.example")
    assert named.get("/health").status_code == 200
    everywhere = TestClient(make_app(real(assistant), "0.0.0.0"), base_url="http://192.168.1.7:7860")
    assert everywhere.get("/health").status_code == 200
    assert everywhere.get("/health", headers={"host": "evil.example"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:9999"}, {"sec-fetch-site": "cross-site"},
     {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:7860"}],
)  # fmt: skip
def test_a_post_from_another_site_is_refused(client: TestClient, assistant: FakeAssistant, headers: dict[str, str]) -> None:
    assert client.post("/ask", json={"question": "bridge"}, headers=headers).status_code == 403
    assert not assistant.asked


@pytest.mark.parametrize("headers", [{}, {"origin": "http://127.0.0.1:7860"}, {"origin": "null", "sec-fetch-site": "same-origin"}])
def test_our_own_page_and_programs_may_post(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/ask", json={"question": "bridge"}, headers=headers).status_code == 200


def test_the_reader_fragment_marks_and_never_links_to_what_is_not_the_web(client: TestClient) -> None:
    shown = client.get("/articles/a1/reader", params={"start": 4, "end": 10})
    assert '<mark class="cited" id="cited">bridge</mark>' in shown.text
    hostile = client.get("/articles/h1/reader").text
    assert "<script" not in hostile
    assert "<img" not in hostile
    assert "<a" not in hostile


def test_a_missing_article_is_404_in_words(client: TestClient) -> None:
    answer = client.get("/articles/none/reader")
    assert answer.status_code == 404
    assert "no such article" in answer.text


def test_a_collection_narrows_a_question_over_http(client: TestClient, assistant: FakeAssistant) -> None:
    assert client.post("/ask", json={"question": "What hit Dimorphos?", "collection": "To read"}).status_code == 200
    assert assistant.asked[-1][2] == Filters(collection="To read")
