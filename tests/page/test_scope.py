"""What a question is narrowed to, and how it is answered: as chosen on the page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index.problem import Problem
from index.types import Filters
from qa.answers import CUT_OFF
from qa.page import manner, words
from qa.page.chat import AGAIN, LONGER, WIDER, Chat
from qa.page.conversation import turn_html
from qa.page.scope import Scope, asked_about, chips
from qa.page.turn import longer
from qa.settings import AnswerSettings, LlmSettings, Settings
from qa.talks import Talks
from tests.page.fakes import HOSTILE, FakeArticles, FakeAssistant, real, seeds
from tests.page.test_rendering import Tags, visible

ROOT = Path(__file__).parents[2]


def titled(article_id: str) -> str:
    if article_id == "gone":
        raise Problem("There is no such article.")
    return f"Title of {article_id}"


def test_every_choice_is_a_chip_and_each_can_be_taken_away() -> None:
    whole = Scope.of(["CNN", "The “Gazette”"], "2023", "2023-02", "To read", "a1 b2")
    shown = chips(whole, titled)
    assert visible(shown).replace("×", " ×") == (
        "Only: CNN ×The “Gazette” ×from 1 January 2023 ×to 28 February 2023 ×collection “To read” ×“Title of a1, as 2 outlets tell it” ×"
    )
    left = whole
    for key in ("-outlet:CNN", "-outlet:The “Gazette”", "-since", "-until", "-collection", "-only"):
        assert f'data-scope="{key}"' in shown
        left = left.changed(key)
    assert left == Scope() and chips(left, titled) == "" and not left.filters()


def test_an_article_or_a_collection_is_asked_about_alone() -> None:
    narrow = Scope().changed("+only:a1").changed("+collection:To: read")
    assert narrow.filters() == Filters(articles=("a1",), collection="To: read")
    assert asked_about(narrow, titled) == "Title of a1"
    assert asked_about(Scope(only="gone"), titled) == "an article that is gone"
    assert words.narrowed(narrow.filters(), "Title of a1") == "only “Title of a1”, the collection “To: read”"
    for nonsense in ("", "+", "-", "+outlet:x", "-everything", "*only:x"):
        assert narrow.changed(nonsense) == narrow


def test_dates_that_are_none_are_told_on_the_chip_and_by_the_question() -> None:
    assert "soon (not a date)" in chips(Scope(since="soon"), titled)
    with pytest.raises(Problem, match="“soon” is not a date"):
        Scope(since="soon").filters()
    with pytest.raises(Problem, match="later than"):
        Scope(since="2024", until="2023").filters()
    assert Scope(since="2023", until="2023").filters() == Filters(published_from=date(2023, 1, 1), published_to=date(2023, 12, 31))


def test_hostile_names_stay_words() -> None:
    shown = chips(Scope.of([HOSTILE], HOSTILE, HOSTILE, HOSTILE, "x"), lambda _: HOSTILE)
    Tags().feed(shown)


@pytest.fixture
def assistant(tmp_path: Path) -> FakeAssistant:
    return FakeAssistant(FakeArticles(seeds(ROOT / "seeds")), tmp_path)


@pytest.fixture
def chat(assistant: FakeAssistant) -> Chat:
    return Chat(real(assistant), Talks(assistant.settings.home / "talks.sqlite"))


def test_a_question_carries_them_and_a_refusal_offers_to_ask_all_articles(chat: Chat, assistant: FakeAssistant) -> None:
    (article,) = [a for a in assistant.articles.kept.values() if "DART" in a.title][:1]
    *_, last = chat.ask("What is the weather?", (), ["Orbit Desk"], "", "", None, article.id, "brief", 0.7, True)
    (turn,) = last[3]
    assert assistant.asked[-1][2] == Filters(("Orbit Desk",), articles=(article.id,))
    assert assistant.manners[-1] == AnswerSettings(length="brief", carefulness=0.7, quotations_only=True)
    assert f"only “{article.title}”, Orbit Desk" in visible(last[1])
    assert 'data-again="wider"' in turn_html(turn) and 'data-again="wider"' not in turn_html(turn, newest=False)
    *_, last = chat.again(WIDER, (turn,))
    assert not assistant.asked[-1][2]
    assert assistant.manners[-1] == turn.manner, "it is answered as it was"
    assert 'data-again="wider"' not in last[1]


def test_what_cannot_be_is_told_and_nothing_is_asked(chat: Chat, assistant: FakeAssistant) -> None:
    for wrong, said in (({"length": "endless"}, "length:"), ({"carefulness": 7.0}, "carefulness:"), ({"since": "soon"}, "not a date")):
        given = {"outlets": None, "since": "", "until": ""} | wrong
        *_, last = chat.ask("What hit Dimorphos?", (), **given)  # type: ignore[arg-type]
        assert said in visible(last[1])
    assert assistant.asked == []


def test_how_to_answer_begins_as_in_the_settings_and_is_kept_by_the_browser(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, answer=AnswerSettings(length="brief", carefulness=0.3))
    usual = settings.llm.model
    assert manner.begun(settings) == ["brief", 0.3, False, usual]
    assert manner.told(settings, ["thorough", 0.7, True]) == ["thorough", 0.7, True, usual]
    assert manner.told(settings, ["thorough", 0.7, True, "gone"]) == ["thorough", 0.7, True, usual]
    for nonsense in (None, "x", [], ["thorough"], ["endless", 0.5, False], [1, 2, 3, 4], {"length": "brief"}, ["brief", None, "so"]):
        assert manner.told(settings, nonsense) == manner.begun(settings)


def test_the_model_that_was_chosen_answers_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, small = (FakeAssistant(FakeArticles(seeds(ROOT / "seeds")), tmp_path) for _ in range(2))
    usual.settings = Settings(home=tmp_path, llm=LlmSettings(provider="openai", model="large", others="small"))
    chat = Chat(real(usual), Talks(tmp_path / "talks.sqlite"))
    assert chat.models.names[:2] == ("large", "small")
    monkeypatch.setattr(chat.models, "of", lambda name: {"": usual, "small": small}[name])
    *_, last = chat.ask("What hit Dimorphos?", (), None, "", "", model="large")
    assert (len(usual.asked), len(small.asked)) == (1, 0)
    *_, last = chat.ask("What hit Dimorphos?", last[3], None, "", "", model="small")
    assert (len(usual.asked), len(small.asked)) == (1, 1)
    assert "by small" in visible(last[1])
    *_, last = chat.again(AGAIN, last[3])
    assert (len(usual.asked), len(small.asked)) == (1, 2), "it is asked as it was"
    assert manner.told(usual.settings, ["brief", 0.5, False, "small"]) == ["brief", 0.5, False, "small"]


def test_an_answer_that_was_cut_off_is_had_at_greater_length(chat: Chat, assistant: FakeAssistant) -> None:
    *_, last = chat.ask("What hit Dimorphos?", (), None, "", "")
    (turn,) = last[3]
    assert "greater length" not in turn_html(turn)
    cut = replace(turn, answer=replace(turn.answer, interrupted=CUT_OFF))
    assert 'data-again="longer"' in turn_html(cut)
    assert "greater length" not in turn_html(cut, newest=False)
    *_, last = chat.again(LONGER, (cut,))
    assert assistant.manners[-1] and assistant.manners[-1].length == "thorough"
    (turn,) = last[3]
    assert "greater length" not in turn_html(replace(turn, answer=replace(turn.answer, interrupted=CUT_OFF))), "there is none greater"
    roomless = Settings(answer=AnswerSettings(evidence_tokens=1800))
    assert longer(replace(turn, manner=None), roomless).manner is None, "where it does not fit it is asked as it was"


def test_a_thorough_answer_must_fit_into_the_model(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, answer=AnswerSettings(evidence_tokens=1800))
    with pytest.raises(Problem, match="does not fit"):
        manner.chosen(settings, "thorough")
    assert manner.chosen(settings, "brief").length == "brief"
