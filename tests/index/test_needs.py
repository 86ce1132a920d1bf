from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.question.coordination import masked, members
from index.question.needs import LONGEST, PARTS, merge, needs
from index.rerank import relevance
from index.types import Chunk, Passage, Span


def passage(name: str, score: float = 0.0, rank: int = 1) -> Passage:
    chunk = Chunk(name, name[0], 0, 0, 4, "text")
    return Passage(chunk, "Title", None, None, None, rank, relevance(score), Span(0, 4, "text"), score=score)


def names(passages: Sequence[Passage]) -> list[str]:
    return [p.chunk.id for p in passages]


# What is split


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "How did the Coast Survey and ORBIT each rate the storm off Pellworth?",
            ["How did the Coast Survey rate the storm off Pellworth?", "How did ORBIT rate the storm off Pellworth?"],
        ),
        (
            "Which firm is named in both the article from The Courier on river tolls and the report by Orbit Desk on comet maps?",
            ["the article from The Courier on river tolls", "the report by Orbit Desk on comet maps"],
        ),
        ("Who won the Varn regatta and who lost the Harrow cup?", ["Who won the Varn regatta", "who lost the Harrow cup?"]),
        ("Who won the Varn regatta? Who lost the Harrow cup?", ["Who won the Varn regatta?", "Who lost the Harrow cup?"]),
        (
            "Did the mayor say that the bridge was safe, while the masons said that its arch had cracked?",
            ["Did the mayor say that the bridge was safe", "the masons said that its arch had cracked (mayor say bridge safe)?"],
        ),
        (
            "Does the Courier article on the Varn flood and the Orbit Desk article on the dam agree about the cause of the damage?",
            [
                "the Courier article on the Varn flood about the cause of the damage",
                "the Orbit Desk article on the dam about the cause of the damage",
            ],
        ),
        (
            "Compare the French plan with the German plan for the railway.",
            ["the French plan for the railway", "the German plan for the railway"],
        ),
        ("Compare bread prices at Miller with those at Baker.", ["bread prices at Miller", "bread prices at Baker"]),
        ("What do Varn, Harrow and Pellworth have in common?", ["Varn", "Harrow", "Pellworth"]),
        ("How do tides and currents differ in strength?", ["tides in strength", "currents in strength"]),
        ("What is the difference between a tide and a current?", ["a tide", "a current"]),
        ("How does Miller compare to Baker on prices?", ["Miller on prices", "Baker on prices"]),
        ("How is Varn's power made compared with Harrow's?", ["Varn's power made", "Harrow's power made"]),
        ("Which is older, the Varn bridge or the Harrow tower?", ["the Varn bridge is older", "the Harrow tower is older"]),
        ("Did the Varn bridge open before the comet Ellis returned?", ["Did the Varn bridge open", "the comet Ellis returned?"]),
        (
            "Which town, among Varn, Harrow and Pellworth, has the oldest bridge?",
            [f"Which town, {town}, has the oldest bridge?" for town in ("Varn", "Harrow", "Pellworth")],
        ),
        (
            "Which firm was sued for price fixing in Varn, has bought a mill in Harrow, and is hiring bakers?",
            ["Which firm was sued for price fixing in Varn", "Which firm has bought a mill in Harrow", "Which firm is hiring bakers?"],
        ),
        (
            "How did Marks and Spencer and Tesco each do at Christmas?",
            ["How did Marks and Spencer do at Christmas?", "How did Tesco do at Christmas?"],
        ),
    ],
)
def test_a_comparison_or_several_questions_are_split(question: str, parts: list[str]) -> None:
    assert needs(question) == (question, *parts)


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote War and Peace?",
        "What did Marks and Spencer announce?",
        "Who is prime minister of Trinidad and Tobago?",
        "What is the population of Bosnia and Herzegovina?",
        "How much does Miller spend on research and development?",
        "What is the Department of Health and Human Services responsible for?",
        "What is the difference between “salt and light” and?",
        "When and where was Ada Quill born?",
        "Who directed and who starred in The Long Road?",
        "What is the relationship between Varn and Harrow?",
        "What did Quill and Ellis talk about?",  # together, for all that is known
        "What happened between 1990 and 2000?",
        "What changed between March and June?",
        "Who was mayor before Ada Quill?",
        "Moviegoers fainted in Varn while seeing which film?",
        "Old notes are set to expire in September, but who is on the new £50 note?",
        "how many trucks crossed",
        "bread and butter",
        "",
        " ",
        "?!",
    ],
)
def test_a_question_with_one_need_is_itself_alone(question: str) -> None:
    assert needs(question) == (question,)


