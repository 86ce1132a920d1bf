"""Which questions lean on the conversation, and which rewrites of them are believed."""

import pytest

from qa.condense import condense, leans

HISTORY = [("When was the bridge at Varn opened?", "It was opened in May 1932. [1]")]


@pytest.mark.parametrize(
    "question",
    [
        "When was the bridge at Varn opened?",
        "How many people live in Harrow?",
        "Who won the 2022 World Cup?",
        "Is it true that the lighthouse lamp failed twice?",
        "How many arches are there in the Varn bridge?",
        "What happened in Pellworth this week?",
        "Which astronomers saw the tail of Comet Ellis?",
        "What did the report that was published in May conclude about bread?",
        "Why does sourdough bread rise in the oven?",
        "What do the two outlets say about the price of bread?",
    ],
)
def test_a_question_that_stands_alone_is_left_untouched(question: str) -> None:
    def never(messages, tokens):
        raise AssertionError("the model was asked")

    assert not leans(question)
    assert condense(question, HISTORY, never) == question


@pytest.mark.parametrize(
    "question",
    [
        "When was it rebuilt?",
        "And in 1951?",
        "Why?",
        "How many?",
        "What about its northern arch?",
        "How about Harrow?",
        "Who rebuilt them?",
        "What happened then?",
        "Did she agree?",
        "Who else was there?",
        "Which one is older?",
        "Where is that?",
        "What is the other one called?",
        "But who paid for the repair?",
        "Were there any injuries as well?",
        "tell me more",
        "yes",
    ],
)
def test_a_follow_up_is_recognised(question: str) -> None:
    assert leans(question)


def test_without_a_conversation_nothing_is_rewritten() -> None:
    assert condense("Why?", [], lambda messages, tokens: "no") == "Why?"


def test_the_model_is_given_the_last_turn_without_its_markers() -> None:
    asked: list[str] = []

    def rewrite(messages, tokens):
        asked.append(messages[0][1])
        return "When was the bridge at Varn rebuilt?"

    assert condense("When was it rebuilt?", [("Old?", "Old."), *HISTORY], rewrite) == "When was the bridge at Varn rebuilt?"
    assert "It was opened in May 1932." in asked[0] and "[1]" not in asked[0] and "Old?" not in asked[0]


@pytest.mark.parametrize(
    ("reply", "used"),
    [
        pytest.param("When was the bridge at Varn rebuilt?", True, id="faithful"),
        pytest.param("“When was the bridge at Varn rebuilt?”\nHere it is.", True, id="in quotation marks and with a remark"),
        pytest.param("When was the bridge in May 1932 rebuilt?", True, id="a figure of the conversation"),
        pytest.param("", False, id="nothing"),
        pytest.param("When was it rebuilt?", False, id="the same question"),
        pytest.param("When was the opera house in Sydney rebuilt?", False, id="words from nowhere"),
        pytest.param("When was the bridge at Varn rebuilt in 1999?", False, id="a figure from nowhere"),
        pytest.param("When was the bridge at Varn opened?", False, id="the words of the question are lost"),
        pytest.param("The bridge at Varn was rebuilt. " * 20, False, id="far too long"),
        pytest.param("\n\n", False, id="empty lines"),
    ],
)
def test_a_rewrite_is_used_only_when_it_is_faithful(reply: str, used: bool) -> None:
    got = condense("When was it rebuilt?", HISTORY, lambda messages, tokens: reply)
    if used:
        assert got == reply.partition("\n")[0].strip("“”")
    else:
        assert got == "When was it rebuilt? (When was the bridge at Varn opened?)"
