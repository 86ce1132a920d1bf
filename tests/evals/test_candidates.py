"""What is asked of a generated question before any search: does it stand alone, and is it about the article?"""

from __future__ import annotations

import pytest

from evals.generation.candidates import alike, is_about, read_field, stands_alone
from tests.conftest import BRIDGE


@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("When was the stone bridge at Varn opened?", True),
        ("When did Comet Ellis show its tail?", True),
        ("Who was the first woman in space?", True),
        ("How many people were there in Varn in 1932?", True),
        ("Who is the author of the Varn report on bridges?", True),
        ("Is it true that Varn has a bridge?", True),
        ("When did it open?", False),
        ("What did she say about its tail?", False),
        ("What did Ada Quill say to them?", False),
        ("What happened there in May 1932?", False),
        ("What does the article say about Varn?", False),
        ("What does the author think of Varn?", False),
        ("Which bridge is mentioned?", False),
        ("What happened this year in Varn?", False),
        ("Tell me about the bridge at Varn.", False),
        ("Who?", False),
    ],
)
def test_a_question_stands_alone_when_nothing_in_it_points_outside(question: str, alone: bool) -> None:
    assert stands_alone(question) is alone


def test_a_question_is_about_an_article_that_has_half_of_its_words() -> None:
    assert is_about("How much did the stone bridge at Varn cost?", BRIDGE)
    assert is_about("Who rebuilt the arch taken by the flood?", BRIDGE)
    assert not is_about("How tall is the tower of Harrow castle, in feet and inches?", BRIDGE)
    assert not is_about("What is a road?", BRIDGE)


def test_two_questions_are_alike_in_other_order_and_not_with_another_question_word() -> None:
    assert alike("When was the bridge at Varn opened?", "When did the Varn bridge open?")
    assert not alike("When was the bridge at Varn opened?", "Who opened the bridge at Varn?")
    assert not alike("What happened in Varn in 1932?", "What happened in Varn in 1951?")


@pytest.mark.parametrize(
    ("reply", "question"),
    [
        ("Question: Who came?\nAnswer: Ann", "Who came?"),
        ("1. **Question:** “Who came?”", "Who came?"),
        ("Sure!\nquestion 1: Who   came?\nquestion 2: Who left?", "Who came?"),
        ("Question:\nWho came?", "Who came?"),
        ("Who came?", ""),
    ],
)
def test_the_question_is_read_from_its_line(reply: str, question: str) -> None:
    assert read_field("question", reply) == question
