"""An answer gives the kind of thing that was asked for, about what was asked about; a true sentence about another thing is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.types import Article
from qa.types import Answer, Citation, Sentence, Timings
from qa.wanted import another_kind, another_thing, beside_the_point

ORBITER = Article(
    "m", "How a mix-up of units sent a spacecraft into the air of Mars", "Both were budgeted at 327.6 million dollars.", "Orbit Desk"
)
DART = Article("d", "Asteroid's orbit changed", "DART had a mass of 570 kilograms when it struck Dimorphos.", "Orbit Desk")


@pytest.mark.parametrize(
    ("question", "said", "other"),
    [
        ("How much did the DART mission cost?", "The DART mission cost 570 kilograms.", True),
        ("How much did the DART mission cost?", "It cost 324.5 million dollars.", False),
        ("And what did it cost?", "It was cheap.", True),
        ("What did it cost?", "About £97m.", False),
        ("What is the price of a ticket?", "A ticket is free.", False),
        ("How much money was he owed?", "6 million Lira", False),
        ("What did the fire cost the town, in lives?", "It cost 12 lives.", False),
        ("What did they declare so that everyone would share the cost?", "General average.", False),
        ("How much water does it carry?", "209,000 cubic metres.", False),
        ("What did the war cost in human terms?", "12,000 lives.", False),
    ],
)
def test_a_question_about_money_is_answered_by_a_sum(question: str, said: str, other: bool) -> None:
    assert another_kind(question, said) is other


@pytest.mark.parametrize(
    ("question", "text", "other"),
    [
        ("What did the DART mission cost?", ORBITER.text, True),
        ("What did the DART mission weigh?", DART.text, False),
        ("Which Parisian quarter was rebuilt?", "Paris rebuilt the Marais.", False),
        ("What was the extent of Celeron's expedition?", "Céloron went far.", False),
        ("Who offered Issac his daughter?", "Isaac was offered the hand of his daughter.", False),
        ("Who won the battle of Hastings?", "At Hastings William won.", False),
        ("Who is the US president?", "The American president is new.", False),
        ("What happened on Friday?", "It rained.", False),
        ("What was decided?", "Nothing.", False),
        ("Wie viele Menschen starben?", "Five people died.", False),
        ("What did Hubble or Webb see?", "Webb saw a galaxy.", False),
    ],
)
def test_an_article_that_has_none_of_the_names_is_about_another_thing(question: str, text: str, other: bool) -> None:
    assert another_thing(question, [text]) is other


def answer(question: str, article: Article) -> Answer:
    cited = Citation(1, article.id, article.title, article.source, None, None, 0, len(article.text), article.text)
    said = (Sentence(article.text, (cited,), "supported"),)
    return Answer(question, question, article.text, said, (), False, None, 0.8, Timings(0, 0, 0, 0, 0), "f" * 16)


def test_an_answer_to_another_question_is_told_from_one_to_this() -> None:
    articles = {a.id: a for a in (ORBITER, DART)}
    asked = "What did the DART mission cost?"
    assert beside_the_point(answer(asked, ORBITER), articles.__getitem__), "another mission's cost"
    assert beside_the_point(answer(asked, DART), articles.__getitem__), "its mass"
    assert not beside_the_point(answer("How heavy was DART?", DART), articles.__getitem__)
    assert not beside_the_point(answer("What did the Mars mission cost?", ORBITER), articles.__getitem__)
    for left_alone in (replace(answer(asked, DART), refused=True), replace(answer(asked, DART), interrupted="Stopped before its end.")):
        assert not beside_the_point(left_alone, articles.__getitem__)
