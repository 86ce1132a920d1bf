"""The page in German, in a real browser: all that it says itself, and the choice of a language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qa.page.language import catalogue
from tests.page.test_browser import Browser, FakeAssistant, Site, browser, expect, opened_site, pytestmark, served  # noqa: F401

WRITTEN = """() => {
    const said = new Set();
    for (const node of document.querySelectorAll("#room *")) {
        if (node.closest("script, style, #language, [data-words]")) continue;
        for (const child of node.childNodes) if (child.nodeType === 3 && child.data.trim()) said.add(child.data.trim());
        for (const name of ["aria-label", "title", "placeholder"]) if (node.getAttribute(name)) said.add(node.getAttribute(name).trim());
    }
    return [...said];
}"""


@pytest.fixture
def site(browser: Browser, served: tuple[FakeAssistant, int]) -> Iterator[Site]:  # noqa: F811
    yield from opened_site(browser, served, locale="de-DE")


def english(site: Site) -> set[str]:
    """What stands there in English though there is German for it."""
    known = catalogue("de")["words"] | catalogue("de")["heard"]
    return {said for said in site.page.evaluate(WRITTEN) if known.get(said, said) != said}


def test_a_german_browser_gets_the_page_in_german(site: Site) -> None:
    page = site.page
    expect(page.locator("#question textarea")).to_have_attribute("placeholder", "Fragen Sie nach den Artikeln…")
    expect(page.locator(".welcome h1")).to_have_text("Was möchten Sie wissen?")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#shelf-heading")).to_contain_text("Artikel")
    site.ask("By how much did DART shorten the orbit of Dimorphos?")
    expect(page.locator("#current .status.supported")).to_contain_text("ist belegt")
    page.locator("#current a.cite").first.click()
    expect(page.locator("#reader .headline")).to_be_visible()
    page.locator('#current [data-good="no"]').click()
    expect(page.locator("#current form.why")).to_contain_text("Sie ist falsch")
    assert not english(site)


def test_another_language_is_chosen_and_stays_chosen(site: Site) -> None:
    page = site.page
    site.ask("By how much did DART shorten the orbit of Dimorphos?")
    expect(page.locator("#current .status.supported")).to_contain_text("ist belegt")
    page.locator("#language").select_option("en")
    expect(page.locator("#current .status.supported")).to_contain_text("supported")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#talks h2, #talks-head h2")).to_contain_text("Questions")
    page.reload()
    expect(page.locator("#current .status.supported")).to_contain_text("supported")
    page.locator("#language").select_option("de")
    expect(page.locator("#current .status.supported")).to_contain_text("ist belegt")


def test_what_the_scripts_say_is_german_too(site: Site) -> None:
    page = site.page
    site.ask("By how much did DART shorten the orbit of Dimorphos?")
    expect(page.locator("#current .status.supported")).to_be_visible()
    page.locator("#talks summary").first.click()
    page.locator('#talks [data-talk-do="delete"]').first.click()
    expect(page.locator("#talk-said")).to_contain_text("gelöscht. Rückgängig")


def test_an_empty_question_and_a_wrong_date_are_answered_in_german(site: Site) -> None:
    page = site.page
    page.locator("#narrow button").first.click()
    page.locator("#since input, #since textarea").fill("gestern")
    site.ask("Who won?")
    expect(page.locator("#current .status.failed")).to_contain_text("„gestern“ ist kein Datum.")
    assert not english(site)
