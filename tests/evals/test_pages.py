"""The Evaluations page: the list of a folder, the report of each run, two compared, and nothing but these."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from evals.pages.listing import listed
from evals.pages.site import make_pages
from evals.run import Run, write
from evals.types import Record
from qa.page.guard import Guard
from tests.chromium import CHROMIUM, FLAGS
from tests.evals.made_up import a_run


@cache
def run_of(day: int, *scores: float | None, name: str = "seeds") -> Run:
    return replace(a_run(name, scores, refused=[1, 0]), about={"started": f"2026-10-{day:02d}T08:30:00Z"})


def site(runs: Path) -> FastAPI:
    app = FastAPI()
    app.add_middleware(Guard, host="127.0.0.1")
    app.include_router(make_pages(runs))
    return app


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The app on a real port; its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)
        listening.close()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    write(run_of(1, 1, 0, 0, 1), folder / "first.json")
    write(run_of(2, 1, 1, 1, 1), folder / "second.json")
    return folder


@pytest.fixture
def client(runs: Path) -> Iterator[TestClient]:
    with TestClient(site(runs), base_url="http://127.0.0.1:7860", raise_server_exceptions=False) as client:
        yield client


def test_runs_are_listed_newest_first_with_their_figures(client: TestClient, runs: Path) -> None:
    second, first = listed(runs)
    assert (second.file, first.file) == ("second.json", "first.json")
    assert (first.when, first.model, first.fingerprint) == ("2026-10-01T08:30:00Z", "parrot", "0" * 16)
    assert (first.cases, first.errors, first.figures[0]) == (6, 0, 0.5)
    page = client.get("/evaluations").text
    assert page.index('href="evaluations/run/second.json"') < page.index('href="evaluations/run/first.json"')
    assert 'href="./"' in page  # the way back to the talk
    assert 'name="a" value="first.json"' in page and 'name="b" value="second.json"' in page


def test_a_folder_without_runs_says_how_to_make_one(tmp_path: Path) -> None:
    client = TestClient(site(tmp_path / "nowhere"), base_url="http://127.0.0.1")
    assert "make evals" in client.get("/evaluations").text
    assert not (tmp_path / "nowhere").exists()


def test_errors_are_counted_and_a_search_alone_has_no_model(tmp_path: Path) -> None:
    broken = Record("e", 'Is "error": null, \n "error": "so"?', {}, {"retrieval.ndcg@10": None}, "It broke.")
    write(replace(a_run("b", [0.5], "retrieval.ndcg@10"), records=(broken, *a_run("b", [1]).records)), tmp_path / "b.json")
    (line,) = listed(tmp_path)
    assert (line.cases, line.errors, line.model) == (2, 1, "no language model")


def test_the_cases_are_counted_without_being_read(runs: Path) -> None:
    text = (runs / "first.json").read_text("utf-8")
    (runs / "first.json").write_text(text.replace('"question": "Question 1?"', '"question": not even JSON'), "utf-8")
    assert listed(runs)[1].cases == 6


@pytest.mark.parametrize("indent", [None, 1, 2, 4])
def test_a_run_laid_out_in_any_way_is_listed_alike(runs: Path, indent: int | None) -> None:
    before = listed(runs)
    for path in runs.iterdir():
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")), indent=indent) + " ", "utf-8")
    assert listed(runs) == before


def test_a_run_that_changed_is_read_anew(runs: Path) -> None:
    listed(runs)
    write(run_of(3, 0, 0, 0), runs / "first.json")
    os.utime(runs / "first.json", (1, 1))
    assert (listed(runs)[0].file, listed(runs)[0].cases) == ("first.json", 5)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", '{"settings": {}, "cases": [', '{"cases": 1}', "[" * 100_000, '{"settings": 1, "fingerprint": "", "metrics": []}'],
)
def test_a_broken_file_is_listed_with_its_reason_and_breaks_nothing(client: TestClient, runs: Path, text: str) -> None:
    (runs / "broken.json").write_text(text)
    (runs / "bytes.json").write_bytes(b"\xff\xfe\x00")
    page = client.get("/evaluations").text
    broken = next(line for line in listed(runs) if line.file == "broken.json")
    assert broken.why and str(runs) not in page
    assert "broken.json" in page and 'run/second.json"' in page
    assert "run/broken.json" not in page
    answer = client.get("/evaluations/run/broken.json")
    assert answer.status_code == 400 and 'href="../../evaluations"' in answer.text


def test_a_cut_off_run_is_broken_not_shorter(runs: Path) -> None:
    text = (runs / "second.json").read_text("utf-8")
    (runs / "second.json").write_text(text[: len(text) // 2])
    assert {line.file: bool(line.why) for line in listed(runs)} == {"first.json": False, "second.json": True}


def test_a_run_opens_as_its_report_with_the_way_back(client: TestClient) -> None:
    page = client.get("/evaluations/run/first.json")
    assert page.status_code == 200
    assert 'href="../../evaluations"' in page.text and "Question 3?" in page.text


@pytest.mark.parametrize(
    "name",
    [
        "secret.json", "../secret.json", "..%2Fsecret.json", "%2e%2e%2fsecret.json", "..%5Csecret.json", "%2Fetc%2Fpasswd",
        "first", "FIRST.JSON", "first.json%00", "first.json/", "*.json", "", "deep/first.json", "%3Cscript%3E.json",
    ],
)  # fmt: skip
def test_only_a_listed_name_opens(client: TestClient, runs: Path, name: str) -> None:
    write(run_of(9, 1, name="the secret"), runs.parent / "secret.json")
    write(run_of(9, 1, name="the secret"), runs / "deep" / "first.json")
    answer = client.get(f"/evaluations/run/{name}")
    assert answer.status_code == 404
    assert "the secret" not in answer.text and "<script>" not in answer.text
    if "secret" not in name or "%" in name:  # a client resolves plain dots itself and asks for another page
        assert "All evaluations" in answer.text


def test_two_runs_are_compared(client: TestClient) -> None:
    page = client.get("/evaluations/compare", params={"a": "first.json", "b": "second.json"})
    assert page.status_code == 200
    assert page.text.count("✓ now right") == 2
    assert 'href="run/first.json"' in page.text and 'href="../evaluations"' in page.text


def test_a_comparison_follows_its_files(client: TestClient, runs: Path) -> None:
    both = {"a": "first.json", "b": "second.json"}
    assert "None did." not in client.get("/evaluations/compare", params=both).text
    write(run_of(2, 1, 0, 0, 1), runs / "second.json")
    os.utime(runs / "second.json", (7, 7))
    assert "None did." in client.get("/evaluations/compare", params=both).text


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("", 400, "choose an A and a B"),
        ("?a=first.json", 400, "choose an A and a B"),
        ("?a=first.json&b=first.json", 400, "the same run"),
        ("?a=first.json&b=gone.json", 404, "no run &#x27;gone.json&#x27;"),
        ("?a=../secret.json&b=first.json", 404, "no run"),
        ("?a=other.json&b=first.json", 400, "no case in common"),
        ("?a=<script>&b=first.json", 404, "&lt;script&gt;"),
    ],
)
def test_a_bad_comparison_is_a_page_with_the_way_back(client: TestClient, runs: Path, query: str, status: int, said: str) -> None:
    other = a_run("other", [1])
    write(replace(other, records=(replace(other.records[0], id="x"),)), runs / "other.json")
    answer = client.get(f"/evaluations/compare{query}")
    assert answer.status_code == status
    assert said in answer.text and 'href="../evaluations"' in answer.text


def test_a_run_with_something_odd_inside_is_a_page_not_a_crash(client: TestClient, runs: Path) -> None:
    told = json.loads((runs / "first.json").read_text("utf-8"))
    told["suites"] = {"answers": "none"}
    (runs / "odd.json").write_text(json.dumps(told))
    answer = client.get("/evaluations/run/odd.json")
    assert answer.status_code == 400 and "cannot be shown" in answer.text


def test_names_are_escaped_in_pages_and_addresses(client: TestClient, runs: Path) -> None:
    name = 'a"<b>&#? 9% é.json'
    write(run_of(5, 1, name="<img src=x onerror=alert(1)>"), runs / name)
    page = client.get("/evaluations").text
    assert "<img" not in page and "<b>" not in page
    address = next(part.partition('"')[0] for part in page.split('href="evaluations/run/')[1:] if part.startswith("a"))
    assert client.get(f"/evaluations/run/{address}").status_code == 200


def test_the_address_with_a_slash_leads_to_the_list(client: TestClient) -> None:
    assert client.get("/evaluations/").text == client.get("/evaluations").text


def test_two_hundred_runs_are_listed_again_without_opening_one(tmp_path: Path, runs: Path) -> None:
    text = (runs / "first.json").read_bytes()
    for i in range(200):
        (runs / f"{i}.json").write_bytes(text)
    assert len(listed(runs)) == 202
    for path in runs.iterdir():  # the same size and time: what was read stays read
        kept = path.stat()
        path.write_bytes(b" " * kept.st_size)
        os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert not [line for line in listed(runs) if line.why]


APP = """
import sys
from pathlib import Path
from fastapi.testclient import TestClient
from evals.pages.site import make_pages
from qa.page.serve import make_page
from tests.page.fakes import FakeArticles, FakeAssistant

