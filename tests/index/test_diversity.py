from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from index.diversity import FIRST, diverse
from index.rerank import relevance
from index.types import Chunk, Filters, Passage, Span


def ranked(*names: str, scores: list[float] | None = None) -> list[Passage]:
    """Passages named by their article's letter and a number, best first."""
    told = scores or [5.0 - 0.1 * n for n in range(len(names))]
    return [
        Passage(Chunk(name, name[0], 0, 0, 4, "text"), "Title", None, None, None, rank, relevance(score), Span(0, 4, "text"), score=score)
        for rank, (name, score) in enumerate(zip(names, told, strict=True), 1)
    ]


def names(passages: list[Passage]) -> list[str]:
    return [p.chunk.id for p in passages]


def test_an_article_has_two_of_the_first_six_and_its_others_come_behind() -> None:
    found = ranked("a1", "a2", "a3", "b1", "b2", "b3", "c1", "d1", "e1")
    assert names(diverse(found, 9)) == ["a1", "a2", "b1", "b2", "c1", "d1", "a3", "b3", "e1"]


def test_a_story_has_one_of_the_first_six() -> None:
    found = ranked("a1", "b1", "a2", "c1", "d1", "e1", "f1", "g1")
    assert names(diverse(found, 8, stories={"a": 1, "b": 1, "c": 2, "d": 3})) == ["a1", "c1", "d1", "e1", "f1", "g1", "b1", "a2"]


def test_a_story_that_one_article_tells_limits_nothing() -> None:
    found = ranked("a1", "a2", "b1", "c1", "d1", "e1", "f1")
    assert diverse(found, 7, stories={name: n for n, name in enumerate("abcdef")}) == found


def test_the_six_are_filled_up_where_there_is_nothing_else() -> None:
    found = ranked("a1", "b1", "a2", "a3", "b2", "b3")
    assert names(diverse(found, 6)) == ["a1", "b1", "a2", "b2", "a3", "b3"]


def test_a_question_about_one_article_gets_that_article() -> None:
    found = ranked("a1", "a2", "a3", "a4", "b1", "c1", scores=[8.0, 7.5, 7.0, 6.0, -2.0, -5.0])
    assert diverse(found, 6) == found


def test_what_scores_far_behind_does_not_say_what_the_question_is_about() -> None:
    found = ranked("a1", "b1", "a2", "a3", "a4", "a5", scores=[8.0, 7.0, -3.0, -3.5, -4.0, -4.5])
    assert names(diverse(found, 6))[:3] == ["a1", "b1", "a2"]
    assert names(diverse(ranked("b1", "a1", "a2", "a3", "c1", "d1"), 6)) == ["b1", "a1", "a2", "c1", "d1", "a3"]


def test_a_filter_that_names_articles_leaves_the_ranking_as_it_is() -> None:
    found = ranked("a1", "a2", "b1", "a3", "b2", "b3")
    assert diverse(found, 6, filters=Filters(articles=("a", "b"))) == found


def test_nothing_found_stays_nothing() -> None:
    assert diverse([], 6) == []


@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(-11, 10)), max_size=14),
    st.integers(0, 16),
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 3)),
)
def test_no_passage_is_lost_and_the_first_six_keep_to_the_rule_where_they_can(
    drawn: list[tuple[str, float]], top_k: int, stories: dict[str, int]
) -> None:
    found = ranked(*(f"{letter}{n}" for n, (letter, _) in enumerate(drawn)), scores=[score for _, score in drawn])
    shown = diverse(found, top_k, stories=stories)
    assert len(shown) == min(top_k, len(found)) and [p.rank for p in shown] == list(range(1, len(shown) + 1))
    everything = diverse(found, len(found), stories=stories)
    assert sorted(names(everything)) == sorted(names(found)) and names(everything)[:top_k] == names(shown)
    again = diverse(everything, len(found), stories=stories)
    assert sorted(names(again)) == sorted(names(found))
    unlike = len({p.chunk.article_id for p in found})
    if unlike >= FIRST and not stories and names(everything) != names(found):
        assert max(Counter(p.chunk.article_id for p in everything[:FIRST]).values()) <= 2


def test_what_was_preferred_stays_before_what_answers_more_likely() -> None:
    found = ranked("a1", "b1", "c1", "d1", scores=[-2.0, 5.0, 4.9, -9.0])  # the first was published today, say
    assert names(diverse(found, 4)) == ["a1", "b1", "c1", "d1"]
