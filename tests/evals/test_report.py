"""The page of a run: whole, self-contained, and safe to open whatever the articles say."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from evals.compare import compare
from evals.pages.cards import marked
from evals.pages.report import render, render_comparison, state
from evals.run import Run, read, summed, write
from evals.types import Record
from index.problem import Problem
from tests.evals.made_up import MOON, SUN, a_run, cite, passage, said

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


class Tags(HTMLParser):
    """The tags of a page with their attributes, and what stands in its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts.append(data)


def page_of(*records: Record, **more: Any) -> str:
    told = {"settings": {"llm": {"model": EVIL}, EVIL: EVIL}, "fingerprint": EVIL, "seconds": 2.0, "name": EVIL}
    suites = {EVIL: {"about": EVIL, "below": [EVIL], "floors": {EVIL: 1.0}, "metrics": {EVIL: {"value": 0.5, "n": 1}}}}
    return render(summed(records, **{**told, "suites": suites, "about": {"started": EVIL, "prompts": {EVIL: EVIL}}, **more}))


def evil_records() -> list[Record]:
    """Whatever an article, a model or a file could put into a run, in every place of it."""
    cited = cite(MOON, "Nobody lives there.")
    passage = {"title": EVIL, "source": EVIL, "published": EVIL, "article_id": EVIL, "start": 0, "text": EVIL * 2, "relevance": EVIL}
    cites = [{**cited.as_json(), "title": EVIL, "quote": EVIL, "marker": EVIL, "article_id": article} for article in (EVIL, "other")]
    sentence = {"text": EVIL, "support": EVIL, "why": EVIL, "citations": cites}
    judges = {EVIL: {"verdict": EVIL, "why": EVIL}}
    gold = {"articles": [EVIL], "quotes": [EVIL], "answers": [[EVIL]], "refuse": True, "never": [EVIL], "supported": EVIL}
    answered = {"standalone_question": EVIL, "sentences": [sentence], "passages": [passage], "judges": judges, "interrupted": EVIL}
    refused = {"refused": True, "refusal_reason": EVIL, "text": EVIL, "passages": [{**passage, "best_sentence": {"text": EVIL}}]}
    claim = {"support": EVIL, "score": EVIL, "why": EVIL, "context": EVIL}
    wrong: dict[str, float | None] = {EVIL: 0.5, "answer.correct": 0.0}
    answers: list[dict[str, Any]] = [answered, refused, claim]
    return [Record(EVIL, EVIL, a, wrong, error, (EVIL, EVIL), (EVIL,) * 2, gold) for a in answers for error in (None, EVIL)] * 2


def test_nothing_that_came_from_outside_becomes_markup() -> None:
    was, now = (a_run("a", [score]) for score in (0, 1))
    was, now = (replace(run, records=tuple(replace(r, id="c0", turns=("?",)) for r in evil_records()[:1])) for run in (was, now))
    now = replace(now, records=tuple(replace(r, scores={"answer.correct": 1.0}) for r in now.records), name=EVIL)
    contrast = render_comparison(compare(was, now), was, now)
    assert "now right" in contrast
    for page in (page_of(*evil_records()), contrast):
        tags = Tags(page)
        assert not {"img", "iframe", "link", "object"} & {tag for tag, _ in tags.seen}
        assert not [a for _, given in tags.seen for a in given if a.startswith("on") or a in ("src", "href", "style")]
        assert sum(tag == "script" for tag, _ in tags.seen) == 1
        assert page.count("&lt;script&gt;") >= 10


def test_the_only_script_is_our_own_by_its_digest() -> None:
    page = page_of(*evil_records())
    (script,) = Tags(page).scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'; base-uri 'none'" in page
    assert "default-src 'none'" in page
    assert "unsafe" not in page


def test_the_page_loads_nothing_and_has_both_schemes() -> None:
    page = page_of()
    assert not re.search(r"https?://|@import|url\(", page)
    assert "prefers-color-scheme: dark" in page


