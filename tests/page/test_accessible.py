"""Every page, in both themes, wide and narrow: axe-core finds nothing serious, and the keyboard reaches everything, visibly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.axe import findings
from tests.evals import test_pages as evaluations
from tests.page.test_browser import Browser, Page, Site, browser, expect, pytestmark, served, site  # noqa: F401

MARIA = "How many people died in Hurricane Maria in Puerto Rico?"
LOOKS = [
    pytest.param((width, height, dark), id=f"{name}, {'dark' if dark else 'light'}")
    for name, width, height in (("wide", 1440, 900), ("narrow", 390, 844))
    for dark in (False, True)
]
every_look = pytest.mark.parametrize("site", LOOKS, indirect=True)
# What is round the focused element, where something is: colour and width of the outline, of itself or of what it stands in.
RINGED = """() => {
    for (let node = document.activeElement; node && node !== document.body; node = node.parentElement) {
        const style = getComputedStyle(node);
        if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) return true;
        if (node.id === "ask-row") return style.borderColor === getComputedStyle(document.querySelector("#ask")).backgroundColor;
    }
    return false;
}"""


def wide(page: Page) -> bool:
    return page.evaluate("innerWidth >= 1100") is True


@every_look
def test_the_page_as_it_opens(site: Site) -> None:  # noqa: F811
    page = site.page
    assert not findings(page)
    page.get_by_role("button", name="Narrow by outlet, date or collection").click()
    page.locator("#since :is(input, textarea)").fill("2022")
    expect(page.locator("#narrowed .hint")).to_be_visible()
    page.get_by_role("button", name="How to answer").click()
    expect(page.locator("#quoting")).to_be_visible()
    if not wide(page):
        page.locator("[data-drawer]").click()
        expect(page.locator("#library")).to_be_visible()
    page.get_by_role("button", name="Add an article").click()
    expect(page.locator("#paste-text textarea")).to_be_visible()
    assert not findings(page)


@every_look
def test_a_conversation_with_all_that_an_answer_can_be(site: Site) -> None:  # noqa: F811
    page = site.page
    site.assistant.gate.clear()
    site.ask(MARIA)
    expect(page.locator("#current .status.busy")).to_be_visible()
    assert not findings(page), "while it is answered"
    site.assistant.gate.set()
    expect(page.locator('#current [data-stage="done"]')).to_have_count(1)
    assert not findings(page), "an answer"
    for question in ("What will the weather be?", "What doubt is there about deaths in Puerto Rico?", "quote: where do deaths differ?"):
        site.answered(question)
        assert not findings(page), question
    expect(page.locator("#current .differing")).to_be_visible()
    page.locator('#current [data-good="no"]').click()
    expect(page.locator("#current .why")).to_be_visible()
    page.locator("#current a.cite").first.click()
    expect(page.locator("#cited")).to_be_visible()
    assert not findings(page), "the reader"
    page.locator("#reader .facts summary").click()
    assert not findings(page), "the reader with the facts of an article"
    page.keyboard.press("Escape")
    if not wide(page):
        page.locator("[data-drawer]").click()
    page.locator("#talks summary").first.click()
    assert not findings(page), "the menu of a conversation"
    page.goto(site.url + "talks/" + page.url.partition("talk=")[2])
    expect(page.locator("h2")).to_have_count(4)
    assert not findings(page), "to read and to print"


@pytest.mark.parametrize(("width", "height", "dark"), [look.values[0] for look in LOOKS])
def test_the_evaluations(browser: Browser, tmp_path: Path, width: int, height: int, dark: bool) -> None:  # noqa: F811
    runs = tmp_path / "runs"
    with evaluations.served(evaluations.site(runs)) as address:
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
        page.goto(f"{address}/evaluations")
        assert not findings(page), "before the first run"
        for name, run in (("first", evaluations.run_of(1, 1, 0, 0, 1)), ("second", evaluations.run_of(2, 1, 1, 1, 1))):
            evaluations.write(run, runs / f"{name}.json")
        for place in ("", "/run/second.json", "/compare?a=first.json&b=second.json", "/run/gone.json"):
            page.goto(f"{address}/evaluations{place}")
            assert not findings(page), place
        page.close()


def tab_to(page: Page, wanted: str, most: int = 60, key: str = "Tab") -> None:
    """Presses Tab until `wanted` has the focus; every stop on the way has something round it that shows it."""
    for _ in range(most):
        page.keyboard.press(key)
        here = page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
        assert page.evaluate(RINGED), f"nobody sees that this has the focus: {here}"
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{most} presses of {key} do not reach {wanted}")


@every_look
def test_the_tabulator_reaches_everything_and_it_is_seen_where_one_is(site: Site) -> None:  # noqa: F811
    page = site.page
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type(MARIA)
    tab_to(page, "#ask")
    page.keyboard.press("Enter")
    expect(page.locator('#current [data-stage="done"]')).to_have_count(1)
    page.locator("#question textarea").focus()
    tab_to(page, "#current a.cite", key="Shift+Tab")
    cite = page.evaluate_handle("document.activeElement")
    page.keyboard.press("Enter")
    expect(page.locator("#reader")).to_be_focused()
    tab_to(page, "#reader [data-close]")
    tab_to(page, "#reader .facts summary")
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    assert cite.evaluate("node => node === document.activeElement"), "Escape leads back to where one was"
    if wide(page):
        tab_to(page, "#sources .card")
        page.keyboard.press("Enter")
        expect(page.locator("#reader")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#sources .card").first).to_be_focused()
    else:
        page.locator("[data-drawer]").press("Enter")
        expect(page.locator("#library")).to_be_visible()
        tab_to(page, "#find")
        page.keyboard.press("Escape")
        expect(page.locator("#library")).to_be_hidden()
        expect(page.locator("[data-drawer]")).to_be_focused()
