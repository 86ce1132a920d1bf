"""Turns in a real browser: edited and branched, gathered as they come and sent but once; and the tour for who is new here."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.axe import findings
from tests.page.fakes import FakeArticles
from tests.page.test_browser import ROOT, Browser, Page, Site, browser, expect, pytestmark, served, site  # noqa: F401

MARIA = "How many people died in Hurricane Maria in Puerto Rico?"
STUDY = "And which study counted them?"
DART = "By how many minutes did DART shorten the orbit of Dimorphos?"


def questions(page: Page) -> list[str]:
    return [question.inner_text() for question in page.locator("#talk .question").all()]


def talk(page: Page) -> str:
    return page.url.partition("talk=")[2]


def edit(page: Page, question: str) -> None:
    page.get_by_role("button", name=f"Edit “{question}”", exact=True).press("Enter")


def test_an_earlier_question_is_edited_by_keyboard_and_goes_on_in_a_branch(site: Site) -> None:  # noqa: F811
    page = site.page
    for question in (MARIA, STUDY, DART):
        site.answered(question)
    page.locator('#past [data-turn="1"] [data-good="yes"]').click()
    expect(page.locator('#past [data-turn="1"] [data-good="yes"]')).to_have_attribute("aria-pressed", "true")
    old, first = talk(page), page.locator('#past [data-turn="1"] .words').inner_text()
    page.get_by_label("Question", exact=True).fill("half a thought")
    edit(page, STUDY)
    box = page.get_by_label("The question, edited")
    expect(box).to_be_focused()
    expect(box).to_have_value(STUDY)
    expect(page.locator('[data-turn="2"] .question')).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator(".editing")).to_have_count(0)
    expect(page.get_by_role("button", name=f"Edit “{STUDY}”", exact=True)).to_be_focused()
    edit(page, STUDY)
    box.fill("Who asked for it")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("and when?")
    expect(box).to_have_value("Who asked for it\nand when?")
    page.keyboard.press("Enter")
    expect(page.locator('#current [data-stage="done"] .question')).to_have_text("Who asked for it and when?")
    assert site.assistant.asked[-1][0] == "Who asked for it\nand when?"
    assert [q for q, _ in site.assistant.asked[-1][1]] == [MARIA], "what came after it is no part of the branch"
    expect(page.locator("#past .turn")).to_have_count(1)
    expect(page.locator("#past .words")).to_have_text(first)
    assert page.locator("#past a.cite").count() > 0, "with its citations"
    expect(page.locator('#past [data-good="yes"]')).to_have_attribute("aria-pressed", "false")
    expect(page).not_to_have_url(re.compile(old))
    expect(page.get_by_label("Question", exact=True)).to_have_value("half a thought")
    now = page.locator("#talks .item.now")
    expect(now).to_have_attribute("data-open", talk(page))
    expect(now.locator(".title")).to_have_text(MARIA)
    expect(now.locator(".from")).to_contain_text("branched: “Who asked for it and when?”")
    other = page.locator(f'#talks [data-open="{old}"]')
    expect(other.locator(".from")).not_to_contain_text("branched")
    other.click()
    expect(page.locator("#current .question")).to_have_text(DART)
    assert questions(page) == [MARIA, STUDY, DART], "the old one is whole"
    expect(page.locator('#past [data-turn="1"] [data-good="yes"]')).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile(old))


def test_what_is_being_written_is_cut_before_a_branch_begins(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(MARIA)
    site.assistant.pace = threading.Semaphore(4)
    site.ask(STUDY)
    expect(page.locator("#current .words")).to_have_text(re.compile(r"^(\S+ ){4}$"))
    assert page.locator("#current [data-edit]").count() == 0, "of a finished question only"
    old = talk(page)
    edit(page, MARIA)
    page.get_by_label("The question, edited").fill(DART)
    site.assistant.pace.release(1)
    expect(page.locator("#current .words")).to_have_text(re.compile(r"^(\S+ ){5}$"))
    expect(page.get_by_label("The question, edited")).to_have_value(DART)
    page.keyboard.press("Enter")
    expect(page.locator("#current .question")).to_have_text(DART)
    assert site.assistant.stopped.wait(10), "the model is let go"
    site.assistant.pace = threading.Semaphore(10_000)
    expect(page.locator('#current [data-stage="done"] .question')).to_have_text(DART)
    assert questions(page) == [DART] and site.assistant.asked[-1][1] == []
    page.locator(f'#talks [data-open="{old}"]').click()
    expect(page.locator("#current .status")).to_contain_text("Stopped")
    assert questions(page) == [MARIA, STUDY]


def test_an_edited_question_that_cannot_be_asked_is_told_in_its_place(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(MARIA)
    old = talk(page)
    edit(page, MARIA)
    box, said = page.get_by_label("The question, edited"), page.locator(".editing [role=alert]")
    box.fill("   ")
    page.keyboard.press("Enter")
    expect(said).to_have_text("The question is empty. Ask something about the articles.")
    box.fill("x" * 5_000)
    page.locator(".editing button[type=submit]").click()
    expect(said).to_contain_text("5,000 characters long; 2,000 are read")
    expect(box).to_have_value("x" * 5_000)
    assert talk(page) == old and len(site.assistant.asked) == 1
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("#current .question")).to_be_visible()
    assert questions(page) == [MARIA]


def test_every_turn_is_shown_once_whatever_comes_between(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(MARIA)
    site.assistant.pace = threading.Semaphore(3)
    site.ask(STUDY)
    expect(page.locator("#current .words")).to_have_text(re.compile(r"^(\S+ ){3}$"))
    assert questions(page) == [MARIA, STUDY]
    page.locator("#stop").click()
    expect(page.locator("#current .status")).to_contain_text("Stopped")
    assert site.assistant.stopped.wait(10)
    site.assistant.pace = threading.Semaphore(10_000)
    site.ask("x" * 5_000)
    expect(page.locator("#current .status.failed")).to_contain_text("2,000 are read")
    expect(page.locator("#past .turn")).to_have_count(2)
    expect(page.locator('#past [data-turn="2"] .status')).to_contain_text("Stopped")
    site.answered(DART)
    expect(page.locator("#talk .turn")).to_have_count(3)
    page.locator('#past [data-turn="1"] [data-good="no"]').click()
    expect(page.locator("#past .why")).to_be_visible()
    page.locator("#past .why textarea").fill("half a correction")
    site.answered("What hit it?")
    site.answered("And how fast?")
    expected = [MARIA, STUDY, DART, "What hit it?", "And how fast?"]
    assert questions(page) == expected
    expect(page.locator("#past .why textarea")).to_have_value("half a correction")
    expect(page.locator("#sent .turn")).to_have_count(0)
    page.locator("#current [data-again]").click()
    expect(page.locator('#current [data-stage="done"] .question')).to_have_text("And how fast?")
    assert questions(page) == expected
    before = [page.locator("#past .turn").nth(n).locator(".words").inner_text() for n in range(4)]
    page.reload()
    expect(page.locator("#talk .turn")).to_have_count(5)
    assert questions(page) == expected
    assert [page.locator("#past .turn").nth(n).locator(".words").inner_text() for n in range(4)] == before
    expect(page.locator('#past [data-turn="1"] [data-good="no"]')).to_have_attribute("aria-pressed", "true")
    page.locator("#talks-head button").click()
    expect(page.locator(".welcome")).to_be_visible()
    assert page.locator("#talk .turn").count() == 0


def test_of_two_questions_asked_at_once_none_is_shown_twice(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(MARIA)
    site.assistant.pace = threading.Semaphore(2)
    site.ask(STUDY)
    site.ask(DART)  # while the first is answered, the box waits
    expect(page.locator("#current .words.stream")).to_be_visible()
    site.assistant.pace.release(10_000)
    expect(page.locator('#current [data-stage="done"]')).to_have_count(1)
    assert questions(page) == [MARIA, STUDY]
    site.answered(DART)
    assert questions(page) == [MARIA, STUDY, DART] and len(site.assistant.asked) == 3


def test_a_turn_that_got_lost_on_its_way_is_had_again(site: Site) -> None:  # noqa: F811
    page = site.page
    for question in (MARIA, STUDY, DART):
        site.answered(question)
    page.evaluate("document.querySelector('#past [data-turn=\"1\"]').remove()")
    site.answered("What hit it?")
    expect(page.locator("#talk .turn")).to_have_count(4)
    assert questions(page) == [MARIA, STUDY, DART, "What hit it?"]


def test_a_question_sends_no_turn_but_the_one_before_it(site: Site) -> None:  # noqa: F811
    page = site.page
    came: list[int] = []
    for number in range(6):
        site.answered(f"{MARIA} {number}")
    wire = page.context.new_cdp_session(page)
    wire.on("Network.eventSourceMessageReceived", lambda event: came.append(len(event["data"])))
    wire.on("Network.dataReceived", lambda event: came.append(event["dataLength"]))
    wire.send("Network.enable")
    sizes = []
    for number in range(6, 8):
        came.clear()
        site.answered(f"{MARIA} {number}")
        page.wait_for_timeout(200)
        sizes.append(sum(came))
    whole = len(page.locator("#past").inner_html())
    one = len(page.locator("#past .turn").first.evaluate("node => node.outerHTML"))
    assert whole > 6 * one > 0 and min(sizes) > one
    assert abs(sizes[1] - sizes[0]) < one, f"{sizes} bytes: what a question sends does not grow with the conversation ({one} a turn)"


SERVE = """
import sys
from pathlib import Path
from qa.page.serve import serve
from tests.page.fakes import FakeArticles, FakeAssistant, seeds
serve(FakeAssistant(FakeArticles(seeds(Path("seeds"))), Path(sys.argv[1])), "127.0.0.1", int(sys.argv[2]))
"""


def test_a_server_that_was_killed_goes_on_with_the_conversation_that_the_page_shows(browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", SERVE, str(tmp_path), str(port)]
    page = browser.new_page()
    page.set_default_timeout(30_000)

    def ask(question: str) -> None:
        page.locator("#question textarea").fill(question)
        page.keyboard.press("Enter")
        expect(page.locator('#current [data-stage="done"] .question')).to_have_text(question)

    for asked in ([MARIA, STUDY], [DART, "What hit it?"]):
        with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True) as serving:
            assert serving.stdout and "is ready" in serving.stdout.readline()
            if not page.url.startswith("http"):
                page.goto(f"http://127.0.0.1:{port}/")
                expect(page.locator(".welcome")).to_be_visible()
            for question in asked:
                ask(question)
            shown = questions(page)
            serving.kill()
    assert shown == [MARIA, STUDY, DART, "What hit it?"]
    page.close()


def test_the_way_to_edit_is_quiet_until_it_is_wanted_and_always_there_on_touch(site: Site, browser: Browser) -> None:  # noqa: F811
    page = site.page
    site.answered(MARIA)
    button = page.locator("#current [data-edit]")
    page.mouse.move(5, 5)
    expect(button).to_have_css("opacity", "0")
    button.focus()
    expect(button).to_have_css("opacity", "1")
    page.get_by_label("Question", exact=True).focus()
    page.locator("#current .answer").hover()
    expect(button).to_have_css("opacity", "1")
    touched = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    phone = touched.new_page()
    phone.goto(page.url)
    expect(phone.locator("#current [data-edit]")).to_have_css("opacity", "1")
    phone.locator("#current [data-edit]").tap()
    box = phone.get_by_label("The question, edited").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert phone.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
    touched.close()


LOOKS = [(1440, 900, False), (1440, 900, True), (390, 844, False), (390, 844, True)]


@pytest.mark.parametrize("site", LOOKS, indirect=True)
def test_the_tour_opens_when_it_is_asked_for_and_leads_back(site: Site) -> None:  # noqa: F811
    page = site.page
    tour, button = page.locator("#tour"), page.get_by_role("button", name="How this works")
    expect(tour).to_be_hidden()
    button.press("Enter")
    expect(page.get_by_role("dialog", name="How this works")).to_be_visible()
    expect(page.locator("#tour h2")).to_be_focused()
    expect(page.locator("#tour ol > li")).to_have_count(3)
    assert not findings(page), "the tour"
    assert tour.evaluate("node => node.scrollWidth <= node.clientWidth && node.getBoundingClientRect().right <= innerWidth")
    page.keyboard.press("/")
    page.keyboard.press("Tab")
    expect(page.locator("[data-tour-end]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(tour).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    page.locator("#tour p").first.click()
    expect(tour).to_be_visible()
    page.mouse.click(4, 4)
    expect(tour).to_be_hidden()
    button.click()
    page.locator("[data-tour-end]").click()
    expect(tour).to_be_hidden()
    site.answered(MARIA)
    edit(page, MARIA)
    assert not findings(page), "while a question is edited"
    page.reload()
    expect(page.locator("#current .turn")).to_be_visible()
    expect(tour).to_be_hidden()


def test_an_empty_library_is_tried_with_the_articles_that_come_along(site: Site) -> None:  # noqa: F811
    site.assistant.begin(FakeArticles([]))
    page = site.page
    page.goto(site.url)
    page.locator("[data-seeds]").press("Enter")
    expect(page.locator("#added")).to_contain_text("Added")
    expect(page.locator("#shelf .item")).to_have_count(1)
    expect(page.locator("[data-seeds]")).to_have_count(0)