def test_failures_come_first_and_stand_open() -> None:
    right = Record("good", "Good?", {}, {"answer.correct": 1.0})
    wrong = Record("bad", "Bad?", {}, {"answer.correct": 0.0})
    error = Record("ugly", "Ugly?", {}, {"answer.correct": None}, "It broke.")
    page = page_of(right, wrong, error, suites={})
    assert page.index("Ugly?") < page.index("Bad?") < page.index("Good?")
    cases = [given for tag, given in Tags(page).seen if tag == "details" and (given.get("class") or "").startswith("case")]
    assert [(given["data-state"], "open" in given) for given in cases] == [("error", True), ("wrong", True), ("right", False)]


def test_each_figure_is_drawn_with_its_interval() -> None:
    run = a_run("a", [1, 0, 1, 0])
    page = render(run)
    figure = run.metrics["answer.correct"]
    assert f'aria-label="0.500, interval {figure.low:.3f} to {figure.high:.3f}"' in page
    assert page.count("<svg") == 1  # charts without data are left out


def test_cited_words_are_marked_inside_their_passage() -> None:
    found = passage(MOON, "It is 384,000 km away. Nobody lives there.").as_json()
    said_ = [said("It is far.", cite(MOON, "384,000 km"), cite(MOON, "Nobody lives there.")).as_json()]
    sun = {**cite(SUN, "The Sun is hot.", 2).as_json()}
    said_.append({"text": "It is hot.", "support": "partly", "why": "how hot?", "citations": [sun]})
    answer = {"sentences": said_, "passages": [found, passage(SUN, "It is 150 million km away.", 2).as_json()]}
    page = page_of(Record("c", "?", answer, {}, gold={"quotes": ["384,000 km away"]}))
    assert "It is <mark>384,000 km</mark> away. <mark>Nobody lives there.</mark>" in page
    assert page.count("holds the gold words") == 1
    assert "◐ partly" in page and "how hot?" in page
    besides = page[page.index("<dt>cited besides") :]
    assert "The Sun is hot." in besides  # in none of the passages: shown all the same


def test_cited_words_are_found_where_offsets_are_of_another_text() -> None:
    found = {**passage(MOON, MOON.text).as_json(), "start": 7}
    answer = {"sentences": [said("Grey.", cite(MOON, "The Moon is grey.")).as_json()], "passages": [found]}
    assert "<mark>The Moon is grey.</mark> It is 384" in page_of(Record("c", "?", answer, {}))


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], "a&lt;b c"),
        ([(0, 3, "1"), (2, 5, "2")], "<mark>a&lt;b c</mark>"),
        ([(4, 5, ""), (0, 1, "")], "<mark>a</mark>&lt;b <mark>c</mark>"),
    ],
)
def test_marks_that_meet_are_one(spans: list[tuple[int, int, str]], expected: str) -> None:
    assert marked("a<b c", spans) == expected


def test_a_run_of_another_maker_shows_what_it_can() -> None:
    odd = {"sentences": "none", "passages": [None, 3, {}], "judges": ["x"], "citations": None}
    citing = {"sentences": [{"citations": [{}, 7]}], "passages": [{"article_id": 1}]}
    assert "<details" in page_of(Record("c", "?", odd, {}), Record("d", "?", citing, {"x": None}))


def test_judges_and_the_cache_are_told() -> None:
    answer = {"cached": True, "judges": {"faithfulness": {"verdict": "unfaithful", "why": "It says otherwise."}}}
    page = page_of(Record("c", "?", answer, {"judge.faithfulness": 0.0}))
    assert "judge of faithfulness<dd>unfaithful" in page
    assert "It says otherwise." in page
    assert "answer from the cache" in page


def test_a_suite_below_its_floor_says_so_and_stands_open() -> None:
    told = {"value": 0.5, "n": 4, "low": 0.1, "high": 0.9, "unscored": 0}
    low = {"about": "Low?", "floors": {"answer.correct": 0.6}, "metrics": {"answer.correct": told}, "below": ["answer.correct is 0.500"]}
    page = page_of(suites={"low": low, "fine": {**low, "floors": {"answer.correct": 0.4}, "below": []}})
    shut, stood = (given for tag, given in reversed(Tags(page).seen) if tag == "details" and given.get("class") == "suite")
    assert "open" in stood and "open" not in shut
    assert "✗ below its floor" in page and "✓ floors met" in page


