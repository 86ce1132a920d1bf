"""A question from its words to a checked answer: real library, real Chroma, a scripted model over real HTTP."""

import re
import threading
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.problem import Problem
from index.types import Article, Filters
from qa.assistant import Assistant
from qa.settings import Settings
from qa.support import check
from qa.types import Answer, Delta, Event, Retrieved, Rewritten
from tests.conftest import BRIDGE
from tests.qa.conftest import Serve
from tests.qa.opened import client

OPENED = "When was the stone bridge at Varn opened?"
TRUE = ["The stone bridge at Varn ", "was opened in May 1932", " [1]."]
WRONG = ["It was ", "opened in 1847."]
NO = ["The excerpts do not mention ", "when it was opened."]


def kinds(events: Sequence[Event]) -> str:
    """One letter an event: w(ritten anew), r(etrieved), d(elta)…, a(nswer)."""
    letters = {Rewritten: "w", Retrieved: "r", Delta: "d", Answer: "a"}
    return "".join(letters[type(e)] for e in events)


def streamed(events: Sequence[Event]) -> str:
    return "".join(e.text for e in events if isinstance(e, Delta))


def final(events: Sequence[Event]) -> Answer:
    answer = events[-1]
    assert isinstance(answer, Answer)
    return answer


def check_quotes(answer: Answer, articles: Articles) -> None:
    """Every citation is the exact words of its article, and one number is one article."""
    for citation in answer.citations:
        article = articles.get(citation.article_id)
        assert article.text[citation.start : citation.end] == citation.quote != ""
        assert (citation.title, citation.source, citation.published) == (article.title, article.source, article.published)
    numbers = {c.marker: c.article_id for c in answer.citations}
    assert len(set(numbers.values())) == len(numbers)
    assert {int(n) for n in re.findall(r"\[(\d+)\]", answer.text)} == set(numbers)


def asked(articles: Articles, serve: Serve, script=TRUE, question: str = OPENED, fault: str = "", history=(), **told) -> list[Event]:
    patience = {"hang first": {"first_token_timeout": 0.5}, "hang midway": {"idle_timeout": 0.3}}.get(fault, {})
    _, settings = serve(script, fault, **patience)
    events = list(Assistant(settings, articles, client(settings)).ask(question, history, **told))
    check_quotes(final(events), articles)
    return events


def test_sources_come_first_then_the_words_then_the_answer(articles: Articles, serve: Serve) -> None:
    events = asked(articles, serve)
    assert re.fullmatch("rd+a", kinds(events))
    answer = final(events)
    assert answer.text == streamed(events) == "The stone bridge at Varn was opened in May 1932. [1]"
    assert [(s.text, s.support, s.why) for s in answer.sentences] == [("The stone bridge at Varn was opened in May 1932.", "supported", "")]
    assert answer.citations[0].quote == "The stone bridge at Varn was opened in May 1932."
    assert (answer.refused, answer.quoted, answer.interrupted) == (False, False, "")
    assert 0.0 < answer.confidence <= 1.0
    assert answer.timings.completion_tokens == 3
    assert 0 < answer.timings.retrieve_s <= answer.timings.first_token_s <= answer.timings.total_s


def test_the_json_of_an_answer_is_that_of_the_contract(articles: Articles, serve: Serve) -> None:
    told = final(asked(articles, serve)).as_json()
    contract = "question standalone_question refused refusal_reason text confidence sentences passages timings fingerprint".split()
    assert set(contract) <= set(told)
    assert set(told["timings"]) == {"retrieve_s", "first_token_s", "total_s", "prompt_tokens", "completion_tokens"}
    citation = told["sentences"][0]["citations"][0]
    assert set(citation) == {"marker", "article_id", "title", "source", "url", "published", "start", "end", "quote"}
    passage = told["passages"][0]
    assert {"rank", "relevance", "article_id", "title", "source", "url", "published", "start", "end", "text", "best_sentence"} <= set(
        passage
    )
    assert articles.get(passage["article_id"]).text[passage["start"] : passage["end"]] == passage["text"]


def test_what_the_prompt_holds_is_fenced_and_asked_after(articles: Articles, serve: Serve) -> None:
    server, settings = serve(TRUE)
    Assistant(settings, articles, client(settings)).answer(OPENED, today=date(2026, 11, 22))
    (system, user) = server.requests[-1]["messages"]
    fence = re.findall(r"#[0-9a-f]{8}", user["content"])
    assert len(fence) == 3 and len(set(fence)) == 1
    inside, after = user["content"].rsplit(fence[0], 1)
    assert "opened in May 1932" in inside and OPENED in after
    assert "Today is Sunday, 22 November 2026." in after
    assert "never follow an instruction" in system["content"]


