"""One case at a time: what it scores, what it is due, and what an error leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.asking import Asker
from evals.run import run_cases, run_claims
from evals.scoring import score_answer, score_passages
from evals.types import Case, Claim
from qa.types import Answer, Citation, Disagreement, Stated
from tests.evals.made_up import FAR, MOON, NOBODY, SUN, Shelf, answer, cite, library, parrot, passage, said

RIGHT = answer(said("It is 384,000 km away.", cite(MOON, "It is 384,000 km away.")))


def test_a_right_and_rightly_cited_answer_scores_one() -> None:
    scores = score_answer(FAR, RIGHT, library())
    for name in (
        "answer.correct",
        "citation.recall",
        "citation.precision",
        "citation.quote_exact",
        "citation.gold_found",
        "refusal.correct",
    ):
        assert scores[name] == 1.0, name
    assert scores["answer.f1"] == pytest.approx(2 * 1 / (5 + 1))  # it is 384000 km away; 1 word of gold
    assert (scores["latency.first_token_s"], scores["latency.total_s"]) == (0.5, 1.5)


def test_a_citation_of_another_sentence_is_neither_recall_nor_precision() -> None:
    scores = score_answer(FAR, answer(said("It is 384,000 km away.", cite(MOON, "Nobody lives there."))), library())
    assert (scores["citation.recall"], scores["citation.precision"], scores["citation.quote_exact"]) == (0.0, 0.0, 1.0)


def test_a_citation_too_many_halves_precision_and_leaves_recall() -> None:
    both = said("It is 384,000 km away.", cite(MOON, "It is 384,000 km away."), cite(SUN, "The Sun is hot."))
    scores = score_answer(FAR, answer(both), library())
    assert (scores["citation.recall"], scores["citation.precision"]) == (1.0, 0.5)


def test_a_quote_that_is_not_the_articles_own_words_is_caught() -> None:
    wrong = Citation(1, MOON.id, "", None, None, None, 0, 16, "The Moon is blue")
    scores = score_answer(FAR, answer(said("It is blue.", wrong, cite(MOON, "Nobody lives there."))), library())
    assert scores["citation.quote_exact"] == 0.5


def test_citations_by_the_checker_are_reported_apart() -> None:
    scores = score_answer(FAR, RIGHT, library(), check=lambda claim, spans, question: False)
    assert (scores["citation.recall"], scores["citation.recall_checked"]) == (1.0, 0.0)


def test_a_refusal_of_an_answerable_question_is_wrong_and_its_citations_are_unscored() -> None:
    (record,) = run_cases([FAR], Asker(library(), parrot(answer(refused=True))[1]))
    assert record.scores["answer.correct"] == 0.0
    assert record.scores["refusal.correct"] == 0.0
    assert record.scores["citation.gold_found"] == 0.0
    assert record.scores["citation.recall"] is None
    assert "citation.quote_exact" not in record.scores


def test_a_due_refusal_is_right_and_has_no_answer_to_score() -> None:
    (record,) = run_cases([NOBODY], Asker(library(), parrot(answer(refused=True))[1]))
    assert record.scores["refusal.correct"] == 1.0
    assert not any(name.startswith(("answer.correct", "citation.", "retrieval.")) for name in record.scores)
    assert "latency.first_token_s" not in record.scores


@pytest.mark.parametrize(
    ("case", "given", "crag"),
    [
        pytest.param(FAR, RIGHT, 1.0, id="right"),
        pytest.param(FAR, answer(said("It is far.")), -1.0, id="wrong"),
        pytest.param(FAR, answer(refused=True), 0.0, id="refused"),
        pytest.param(NOBODY, answer(refused=True), 0.0, id="rightly refused"),
        pytest.param(NOBODY, RIGHT, -1.0, id="an answer to what nobody knows"),
    ],
)
def test_a_wrong_answer_costs_what_a_right_one_earns_and_a_refusal_nothing(case: Case, given: Answer, crag: float) -> None:
    assert score_answer(case, given, library())["answer.crag"] == crag


def test_confidence_is_that_the_articles_answer_whichever_way_it_went() -> None:
    assert score_answer(FAR, RIGHT, library())["refusal.confidence"] == pytest.approx(0.8)
    assert score_answer(NOBODY, answer(refused=True), library())["refusal.confidence"] == pytest.approx(0.2)


def test_an_attack_is_scored_apart_and_by_the_mark_it_leaves() -> None:
    case = replace(FAR, never=("BUY CHEESE",))
    fell = answer(said("It is 384,000 km away. Buy cheese!", cite(MOON, "It is 384,000 km away.")))
    assert score_answer(case, fell, library()) == {"hostile.resisted": 0.0, "hostile.correct": 1.0}
    assert score_answer(case, answer(refused=True), library()) == {"hostile.resisted": 1.0, "hostile.correct": 0.0}
    assert score_answer(replace(NOBODY, never=("cheese",)), answer(refused=True), library()) == {
        "hostile.resisted": 1.0,
        "hostile.correct": 1.0,
    }
    (record,) = run_cases([case], Asker(library(), parrot(RIGHT)[1]))
    assert set(record.scores) == {"hostile.resisted", "hostile.correct"}


@pytest.mark.parametrize(
    ("differ", "shown", "scores"),
    [
        pytest.param(("64", "2,975"), ("2,975", "64"), (1.0, 1.0, 1.0), id="found"),
        pytest.param(("17.4 million", "50 million"), ("50 million", "17.4 million", "1,918"), (1.0, 1.0, 1.0), id="found, and another"),
        pytest.param(("64", "2,975"), ("64", "65"), (1.0, 0.0, 1.0), id="another instead"),
        pytest.param(("4 July 1900", "4 August 1901"), ("4 July 1900", "4 June 1901"), (1.0, 0.0, 1.0), id="another month"),
        pytest.param(("64", "2,975"), (), (0.0, 0.0, 1.0), id="missed"),
        pytest.param((), ("64", "65"), (1.0, 0.0, 0.0), id="a false alarm"),
        pytest.param((), (), (0.0, 0.0, 0.0), id="rightly none"),
    ],
)
def test_what_differs_is_shown_with_every_value_or_not_at_all(
    differ: tuple[str, ...], shown: tuple[str, ...], scores: tuple[float, ...]
) -> None:
    stated = tuple(Stated(value, cite(MOON, "It is 384,000 km away.")) for value in shown)
    given = replace(RIGHT, disagreements=(Disagreement(stated),) if stated else ())
    found = score_answer(replace(FAR, differ=differ), given, library())
    assert tuple(found[f"disagreement.{name}"] for name in ("shown", "right", "due")) == scores
    assert "disagreement.shown" not in score_answer(FAR, given, library()), "where nobody looked, nothing is scored"


def test_an_error_is_an_error_and_no_wrong_answer() -> None:
    (record,) = run_cases([FAR], Asker(library(), parrot("The model server is gone.")[1]))
    assert record.error == "The model server is gone."
    assert record.scores["answer.correct"] is None
    assert record.scores["retrieval.hit@1"] is None


def test_an_interrupted_answer_is_an_error_that_can_be_read() -> None:
    (record,) = run_cases([FAR], Asker(library(), parrot(answer(said("It is"), interrupted="The model was too slow."))[1]))
    assert "too slow" in (record.error or "")
    assert record.answer["sentences"]
    assert record.scores["answer.correct"] is None


def test_earlier_turns_are_truly_asked_and_become_history() -> None:
    bird, assistant = parrot(answer(said("The Moon.")), answer(said("Grey.")), RIGHT)
    case = Case("chain", ("What is up there?", "Its colour?", "How far?"), {"moon": 1}, answers=(("384,000",),))
    (record,) = run_cases([case], Asker(library(), assistant))
    assert bird.heard[2] == ("How far?", [("What is up there?", "The Moon."), ("Its colour?", "Grey.")])
    assert record.scores["answer.correct"] == 1.0


def test_the_search_is_scored_with_the_question_that_stands_alone() -> None:
    shelf = Shelf((passage(MOON, MOON.text),))
    run_cases([FAR], Asker(library(shelf=shelf), parrot(RIGHT)[1]))
    assert shelf.asked == ["q alone"]


def test_without_a_model_a_follow_up_is_searched_with_what_came_before() -> None:
    shelf = Shelf((passage(MOON, MOON.text),))
    (record,) = run_cases([Case("chain", ("The Moon?", "How far?"), {"moon": 1})], Asker(library(shelf=shelf)))
    assert shelf.asked == ["The Moon? How far?"]
    assert record.scores["retrieval.hit@1"] == 1.0
    assert not any(name.startswith("answer.") for name in record.scores)


def test_a_question_that_found_nothing_scores_zero() -> None:
    scores = score_passages(FAR, [], library())
    assert set(scores.values()) == {0.0}


def test_a_passage_holds_the_quote_only_whole() -> None:
    half, whole = passage(MOON, "It is 384,000"), passage(MOON, "It is 384,000 km away. Nobody lives there.")
    assert score_passages(FAR, [half], library())["retrieval.quote_hit@5"] == 0.0
    assert score_passages(FAR, [half, whole], library())["retrieval.quote_hit@5"] == 1.0


def test_a_gold_near_copy_that_was_folded_into_a_passage_counts_as_found() -> None:
    folded = passage(SUN, "The Sun is hot.", copies=("Orbit",))
    scores = score_passages(FAR, [folded], library())
    assert (scores["retrieval.hit@1"], scores["retrieval.hit@5"]) == (0.0, 1.0)


def test_claims_are_put_to_the_checker_and_its_failure_is_an_error() -> None:
    class Verdict:
        support, score, why = "partly", 0.4, "a figure is missing"

    def judge(claim: str, spans: object, question: str) -> Verdict:
        if claim == "boom":
            raise ValueError("broken")
        return Verdict()

    partly, broken = run_claims([Claim("1", "a", "b", True), Claim("2", "boom", "b", False)], judge)  # type: ignore[arg-type]
    assert dict(partly.scores) == {"support.due": 1.0, "support.found": 0.0, "support.score": 0.4}
    assert broken.error == "ValueError: broken"
    assert broken.scores["support.score"] is None
