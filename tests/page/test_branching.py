"""A question asked otherwise, and how much of the past is sent with a question: what the server does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import gradio as gr
import pytest
from fastapi.testclient import TestClient

from index.problem import Problem
from qa.http import make_app
from qa.page import kept
from qa.page.branching import branched
from qa.page.chat import Chat
from qa.page.talks import listed
from qa.page.turn import UNREADABLE, Turn, from_text
from qa.talks import Talk, Talks, new_id
from tests.page.fakes import HOSTILE, FakeArticles, FakeAssistant, real, seeds

ROOT = Path(__file__).parents[2]
MARIA, STUDY, DART = "How many people died in Hurricane Maria in Puerto Rico?", "Which study counted them?", "What hit Dimorphos?"
SKIPPED = gr.skip()
BO = gr.Request(username="bo")


@pytest.fixture
def assistant(tmp_path: Path) -> FakeAssistant:
    return FakeAssistant(FakeArticles(seeds(ROOT / "seeds")), tmp_path)


@pytest.fixture
def talks(tmp_path: Path) -> Iterator[Talks]:
    with closing(Talks(tmp_path / "talks.sqlite")) as opened:
        yield opened


@pytest.fixture
def chat(assistant: FakeAssistant, talks: Talks) -> Chat:
    return Chat(real(assistant), talks)


def ask(chat: Chat, question: str, turns: tuple[Turn, ...] = ()) -> tuple[Turn, ...]:
    *_, last = chat.ask(question, turns, None, "", "")
    found: tuple[Turn, ...] = last[3]
    return found


def numbers(markup: str) -> list[int]:
    return [int(number) for number in re.findall(r'data-turn="(\d+)"', markup)]


def of(talks: Talks, talk: str) -> tuple[Turn, ...]:
    return from_text(talks.turns(talk), talk)


def test_a_branch_goes_on_from_there_and_the_old_conversation_stays_whole(chat: Chat, talks: Talks, assistant: FakeAssistant) -> None:
    turns = ask(chat, DART, ask(chat, STUDY, ask(chat, MARIA)))
    old = turns[0].talk
    talks.judge(old, 1, True)
    before = talks.turns(old), talks.get(old)
    new = branched(talks, old, 2, "  And who paid\nfor it? ")
    assert new != old and (talks.turns(old), talks.get(old)) == before
    first, edited = of(talks, new)
    assert (first.question, first.answer, first.passages) == (MARIA, turns[0].answer, turns[0].passages), "with its citations"
    assert (edited.question, edited.stage, edited.answer, edited.number) == ("And who paid\nfor it?", "stopped", None, 2)
    assert (talks.get(new).title, talks.get(new).branched, talks.opinions(new)) == (MARIA, 2, [])
    past, *_, last = (shown for shown in chat.again(f"branch:{new}", turns))
    assert numbers(past[0]) == [1] and f'data-talk="{new}"' in past[0] and 'aria-pressed="true"' not in past[0]
    assert [t.question for t in last[3]] == [MARIA, "And who paid\nfor it?"] and last[3][-1].answer
    assert [q for q, _ in assistant.asked[-1][1]] == [MARIA], "what came after it is no part of the conversation"
    assert [t.id for t in talks.list()] == [new, old]
    assert talks.turns(old) == before[0]


def test_it_is_asked_as_the_turn_was_that_was_edited(chat: Chat, talks: Talks, assistant: FakeAssistant) -> None:
    (article,) = [a for a in assistant.articles.kept.values() if "DART" in a.title][:1]
    *_, last = chat.ask(DART, (), ["Orbit Desk"], "2022", "", None, article.id, "brief", 0.7, True)
    (turn,) = last[3]
    new = branched(talks, turn.talk, 1, "How fast was it?")
    *_, last = chat.again(f"branch:{new}", ())
    (asked,) = last[3]
    assert (asked.filters, asked.about, asked.manner) == (turn.filters, turn.about, turn.manner)
    assert assistant.asked[-1] == ("How fast was it?", [], turn.filters) and assistant.manners[-1] == turn.manner
    assert talks.get(new).title == "How fast was it?", "named by its first question, as always"


def test_what_cannot_be_asked_or_is_not_ones_own_is_refused(chat: Chat, talks: Talks, assistant: FakeAssistant) -> None:
    talk = ask(chat, MARIA)[0].talk
    for question, said in (("", "is empty"), (" \n ", "is empty"), ("x" * 5_000, "5,000 characters long; 2,000 are read")):
        with pytest.raises(Problem, match=said):
            branched(talks, talk, 1, question)
    for number in (0, -1, 2, 10**30):
        with pytest.raises(Problem, match="not here any more"):
            branched(talks, talk, number, DART)
    for whose, which in ((talks.of("bo"), talk), (talks, "nothing"), (talks, "")):
        with pytest.raises(Problem, match="not here any more"):
            branched(whose, which, 1, DART)
    for shown in (*chat.again(f"branch:{talk}", (), request=BO), *chat.again("branch:", ())):
        assert shown == (SKIPPED,) * 7
    assert [t.id for t in talks.list()] == [talk] and len(assistant.asked) == 1


def test_its_address_takes_nothing_else(chat: Chat, talks: Talks, assistant: FakeAssistant) -> None:
    talk = ask(chat, MARIA)[0].talk
    app = make_app(real(assistant), "127.0.0.1")
    app.include_router(kept.make_router(talks))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        where = f"/talks/{talk}/1/branch"
        new = client.post(where, json={"question": DART}).json()["talk"]
        assert of(talks, new)[0].question == DART
        assert client.post(where, json={"question": " "}).json() == {"error": "The question is empty. Ask something about the articles."}
        assert "2,000 are read" in client.post(where, json={"question": "x" * 100_000}).json()["error"]
        for bad in ({}, {"question": 7}, {"question": DART, "talk": talk}, {"question": None}, []):
            assert client.post(where, json=bad).status_code == 400
        for gone in ("/talks/nothing/1/branch", f"/talks/{talk}/7/branch", f"/talks/{talk}/0/branch"):
            assert "not here any more" in client.post(gone, json={"question": DART}).json()["error"]
        assert client.post(f"/talks/{talk}/x/branch", json={"question": DART}).status_code == 400
        assert client.post(where, json={"question": DART}, headers={"Origin": "https://evil.example"}).status_code == 403
        assert client.post(where, json={"question": "x" * 300_000}).status_code == 413, "no endless request"
    assert len(talks.list()) == 2


def test_what_this_version_cannot_read_is_copied_as_it_is(talks: Talks) -> None:
    talk = new_id()
    talks.keep(talk, 1, "Who?", '{"question": "Who?", "stage": "dreaming"}')
    talks.keep(talk, 2, "When?", '{"question": "When?", "stage": "done"}')
    new = branched(talks, talk, 2, "Where?")
    assert talks.turns(new)[0] == talks.turns(talk)[0] and of(talks, new)[0].note == UNREADABLE
    assert talks.get(new).questions == ("Who?", "Where?")


def test_the_list_tells_a_branch_by_the_question_that_was_edited() -> None:
    talk = Talk("t", MARIA, datetime.now(UTC), False, (MARIA, DART), 2)
    assert f"branched: “{DART}” · 2 questions" in listed([talk])
    assert "branched" not in listed([replace(talk, branched=0)]) and "branched" not in listed([replace(talk, branched=9)])
    hostile = listed([replace(talk, questions=(MARIA, HOSTILE))])
    assert "…” · 2 questions" in hostile and not re.search(r"<(script|img|svg|video|form|b |style)", hostile)


def test_only_the_newest_finished_turn_is_sent_with_a_question(chat: Chat) -> None:
    turns = ask(chat, MARIA)
    sent = [shown[0] for shown in chat.ask(STUDY, turns, None, "", "")]
    assert numbers(sent[0]) == [1] and sent[1:] == [SKIPPED] * (len(sent) - 1)
    turns = ask(chat, STUDY, turns)
    running = chat.ask(DART, turns, None, "", "")
    first = next(running)
    assert numbers(first[0]) == [2] and "data-again" not in first[0] and "data-edit" in first[0]
    running.close()
    turns = first[3]
    assert {str(shown[0]) for shown in chat.again("again", turns)} == {str(SKIPPED)}, "those before it are there already"
    assert numbers(chat.opened(turns[0].talk)[0]) == [1, 2]
    assert next(chat.ask(MARIA, (), None, "", ""))[0] == "", "of a new conversation there is none"


def test_a_question_that_was_not_taken_leaves_no_gap_and_offers_nothing(chat: Chat, talks: Talks) -> None:
    turns = ask(chat, MARIA)
    ((past, current, _, failed, box, *_),) = chat.ask("x" * 5_000, turns, None, "", "")
    assert numbers(past) == [1] and numbers(current) == [2] and box == SKIPPED
    assert "2,000 are read" in current and "data-again" not in current and "data-edit" not in current
    turns = ask(chat, STUDY, failed)
    assert [(t.number, t.question) for t in turns] == [(1, MARIA), (2, STUDY)]
    talks.judge(turns[0].talk, 2, True)
    assert talks.get(turns[0].talk).questions == (MARIA, STUDY)
    *_, last = chat.ask(DART, ask(chat, "?" * 5_000), None, "", "")
    assert [(t.number, t.question) for t in last[3]] == [(1, DART)], "also where it was the first"


def test_after_a_restart_the_conversation_that_a_page_shows_goes_on(chat: Chat, talks: Talks, assistant: FakeAssistant) -> None:
    talk = ask(chat, MARIA)[0].talk
    *_, last = chat.ask(STUDY, None, None, "", "", here=talk)  # gradio has forgotten the page
    turns = last[3]
    assert [t.question for t in turns] == [MARIA, STUDY] and turns[-1].talk == talk
    assert [q for q, _ in assistant.asked[-1][1]] == [MARIA]
    *_, last = chat.again("again", None, talk)
    assert [t.question for t in last[3]] == [MARIA, STUDY]
    *_, last = chat.ask(DART, None, None, "", "", here=talk, request=BO)
    assert [(t.question, t.talk == talk) for t in last[3]] == [(DART, False)], "not that of somebody else"
    *_, last = chat.ask(DART, (), None, "", "", here=talk)
    assert [(t.question, t.talk == talk) for t in last[3]] == [(DART, False)], "a page that shows none begins one"
