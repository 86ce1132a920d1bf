"""Two people in two real browsers: each signs in, and neither sees what the other asked."""

from __future__ import annotations

import json
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from qa import users
from qa.page.serve import make_page
from qa.settings import Settings
from tests.page.fakes import FakeArticles, FakeAssistant, real, seeds
from tests.page.test_browser import Browser, Page, browser, expect, pytestmark  # noqa: F401

ROOT = Path(__file__).parents[2]
MARIA = "How many people died in Hurricane Maria in Puerto Rico?"
DART = "By how many minutes did DART shorten the orbit of Dimorphos?"
PASSWORD = {"anna": "the first phrase", "bo": "the second phrase"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    for name, password in PASSWORD.items():
        users.add(home / "users", name, password)
    assistant = FakeAssistant(FakeArticles(seeds(ROOT / "seeds")), home)
    assistant.settings = Settings(home=home, users=str(home / "users"))
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    app = make_page(real(assistant), "127.0.0.1", port, Path(tempfile.mkdtemp(prefix=".uploads-", dir=home)))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = server.force_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture
def people(browser: Browser, address: str) -> Iterator[tuple[Page, Page]]:  # noqa: F811
    contexts = [
        browser.new_context(http_credentials={"username": name, "password": password}, viewport={"width": 1440, "height": 900})
        for name, password in PASSWORD.items()
    ]
    for context in contexts:
        context.set_default_timeout(30_000)
    one, other = (context.new_page() for context in contexts)
    for page in (one, other):
        page.goto(address)
        expect(page.locator(".welcome")).to_be_visible()
    yield one, other
    for context in contexts:
        context.close()


def answered(page: Page, question: str) -> str:
    """Asks it, and gives the conversation's id."""
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator('#current [data-stage="done"] .question')).to_have_text(question)
    expect(page.locator("#talks .item.now")).to_contain_text(question[:20])
    return page.url.partition("talk=")[2]


def test_two_people_never_see_each_others_conversations(people: tuple[Page, Page], address: str) -> None:
    anna, bo = people
    maria, dart = answered(anna, MARIA), answered(bo, DART)
    assert maria and dart and maria != dart
    for page, own, others, talk in ((anna, MARIA, DART, dart), (bo, DART, MARIA, maria)):
        page.goto(address)
        expect(page.locator("#talks .item")).to_have_count(1)
        expect(page.locator("#talks .item")).to_contain_text(own)
        page.goto(f"{address}?talk={talk}")
        expect(page.locator(".welcome")).to_be_visible()
        assert others not in page.locator("#talk").inner_text() + page.locator("#talks").inner_text()
        for ending in (".md", ".json"):
            assert page.evaluate("path => fetch(path).then(a => a.status)", f"talks/{talk}{ending}") == 404
        said = page.evaluate(
            "path => fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{\"deleted\": true}'})"
            ".then(a => a.text())",
            f"talks/{talk}",
        )
        assert "not here any more" in json.loads(said)["error"]
        page.goto(f"{address}talks/{talk}")
        expect(page.locator("h2")).to_have_text(others)  # the address was given to them
    page = anna
    page.goto(f"{address}?talk={maria}")
    expect(page.locator("#current .question")).to_have_text(MARIA)
    page.locator('#current [data-good="yes"]').click()
    expect(page.locator('#current [data-good="yes"]')).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator('#current [data-good="yes"]')).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("forgotten", [False, True])
def test_whoever_knows_the_name_of_anothers_page_gets_nothing_of_it(people: tuple[Page, Page], address: str, forgotten: bool) -> None:
    """gradio keeps what a page shows under a name that the page makes up: here bo has learnt anna's, and her conversation's.

    Of a page that gradio has forgotten, the conversation is read again.
    """
    anna, _ = people
    joined: list[tuple[str, dict[str, object]]] = []
    anna.on("request", lambda r: joined.append((r.url, r.post_data_json)) if "queue/join" in r.url else None)
    answered(anna, MARIA)
    asking = next(body for _, body in joined if MARIA in str(body))
    name = "forgotten" if forgotten else str(asking["session_hash"])
    hers = anna.url.partition("talk=")[2]
    told = asking["data"]
    assert isinstance(told, list)
    body = {**asking, "session_hash": name, "data": [DART, None, *told[2:-1], hers], "event_id": None}
    with httpx.Client(auth=("bo", PASSWORD["bo"]), base_url=address, trust_env=False, timeout=30) as bo:
        assert bo.post("gradio_api/queue/join", json=body).status_code == 200
        shown = ""
        with bo.stream("GET", "gradio_api/queue/data", params={"session_hash": name}) as stream:
            for line in stream.iter_lines():
                shown += line
                if "close_stream" in line or "process_completed" in line:
                    break
    assert "orbit of Dimorphos" in shown
    assert "Hurricane Maria" not in shown


def test_gradios_own_routes_are_behind_the_door_too(address: str) -> None:
    own = (
        "info",
        "app_id",
        "startup-events",
        "user",
        "queue/data?session_hash=x",
        "heartbeat/x",
        "file=users",
        "upload_progress?upload_id=x",
    )
    paths = [f"gradio_api/{name}" for name in own]
    paths += ["", "config", "theme.css", "monitoring", "static/img/logo.svg", "robots.txt", "manifest.json", "evaluations"]
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as nobody:
        for path in paths:
            for method in ("GET", "HEAD", "OPTIONS"):
                said = nobody.request(method, path, headers={"X-Forwarded-User": "anna", "Cookie": "access-token=anna"})
                assert said.status_code == 401, (method, path)
        for path in (
            "gradio_api/queue/join",
            "gradio_api/upload",
            "gradio_api/run/ask",
            "gradio_api/call/ask",
            "gradio_api/cancel",
            "login",
        ):
            assert nobody.post(path, json={}).status_code == 401, path
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "A" * 22 + "=="}
        assert nobody.get("gradio_api/queue/join", headers=upgrade).status_code in (401, 403)
        signed = {"auth": ("anna", PASSWORD["anna"])}
        assert nobody.get("gradio_api/user", **signed).json() == "anna"  # type: ignore[arg-type]
        assert nobody.get("", **signed).status_code == 200  # type: ignore[arg-type]
