"""The page in another language: which one is spoken, that nothing is forgotten in it, and that it says the same."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa.answers import refusal
from qa.page import words
from qa.page.language import COOKIE, ENGLISH, LANGUAGES, Listening, catalogue, chosen, heard, language, say, script
from qa.types import Sentence, Timings
from tests.page.test_rendering import passage

ROOT = Path(__file__).parents[2]
OTHERS = [code for code in LANGUAGES if code != ENGLISH]


@pytest.fixture
def german() -> Iterator[TestClient]:
    """Asks for what its path says, in German."""
    app = FastAPI()
    app.add_middleware(Listening)

    @app.get("/said/{words:path}")
    def said(words: str) -> dict[str, str]:
        return {"say": say(words), "heard": heard(words), "language": language()}

    with TestClient(app, headers={"accept-language": "de-AT,de;q=0.9,en;q=0.8"}) as client:
        yield client


@pytest.mark.parametrize(
    ("asked", "cookie", "spoken"),
    [
        ("", "", "en"),
        ("de", "", "de"),
        ("de-CH, en;q=0.9", "", "de"),
        ("en, de;q=0.9", "", "en"),
        ("de;q=0.4, en;q=0.5", "", "en"),
        ("fr, de;q=0.2", "", "de"),
        ("fr", "", "en"),
        ("de", "en", "en"),
        ("en", "de", "de"),
        ("en", "../de", "en"),
        ("de;q=x, ;;;,", "", "en"),
        ("de," * 100_000, "", "de"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers(asked: str, cookie: str, spoken: str) -> None:
    assert chosen({"accept-language": asked}, {COOKIE: cookie}) == spoken


def test_without_a_request_it_is_english() -> None:
    assert language() == ENGLISH
    assert say("Library") == "Library"
    assert heard("the source denies this") == "the source denies this"


def test_each_request_is_answered_in_its_own_language(german: TestClient) -> None:
    assert german.get("/said/Library").json() == {"say": "Bibliothek", "heard": "Library", "language": "de"}
    english = german.get("/said/Library", headers={"accept-language": "en"})
    assert english.json() == {"say": "Library", "heard": "Library", "language": "en"}
    assert german.get("/said/the source denies this").json()["heard"] == "die Quelle verneint das"
    assert german.get("/said/the figure 240 is not in the source").json()["heard"] == "die Zahl 240 steht nicht in der Quelle"
    assert german.get("/said/Something nobody has translated {yet}").json()["heard"] == "Something nobody has translated {yet}"


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_has_all_that_the_page_says_and_nothing_else(code: str) -> None:
    known = catalogue(code)["words"]
    python = [file.read_text("utf-8") for file in sorted((ROOT / "qa" / "page").glob("*.py"))]
    scripts = [file.read_text("utf-8") for file in sorted((ROOT / "qa" / "page").glob("*.js"))]
    asked = {said for source in python for said in _said(source)} | {said for source in scripts for said in _said_in_script(source)}
    assert not asked - set(known)
    written = {said for source in python for said in _strings(source)} | {
        s for source in scripts for s in re.findall(r'"([^"\n]*)"', source)
    }
    months = {f"{form}" for month in range(1, 13) for form in _months(month)}
    assert not set(known) - written - {f"{said}s" for said in written} - months - {"Evaluations", "meaning"}  # named in app.py and index/


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_heard_is_said_somewhere(code: str) -> None:
    sources = [file.read_text("utf-8") for room in ("qa", "index") for file in sorted((ROOT / room).rglob("*.py"))]
    said = {re.sub(r"\{\d?\}", "{}", words) for source in sources for words in _strings(source)}
    unknown = {words for words in catalogue(code)["heard"] if re.sub(r"\{\d\}", "{}", words) not in said}
    refused = {refusal("q", "q", [passage()] * n, "no_evidence", 0.1, Timings(), "").text for n in (1, 2, 3)}
    assert unknown == refused


@pytest.mark.parametrize("code", OTHERS)
def test_both_languages_have_the_same_places_and_no_markup(code: str) -> None:
    for english, other in catalogue(code)["words"].items():
        assert _places(other) == _places(english), english
    for english, other in catalogue(code)["heard"].items():
        assert _places(other) <= _places(english), english
    for other in [*catalogue(code)["words"].values(), *catalogue(code)["heard"].values()]:
        assert other
        assert not set('<>&"') & set(other), other


def test_figures_and_days_are_written_as_in_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.page.language.language", lambda: "de")
    assert words.number(50_168) == "50.168"
    assert words.number(1.25, 1) == "1,2"
    assert words.day(date(2023, 12, 1)) == "1. Dezember 2023"
    assert words.day(date(2023, 12, 1), "month") == "Dezember 2023"
    assert words.counted(1, "question") == "1 Frage"
    doubted = Sentence("x", (), "partly", "the figure 240 is not in the source; the source denies this")
    assert words.doubts(doubted) == "die Zahl 240 steht nicht in der Quelle; die Quelle verneint das"


def test_the_scripts_know_the_same_words() -> None:
    told = script()
    assert "<" not in told
    assert '"Copied": "Kopiert"' in told


def _places(said: str) -> set[str]:
    return {place for _, place, _, _ in string.Formatter().parse(said) if place}


def _said(source: str) -> Iterator[str]:
    """Every literal that is given to `say`, or named to be counted."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name == "say":
            yield from _chosen_from(node.args[0])
        elif name == "counted" and isinstance(node.args[1], ast.Constant):
            yield from (node.args[1].value, f"{node.args[1].value}s")


def _chosen_from(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _chosen_from(node.body)
        yield from _chosen_from(node.orelse)


def _said_in_script(source: str) -> Iterator[str]:
    for called in re.findall(r'\bsay\((?:[\w. ]+ \? )?("[^"\n]*"(?: : "[^"\n]*")?)', source):
        yield from re.findall(r'"([^"]*)"', called)


def _strings(source: str) -> Iterator[str]:
    """Every string of the source; what is put into one is {}."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)


def _months(month: int) -> tuple[str, str]:
    return f"{date(2000, month, 1):%B}", f"{date(2000, month, 1):%b}"
