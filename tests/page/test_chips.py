"""What a question prefers on the page: kept in the turn, left out and put back, the question asked again in its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from index.question.hints import Hint
from index.types import Article, Filters
from qa.page import chips, conversation
from qa.page.chat import Chat
from qa.page.turn import Turn, toggled
from qa.talks import Talks
from tests.page.fakes import FakeArticles, FakeAssistant, real

HINTS = (
    Hint("outlet", "Times", False, source="The Times"),
    Hint("outlet", "Times", False, source="New York Times"),
    Hint("latest", "newest", False),
)
TURN = Turn("What is the newest in the Times?", "done", 3, hints=HINTS)


@pytest.fixture
def assistant(tmp_path: Path) -> FakeAssistant:
    held = [Article(name, "The bridge", "The bridge was opened in 1932.", name) for name in ("Courier One", "Courier Two")]
    return FakeAssistant(FakeArticles(held), tmp_path)


def test_each_preference_has_a_chip_and_a_button_that_says_what_it_does() -> None:
    markup = chips.preferences(TURN, newest=True)
    assert '<button type="button" data-hint="3:0" aria-label="do not prefer The Times or New York Times">×</button>' in markup
    assert '<button type="button" data-hint="3:1" aria-label="do not prefer newest first">×</button>' in markup
    assert "<s" not in markup.replace("<span", "")


def test_what_is_ignored_is_struck_out_in_its_place_and_can_be_put_back() -> None:
    markup = chips.preferences(replace(TURN, ignored=("Times",)), newest=True)
    assert '<s title="The Times or New York Times">The Times or New York Times</s>' in markup
    assert '<span class="sr-only">not any more: </span>' in markup, "struck out is nothing that one hears"
    assert 'aria-label="prefer The Times or New York Times again">+</button>' in markup
    assert markup.index("The Times") < markup.index("newest first")


def test_no_preference_shows_nothing_at_all() -> None:
    assert chips.preferences(replace(TURN, hints=()), newest=True) == ""
    assert "referred" not in conversation.turn_html(replace(TURN, hints=()))


def test_an_earlier_turn_keeps_its_chips_without_buttons() -> None:
    markup = conversation.past([replace(TURN, ignored=("newest",))])
    assert "The Times or New York Times" in markup and '<s title="newest first">' in markup
    assert "data-hint" not in markup


@pytest.mark.parametrize(
    ("chosen", "words"), [("3:0", "Times"), ("3:1", "newest"), ("3:2", None), ("2:0", None), ("", None), ("3:-1", None)]
)
def test_only_a_chip_of_this_turn_is_picked(chosen: str, words: str | None) -> None:
    assert chips.picked(chosen, TURN) == words


def test_leaving_out_and_putting_back_is_the_same_question_anew() -> None:
    asked = replace(TURN, filters=Filters(sources=("The Times",)), standalone="alone", written="words", note="note")
    without = toggled(asked, "newest")
    assert (without.question, without.number, without.filters, without.standalone) == (asked.question, 3, asked.filters, "alone")
    assert (without.stage, without.ignored, without.hints, without.written, without.answer) == ("searching", ("newest",), HINTS, "", None)
    assert toggled(toggled(without, "Times"), "newest").ignored == ("Times",)


def test_a_pressed_chip_asks_again_in_the_place_of_the_answer(assistant: FakeAssistant, tmp_path: Path) -> None:
    chat = Chat(real(assistant), Talks(tmp_path / "talks.sqlite"))
    asked = "According to Courier Two, when was the bridge opened?"
    *_, last = chat.ask("Is there a bridge?", (), None, "", "")
    *_, last = chat.ask(asked, last[3], None, "", "")
    turns: tuple[Turn, ...] = last[3]
    assert [turn.number for turn in turns] == [1, 2]
    assert turns[-1].answer and turns[-1].answer.citations[0].source == "Courier Two"
    history = assistant.asked[-1][1]
    first, *_, last = chat.again("2:0", turns)
    assert 'data-stage="searching"' in first[1] and "prefer Courier Two again" in first[1], "the chip is there all the time"
    renewed: tuple[Turn, ...] = last[3]
    assert (len(renewed), renewed[0], renewed[-1].ignored) == (2, turns[0], ("Courier Two",))
    assert renewed[-1].answer and renewed[-1].answer.citations[0].source == "Courier One"
    assert (assistant.asked[-1][:2], assistant.told[-1][1]) == ((asked, history), ("Courier Two",))
    *_, last = chat.again("2:0", renewed)
    assert last[3][-1].ignored == ()
    assert last[3][-1].answer.citations == turns[-1].answer.citations


@pytest.mark.parametrize("chosen", ["1:0", "nonsense", "", "2:7"])
def test_a_chip_that_is_not_there_changes_nothing(assistant: FakeAssistant, chosen: str, tmp_path: Path) -> None:
    chat = Chat(real(assistant), Talks(tmp_path / "talks.sqlite"))
    *_, last = chat.ask("According to Courier Two, when was the bridge opened?", (Turn("Earlier?", "done"),), None, "", "")
    (shown,) = chat.again(chosen, last[3])
    assert shown[1] == shown[3] == {"__type__": "update"}
    assert len(list(chat.again(chosen, ()))) == 1
    assert len(assistant.asked) == 1


def test_an_empty_enter_that_cancelled_an_answer_shows_it_as_stopped(assistant: FakeAssistant, tmp_path: Path) -> None:
    (shown,) = Chat(real(assistant), Talks(tmp_path / "talks.sqlite")).ask(
        "  ", (replace(TURN, stage="writing", written="Half"),), None, "", ""
    )
    assert shown[3][-1].stage == "stopped"
    assert 'data-hint="3:0"' in shown[1]