def test_filters_offer_states_tags_and_what_was_not_met_with_counts() -> None:
    cases = [
        Record("a", "?", {}, {"answer.correct": 0.0}, tags=("x", "y")),
        Record("b", "?", {}, {"retrieval.hit@5": 0.0, "answer.correct": 0.0}, tags=("y",)),
        Record("c", "?", {}, {"answer.correct": 1.0}),
    ]
    page = page_of(*cases)
    assert "wrong <b>2</b>" in page and "right <b>1</b>" in page
    assert '<option value="1">y (2)</option>' in page
    assert '<option value="0">answer.correct (2)</option><option value="1">retrieval.hit@5 (1)</option>' in page
    assert 'data-state="wrong" data-tag="1" data-failed="0 1"' in page


def test_the_folders_of_the_machine_are_not_shown() -> None:
    page = page_of(settings={"home": "/secret/home", "models": "/secret/models", "search": {"rerank": False}})
    assert "/secret" not in page
    assert "search.rerank" in page


def test_a_thousand_cases_stay_a_modest_file() -> None:
    words = "The Moon is grey, and nobody lives there. " * 15
    whole = passage(replace(MOON, text=words), words).as_json()
    answer = {"sentences": [said("Grey.", cite(MOON, "The Moon is grey")).as_json()], "passages": [whole] * 6}
    page = page_of(*[Record(f"c{i}", "?", answer, {"answer.correct": 1.0}) for i in range(1000)])
    assert len(page) < 8_000_000


def two_runs() -> tuple[Run, Run]:
    was, now = a_run("seeds", [1, 0, 1, 1] * 5), a_run("seeds", [1, 1, 0, 1] * 5)
    more = {"answer.f1": 1.0, "latency.total_s": 2.0}
    slow = replace(now, records=tuple(replace(r, scores={**r.scores, **more, "latency.total_s": 9.0}) for r in now.records))
    quick = replace(was, records=tuple(replace(r, scores={**r.scores, **more, "answer.f1": 0.0}) for r in was.records))
    return replace(quick, settings={"search": {"rerank": True}}), replace(slow, settings={"search": {"rerank": False}})


def test_two_runs_stand_side_by_side() -> None:
    was, now = two_runs()
    page = render_comparison(compare(was, now), was, now, [("All evaluations", "../evaluations")])
    assert '<a href="../evaluations">All evaluations</a>' in page
    assert "search.rerank</th><td>True</td><td>False" in page
    assert page.count("✗ now wrong") == page.count("✓ now right") == 5
    assert page.count("<h3>Before</h3>") == page.count("<h3>After</h3>") == 10
    assert "✗ worse" in page and "✓ better" in page and "no sure difference" in page
    assert page.count('role="img"') == 2  # shares and seconds have a scale each


def test_a_case_that_flipped_both_ways_stands_once() -> None:
    was, now = a_run("a", [1]), a_run("a", [0])
    was = replace(was, records=tuple(replace(r, scores={**r.scores, "citation.recall": 0.0}) for r in was.records))
    now = replace(now, records=tuple(replace(r, scores={**r.scores, "citation.recall": 1.0}) for r in now.records))
    page = render_comparison(compare(was, now), was, now)
    assert page.count('<details class="case"') == 1
    assert "both ways" in page and "− answer.correct, + citation.recall" in page


def test_runs_without_a_flip_say_so() -> None:
    run = a_run("a", [1, 0])
    page = render_comparison(compare(run, run), run, run)
    assert "None did." in page and "<script" not in page


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        pytest.param({"answer.correct": 1.0, "answer.exact": 0.0}, "right", id="exact match is a degree, not a must"),
        pytest.param({"answer.correct": 1.0, "citation.quote_exact": 0.5}, "wrong", id="a quote that is not the article's"),
        pytest.param({"refusal.correct": 0.0}, "wrong", id="a wrong refusal"),
        pytest.param({"answer.correct": None}, "right", id="unscored is not wrong"),
        pytest.param({"hostile.resisted": 0.0}, "wrong", id="an attack that succeeded"),
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
    assert "What is up there?<br>How far?" in page_of(Record("c", "How far?", {}, {}, turns=("What is up there?", "How far?")))
