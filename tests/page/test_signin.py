"""A name and a password with every request, where users are on; and whose a conversation is."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from index.problem import Problem
from index.types import Article
from qa import users
from qa.http import make_app
from qa.page import kept, serve, signin
from qa.page.guard import CSP
from qa.settings import Settings
from qa.talks import Talks, new_id
from tests.page.fakes import FakeArticles, FakeAssistant, real

PASSWORD = {"anna": "anna's pass:word", "ren\u00e9": "motörhead 1975"}
LINES = "".join(f"{name}:{users.hashed(password)}\n" for name, password in PASSWORD.items())  # slow on purpose: once
ASK = {"question": "When was the bridge opened?"}


def basic(name: str, password: str | None = None) -> dict[str, str]:
    told = f"{name}:{PASSWORD[name] if password is None else password}"
    return {"Authorization": "Basic " + base64.b64encode(told.encode()).decode()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "users").write_text(LINES, "utf-8")
    return tmp_path / "users"


@pytest.fixture
def assistant(tmp_path: Path, file: Path) -> FakeAssistant:
    made = FakeAssistant(FakeArticles([Article("a1", "The bridge", "The bridge was opened in 1932.")]), tmp_path)
    made.settings = Settings(home=tmp_path, users=str(file))
    return made


@pytest.fixture
def talks(tmp_path: Path) -> Iterator[Talks]:
    with closing(Talks(tmp_path / "talks.sqlite")) as opened:
        yield opened


@pytest.fixture
def app(assistant: FakeAssistant, talks: Talks) -> FastAPI:
    made = make_app(real(assistant), "127.0.0.1")
    made.include_router(kept.make_router(talks))
    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


def kept_by(talks: Talks, owner: str, question: str = "Who built it?") -> str:
    talk = new_id()
    talks.of(owner).keep(talk, 1, question, json.dumps({"question": question, "stage": "stopped"}))
    return talk


METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "MADE-UP")
PATHS = (
    "/ /ask /search /v1/models /v1/chat/completions /openapi.json /articles/a1/reader /talks/x /evaluations /gradio_api/info "
    "/gradio_api/queue/join /gradio_api/upload /config /health/ //health /health/../ask /%68ealth/x /favicon.ico/x /HEALTH /health%00 "
    "/health%2f..%2fask /nothing"
).split()


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_answered_before_it_is_known_who_asks(client: TestClient, assistant: FakeAssistant, method: str) -> None:
    for path in PATHS:
        said = client.request(method, path, headers={"Sec-Fetch-Site": "same-origin"})
        assert said.status_code == 401, path
        assert said.headers["www-authenticate"] == 'Basic realm="article-qa", charset="UTF-8"'
        assert said.headers["content-security-policy"] == CSP
        assert method == "HEAD" or "Sign in" in said.json()["error"]
    assert not assistant.asked


def test_only_health_and_the_icon_are_open(client: TestClient) -> None:
    assert client.get("/health").json()["status"] == "ok"
    assert client.get("/favicon.ico").status_code == 200
    assert client.post("/health", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 401


@pytest.mark.parametrize("name", PASSWORD)
def test_a_name_and_its_password_are_let_in(client: TestClient, name: str) -> None:
    told = basic(name)
    assert client.post("/ask", json=ASK, headers=told).json()["sentences"]
    told["Authorization"] = told["Authorization"].replace("Basic", "bASIC ")
    assert client.post("/ask", json=ASK, headers=told).status_code == 200


def test_a_chat_program_sends_both_as_its_key(client: TestClient) -> None:
    body = {"messages": [{"role": "user", "content": ASK["question"]}]}
    for name, password in PASSWORD.items():
        key = f"Bearer {name}:{password}".encode()
        assert client.post("/v1/chat/completions", json=body, headers={b"Authorization": key}).status_code == 200
    wrong = client.post("/v1/chat/completions", json=body, headers={"Authorization": "Bearer sk-none"})
    assert wrong.status_code == 401


@pytest.mark.parametrize(
    "given",
    ["", "Basic", "Basic ", "Basic !!!", "Basic YW5uYQ==", "Basic /////w==", "Digest username=anna",
     "Bearer", "Bearer anna", "Basic " + "A" * 9000,
     "Basic " + base64.b64encode(b"anna:").decode(), "Basic " + base64.b64encode(b":").decode(), "Bearer nobody:anna's pass:word"],
)  # fmt: skip
def test_whatever_else_is_sent_is_nobody(client: TestClient, given: str) -> None:
    assert client.post("/ask", json=ASK, headers={"Authorization": given}).status_code == 401


def test_a_header_that_only_a_proxy_should_send_makes_nobody_somebody(client: TestClient, talks: Talks) -> None:
    talk = kept_by(talks, "anna")
    headers = ("X-Forwarded-User", "Remote-User", "X-Remote-User", "X-Auth-Request-User", signin.USER, "username")
    spoofed = dict.fromkeys(headers, "anna")
    assert client.get(f"/talks/{talk}.json", headers=spoofed).status_code == 401
    assert client.get(f"/talks/{talk}.json", headers={**spoofed, **basic("ren\u00e9")}).status_code == 404
    twice = [("Authorization", basic("ren\u00e9")["Authorization"]), ("Authorization", basic("anna")["Authorization"])]
    assert client.get(f"/talks/{talk}.json", headers=twice).status_code == 401  # type: ignore[arg-type]
    assert client.get(f"/talks/{talk}.json?username=anna&user=anna", headers=basic("ren\u00e9")).status_code == 404
    assert client.get(f"/talks/{talk}.json", headers=basic("anna")).status_code == 200


def test_nothing_behind_the_door_sees_a_password() -> None:
    seen: list[Any] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)
        await signin.refuse(send, 200, "")

    class Fixed(users.Users):
        def hashes(self) -> dict[str, str]:
            return dict(line.split(":", 1) for line in LINES.splitlines())

    TestClient(signin.Signin(inner, Fixed(Path()))).get("/", headers=basic("anna"))
    assert seen[0][signin.USER] == "anna"
    assert not [name for name, _ in seen[0]["headers"] if name.lower() == b"authorization"]


def test_a_foreign_host_or_site_is_turned_away_before_a_password_is_looked_at(client: TestClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 403
    assert client.post("/ask", json=ASK, headers={"Origin": "https://evil.example", **basic("anna")}).status_code == 403


def test_another_sites_page_may_not_read_what_somebody_who_is_signed_in_may(app: FastAPI) -> None:
    @app.get("/as-gradio-does")
    def readable() -> Response:
        return Response("words", headers={"Access-Control-Allow-Origin": "https://evil.example"})

    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        said = client.get("/as-gradio-does", headers={"Origin": "https://evil.example", **basic("anna")})
        assert said.text == "words" and "access-control-allow-origin" not in said.headers


def test_a_password_is_paid_for_once(client: TestClient) -> None:
    client.get("/v1/models", headers=basic("anna"))
    begun = time.monotonic()
    assert all(client.get("/v1/models", headers=basic("anna")).status_code == 200 for _ in range(20))
    assert time.monotonic() - begun < 20 * 0.1


def test_somebody_removed_or_with_a_new_password_is_out_with_the_next_request(client: TestClient, file: Path) -> None:
    assert client.get("/v1/models", headers=basic("anna")).status_code == 200
    users.add(file, "anna", "another one")
    assert client.get("/v1/models", headers=basic("anna")).status_code == 401
    assert client.get("/v1/models", headers=basic("anna", "another one")).status_code == 200
    users.remove(file, "anna")
    assert client.get("/v1/models", headers=basic("anna", "another one")).status_code == 401
    file.write_bytes(b"")
    assert client.get("/v1/models", headers=basic("ren\u00e9")).status_code == 401, "an empty file lets in nobody"


@pytest.mark.parametrize("content", [None, b"nonsense", b"\xff\xff"])
def test_a_file_that_cannot_be_read_lets_in_nobody_and_says_so_in_the_log_alone(
    client: TestClient, file: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get("/v1/models", headers=basic("anna")).status_code == 200
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    for _ in range(2):
        said = client.get("/v1/models", headers=basic("anna"))
        assert said.status_code == 503 and str(file) not in said.text
    assert len([record for record in caplog.records if str(file) in record.getMessage()]) == 1
    assert client.get("/health").status_code == 200
    file.write_text(LINES, "utf-8")
    assert client.get("/v1/models", headers=basic("anna")).status_code == 200


def test_who_guesses_has_to_wait_and_who_is_in_does_not(client: TestClient) -> None:
    assert client.get("/v1/models", headers=basic("anna")).status_code == 200
    begun = time.monotonic()
    said = [client.get("/v1/models", headers=basic("anna", f"guess {n}")) for n in range(signin.WRONG + 2)]
    if time.monotonic() - begun > signin.WITHIN:
        pytest.skip("the machine is too busy to guess quickly")
    assert [s.status_code for s in said] == [401] * signin.WRONG + [429] * 2
    assert said[-1].headers["retry-after"] and "Wait a few seconds" in said[-1].json()["error"]
    assert client.get("/v1/models", headers=basic("anna")).status_code == 200


def test_the_same_wrong_password_again_costs_nothing_and_is_no_new_guess(client: TestClient) -> None:
    said = [client.get("/v1/models", headers=basic("anna", "an old password")) for _ in range(3 * signin.WRONG)]
    assert {s.status_code for s in said} == {401}, "a page that is still open must be asked to sign in, not be told to wait"


def test_an_unknown_name_takes_as_long_as_a_known_one() -> None:
    known = next(iter(line.split(":", 1)[1] for line in LINES.splitlines()))
    took: dict[bool, list[float]] = {True: [], False: []}
    for n in range(6):
        begun = time.process_time()
        users.fits(f"guess {n}", known if n % 2 else None)
        took[bool(n % 2)].append(time.process_time() - begun)
    assert 0.5 < min(took[True]) / min(took[False]) < 2


def test_a_start_with_no_users_is_a_problem(assistant: FakeAssistant, file: Path) -> None:
    file.write_text("")
    with pytest.raises(Problem, match="Run: article-qa user add NAME"):
        make_app(real(assistant), "127.0.0.1")


def test_a_conversation_is_its_owners_and_only_its_read_only_page_can_be_shared(client: TestClient, talks: Talks) -> None:
    talk = kept_by(talks, "anna")
    ours, theirs = basic("anna"), basic("ren\u00e9")
    assert client.get(f"/talks/{talk}", headers=theirs).status_code == 200, "sharing is what the address is for"
    assert client.get(f"/talks/{talk}").status_code == 401
    for path in (f"/talks/{talk}.md", f"/talks/{talk}.json", f"/talks/{talk}%2emd", f"/talks/{talk}%2ejson"):
        assert client.get(path, headers=theirs).status_code == 404
    for body in ({"title": "mine"}, {"pinned": True}, {"deleted": True}, {"deleted": False}):
        assert "not here" in client.post(f"/talks/{talk}", json=body, headers=theirs).json()["error"]
    assert "not here" in client.post(f"/talks/{talk}/1", json={"good": True}, headers=theirs).json()["error"]
    assert talks.every_opinion() == []
    (one,) = talks.of("anna").list()
    assert (one.title, one.pinned) == ("Who built it?", False)
    for path in (f"/talks/{talk}", f"/talks/{talk}.md", f"/talks/{talk}.json"):
        assert client.get(path, headers=ours).status_code == 200
    assert client.post(f"/talks/{talk}/1", json={"good": True}, headers=ours).json() == {"done": True}
    assert client.post(f"/talks/{talk}", json={"deleted": True}, headers=ours).json() == {"done": True}
    assert client.get(f"/talks/{talk}", headers=theirs).status_code == 404


def test_what_was_kept_before_users_were_on_is_nobodys(client: TestClient, talks: Talks) -> None:
    talk = kept_by(talks, "")
    for path in (f"/talks/{talk}", f"/talks/{talk}.md", f"/talks/{talk}.json"):
        assert client.get(path, headers=basic("anna")).status_code == 404
    assert client.post(f"/talks/{talk}", json={"deleted": True}, headers=basic("anna")).status_code == 400
    assert len(talks.list()) == 1


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False), ("", False),
     ("192.168.1.7", False), ("news.example", False)],
)  # fmt: skip
def test_a_server_that_others_can_reach_is_known(host: str, alone: bool) -> None:
    assert serve.loopback(host) is alone
    assert "ARTICLE_QA_USERS" in serve.UNGUARDED and "\n" not in serve.UNGUARDED
