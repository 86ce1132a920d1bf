"""The page of a run: whole, self-contained, and safe to open whatever the articles say."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evals.report import render, state
from evals.run import read, run_cases, summed, write
from evals.types import Case, Record
from index.problem import Problem
from tests.evals.made_up import FAR, MOON, NOBODY, a_run, answer, cite, library, parrot, passage, said

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def page_of(*records: Record) -> str:
    return render(
        summed(
            records,
            settings={"llm": {"model": EVIL}},
            fingerprint=EVIL,
            seconds=2.0,
            name=EVIL,
            suites={EVIL: {"about": EVIL, "below": [EVIL]}},
        )
    )


def test_nothing_that_came_from_outside_becomes_markup() -> None:
    case = replace(FAR, id=EVIL, turns=(EVIL, EVIL), answers=((EVIL,),), tags=(EVIL,))
    text = answer(said(EVIL, replace(cite(MOON, "Nobody lives there."), quote=EVIL, title=EVIL)))
    answered = run_cases([case], library(passage(MOON, MOON.text)), parrot(text, text)[1])
    refused = run_cases([replace(NOBODY, id=EVIL)], library(), parrot(replace(answer(refused=True), text=EVIL))[1])
    broken = run_cases([replace(FAR, id=EVIL)], library(), parrot(EVIL)[1])
    claim = Record("s", EVIL, {"support": EVIL, "score": 0.1, "why": EVIL, "context": EVIL}, {}, EVIL, gold={"supported": True})
    tags = Tags()
    page = page_of(*answered, *refused, *broken, claim)
    tags.feed(page)
    assert not {"script", "img", "iframe", "link", "object"} & {tag for tag, _ in tags.seen}
    assert not [
        attribute for _, attributes in tags.seen for attribute in attributes if attribute.startswith("on") or attribute in ("src", "href")
    ]
    assert page.count("&lt;script&gt;") >= 10


def test_the_page_loads_nothing_and_has_both_schemes() -> None:
    page = page_of()
    assert not re.search(r"https?://|@import|url\(", page)
    assert "prefers-color-scheme: dark" in page


def test_failures_come_first_and_stand_open() -> None:
    right = Record("good", "Good?", {}, {"answer.correct": 1.0})
    wrong = Record("bad", "Bad?", {}, {"answer.correct": 0.0})
    error = Record("ugly", "Ugly?", {}, {"answer.correct": None}, "It broke.")
    page = page_of(right, wrong, error)
    assert page.index("Ugly?") < page.index("Bad?") < page.index("Good?")
    assert re.findall(r'<details class="(\w+)"( open)?', page) == [
        ("error", " open"),
        ("wrong", " open"),
        ("right", ""),
    ]


def test_each_figure_is_drawn_with_its_interval() -> None:
    run = a_run("a", [1, 0, 1, 0])
    page = render(run)
    figure = run.metrics["answer.correct"]
    assert f'aria-label="0.500, interval {figure.low:.3f} to {figure.high:.3f}"' in page
    assert page.count("<svg") == 1


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        pytest.param({"answer.correct": 1.0, "answer.exact": 0.0}, "right", id="exact match is a degree, not a must"),
        pytest.param({"answer.correct": 1.0, "citation.quote_exact": 0.5}, "wrong", id="a quote that is not the article's"),
        pytest.param({"refusal.correct": 0.0}, "wrong", id="a wrong refusal"),
        pytest.param({"answer.correct": None}, "right", id="unscored is not wrong"),
        pytest.param({"support.due": 1.0, "support.found": 0.0}, "wrong", id="a verdict that differs from the label"),
    ],
)
def test_a_case_is_a_failure_only_for_what_must_be(scores: dict[str, float | None], expected: str) -> None:
    assert state(Record("c", "?", {}, scores)) == expected


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    run = a_run("a", [1, None, 0.25], refused=[1])
    write(run, tmp_path / "deep" / "run.json")
    again = read(tmp_path / "deep" / "run.json")
    assert again.as_json() == run.as_json()
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("text", ["[]", '{"cases": 1}', '{"settings": {}, "cases": [{}]}', "oops"])
def test_a_file_that_is_no_run_is_a_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(Problem, match=re.escape(str(path))):
        read(path)


def test_run_json_has_what_the_contract_names() -> None:
    told = a_run("a", [1.0], refused=[1]).as_json()
    assert {"settings", "fingerprint", "metrics", "cases", "seconds"} <= told.keys()
    assert {"id", "question", "answer", "scores", "error"} <= told["cases"][0].keys()
    assert set(told["metrics"]["refusal.recall"]) == {"value", "n", "low", "high", "unscored"}


def test_a_chain_shows_its_turns() -> None:
    case = Case("chain", ("What is up there?", "How far?"), {"moon": 1})
    (record,) = run_cases([case], library(passage(MOON, MOON.text)), None)
    assert "What is up there?" in page_of(record)