def test_a_part_that_leans_on_another_is_told_what_it_leans_on() -> None:
    *_, second = needs("Who is Ada Quill and when was she born?")
    assert second == "when was she born (Ada Quill)?"


def test_there_are_at_most_four_parts() -> None:
    question = "What do Varn, Harrow, Pellworth, Tamsel, Ellis and Quill have in common?"
    assert needs(question) == (question, "Varn", "Harrow", "Pellworth", "Tamsel")


def test_a_pasted_text_is_no_question_with_parts() -> None:
    text = "Who won the Varn regatta and who lost the Harrow cup? " * 40
    assert len(text) > LONGEST and needs(text) == (text,)


@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(
            st.sampled_from(
                "Who what How did does the The article report by from Verge TechCrunch on and , or while ? both each among between X's "
                "compared to with before after differ is was has in common “ ” ' ( ) it she that of Compare versus ; Varn 1990".split()
            ),
            max_size=40,
        ).map(" ".join),
    )
)
def test_the_whole_question_is_first_and_each_part_is_new_whatever_is_asked(question: str) -> None:
    first, *parts = needs(question)
    assert first == question
    assert len(parts) != 1 and len(parts) <= PARTS
    assert all(part.strip() and part != question for part in parts)
    assert len(set(parts)) == len(parts)


@pytest.mark.parametrize("piece", ["A ", "a and ", "the article by ", "The X, ", "both A and ", "((", "'s and ", "which ", "and is ", "“"])
def test_no_question_takes_long(piece: str) -> None:
    started = time.process_time()
    needs(("How did " + piece * LONGEST)[:LONGEST])
    assert time.process_time() - started < 0.5


# And


def test_an_and_within_a_name_quotes_or_brackets_joins_nothing() -> None:
    assert members("Marks & Spencer, “salt and light” and the firm (mills and bakeries)") == [
        "Marks & Spencer",
        "“salt and light”",
        "the firm (mills and bakeries)",
    ]
    assert members("the size and shape of ants and bees") == ["the size and shape of ants and bees"]


@given(st.text(max_size=200))
def test_a_mask_is_as_long_as_the_text(text: str) -> None:
    assert len(masked(text)) == len(text)


# Merging


def test_the_whole_question_leads_and_each_part_s_best_is_heard() -> None:
    whole = [passage(f"a{n}", 6.0 - n) for n in range(6)]
    one = [passage("a0", 9.0), passage("c1", 8.0)]
    other = [passage("b1", -2.0), passage("b2", -3.0)]
    assert names(merge([whole, one, other], 10)) == ["a0", "a1", "a2", "a3", "b1", "a4", "a5", "c1", "b2"]


def test_a_passage_found_twice_counts_where_it_is_most_relevant() -> None:
    (only,) = merge([[passage("a1", 1.0)], [passage("a1", 3.0)]], 5)
    assert (only.score, only.rank) == (3.0, 1)


def test_one_ranking_stays_as_it_is() -> None:
    ranking = [passage(f"{n}", float(-n), n + 1) for n in range(5)]
    assert merge([ranking], 5) == ranking


RANKINGS = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["a1", "a2", "b1", "b2", "c1", "d1"]), st.floats(-11, 10)), max_size=6, unique_by=lambda pair: pair[0]
    ),
    max_size=5,
)


@given(RANKINGS, st.integers(0, 12))
def test_merging_loses_no_passage_and_has_none_twice(drawn: list[list[tuple[str, float]]], top_k: int) -> None:
    rankings = [[passage(name, score, rank) for rank, (name, score) in enumerate(ranking, 1)] for ranking in drawn]
    merged = merge(rankings, top_k)
    found = {p.chunk.id for ranking in rankings for p in ranking}
    assert len(merged) == min(top_k, len(found)) and len(set(names(merged))) == len(merged)
    assert [p.rank for p in merged] == list(range(1, len(merged) + 1))
    bests = {ranking[0].chunk.id for ranking in rankings if ranking}
    assert bests <= set(names(merged)) or top_k < len(bests)
    assert set(names(merge(rankings, 100))) == found