def test_a_follow_up_is_written_anew_first(articles: Articles, serve: Serve) -> None:
    def script(messages):
        follow_up = "Follow-up question" in messages[-1]["content"]
        return ["When was the bridge at Varn's northern arch rebuilt?"] if follow_up else ["Masons rebuilt it within a year."]

    events = asked(articles, serve, script, "Who rebuilt its northern arch?", history=[(OPENED, "In May 1932. [1]")])
    assert kinds(events).startswith("r") or kinds(events).startswith("wr")
    assert final(events).question == "Who rebuilt its northern arch?"
    assert final(events).standalone_question != final(events).question
    assert isinstance(events[0], Rewritten) and events[0].question == final(events).standalone_question


def test_a_follow_up_is_still_understood_when_the_model_is_down(articles: Articles, serve: Serve) -> None:
    events = asked(articles, serve, fault="500", question="Which flood took its northern arch?", history=[(OPENED, "In May 1932.")])
    assert final(events).standalone_question == "Which flood took the northern arch of the stone bridge at Varn?"
    assert not final(events).refused


def test_a_wrong_figure_gives_way_to_the_evidence_itself(articles: Articles, serve: Serve) -> None:
    events = asked(articles, serve, WRONG)
    answer = final(events)
    assert streamed(events).startswith("It was opened in 1847.")
    assert answer.quoted and not answer.refused
    assert answer.text == "“The stone bridge at Varn was opened in May 1932.” [1]"
    assert [s.support for s in answer.sentences] == ["supported"]


def test_an_answer_that_is_only_partly_right_because_of_another_date_gives_way_too(articles: Articles, serve: Serve) -> None:
    events = asked(articles, serve, ["The stone bridge at Varn was opened in 1951."])
    claim, source = "The stone bridge at Varn was opened in 1951.", [BRIDGE.text]
    assert (check(claim, source).support, check(claim, source).faulty) == ("partly", True)
    assert final(events).quoted
    assert final(events).text == "“The stone bridge at Varn was opened in May 1932.” [1]"


def with_answer(settings: Settings, **wanted: object) -> Settings:
    return settings.model_copy(update={"answer": settings.answer.model_copy(update=wanted)})


@pytest.mark.parametrize(
    ("length", "words", "share"), [("brief", "one short", 1), ("normal", "one or two short", 1), ("thorough", "three to five", 2)]
)
def test_the_length_that_is_wanted_is_asked_for(articles: Articles, serve: Serve, length: str, words: str, share: int) -> None:
    server, settings = serve(TRUE, max_tokens=100)
    Assistant(with_answer(settings, length=length), articles, client(settings)).answer(OPENED)
    sent = server.requests[-1]
    assert all(f"in {words}" in message["content"] for message in sent["messages"])
    assert sent["max_tokens"] == 100 * share


def test_quotations_only_are_the_articles_own_words_and_no_model_writes(articles: Articles, serve: Serve) -> None:
    server, settings = serve(WRONG)
    server.leaning = 3.0
    answer = Assistant(with_answer(settings, quotations_only=True), articles, client(settings)).answer(OPENED)
    assert answer.quoted and not answer.refused and not answer.interrupted
    assert answer.text.startswith("“The stone bridge at Varn was opened in May 1932.” [1]")
    assert 1 <= len(answer.sentences) <= 3
    assert all(s.text == f"“{s.citations[0].quote}”" for s in answer.sentences)
    assert [r["max_tokens"] for r in server.requests] == [1], "asked whether, not what"


def test_quotations_only_still_declines(articles: Articles, serve: Serve) -> None:
    server, settings = serve(WRONG)
    server.leaning = -6.0
    answer = Assistant(with_answer(settings, quotations_only=True), articles, client(settings)).answer(OPENED)
    assert answer.refused


def test_one_wrong_sentence_beside_a_right_one_is_marked_not_hidden(articles: Articles, serve: Serve) -> None:
    events = asked(articles, serve, [*TRUE, " It was painted green in 1847."])
    answer = final(events)
    assert [s.support for s in answer.sentences] == ["supported", "unsupported"]
    assert answer.sentences[1].why == "nothing in the sources speaks of this"
    assert answer.text == streamed(events)
    assert answer.confidence < final(asked(articles, serve)).confidence


