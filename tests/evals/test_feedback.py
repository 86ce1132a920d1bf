"""Opinions of readers become cases, the same each time, and never without a right answer."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from evals import datasets
from evals.__main__ import main
from evals.feedback import cases_of
from index.problem import Problem
from qa.page.turn import Turn, as_text
from qa.settings import Settings
from qa.talks import Reason, Talks
from tests.evals.made_up import MOON, answer, cite, said

QUOTE = "It is 384,000 km away."
ANSWERED = answer(said(QUOTE, cite(MOON, QUOTE)))
TALK = "0123456789abcdef01234567"


def kept(home: Path, *opinions: tuple[Turn, bool, Reason, str]) -> Settings:
    with closing(Talks(home / "talks.sqlite")) as talks:
        for number, (turn, good, reason, correction) in enumerate(opinions, 1):
            talks.keep(TALK, number, turn.question, as_text(replace(turn, number=number)))
            talks.judge(TALK, number, good, reason, correction)
    return Settings(home=home)


FAR = Turn("How far is the Moon?", "done", answer=ANSWERED)
REFUSED = Turn("And who lives there?", "done", answer=answer(refused=True))


def test_each_opinion_that_says_what_is_right_is_a_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = kept(
        tmp_path, (FAR, True, "", ""), (REFUSED, True, "", ""), (FAR, False, "wrong", " 385,000 km "), (FAR, False, "unsupported", "")
    )
    out = tmp_path / "cases.jsonl"
    assert cases_of(settings, out) == 0
    right, refused, wrong = (json.loads(line) for line in out.read_text("utf-8").splitlines())
    assert right["turns"] == ["How far is the Moon?"] and right["quotes"] == [QUOTE] and right["articles"] == [MOON.id]
    assert refused["refuse"] is True and refused["turns"] == ["How far is the Moon?", "And who lives there?"]
    assert wrong["answers"] == [["385,000 km"]] and wrong["tags"] == ["feedback", "wrong"]
    assert "3 cases added, 0 were there already, 1 opinions do not say" in capsys.readouterr().out
    assert cases_of(settings, out) == 0
    assert len(out.read_text("utf-8").splitlines()) == 3, "what is there is not written twice"


def test_the_cases_are_read_by_the_suite(tmp_path: Path) -> None:
    settings = kept(tmp_path, (FAR, False, "not found", "385,000 km"), (REFUSED, True, "", ""))
    cases_of(settings, tmp_path / "cases.jsonl")
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "moon.md").write_text(MOON.text)
    found = datasets.load("cases", tmp_path / "cases.jsonl", tmp_path / "articles")
    assert [case.refuse for case in found.cases] == [False, True]


def test_without_opinions_the_next_step_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTICLE_QA_HOME", str(tmp_path))
    assert main(["generate", "--feedback", "--out", str(tmp_path / "cases.jsonl")]) == 1
    assert "Nobody has judged an answer yet" in capsys.readouterr().err
    with pytest.raises(Problem, match="None of 1 opinions says what is right"):
        cases_of(kept(tmp_path, (FAR, False, "wrong", "")), tmp_path / "cases.jsonl")
    assert not (tmp_path / "cases.jsonl").exists()
