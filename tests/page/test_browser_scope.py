"""Narrowing a question and choosing how it is answered, in a real browser."""

from __future__ import annotations

from tests.page.test_browser import Site, browser, expect, pytestmark, served, site  # noqa: F401

DART = "By how many minutes did DART shorten the orbit of Dimorphos?"


def test_what_is_chosen_stands_above_the_box_and_goes_at_a_press(site: Site) -> None:  # noqa: F811
    page = site.page
    page.locator("#narrow button").first.click()
    page.locator("#outlets input").click()
    page.get_by_role("option", name="Orbit Desk").click()
    page.locator("#since input, #since textarea").fill("2022")
    chips = page.locator("#narrowed .hint")
    expect(chips).to_have_text(["Orbit Desk×", "from 1 January 2022×"])
    chips.first.get_by_role("button").press("Enter")
    expect(chips).to_have_text(["from 1 January 2022×"])
    expect(page.locator("#outlets .token")).to_have_count(0)
    expect(page.locator("#question textarea")).to_be_focused()
    site.answered(DART)
    filters = site.assistant.asked[-1][2]
    assert (filters.sources, str(filters.published_from)) == ((), "2022-01-01")
    expect(chips).to_have_count(1)


def test_an_article_is_asked_about_alone_from_the_reader_and_then_all_of_them(site: Site) -> None:  # noqa: F811
    page = site.page
    page.locator("#shelf .item", has_text="Hubble").first.click()
    page.locator("#reader .alone button").first.click()
    expect(page.locator("#narrowed .hint")).to_contain_text("Hubble")
    site.answered("What is the weather there?")
    (only,) = site.assistant.asked[-1][2].articles
    assert "Hubble" in site.assistant.articles.get(only).title
    expect(page.locator("#current .aside")).to_contain_text("only “How Hubble")
    page.locator('#current [data-again="wider"]').click()
    expect(page.locator('#current [data-again="wider"]')).to_have_count(0)
    expect(page.locator('#current [data-stage="done"]')).to_be_visible()
    assert not site.assistant.asked[-1][2]


def test_how_to_answer_is_remembered_by_the_browser(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(DART)
    assert site.assistant.manners[-1] == site.assistant.settings.answer
    page.locator("#manner button").first.click()
    page.locator("#length").get_by_text("Thorough").click()
    page.locator("#quoting input").check()
    site.answered("How long is the Ever Given?")
    manner = site.assistant.manners[-1]
    assert manner and (manner.length, manner.quotations_only) == ("thorough", True)
    page.wait_for_function("localStorage.getItem('article-qa.manner') !== null")
    page.reload()
    expect(page.locator("#talk .turn")).to_have_count(2)
    page.locator("#manner button").first.click()
    expect(page.locator("#quoting input")).to_be_checked()
    site.answered(DART)
    assert site.assistant.manners[-1] == manner
