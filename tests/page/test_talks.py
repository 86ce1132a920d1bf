"""Conversations as they are kept, listed, printed and taken away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from qa.http import make_app
from qa.page import kept
from qa.page.chat import Chat
from qa.page.talks import listed, markdown, page_of
from qa.page.turn import UNREADABLE, Turn, from_text
from qa.talks import Talk, Talks
from tests.page.fakes import HOSTILE, FakeArticles, FakeAssistant, real, seeds

ROOT = Path(__file__).parents[2]
ASKED = "How many people died in Hurricane Maria in Puerto Rico?"


@pytest.fixture
def assistant(tmp_path: Path) -> FakeAssistant:
    return FakeAssistant(FakeArticles(seeds(ROOT / "seeds")), tmp_path)


@pytest.fixture
def talks(tmp_path: Path) -> Iterator[Talks]:
    with closing(Talks(tmp_path / "talks.sqlite")) as opened:
        yield opened


def ask(chat: Chat, question: str = ASKED, turns: tuple[Turn, ...] = ()) -> tuple[Turn, ...]:
    *_, last = chat.ask(question, turns, None, "", "")
    found: tuple[Turn, ...] = last[3]
    return found


def test_every_answer_is_kept_as_it_was_with_its_citations(assistant: FakeAssistant, talks: Talks, tmp_path: Path) -> None:
    turns = ask(Chat(real(assistant), talks))
    turns = ask(Chat(real(assistant), talks), "And which study counted them?", turns)
    assert turns[0].talk and {t.talk for t in turns} == {turns[0].talk}
    with closing(Talks(tmp_path / "talks.sqlite")) as after_a_restart:
        assert from_text(after_a_restart.turns(turns[0].talk), turns[0].talk) == turns
        assert turns[0].answer and turns[0].answer.citations


def test_a_kept_conversation_is_opened_as_it_was_shown(assistant: FakeAssistant, talks: Talks) -> None:
    chat = Chat(real(assistant), talks)
    turns = ask(chat, "And what else?", ask(chat))
    past, current, found, state, *_ = chat.opened(turns[0].talk)
    assert ASKED in past and "And what else?" in current and "card" in found
    assert state == turns
    assert chat.opened("nothing")[3] == () == chat.opened(" ")[3]


def test_two_questions_of_two_pages_are_two_conversations(assistant: FakeAssistant, talks: Talks) -> None:
    chat = Chat(real(assistant), talks)
    one, other = ask(chat), ask(chat)
    assert one[0].talk != other[0].talk
    assert [t.id for t in talks.list()] == [other[0].talk, one[0].talk]


def test_what_is_being_written_when_the_server_is_killed_is_there_as_stopped(assistant: FakeAssistant, talks: Talks) -> None:
    running = Chat(real(assistant), talks).ask(ASKED, (), None, "", "")
    for shown in running:
        if 'data-stage="writing"' in str(shown[1]):
            break
    (talk,) = talks.list()
    (turn,) = from_text(talks.turns(talk.id), talk.id)  # as the next start finds it, and nobody has closed anything
    assert (turn.stage, turn.question, bool(turn.passages)) == ("stopped", ASKED, True)
    running.close()


def test_a_reader_who_goes_leaves_what_was_written(assistant: FakeAssistant, talks: Talks) -> None:
    running = Chat(real(assistant), talks).ask(ASKED, (), None, "", "")
    for shown in running:
        if 'data-stage="writing"' in str(shown[1]):
            break
    running.close()
    (talk,) = talks.list()
    (turn,) = from_text(talks.turns(talk.id), talk.id)
    assert turn.stage == "stopped" and turn.written


def test_a_question_that_was_not_taken_is_not_kept(assistant: FakeAssistant, talks: Talks) -> None:
    list(Chat(real(assistant), talks).ask(ASKED, (), None, "1 May 2024", "1 May 2020"))
    assert talks.list() == []


def test_a_full_disk_does_not_take_the_answer_away(assistant: FakeAssistant, talks: Talks) -> None:
    talks.close()
    turns = ask(Chat(real(assistant), talks))
    assert turns[-1].answer and turns[-1].stage == "done"


@pytest.mark.parametrize("data", ["", "nonsense", '{"question": "Who?", "stage": "dreaming"}', "[]", "null"])
def test_what_an_older_version_kept_is_told_not_lost(data: str) -> None:
    (turn,) = from_text([data], "t")
    assert (turn.stage, turn.note) == ("failed", UNREADABLE)
    assert turn.question == ("Who?" if "Who?" in data else "(a question that cannot be read any more)")


def hostile(assistant: FakeAssistant) -> tuple[Talk, tuple[Turn, ...]]:
    chat_turn = Turn(HOSTILE, "done", talk="t")
    *_, answer = assistant.ask(ASKED)
    sentence = replace(answer.sentences[0], text=HOSTILE, support="partly", why=HOSTILE)  # type: ignore[union-attr]
    cited = replace(sentence.citations[0], quote=HOSTILE, title=HOSTILE, source=HOSTILE, url="javascript:alert(1)")
    answer = replace(answer, text=HOSTILE, sentences=(replace(sentence, citations=(cited,)),))  # type: ignore[arg-type]
    return Talk("t", HOSTILE, datetime.now(UTC), True, (HOSTILE,)), (replace(chat_turn, answer=answer),)  # type: ignore[arg-type]


def test_nothing_in_a_conversation_becomes_markup(assistant: FakeAssistant) -> None:
    talk, turns = hostile(assistant)
    for made in (listed([talk]), page_of(talk, turns)):
        assert not re.search(r"<(script|img|svg|video|form|iframe|b |object)", made)
        assert "javascript:" not in re.sub(r">[^<]*<", "><", made)
        assert 'onerror="' not in made
    assert "![" not in re.sub(r"\\.", "", markdown(talk, turns))
    assert "](" not in re.sub(r"\\.", "", markdown(talk, turns))


def test_markdown_has_a_footnote_for_each_citation(assistant: FakeAssistant, talks: Talks) -> None:
    turns = ask(Chat(real(assistant), talks))
    told = markdown(talks.get(turns[0].talk), turns)
    assert told.startswith("# How many people died")
    used, given = set(re.findall(r"\[\^([\d-]+)\](?!:)", told)), set(re.findall(r"^\[\^([\d-]+)\]:", told, re.MULTILINE))
    assert used == given and used
    answer = turns[0].answer
    assert answer and all(" ".join(c.quote.split())[:20].replace("*", r"\*") in told for c in answer.citations)


def test_the_addresses_of_a_conversation(assistant: FakeAssistant, talks: Talks) -> None:
    turns = ask(Chat(real(assistant), talks))
    talk = turns[0].talk
    app = make_app(real(assistant), "127.0.0.1")
    app.include_router(kept.make_router(talks))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        page = client.get(f"/talks/{talk}")
        assert page.status_code == 200 and ASKED in page.text and "<script" not in page.text
        assert client.get(f"/talks/{talk}.md").headers["content-type"].startswith("text/markdown")
        told = json.loads(client.get(f"/talks/{talk}.json").text)
        assert told["turns"][0]["answer"] == json.loads(json.dumps(turns[0].answer.as_json()))  # type: ignore[union-attr]
        assert client.post(f"/talks/{talk}", json={"title": "Maria", "pinned": True}).json() == {"done": True}
        assert (talks.get(talk).title, talks.get(talk).pinned) == ("Maria", True)
        assert "empty" in client.post(f"/talks/{talk}", json={"title": " "}).json()["error"]
        assert client.post(f"/talks/{talk}", json={"titel": "x"}).status_code == 400
        assert client.post(f"/talks/{talk}", json={"deleted": True}).status_code == 200
        for ending in ("", ".md", ".json"):
            gone = client.get(f"/talks/{talk}{ending}")
            assert gone.status_code == 404 and "not here any more" in gone.text
        assert client.post(f"/talks/{talk}", json={"deleted": False}).status_code == 200
        assert client.get(f"/talks/{talk}").status_code == 200
        assert client.post(f"/talks/{talk}", json={"deleted": True}, headers={"Origin": "https://evil.example"}).status_code == 403
        with suppress(AttributeError):
            assert client.get("/talks").status_code in (404, 405), "nobody lists what others asked"


def test_the_list_says_what_each_is_and_when(talks: Talks) -> None:
    talks.keep("a", 1, "Who built it?", "")
    talks.keep("a", 2, "When?", "")
    made = listed(talks.list())
    assert "2 questions" in made and 'data-open="a"' in made and 'data-words="who built it? who built it? when?"' in made
    assert listed([]) == '<p class="quiet">Your questions are kept here.</p>'


def test_a_thumb_is_kept_with_the_answer_it_is_of_and_shown_until_it_is_asked_anew(
    assistant: FakeAssistant, talks: Talks, tmp_path: Path
) -> None:
    chat = Chat(real(assistant), talks)
    turns = ask(chat)
    talk = turns[0].talk
    app = make_app(real(assistant), "127.0.0.1")
    app.include_router(kept.make_router(talks))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.post(f"/talks/{talk}/1", json={"good": False, "reason": "wrong", "correction": "2,975"}).json() == {"done": True}
        for bad in ({"good": False, "reason": "nonsense"}, {"good": "x"}, {}, {"good": True, "correction": "x" * 5000}):
            assert client.post(f"/talks/{talk}/1", json=bad).status_code in (400, 422)
        for missing in (f"/talks/{talk}/2", f"/talks/{talk}/0", "/talks/nothing/1"):
            assert "not here any more" in client.post(missing, json={"good": True}).text
    (opinion,) = talks.opinions(talk)
    assert (opinion.good, opinion.reason, opinion.correction, opinion.questions) == (False, "wrong", "2,975", (ASKED,))
    assert 'data-good="no" aria-pressed="true"' in chat.opened(talk)[1]
    assert ask(chat, "And what else?", turns)[0].good is False
    turns = tuple(chat.again("again", ask(chat)))[-1][3]
    assert talks.opinions(turns[0].talk) == []
    talks.change(talk, deleted=True)
    assert [o.talk for o in talks.every_opinion()] == [talk], "an opinion outlives its conversation"
    talks.judge(talk, 1, None)
    assert talks.every_opinion() == []