home = Path(sys.argv[1])
assistant = FakeAssistant(FakeArticles(), home)
app = make_page(assistant, "127.0.0.1", 7860, home / "uploads", [("Evaluations", make_pages(home / "runs"))])
client = TestClient(app, base_url="http://127.0.0.1:7860")
assert "run/second.json" in client.get("/evaluations").text
assert "no run" in client.get("/evaluations/run/gone.json").text
assert 'href=\\\\"evaluations\\\\"' in client.get("/").text
print("served")
"""


def test_the_app_serves_the_pages_before_gradio_and_links_to_them(runs: Path) -> None:
    """In a process of its own: gradio leaves event loops open behind it."""
    root = Path(__file__).parents[2]
    said = subprocess.run([sys.executable, "-c", APP, str(runs.parent)], capture_output=True, text=True, cwd=root)
    assert said.stdout.strip().endswith("served"), said.stderr


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium: the filters were NOT tried in a browser")
def test_filters_work_under_both_policies_and_nothing_is_hidden_without_them(runs: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    with served(site(runs)) as root:
        address = f"{root}/evaluations/run/first.json"
        with playwright.sync_playwright() as started, started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS) as browser:
            page, said = browser.new_page(), []
            page.on("console", lambda message: said.append(message.text))
            page.goto(address)
            count, shown = page.locator("output"), page.locator(".case:visible")
            playwright.expect(count).to_have_text("6 of 6 shown")
            page.get_by_text("wrong 3").click()
            playwright.expect(count).to_have_text("3 of 6 shown")
            page.get_by_label("Not met").select_option(label="refusal.correct (1)")
            playwright.expect(shown).to_have_count(1)
            page.get_by_label("Not met").select_option("")
            page.locator("h1").click()
            page.keyboard.press("/")
            page.keyboard.type("QUESTION 2")
            playwright.expect(count).to_have_text("1 of 6 shown")
            page.keyboard.type("zzz")
            playwright.expect(count).to_have_text("0 of 6 shown – choose less, or clear the search")
            bare = browser.new_page(java_script_enabled=False)
            bare.goto(address)
            playwright.expect(bare.locator(".case:visible")).to_have_count(6)
            playwright.expect(bare.locator("#filter")).to_be_hidden()
            assert not said