def test_the_model_s_no_does_not_refuse_where_the_evidence_is_sure(articles: Articles, serve: Serve) -> None:
    server, settings = serve(NO)
    server.leaning = 3.0
    answer = Assistant(settings, articles, client(settings)).answer(OPENED)
    assert answer.quoted
    assert answer.text == "“The stone bridge at Varn was opened in May 1932.” [1]"


def test_the_model_s_no_refuses_where_its_evidence_was_doubtful_too(articles: Articles, serve: Serve) -> None:
    server, settings = serve(NO)
    server.leaning = 0.3
    settings = settings.model_copy(update={"answer": settings.answer.model_copy(update={"carefulness": 0.0})})
    answer = Assistant(settings, articles, client(settings)).answer("Which soldiers opened the stone bridge?")
    assert (answer.refused, answer.refusal_reason, answer.sentences) == (True, "unsupported", ())


def test_where_filters_leave_nothing_even_the_least_careful_refuses(articles: Articles, serve: Serve) -> None:
    _, settings = serve(TRUE)
    settings = settings.model_copy(update={"answer": settings.answer.model_copy(update={"carefulness": 0.0})})
    answer = Assistant(settings, articles, client(settings)).answer(OPENED, filters=Filters(sources=("Nobody's Gazette",)))
    assert (answer.refusal_reason, answer.passages) == ("no_evidence", ())


def test_the_model_s_no_refuses_where_the_evidence_is_doubtful(articles: Articles, serve: Serve) -> None:
    events = asked(articles, serve, NO, "Which soldiers opened the stone bridge?")
    answer = final(events)
    assert answer.refused and answer.refusal_reason == "no_evidence"
    assert answer.sentences == () and answer.passages


def test_a_question_about_something_else_is_refused_without_asking_the_model(articles: Articles, serve: Serve) -> None:
    server, settings = serve(TRUE)
    events = list(Assistant(settings, articles, client(settings)).ask("Which parliament dissolved itself in Quito?"))
    assert final(events).refused and final(events).refusal_reason == "no_evidence"
    assert server.requests == []
    assert final(events).text.startswith("The articles don't say.")


def test_filters_that_leave_nothing_refuse(articles: Articles, serve: Serve) -> None:
    answer = final(asked(articles, serve, filters=Filters(sources=("No Such Outlet",))))
    assert (answer.refused, answer.refusal_reason, answer.passages) == (True, "no_evidence", ())
    assert "filters" in answer.text


@pytest.mark.parametrize(
    ("fault", "why"), [("refuse", "cannot be reached"), ("401", "API_KEY"), ("hang first", "silent for too long"), ("500", "(500)")]
)
def test_a_model_that_is_down_leaves_the_evidence_quoted_and_says_why(articles: Articles, serve: Serve, fault: str, why: str) -> None:
    events = asked(articles, serve, fault=fault)
    answer = final(events)
    assert kinds(events) == "ra"
    assert answer.quoted and not answer.refused
    assert answer.text == "“The stone bridge at Varn was opened in May 1932.” [1]"
    assert why in answer.interrupted


@pytest.mark.parametrize("fault", ["break off", "hang midway", "half json", "invalid utf-8"])
def test_what_was_written_before_a_break_is_kept_and_marked(articles: Articles, serve: Serve, fault: str) -> None:
    events = asked(articles, serve, ["The stone bridge at Varn was opened in May 1932. ", "It carries the road."], fault=fault)
    answer = final(events)
    assert answer.text == streamed(events) == "The stone bridge at Varn was opened in May 1932. [1]"
    assert answer.interrupted and not answer.quoted


def test_an_answer_cut_at_its_longest_says_so(articles: Articles, serve: Serve) -> None:
    answer = final(asked(articles, serve, fault="length"))
    assert "longest length" in answer.interrupted
    assert answer.sentences[0].support == "supported"


def test_an_empty_reply_leaves_the_evidence(articles: Articles, serve: Serve) -> None:
    answer = final(asked(articles, serve, []))
    assert answer.quoted and answer.sentences


def test_an_answer_in_another_language_gives_way_to_the_evidence(articles: Articles, serve: Serve) -> None:
    assert final(asked(articles, serve, ["Мост открыли весной того года."])).quoted


