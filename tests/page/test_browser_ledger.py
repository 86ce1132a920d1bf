"""The library's page in a real browser, on a real library: searched, sorted, put right, collected, removed and had back."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvicorn

from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from qa.http import make_app
from qa.page import deeds
from tests.axe import findings
from tests.page.fakes import HOSTILE, seeds
from tests.page.test_browser import Browser, Page, browser, expect, pytestmark  # noqa: F401

ROOT = Path(__file__).parents[2]


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[Articles]:
    with closing(Articles(tmp_path, tmp_path, embedder=WordEmbedder(), reranker=OverlapReranker())) as opened:
        opened.add_articles(seeds(ROOT / "seeds"))
        opened.add_text(f"A vault. {HOSTILE}", title=f"Vault {HOSTILE}", source=f"Evil {HOSTILE}")
        yield opened


@pytest.fixture
def page(articles: Articles, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:  # noqa: F811
    app = make_app(cast("Any", SimpleNamespace(articles=articles, settings=SimpleNamespace(users_file=None))), "127.0.0.1")
    app.include_router(deeds.make_router(articles))
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    width, height, dark = getattr(request, "param", (1440, 900, False))
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
    )
    errors: list[str] = []
    try:
        opened = context.new_page()
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.on("console", lambda m: errors.append(m.text) if "Content Security Policy" in m.text else None)
        opened.on("request", lambda r: None if r.url.startswith((url, "data:")) else errors.append(r.url))
        opened.goto(f"{url}library")
        expect(opened.locator("#rows tbody tr").first).to_be_visible()
        yield opened
        assert not errors
    finally:
        context.close()
        server.should_exit = server.force_exit = True
        thread.join(10)
        listening.close()


def test_it_is_searched_as_one_types_and_sorted_by_its_headings(page: Page) -> None:
    every = page.locator("#rows tbody tr").count()
    page.locator('#sought [name="q"]').fill("dart")
    expect(page.locator("#rows tbody tr")).not_to_have_count(every)
    expect(page.locator("#rows tbody .title").first).to_contain_text("DART")
    expect(page).to_have_url(re.compile(r"library\?q=dart"))
    page.locator('#sought [name="q"]').fill("")
    expect(page.locator("#rows tbody tr")).to_have_count(every)
    page.locator("#rows thead .title a").press("Enter")
    expect(page.locator('#rows [aria-sort="ascending"]')).to_have_text("Title")
    expect(page.locator("#rows thead .title a")).to_be_focused()
    first = page.locator("#rows tbody .title").first.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator('#rows [aria-sort="descending"]')).to_have_text("Title")
    assert page.locator("#rows tbody .title").last.inner_text() == first
    page.reload()
    expect(page.locator('#rows [aria-sort="descending"]')).to_have_text("Title")


def test_what_is_sought_next_stays_in_the_order_that_was_chosen(page: Page) -> None:
    page.locator("#rows thead .title a").press("Enter")
    expect(page.locator('#rows [aria-sort="ascending"]')).to_have_text("Title")
    page.locator('#sought [name="q"]').fill("the")
    expect(page).to_have_url(re.compile("q=the"))
    expect(page.locator('#rows [aria-sort="ascending"]')).to_have_text("Title")


def test_going_from_the_search_to_a_row_makes_no_new_table(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "rows=true" in request.url else None)
    page.locator('#sought [name="q"]').fill("ever given sails")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.keyboard.press("Tab")  # which tells the form that the box has changed
    page.locator("#rows tbody .title button").focus()
    page.wait_for_timeout(400)
    expect(page.locator("#rows tbody .title button")).to_be_focused()
    assert len(asked) == 1


def test_an_article_is_read_and_put_right_beside_the_table(page: Page, articles: Articles) -> None:
    page.locator('#sought [name="q"]').fill("ever given sails")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.locator("#rows tbody .title button").press("Enter")
    expect(page.locator("#reader .headline")).to_be_visible()
    page.locator("#reader summary").click()
    page.locator('#reader [name="source"]').fill("The Harbour Gazette")
    page.locator("#reader [data-save]").click()
    expect(page.locator("#rows tbody .outlet")).to_have_text("The Harbour Gazette")
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    assert "The Harbour Gazette" in {row.source for row in articles.list()}


def test_articles_are_collected_and_the_collection_is_dissolved(page: Page, articles: Articles) -> None:
    expect(page.locator('[data-deed="remove"]')).to_be_disabled()
    for box in page.locator('#rows [name="article"]').all()[:2]:
        box.check()
    expect(page.locator("#deeds .chosen")).to_have_text("2 chosen")
    page.locator("#into").fill("To read")
    page.locator("#into").press("Enter")
    expect(page.locator("#deeds .said")).to_have_text("2 articles put into “To read”.")
    expect(page.locator("#rows .collection")).to_have_text(["To read", "To read"])
    page.locator('#sought [name="collection"]').select_option("To read")
    expect(page.locator("#rows tbody tr")).to_have_count(2)
    page.locator('#rows [name="article"]').first.check()
    page.locator('[data-deed="leave"]').click()
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.locator('[data-deed="dissolve"]').click()
    expect(page.locator("#rows .collection")).to_have_count(0)
    assert articles.library.collections() == {}


def test_what_is_removed_is_had_back_with_one_press(page: Page, articles: Articles) -> None:
    before = {row.id for row in articles.list()}
    page.locator("#all").check()
    expect(page.locator("#deeds .chosen")).to_have_text(f"{len(before)} chosen")
    page.locator("#all").uncheck()
    title = page.locator("#rows tbody .title").first.inner_text()
    page.locator('#rows [name="article"]').first.check()
    page.locator('[data-deed="remove"]').click()
    expect(page.locator("#deeds .said")).to_contain_text("Removed 1 article.")
    expect(page.locator("#rows tbody tr")).to_have_count(len(before) - 1)
    expect(page.locator('[data-deed="undo"]')).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#deeds .said")).to_have_text("1 article is back.")
    expect(page.locator("#rows tbody .title", has_text=title[:30])).to_have_count(1)
    assert {row.id for row in articles.list()} == before


@pytest.mark.parametrize("page", [(1440, 900, False), (1440, 900, True), (390, 844, False), (390, 844, True)], indirect=True)
def test_it_is_accessible(page: Page) -> None:
    page.locator('#rows [name="article"]').first.check()
    assert not findings(page)
    page.locator("#rows tbody .title button").first.click()
    expect(page.locator("#reader .headline")).to_be_visible()
    assert not findings(page), "with an article beside it"


@pytest.mark.parametrize("page", [(390, 844, True)], indirect=True)
def test_on_a_narrow_dark_screen_nothing_stands_over_the_edge(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#rows tbody .title button").first.click()
    expect(page.locator("#reader .headline")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 21, 18)"
