"""`python -m tests.screenshots`: the pictures of docs/guide.md, from the real page on seeds/ with the embedded model. Takes some minutes.

A picture is a function below whose name is the file's. `python -m tests.screenshots refusal adding` makes these two alone.
"""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.chromium import CHROMIUM, FLAGS

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "guide"
WIDE, NARROW = (1200, 800), (390, 800)
COLOURS = 128  # a page of paper and ink needs no more, and the files are a quarter of the size
MARIA = "How many people died in Hurricane Maria in Puerto Rico?"
PATIENCE = 300_000  # milliseconds, for a model on a busy machine
expect.set_options(PATIENCE)


def asking(page: Page) -> None:
    """Before the first question."""
    expect(page.locator(".welcome .example").first).to_be_visible()


def citation(page: Page) -> None:
    """An answer, and the article at the words that its first citation names."""
    ask(page, "How cold is MIRI kept?")
    page.locator("#current a.cite").first.click()
    expect(page.locator("#cited")).to_be_visible()


def citation_dark(page: Page) -> None:
    """The same, by night."""
    citation(page)


def disagreement(page: Page) -> None:
    """Articles that give different figures."""
    ask(page, MARIA)
    expect(page.locator("#current .differing")).to_be_visible(timeout=1_000)  # no picture of what is not there


def refusal(page: Page) -> None:
    """What the articles do not say."""
    ask(page, "What did the DART mission cost?")
    expect(page.locator("#current .refusal")).to_be_visible(timeout=1_000)


def conversations(page: Page) -> None:
    """The list on the left with the menu of one."""
    ask(page, MARIA)
    page.locator("#talks summary").first.click()


def filters(page: Page) -> None:
    """What a question prefers, and where it can be narrowed."""
    ask(page, "According to Orbit Desk, by how many minutes did DART shorten the orbit of Dimorphos?")
    expect(page.locator("#current .preferred")).to_be_visible(timeout=1_000)
    page.get_by_role("button", name="Narrow by outlet, date or collection").click()
    page.locator("#since :is(input, textarea)").fill("2022")
    expect(page.locator("#narrowed .hint")).to_be_visible()


def manner(page: Page) -> None:
    """How answers are made, and an article that is asked about alone."""
    page.locator("#shelf .item", has_text="Hubble").first.click()
    page.get_by_role("button", name="Ask about this article").click()
    expect(page.locator("#narrowed .hint")).to_be_visible()
    page.get_by_role("button", name="How to answer").click()
    expect(page.locator("#quoting")).to_be_visible()


def library(page: Page) -> None:
    """The table of all articles, some of them in a collection, and one open beside it."""
    page.locator("#shelf-heading a").click()
    for box in page.locator('#rows tr:has-text("Orbit Desk") [name="article"]').all()[:3]:
        box.check()
    page.locator("#into").fill("Space")
    page.locator("#into").press("Enter")
    expect(page.locator("#rows .collection").first).to_be_visible()
    page.locator("#ledger").evaluate("it => { it.scrollTop = 0; }")


def adding(page: Page) -> None:
    """The place for files, texts and links."""
    page.get_by_role("button", name="Add an article").click()
    expect(page.locator("#paste-text textarea")).to_be_visible()


def german(page: Page) -> None:
    """In another language, with an answer."""
    ask(page, "How cold is MIRI kept?")
    page.locator("#manner button").first.click()


def phone_dark(page: Page) -> None:
    """On a telephone."""
    ask(page, "How long did the Ever Given block the Suez Canal?")


PICTURES: tuple[Callable[[Page], None], ...] = (
    asking, citation, citation_dark, disagreement, refusal, filters, manner, library, conversations, adding, german, phone_dark,
)  # fmt: skip


def ask(page: Page, question: str) -> None:
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator('#current [data-stage="done"] .question')).to_have_text(question)
    page.mouse.move(0, 0)


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - {made.__name__ for made in PICTURES}
    if unknown:
        print(
            f"There is no picture {', '.join(sorted(unknown))}. There are: {', '.join(made.__name__ for made in PICTURES)}.",
            file=sys.stderr,
        )
        return 2
    FOLDER.mkdir(exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        for made in PICTURES:
            name = made.__name__
            if wanted and name not in wanted:
                continue
            width, height = NARROW if name.startswith("phone") else WIDE
            page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme="dark" if name.endswith("_dark") else "light",
                reduced_motion="reduce",
                locale="de-DE" if name == "german" else "en-US",
            )
            page.set_default_timeout(PATIENCE)
            page.goto(address)
            expect(page.locator("#current :is(.turn, .welcome)")).to_be_visible()
            made(page)
            size = keep(page.screenshot(), FOLDER / f"{name}.png")
            shown = " ".join(page.locator("#current, #ledger").first.inner_text().split())
            print(f"{name}.png  {size / 1000:.0f} kB  {shown[:200]}", flush=True)
            page.close()
        browser.close()
    return 0


def keep(taken: bytes, path: Path) -> int:
    """The picture with few colours; its bytes."""
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    return path.stat().st_size


@contextmanager
def served() -> Iterator[str]:
    """The real server with a library of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "qa.cli", "chat", "--seeds", "seeds", "--port", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"ARTICLE_QA_HOME": home})
        address = f"http://127.0.0.1:{port}/"
        try:
            while not ready(address):
                if server.poll() is not None:
                    raise SystemExit("The server did not start; what it said stands above.")
                time.sleep(1)
            yield address
        finally:
            server.terminate()
            server.wait(30)


def ready(address: str) -> bool:
    try:
        return bool(httpx.get(f"{address}health").json()["state"] == "ready")
    except httpx.HTTPError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
