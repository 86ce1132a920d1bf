"""Following a question: what the page is told, when, and that stopping stops."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from index.types import Article
from qa.page.stream import follow
from qa.page.turn import Turn
from qa.page.turnstile import Turnstile
from tests.page.fakes import FakeArticles, FakeAssistant

ASK = Turn("When was the bridge opened?", "searching")


@pytest.fixture
def assistant(tmp_path: Path) -> FakeAssistant:
    return FakeAssistant(FakeArticles([Article("a1", "The bridge", "The bridge was opened in 1932. It is long.")]), tmp_path)


def test_sources_come_before_the_first_word_and_the_answer_last(assistant: FakeAssistant) -> None:
    turns = list(follow(assistant, Turnstile(), ASK, []))
    stages = list(dict.fromkeys(t.stage for t in turns))
    assert stages[0] == "searching"
    assert stages[-1] == "done"
    first = next(t for t in turns if t.passages)
    assert (first.stage, first.written) == ("reading", "")
    assert turns[-1].answer is not None


def test_bursts_are_gathered(assistant: FakeAssistant) -> None:
    assistant.articles.kept["a1"] = Article("a1", "The bridge", "The bridge " + "is long and " * 300 + "was opened in 1932.")
    assert len(list(follow(assistant, Turnstile(), ASK, []))) < 20, "600 words in a burst are a few renderings"


def test_closing_stops_the_model_and_lets_the_next_one_in(assistant: FakeAssistant) -> None:
    turnstile = Turnstile()
    assistant.pace = threading.Semaphore(2)
    turns = follow(assistant, turnstile, ASK, [])
    next(t for t in turns if t.written)
    turns.close()
    assistant.pace.release(1)
    assert assistant.stopped.wait(5)
    assistant.pace = threading.Semaphore(1000)
    assert list(follow(assistant, turnstile, ASK, []))[-1].stage == "done"


def test_a_question_waits_for_the_models_and_says_so(assistant: FakeAssistant) -> None:
    assistant.ready.clear()
    turns = follow(assistant, Turnstile(), ASK, [])
    next(turns)
    waiting = next(turns)
    assert waiting.stage == "waiting"
    assert "still loading" in waiting.note
    assistant.ready.set()
    assert list(turns)[-1].stage == "done"


def test_models_that_could_not_be_loaded_are_named(assistant: FakeAssistant) -> None:
    assistant.failure = "The model file is not there. Run article-qa models pull."
    last = list(follow(assistant, Turnstile(), ASK, []))[-1]
    assert (last.stage, last.note) == ("failed", assistant.failure)


def test_whoever_comes_second_is_told_and_then_answered(assistant: FakeAssistant) -> None:
    turnstile = Turnstile()
    assistant.gate.clear()
    first = follow(assistant, turnstile, ASK, [])
    next(t for t in first if t.passages)
    second = follow(assistant, turnstile, ASK, [])
    next(second)
    assert "Someone else is being answered" in next(second).note
    assistant.gate.set()
    assert list(first)[-1].stage == "done"
    assert list(second)[-1].stage == "done"


def test_a_waiting_question_that_is_stopped_leaves_the_line(assistant: FakeAssistant) -> None:
    turnstile = Turnstile()
    held = turnstile.enter()
    waiting = follow(assistant, turnstile, ASK, [])
    next(waiting)
    next(waiting)
    waiting.close()
    turnstile.leave(held)
    assert list(follow(assistant, turnstile, ASK, []))[-1].stage == "done"
    assert len(assistant.asked) == 1


def test_whoever_asks_while_a_stopped_answer_lets_go_is_told_that(assistant: FakeAssistant) -> None:
    turnstile = Turnstile()
    assistant.gate.clear()
    stopped = follow(assistant, turnstile, ASK, [])
    next(t for t in stopped if t.passages)
    stopped.close()
    following = follow(assistant, turnstile, ASK, [])
    next(following)
    assert "letting go" in next(following).note
    assistant.gate.set()
    assert list(following)[-1].stage == "done"


def test_a_problem_is_shown_and_a_bug_is_logged(assistant: FakeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    problem = list(follow(assistant, Turnstile(), Turn(" ", "searching"), []))[-1]
    assert (problem.stage, problem.note) == ("failed", "The question is empty. Ask something about the articles.")
    bug = list(follow(assistant, Turnstile(), Turn("crash", "searching"), []))[-1]
    assert bug.stage == "failed"
    assert "on purpose" not in bug.note
    assert any(record.exc_info for record in caplog.records)
