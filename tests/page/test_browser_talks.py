"""Conversations in a real browser: there again after a reload, opened, named, deleted and had back."""

from __future__ import annotations

import re
import threading

from tests.page.test_browser import Site, browser, expect, pytestmark, served, site  # noqa: F401

MARIA = "How many people died in Hurricane Maria in Puerto Rico?"
DART = "By how many minutes did DART shorten the orbit of Dimorphos?"


def test_a_reload_brings_the_conversation_back_with_its_citations(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(MARIA)
    site.answered("And which study counted them?")
    expect(page).to_have_url(re.compile(r"\?talk=[0-9a-f]{24}$"))
    before = page.locator("#talk").inner_text()
    cites = page.locator("#talk a.cite").count()
    page.reload()
    expect(page.locator("#talk .turn")).to_have_count(2)
    assert page.locator("#talk").inner_text() == before
    assert page.locator("#talk a.cite").count() == cites > 0
    page.locator("#current a.cite").first.click()
    expect(page.locator("#cited")).to_be_visible()
    page.keyboard.press("Escape")
    site.answered("Where did they live?")
    expect(page.locator("#talk .turn")).to_have_count(3)
    assert [q for q, _ in site.assistant.asked[-1][1]] == [MARIA, "And which study counted them?"], "it goes on where it was"


def test_conversations_are_listed_opened_and_left_for_a_new_one(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(MARIA)
    first = page.url.partition("talk=")[2]
    page.locator("#talks-head button").click()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page).not_to_have_url(re.compile("talk="))
    expect(page.locator("#sources .card")).to_have_count(0)
    site.answered(DART)
    expect(page.locator("#talk .turn")).to_have_count(1)
    expect(page.locator("#talks .item").first).to_contain_text("By how many minutes")
    page.locator(f'#talks [data-open="{first}"]').click()
    expect(page.locator("#current .question")).to_have_text(MARIA)
    expect(page.locator("#talks .item.now")).to_have_text(re.compile(re.escape(MARIA)))
    expect(page.locator("#sources .card").first).to_be_visible()
    page.locator("#find").fill("dimorphos")
    expect(page.locator("#talks li:visible", has_text=MARIA)).to_have_count(0)
    expect(page.locator("#talks li:visible", has_text=DART).first).to_be_visible()


def test_a_conversation_is_named_pinned_deleted_and_had_back_by_keyboard(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(MARIA)
    expect(page.locator("#talks .item.now")).to_have_count(1)
    row = page.locator("#talks li", has=page.locator(".item.now"))
    row.locator("summary").press("Enter")
    name = row.locator("input[name=title]")
    name.fill(" ")
    name.press("Enter")
    expect(row.locator(".said")).to_contain_text("The name is empty")
    name.fill("The storm <b>counted</b>")
    name.press("Enter")
    expect(page.locator("#talks .item.now .title")).to_have_text("The storm <b>counted</b>")
    row.locator("summary").press("Enter")
    row.locator('[data-talk-do="pin"]').press("Enter")
    expect(page.locator("#talks .item").first).to_contain_text("pinned")
    row.locator("summary").press("Enter")
    row.locator('[data-talk-do="delete"]').press("Enter")
    expect(page.locator("#talk-said")).to_contain_text("Deleted “The storm")
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator("#talks .item", has_text="The storm")).to_have_count(0)
    expect(page.locator("#talk-said button")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#talks .item", has_text="The storm").click()
    expect(page.locator("#current .question")).to_have_text(MARIA)


def test_what_was_stopped_by_going_elsewhere_is_kept(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(DART)
    page.locator("#talks-head button").click()
    expect(page.locator(".welcome")).to_be_visible()
    site.assistant.pace = threading.Semaphore(4)
    site.ask(MARIA)
    expect(page.locator("#current .words")).to_have_text(re.compile(r"^(\S+ ){4}$"))
    left = page.url.partition("talk=")[2]
    page.locator("#talks .item", has_text=DART).first.click()
    expect(page.locator("#current .question")).to_have_text(DART)
    assert site.assistant.stopped.wait(10), "the model is let go"
    page.locator(f'#talks [data-open="{left}"]').click()
    expect(page.locator("#current .question")).to_have_text(MARIA)
    expect(page.locator("#current .status")).to_contain_text("Stopped")
    expect(page.locator("#ask")).to_be_visible()
    expect(page.locator("#current .words")).to_have_text(re.compile(r"^(\S+ ?){4}"))


def test_the_read_only_page_has_every_citation_and_nothing_to_press(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(MARIA)
    talk = page.url.partition("talk=")[2]
    page.goto(f"{site.url}talks/{talk}")
    expect(page.locator("h2")).to_have_text(MARIA)
    assert page.locator("ol.notes li").count() > 0
    assert page.locator("button, form, script, input").count() == 0


def test_an_answer_is_copied_with_and_without_its_citations(site: Site) -> None:  # noqa: F811
    page = site.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    site.answered(MARIA)
    plain = page.evaluate("[...document.querySelectorAll('#current .sentence')].map(s => s.firstChild.textContent).join(' ')")
    page.locator('#current [data-copy="plain"]').click()
    expect(page.locator('#current [data-copy="plain"]')).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == plain
    page.locator('#current [data-copy="cited"]').click()
    expect(page.locator('#current [data-copy="cited"]')).to_have_text("Copied")
    told = page.evaluate("navigator.clipboard.readText()")
    for cite in page.locator("#current a.cite").all():
        assert f"[{cite.inner_text()}] “{cite.get_attribute('data-quote')}” {cite.get_attribute('data-from')}" in told


def test_what_was_stopped_is_tried_again_in_its_place(site: Site) -> None:  # noqa: F811
    page = site.page
    site.assistant.pace = threading.Semaphore(4)
    site.ask(MARIA)
    expect(page.locator("#current .words")).to_have_text(re.compile(r"^(\S+ ){4}$"))
    assert page.locator("#current [data-again]").count() == 0
    page.locator("#stop").click()
    expect(page.locator("#current .status")).to_contain_text("Stopped")
    assert site.assistant.stopped.wait(10)
    site.assistant.pace = threading.Semaphore(10_000)
    page.locator("#current [data-again]").click()
    expect(page.locator('#current [data-stage="done"] .question')).to_have_text(MARIA)
    expect(page.locator("#talk .turn")).to_have_count(1)
    expect(page.locator("#current [data-again]")).to_have_text("Ask again")


def test_a_bad_answer_is_told_with_its_reason_and_what_would_be_right(site: Site) -> None:  # noqa: F811
    page = site.page
    site.answered(MARIA)
    good, bad = (page.locator(f'#current [data-good="{which}"]') for which in ("yes", "no"))
    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(good).to_have_attribute("aria-pressed", "false")
    page.locator("#current .why input").first.check()
    page.locator("#current .why textarea").fill("2,975 <b>people</b>")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#current .why")).to_have_count(0)
    expect(page.locator("#current")).to_contain_text("Thank you")
    page.reload()
    expect(page.locator('#current [data-good="no"]')).to_have_attribute("aria-pressed", "true")
    page.locator('#current [data-good="no"]').click()
    expect(page.locator('#current [data-good="no"]')).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#current .why")).to_have_count(0)
