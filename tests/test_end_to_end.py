"""The whole product as a newcomer meets it: the real command, the real 1.5B, the real page, no network."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.models import DEFAULTS, present
from qa.settings import load_settings
from tests.chromium import CHROMIUM, FLAGS

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.browser, pytest.mark.llm]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`article-qa chat` on the seeds in a home of its own; its address once it has said that it is ready."""
    models = load_settings().models
    missing = [name for name in DEFAULTS if not present(name, models)]
    if missing:
        pytest.skip(f"the models {missing} are not here (article-qa models pull): the product was NOT tried whole")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    command = [sys.executable, "-m", "qa.cli", "chat", "--port", str(port), "--seeds", str(ROOT / "seeds")]
    environment = dict(os.environ, ARTICLE_QA_HOME=str(home), ARTICLE_QA_MODELS=str(models))
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.strip() == f"article-qa is ready at http://127.0.0.1:{port}"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(30) == 0
        assert process.stdout is not None
        process.stdout.close()


def test_a_question_is_answered_cited_and_opened_at_the_words(address: str, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the page was NOT tried in a browser")
    if not CHROMIUM.exists():
        pytest.skip("no /usr/bin/chromium: the page was NOT tried in a browser")
    expect, foreign, patience = playwright.expect, [], 300_000
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce").new_page()
        page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else foreign.append(r.url))
        page.goto(address)
        page.locator("#question textarea").fill("How long did the Ever Given block the Suez Canal?")
        page.keyboard.press("Enter")
        expect(page.locator("#sources .card").first).to_be_visible(timeout=patience)
        assert page.locator("#current a.cite").count() == 0, "the sources come before the first word"
        expect(page.locator('#current [data-stage="done"]')).to_be_visible(timeout=patience)
        citation = page.locator("#current a.cite").first
        start, end = citation.get_attribute("data-start"), citation.get_attribute("data-end")
        article = citation.get_attribute("data-article")
        citation.click()
        expect(page.locator("#cited").first).to_be_in_viewport()
        marked = page.locator("#cited").first.inner_text()
        if folder := os.environ.get("SHOTS"):  # `SHOTS=docs pytest …` makes README's picture
            page.screenshot(path=f"{folder}/page.png")
        browser.close()
    assert article
    assert int(end or 0) - int(start or 0) >= len(marked.strip()) > 10
    assert not foreign


def test_the_endpoint_says_the_same_with_exact_quotes(address: str) -> None:
    body = json.dumps({"question": "When did the Ever Given float free?"}).encode()
    request = urllib.request.Request(f"{address}/ask", body, {"Content-Type": "application/json"})
    started = time.monotonic()
    answer: dict[str, Any] = json.load(urllib.request.urlopen(request, timeout=300))
    assert not answer["refused"]
    assert "29 March" in answer["text"]
    assert answer["sentences"][0]["citations"][0]["quote"]
    assert 0 < answer["timings"]["total_s"] <= time.monotonic() - started
