"""The page in a real browser, on the fake assistant: what a reader sees, and that nothing leaves the machine."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import uvicorn

from index.types import Article
from qa.page.guard import CSP
from qa.page.serve import make_page
from tests.chromium import CHROMIUM, FLAGS
from tests.page.fakes import HOSTILE, FakeArticles, FakeAssistant, real, seeds

ROOT = Path(__file__).parents[2]

pytest.importorskip("playwright", reason="playwright is not installed: the page was NOT tried in a browser")
if not CHROMIUM.exists():
    pytest.skip("no /usr/bin/chromium: the page was NOT tried in a browser", allow_module_level=True)

from playwright.sync_api import Browser, Dialog, FilePayload, Page, expect, sync_playwright  # noqa: E402

pytestmark = pytest.mark.browser


@dataclass
class Site:
    """A running page and everything it asked for."""

    assistant: FakeAssistant
    url: str
    page: Page
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def alarmed(self, dialog: Dialog) -> None:
        self.errors.append(dialog.message)
        dialog.dismiss()

    def ask(self, question: str) -> None:
        self.page.locator("#question textarea").fill(question)
        self.page.keyboard.press("Enter")

    def answered(self, question: str) -> None:
        self.ask(question)
        expect(self.page.locator('#current [data-stage="done"] .question')).to_have_text(question)


expect.set_options(30_000)  # a wait on a busy machine, no measure of ours


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeAssistant, int]]:
    assistant = FakeAssistant(FakeArticles(), tmp_path_factory.mktemp("home"))
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    uploads = tempfile.mkdtemp(prefix=".uploads-", dir=assistant.settings.home)
    app = make_page(real(assistant), "127.0.0.1", port, Path(uploads))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield assistant, port
    server.should_exit = server.force_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture
def site(browser: Browser, served: tuple[FakeAssistant, int], request: pytest.FixtureRequest) -> Iterator[Site]:
    width, height, dark = getattr(request, "param", (1440, 900, False))
    yield from opened_site(browser, served, width, height, dark=dark)


def opened_site(
    browser: Browser, served: tuple[FakeAssistant, int], width: int = 1440, height: int = 900, *, dark: bool = False, locale: str = "en-US"
) -> Iterator[Site]:
    """The page in a browser of this size and language; at the end it has asked nobody else for anything, and has not failed."""
    assistant, port = served
    hostile = Article("hostile", f"Vault {HOSTILE}", HOSTILE, f"Evil {HOSTILE}", url="javascript:alert(1)")
    assistant.begin(FakeArticles([*seeds(ROOT / "seeds"), hostile]))
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", reduced_motion="reduce", locale=locale
    )
    context.set_default_timeout(30_000)
    site = Site(assistant, f"http://127.0.0.1:{port}/", context.new_page())
    own = (site.url, "data:", "blob:")
    context.on("request", lambda r: None if r.url.startswith(own) else site.foreign.append(r.url))
    site.page.on("pageerror", lambda error: site.errors.append(str(error)))
    # What the policy had to stop should not have been on the page in the first place.
    site.page.on("console", lambda m: site.errors.append(m.text) if "Content Security Policy" in m.text else None)
    site.page.on("dialog", site.alarmed)
    try:
        site.page.goto(site.url)
        expect(site.page.locator(".welcome")).to_be_visible()
        yield site
        assert not site.foreign, f"the page asked for {site.foreign}"
        assert not site.errors
    finally:
        assistant.ready.set()
        assistant.gate.set()
        assistant.pace.release(10_000)
        context.close()


IN_VIEW = """([inner, outer]) => {
    const a = document.querySelector(inner).getBoundingClientRect(), b = document.querySelector(outer).getBoundingClientRect();
    return a.height > 0 && a.top >= b.top && a.top < b.bottom && a.bottom <= innerHeight && a.left >= b.left && a.right <= b.right + 1;
}"""


def in_view(page: Page, inner: str, outer: str) -> bool:
    """Whether `inner` can be seen within `outer` without scrolling."""
    return bool(page.evaluate(IN_VIEW, [inner, outer]))


def test_sources_appear_before_the_first_word_and_the_answer_grows(site: Site) -> None:
    site.assistant.gate.clear()
    site.assistant.pace = threading.Semaphore(0)
    site.ask("How many people died in Hurricane Maria in Puerto Rico?")
    expect(site.page.locator("#sources .card")).to_have_count(6)
    assert site.page.locator("#current .words").count() == 0, "no word yet"
    card = site.page.locator("#sources .card").first
    for part in (".title", ".from", ".relevance", ".extract mark"):
        expect(card.locator(part)).not_to_be_empty()
    place = card.bounding_box()
    site.assistant.gate.set()
    site.assistant.pace.release(3)
    words = site.page.locator("#current .words")
    expect(words).to_have_text(re.compile(r"^(\S+ ){3}$"))
    site.assistant.pace.release(4)
    expect(words).to_have_text(re.compile(r"^(\S+ ){7}$"))
    site.assistant.pace.release(10_000)
    expect(site.page.locator("#current a.cite").first).to_be_visible()
    assert card.bounding_box() == place, "nothing jumps"


def test_the_question_box_is_free_again_and_the_answer_says_how_well_it_is_borne_out(site: Site) -> None:
    site.answered("How many people died in Hurricane Maria in Puerto Rico?")
    expect(site.page.locator("#question textarea")).to_have_value("")
    expect(site.page.locator("#current .status")).to_contain_text("Every sentence is supported")
    expect(site.page.locator("#ask")).to_be_visible()
    expect(site.page.locator("#stop")).to_be_hidden()


def test_a_citation_opens_the_article_at_the_cited_words(site: Site) -> None:
    site.answered("How many people died in Hurricane Maria in Puerto Rico?")
    for number in range(site.page.locator("#current a.cite").count()):
        chip = site.page.locator("#current a.cite").nth(number)
        article, start, end = (chip.get_attribute(f"data-{name}") for name in ("article", "start", "end"))
        assert article and start and end
        chip.click()
        expect(site.page.locator("#reader .headline")).to_have_text(site.assistant.articles.get(article).title)
        quote = site.assistant.articles.get(article).text[int(start) : int(end)]
        expect(site.page.locator("#cited")).to_have_text(quote)
        assert in_view(site.page, "#cited", "#reader .page")


def test_a_citation_of_an_old_version_opens_it_and_leads_to_the_present_one(site: Site) -> None:
    page = site.page
    site.answered("How many people died in Hurricane Maria in Puerto Rico?")
    chip = page.locator("#current a.cite").first
    article = site.assistant.articles.get(chip.get_attribute("data-article") or "")
    site.assistant.articles.old.append(replace(article, added="2024-03-03T10:00:00+00:00"))
    site.assistant.articles.kept[article.id] = replace(article, text="Rewritten from the first word to the last.")
    chip.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#reader .version")).to_contain_text("This is the text of 3 March 2024 as it was cited")
    assert in_view(page, "#reader .version", "#reader .page"), "also where the cited words stand far below"
    expect(page.locator("#cited")).to_have_text(re.compile(re.escape((chip.get_attribute("data-quote") or "?")[:40])))
    assert page.locator("#reader .facts").count() == 0
    page.keyboard.press("Tab")
    page.locator("#reader .version button").press("Enter")
    expect(page.locator("#reader .body")).to_have_text("Rewritten from the first word to the last.")
    assert page.locator("#reader .version").count() == 0
    page.keyboard.press("Escape")
    expect(chip).to_be_focused()


def test_facts_are_edited_in_the_reader_and_the_shelf_follows(site: Site) -> None:
    page = site.page
    page.locator("#shelf .item", has_text="Hurricane Maria killed").click()
    page.locator("#reader .facts summary").press("Enter")
    title = page.locator("#reader .facts input[name=title]")
    title.fill("")
    title.press("Enter")
    expect(page.locator("#reader .facts .said")).to_contain_text("The title is empty")
    title.fill("The storm, counted anew")
    page.locator("#reader .facts input[name=published]").fill("2018-08")
    page.locator("#reader [data-save]").click()
    expect(page.locator("#reader .headline")).to_have_text("The storm, counted anew")
    expect(page.locator("#reader .from")).to_contain_text("· August 2018 ·")
    expect(page.locator("#shelf .item", has_text="The storm, counted anew")).to_contain_text("Aug 2018")
    expect(page.locator("#refresh")).to_be_hidden()


def test_an_adding_shows_how_far_it_is_and_can_be_cancelled_and_failures_tried_again(site: Site) -> None:
    page, articles = site.page, site.assistant.articles
    articles.held = threading.Event()
    page.locator("#add button").first.click()
    files: list[FilePayload] = [
        {"name": f"{n}.txt", "mimeType": "text/plain", "buffer": f"Tide {n}\n\nThe tide was {n} metres high.".encode()} for n in (1, 2, 3)
    ]
    page.locator("#files input[type=file]").set_input_files(files)
    expect(page.locator("#added")).to_contain_text("1 of 3 files read")
    page.locator("#add-cancel").click()
    expect(page.locator("#added")).to_contain_text("Stopped; what was added before is kept. Added “Tide 1”")
    expect(page.locator("#add-cancel")).to_be_hidden()
    page.locator("#paste-text textarea").fill("https://a.example/gone")
    page.locator("#paste-add").click()
    expect(page.locator("#added")).to_contain_text("it is not there (404).")
    page.get_by_role("button", name="1 could not be added").click()
    expect(page.locator("#reasons")).to_contain_text("https://a.example/gone: it is not there (404).")
    page.locator("#retry").click()
    expect(page.locator("#added")).to_contain_text("Added “https://a.example/back”")
    expect(page.locator("#failures")).to_be_hidden()


def test_a_card_opens_the_article_at_its_best_sentence(site: Site) -> None:
    site.answered("How many people died in Hurricane Maria in Puerto Rico?")
    card = site.page.locator("#sources .card").nth(3)
    best = card.locator("mark").inner_text()
    card.click()
    expect(site.page.locator("#cited")).to_have_text(best)
    assert in_view(site.page, "#cited", "#reader .page")


def test_everything_works_from_the_keyboard(site: Site) -> None:
    site.answered("How many people died in Hurricane Maria in Puerto Rico?")
    chip = site.page.locator("#current a.cite").first
    chip.focus()
    site.page.keyboard.press("Enter")
    expect(site.page.locator("#reader .at")).to_have_text("1 / 2")
    first = site.page.locator("#cited").inner_text()
    site.page.keyboard.press("ArrowRight")
    expect(site.page.locator("#reader .at")).to_have_text("2 / 2")
    expect(site.page.locator("#cited")).not_to_have_text(first)
    site.page.keyboard.press("ArrowRight")
    expect(site.page.locator("#reader .at")).to_have_text("1 / 2")
    site.page.keyboard.press("Escape")
    expect(site.page.locator("#reader")).to_be_hidden()
    expect(chip).to_be_focused()
    site.page.keyboard.press("/")
    expect(site.page.locator("#question textarea")).to_be_focused()
    site.page.keyboard.press("Control+k")
    expect(site.page.locator("#find")).to_be_focused()
    site.page.keyboard.type("hubble")
    expect(site.page.locator("#shelf li:visible")).to_have_count(1)


def test_a_citation_shows_what_it_quotes_on_hover(site: Site) -> None:
    site.answered("How many people died in Hurricane Maria in Puerto Rico?")
    chip = site.page.locator("#current a.cite").first
    chip.hover()
    expect(site.page.locator("#tip")).to_contain_text(chip.get_attribute("data-quote") or "?")
    expect(site.page.locator("#tip .from")).to_contain_text("2018")


def test_unsupported_sentences_look_different_and_say_why(site: Site) -> None:
    site.answered("What doubt is there about deaths in Puerto Rico?")
    kinds = {}
    for kind in ("partly", "unsupported"):
        sentence = site.page.locator(f"#current .sentence.{kind}")
        kinds[kind] = sentence.evaluate("n => [getComputedStyle(n).textDecorationStyle, getComputedStyle(n).textDecorationColor].join()")
        expect(sentence.locator(".flag")).to_be_visible()
    plain = site.page.locator("#current .sentence").first.evaluate("n => getComputedStyle(n).textDecorationLine")
    assert plain == "none"
    assert kinds["partly"] != kinds["unsupported"]
    site.page.locator("#current .unsupported .flag").hover()
    expect(site.page.locator("#tip")).to_have_text("“heavy talks” is in no passage.")
    expect(site.page.locator("#current .status")).to_have_text(re.compile("1 of 3 sentences is not in the articles"))


def test_stop_keeps_what_was_written_and_stops_the_model(site: Site) -> None:
    site.assistant.pace = threading.Semaphore(5)
    site.ask("How many people died in Hurricane Maria in Puerto Rico?")
    words = site.page.locator("#current .words")
    expect(words).to_have_text(re.compile(r"^(\S+ ){5}$"))
    written = words.inner_text()
    site.page.locator("#stop").click()
    expect(site.page.locator("#current .status")).to_contain_text("Stopped")
    expect(words).to_have_text(written)
    expect(site.page.locator("#ask")).to_be_visible()
    assert site.assistant.stopped.wait(10)
    site.assistant.pace = threading.Semaphore(10_000)
    site.answered("How long is the Ever Given?")
    expect(words).not_to_have_text(written)
    assert site.assistant.asked[-1][1] == [], "what was stopped is no part of the conversation"


def test_leaving_the_page_stops_the_model(site: Site) -> None:
    site.assistant.pace = threading.Semaphore(2)
    site.ask("How many people died in Hurricane Maria in Puerto Rico?")
    expect(site.page.locator("#current .words")).to_be_visible()
    site.page.goto("about:blank")
    assert site.assistant.stopped.wait(10)


def test_a_follow_up_carries_the_conversation_and_starts_at_the_top_of_the_view(site: Site) -> None:
    site.answered("How many people died in Hurricane Maria in Puerto Rico?")
    site.answered("Who asked for it and when?")
    assert [q for q, _ in site.assistant.asked[-1][1]] == ["How many people died in Hurricane Maria in Puerto Rico?"]
    expect(site.page.locator("#past .question")).to_have_count(1)
    expect(site.page.locator("#current .aside")).to_contain_text("read as")
    site.page.wait_for_function(
        "() => Math.abs(document.querySelector('#current .turn').getBoundingClientRect().top"
        " - document.querySelector('#talk').getBoundingClientRect().top) < 2"
    )
    site.page.locator("#past a.cite").first.click()
    expect(site.page.locator("#cited")).to_be_visible()


def test_examples_are_asked_with_a_click(site: Site) -> None:
    example = site.page.locator(".example").first
    question = example.inner_text()
    example.click()
    expect(site.page.locator('#current [data-stage="done"] .question')).to_have_text(question)


def test_models_that_load_are_waited_for(site: Site) -> None:
    site.assistant.ready.clear()
    site.page.reload()
    expect(site.page.locator("#running .loading")).to_have_text("Loading the models…")
    site.ask("How long is the Ever Given?")
    expect(site.page.locator("#current .status")).to_contain_text("still loading")
    site.assistant.ready.set()
    expect(site.page.locator('#current [data-stage="done"]')).to_be_visible()
    expect(site.page.locator("#running .ready")).to_contain_text("articles")


def test_a_bug_and_a_refusal_are_said_in_words(site: Site) -> None:
    site.answered("What will the weather be tomorrow?")
    expect(site.page.locator("#current .refusal")).to_have_text("The articles don’t say.")
    expect(site.page.locator("#sources h2")).to_contain_text("Closest passages")
    site.ask("crash now")
    expect(site.page.locator("#current .status.failed")).to_contain_text("Something went wrong on our side")


def test_an_article_is_pasted_found_and_read(site: Site) -> None:
    page = site.page
    page.locator("#add button").first.click()
    page.locator("#paste-published input, #paste-published textarea").fill("soon")
    page.locator("#paste-text textarea").fill("The lighthouse at Cape Zebulon was lit in 1871.")
    page.locator("#paste-title input, #paste-title textarea").fill("The lighthouse")
    page.locator("#paste-add").click()
    expect(page.locator("#added")).to_contain_text("is not a date")
    page.locator("#paste-published input, #paste-published textarea").fill("1999-05-04")
    page.locator("#paste-add").click()
    expect(page.locator("#added")).to_contain_text("Added “The lighthouse” (1 passage).")
    expect(page.locator("#paste-text textarea")).to_have_value("")
    page.locator("#shelf .item", has_text="The lighthouse").click()
    expect(page.locator("#reader .body")).to_contain_text("Cape Zebulon")
    expect(page.locator("#reader .from")).to_contain_text("4 May 1999")
    site.answered("When was the lighthouse at Cape Zebulon lit?")
    expect(page.locator("#current .words")).to_contain_text("1871")


def test_files_are_uploaded_read_and_deleted(site: Site) -> None:
    page = site.page
    page.locator("#add button").first.click()
    clock: FilePayload = {
        "name": "tower-clock.txt",
        "mimeType": "text/plain",
        "buffer": b"Tower clock\n\nThe tower clock of Yarm strikes thirteen.",
    }
    nothing: FilePayload = {"name": "nothing.txt", "mimeType": "text/plain", "buffer": b" "}
    page.locator("#files input[type=file]").set_input_files([clock, nothing])
    expect(page.locator("#added")).to_contain_text("Added “Tower clock”")
    expect(page.locator("#added")).to_contain_text("nothing.txt: it is empty.")
    assert any("Yarm" in text for text in site.assistant.articles.read)
    left = [p for p in site.assistant.settings.home.rglob("*") if p.is_file() and p.stat().st_size]
    assert [p for p in left if not p.name.startswith("talks.sqlite")] == []


def test_too_long_a_question_is_told_so_and_stays_in_the_box(site: Site) -> None:
    site.ask("x" * 50_000)
    expect(site.page.locator("#current .status.failed")).to_contain_text("50,000 characters long; 2,000 are read")
    assert len(site.page.locator("#question textarea").input_value()) == 50_000
    assert not site.assistant.asked


def test_filters_narrow_the_search_and_are_shown(site: Site) -> None:
    page = site.page
    page.locator("#narrow button").first.click()
    page.locator("#outlets input").click()
    page.get_by_role("option", name="Orbit Desk").click()
    page.locator("#since input, #since textarea").fill("2022")
    site.answered("What struck the asteroid?")
    filters = site.assistant.asked[-1][2]
    assert filters.sources == ("Orbit Desk",)
    assert str(filters.published_from) == "2022-01-01"
    expect(page.locator("#current .aside")).to_have_text("only Orbit Desk, from 1 January 2022")


def test_a_hostile_article_makes_no_request_and_runs_nothing(site: Site) -> None:
    page = site.page
    answer = page.request.get(site.url)
    assert answer.headers["content-security-policy"] == CSP
    site.answered("How many keys does the vault hold?")
    page.locator("#current a.cite").first.click()
    expect(page.locator("#cited")).to_be_visible()
    page.locator("#reader [data-close]").click()
    page.locator("#shelf .item", has_text="Vault").click()
    expect(page.locator("#reader .headline")).to_contain_text("![x](https://evil.example/md.png)")
    page.locator("#current a.cite").first.hover()
    expect(page.locator("#tip")).to_be_visible()
    inside = "#room :is(img, image, video, audio, iframe, object, embed, script, link, style, form, base)"
    assert page.locator(f"#past {inside}, #current {inside}, #side {inside}, #shelf {inside}").count() == 0
    assert page.locator("#room a[href^=javascript]").count() == 0
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert not site.foreign


def test_gradio_furniture_is_gone_and_of_its_api_only_our_three_functions_are_listed(site: Site) -> None:
    assert site.page.locator("footer:visible").count() == 0
    api = site.page.request.get(site.url + "gradio_api/info").json()
    assert set(api["named_endpoints"]) == {"/ask", "/search", "/article"}
    assert not api["unnamed_endpoints"]
    openapi = site.page.request.get(site.url + "openapi.json").json()
    assert "/ask" in openapi["paths"]


@pytest.mark.parametrize("site", [(390, 844, True)], indirect=True)
def test_on_a_phone_sources_stand_under_the_question_and_the_reader_comes_from_below(site: Site) -> None:
    page = site.page
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
    site.answered("How many people died in Hurricane Maria in Puerto Rico?")
    expect(page.locator("#current .strip .slip").first).to_be_visible()
    page.locator("#current a.cite").first.click()
    expect(page.locator("#cited")).to_be_visible()
    assert in_view(page, "#cited", "#reader .page")
    page.locator("#reader [data-close]").click()
    expect(page.locator("#reader")).to_be_hidden()
    page.locator("[data-drawer]").click()
    expect(page.locator("#shelf .item").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shelf")).to_be_hidden()


SERVE = """
import sys
from pathlib import Path
from qa.page.serve import serve
from index.problem import Problem
from tests.page.fakes import FakeArticles, FakeAssistant
assistant = FakeAssistant(FakeArticles(), Path(sys.argv[1]))
try:
    serve(assistant, "127.0.0.1", int(sys.argv[2]))
except Problem as problem:
    print(problem)
    sys.exit(1)
print("closed" if assistant.closed.is_set() else "left open")
"""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_serving_says_when_it_is_ready_and_stops_cleanly(tmp_path: Path, sent: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", SERVE, str(tmp_path), str(port)]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout
        assert serving.stdout.readline() == f"article-qa is ready at http://127.0.0.1:{port}\n"
        taken = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
        assert taken.returncode == 1
        assert taken.stdout == f"Port {port} is in use; choose another with --port or stop what runs there.\n"
        held = socket.create_connection(("127.0.0.1", port))  # a browser keeps its connections open
        started = time.monotonic()
        serving.send_signal(sent)
        assert serving.stdout.read() == "closed\n"
        assert serving.wait(10) == 0
        assert time.monotonic() - started < 5
        held.close()