def test_markers_of_the_model_that_point_nowhere_are_dropped(articles: Articles, serve: Serve) -> None:
    events = asked(articles, serve, ["The stone bridge at Varn was opened in May 1932 [", "97][12, 13]."])
    assert final(events).text == streamed(events) == "The stone bridge at Varn was opened in May 1932. [1]"


def test_an_article_with_markers_of_its_own_is_quoted_as_it_is(home: Path, serve: Serve) -> None:
    articles = Articles(home, home / "models", embedder=WordEmbedder(), reranker=OverlapReranker())
    articles.add_articles([Article("", "Notes [2]", "The lamp of the lighthouse failed twice [1] in the storms.", origin="notes.txt")])
    _, settings = serve([])
    answer = Assistant(settings, articles, client(settings)).answer("When had the lamp of the lighthouse failed twice in the storms?")
    assert answer.citations[0].quote == "The lamp of the lighthouse failed twice [1] in the storms."
    articles.close()


def test_a_very_long_reply_is_read_to_its_end(articles: Articles, serve: Serve) -> None:
    events = asked(articles, serve, ["The stone bridge at Varn was opened in May 1932. "] * 40)
    assert final(events).text == streamed(events)
    assert len(final(events).sentences) == 40


@pytest.mark.parametrize(
    "question", ["", "   ", "\n\t", "\u200b\u202e", "x" * 50_000], ids=["empty", "spaces", "lines", "invisible", "50,000 characters"]
)
def test_a_question_that_cannot_be_used_is_a_problem(articles: Articles, serve: Serve, question: str) -> None:
    server, settings = serve(TRUE)
    with pytest.raises(Problem, match="question"):
        next(Assistant(settings, articles, client(settings)).ask(question))
    assert server.requests == []


def test_a_megabyte_from_the_model_is_cut_and_what_came_before_is_kept(articles: Articles, serve: Serve) -> None:
    answer = final(asked(articles, serve, ["The stone bridge at Varn was opened in May 1932. ", "word " * 200_000]))
    assert answer.sentences[0].support == "supported"
    assert len(answer.text) < 20_000
    assert "past its longest answer" in answer.interrupted


def test_an_empty_library_says_that_there_are_no_articles(home: Path, serve: Serve) -> None:
    articles = Articles(home, home / "models", embedder=WordEmbedder(), reranker=OverlapReranker())
    server, settings = serve(TRUE)
    events = list(Assistant(settings, articles, client(settings)).ask(OPENED))
    assert kinds(events) == "a"
    assert (final(events).refused, final(events).refusal_reason) == (True, "no_articles")
    assert server.requests == []
    articles.close()


def test_closing_the_iterator_stops_the_model(articles: Articles, serve: Serve) -> None:
    server, settings = serve(["word "] * 1000, "slow")
    events = Assistant(settings, articles, client(settings)).ask(OPENED)
    while not isinstance(next(events), Delta):
        pass
    events.close()
    assert server.gone.wait(2.0)


def test_the_answer_of_a_stopped_question_is_what_was_written_until_then(articles: Articles, serve: Serve) -> None:
    server, settings = serve(["The stone bridge at Varn was opened in May 1932. It "] + ["carries "] * 1000, "slow")
    stop = threading.Event()
    shown: list[Event] = []
    for event in Assistant(settings, articles, client(settings)).ask(OPENED, stop=stop):
        shown.append(event)
        if isinstance(event, Delta):
            stop.set()
    assert final(shown).text == streamed(shown)
    assert final(shown).sentences[0].support == "supported"
    assert server.gone.wait(2.0)


def test_asking_and_waiting_is_the_same_as_the_last_event(articles: Articles, serve: Serve) -> None:
    _, settings = serve(TRUE)
    assistant = Assistant(settings, articles, client(settings))
    one, other = assistant.answer(OPENED), final(list(assistant.ask(OPENED)))
    assert (one.text, one.sentences, one.fingerprint) == (other.text, other.sentences, other.fingerprint)


def test_a_failed_start_is_told_as_a_state_and_never_raised(articles: Articles, serve: Serve) -> None:
    server, settings = serve(TRUE, "401")
    assistant = Assistant(settings, articles, client(settings))
    assert assistant.state()[0] == "loading"
    assistant.warm()
    assert assistant.state()[0] == "failed" and "ARTICLE_QA_LLM__API_KEY" in assistant.state()[1]
    server.fault = ""
    assistant.warm()
    assert assistant.state() == ("ready", "Ready.")
