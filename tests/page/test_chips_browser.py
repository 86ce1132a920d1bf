"""What a question prefers, in a real browser: shown as chips, left out and put back by keyboard, never in silence."""

from __future__ import annotations

import re
import threading

import pytest

from tests.page.test_browser import Site, browser, expect, served, site  # noqa: F401  (its fixtures, and its check for a browser)

pytestmark = pytest.mark.browser

ASKED = "According to The Harbour Ledger, how many people died in Hurricane Maria in 2017?"
OUTLET, YEAR = "do not prefer The Harbour Ledger", "do not prefer 2017"


def test_a_preference_is_left_out_by_keyboard_and_put_back(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(ASKED)
    expect(page.locator("#current .preferred")).to_have_text(re.compile(r"^Preferred: The Harbour Ledger×2017×$"))
    page.get_by_label("Question").fill("half a thought")
    before, first = page.locator("#current .words").inner_text(), page.locator("#sources .card .from").first
    expect(first).to_contain_text("The Harbour Ledger")
    chip = page.get_by_role("button", name=OUTLET, exact=True)
    chip.focus()
    page.keyboard.press("Enter")
    back = page.get_by_role("button", name="prefer The Harbour Ledger again", exact=True)
    expect(back).to_be_focused()
    expect(page.locator("#current .hint.ignored s")).to_have_css("text-decoration-line", "line-through")
    expect(page.locator('#current [data-stage="done"] .words')).not_to_have_text(before)
    expect(first).not_to_contain_text("The Harbour Ledger")
    assert [told[1] for told in site.assistant.told] == [(), ("The Harbour Ledger",)]
    assert [history for _, history, _ in site.assistant.asked] == [[], []], "its own first answer is no part of the conversation"
    assert page.locator(".turn").count() == 1, "no turn is added"
    expect(page.get_by_label("Question")).to_have_value("half a thought")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=YEAR, exact=True)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name=OUTLET, exact=True)).to_be_focused()
    expect(page.locator("#current .words")).to_have_text(before)
    assert site.assistant.told[-1][1] == ()


def test_a_chip_pressed_while_the_answer_is_written_stops_it_first(site: Site) -> None:  # noqa: F811
    page = site.page
    site.assistant.pace = threading.Semaphore(2)
    site.ask(ASKED)
    expect(page.locator("#current .words")).to_be_visible()
    page.get_by_role("button", name=YEAR, exact=True).click()
    expect(page.get_by_role("button", name="prefer 2017 again", exact=True)).to_be_visible()
    site.assistant.pace.release(3)  # one for the answer that lets go
    expect(page.locator("#current .words.stream")).to_be_visible()
    page.get_by_role("button", name=OUTLET, exact=True).click()
    expect(page.locator("#current .hint.ignored")).to_have_count(2)
    site.assistant.pace.release(10_000)
    expect(page.get_by_role("button", name="prefer The Harbour Ledger again", exact=True)).to_be_focused()
    expect(page.locator('#current [data-stage="done"] .status')).to_contain_text("Every sentence is supported")
    assert [told[1] for told in site.assistant.told] == [(), ("2017",), ("2017", "The Harbour Ledger")]


def test_an_answer_with_chips_can_be_stopped_and_asked_about(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(ASKED)
    site.assistant.pace = threading.Semaphore(2)
    page.get_by_role("button", name=OUTLET, exact=True).click()
    expect(page.locator("#current .words.stream")).to_be_visible()
    page.locator("#stop").click()
    expect(page.locator("#current .status")).to_contain_text("Stopped")
    site.assistant.pace.release(10_000)
    page.get_by_role("button", name="prefer The Harbour Ledger again", exact=True).click()
    expect(page.locator('#current [data-stage="done"]')).to_be_visible()
    site.answered("How long is the Ever Given?")
    expect(page.locator("#past .preferred")).to_have_text("Preferred: The Harbour Ledger2017")
    assert page.locator("#past [data-hint]").count() == 0, "later turns lean on what was answered then"
    assert page.locator("#current .preferred").count() == 0, "nothing where nothing is preferred"


def test_a_hostile_phrase_stays_words_on_its_chip(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered('Who said "seven <img src=//evil.example/q onerror=alert(1)> keys" first?')
    expect(page.locator("#current .hint").first).to_contain_text("<img src=//evil.example/q onerror=alert(1)>")
    assert page.locator("#current img").count() == 0


@pytest.mark.parametrize("site", [(390, 844, True)], indirect=True)
def test_on_a_phone_long_chips_stay_within_the_page_and_can_be_pressed(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(f'{ASKED} And who said "{"many more died of it than had been counted " * 4}counted"?')
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
    for box in (button.bounding_box() for button in page.locator("#current .hint button").all()):
        assert box and box["width"] >= 24 and box["height"] >= 24
        assert box["x"] + box["width"] <= 390
    page.get_by_role("button", name=OUTLET, exact=True).click()
    expect(page.locator("#current .hint.ignored")).to_have_count(1)


def test_a_new_question_takes_over_from_one_that_is_asked_again(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(ASKED)
    site.assistant.pace = threading.Semaphore(2)
    page.get_by_role("button", name=OUTLET, exact=True).click()
    expect(page.locator("#current .words.stream")).to_be_visible()
    site.ask("How long is the Ever Given?")
    expect(page.locator("#past .status")).to_contain_text("Stopped")
    site.assistant.pace.release(10_000)
    expect(page.locator('#current [data-stage="done"] .question')).to_have_text("How long is the Ever Given?")
    expect(page.locator("#past .question")).to_have_count(1)


def test_a_chip_can_be_pressed_and_keeps_the_focus_while_words_come_in(site: Site) -> None:  # noqa: F811
    page = site.page
    site.assistant.pace = threading.Semaphore(2)
    site.ask(ASKED)
    words = page.locator("#current .words.stream")
    expect(words).to_be_visible()
    chip = page.get_by_role("button", name=YEAR, exact=True)
    chip.focus()
    for number in (3, 4, 5):
        site.assistant.pace.release(1)
        expect(words).to_have_text(re.compile(rf"^(\S+ ){{{number}}}$"))
        expect(chip).to_be_focused()
    box = chip.bounding_box()
    assert box
    page.mouse.move(box["x"] + 9, box["y"] + 9)
    page.mouse.down()
    site.assistant.pace.release(1)
    expect(words).to_have_text(re.compile(r"^(\S+ ){6}$"))
    page.mouse.up()
    expect(page.get_by_role("button", name="prefer 2017 again", exact=True)).to_be_visible()
    site.assistant.pace.release(10_000)
    expect(page.locator('#current [data-stage="done"]')).to_be_visible()
    assert [told[1] for told in site.assistant.told] == [(), ("2017",)], "one press is one question"
