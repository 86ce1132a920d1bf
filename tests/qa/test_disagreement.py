"""Other values in other articles: shown where they are of the same thing, and only there."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Chunk, Passage, ScoredSpan
from qa.attribution import Source
from qa.disagreement import with_disagreements
from qa.types import Answer, Citation, Sentence, Timings
from qa.writing import Numbering


def source(text: str, rank: int, published: date | None = None, title: str = "The flood at Varn", score: float = 2.0) -> Source:
    span = ScoredSpan(0, len(text), text, score)
    chunk = Chunk(f"c{rank}", f"a{rank}", 0, 0, len(text), text)
    return Source(Passage(chunk, title, f"Outlet {rank}", None, published, rank, 0.9, span, score=score), span, True)


def answer(question: str, said: str, cited: Source) -> Answer:
    citation = Numbering().cite(cited)
    return Answer(question, question, f"{said} [1]", (Sentence(said, (citation,), "supported"),), (), False, None, 0.9, Timings(), "")


def values(question: str, *texts: str, said: str = "") -> list[list[str]]:
    sources = [source(text, n) for n, text in enumerate(texts, 1)]
    found = with_disagreements(answer(question, said or texts[0], sources[0]), sources)
    return [[stated.value for stated in d.stated] for d in found.disagreements]


DIED = "How many people died in the flood?"


@pytest.mark.parametrize(
    ("question", "texts", "expected"),
    [
        pytest.param(DIED, ["The flood killed 64 people.", "In the flood 2,975 people died."], [["64", "2,975"]], id="a toll"),
        pytest.param(DIED, ["The flood killed 64 people.", "Sixty-four people died in the flood."], [], id="the same in words"),
        pytest.param(DIED, ["The flood killed 64 people.", "The flood made 900 people homeless."], [], id="of something else"),
        pytest.param(DIED, ["The flood killed more than 60 people.", "The flood killed 64 people."], [], id="told less exactly"),
        pytest.param(
            DIED, ["The flood killed about 6,000 people.", "The flood killed about 8,000 people."], [["6,000", "8,000"]], id="two guesses"
        ),
        pytest.param(DIED, ["The flood killed 64 people.", "The flood killed 64 people, not 70 people."], [], id="one that has both"),
        pytest.param(
            "When was the bridge opened?",
            ["The bridge was opened on 3 May 1932.", "The bridge was opened on 5 June 1933."],
            [["3 May 1932", "5 June 1933"]],
            id="a date",
        ),
        pytest.param(
            "When was the bridge opened?",
            ["The bridge was opened on 3 May 1932.", "The bridge was opened in May 1932."],
            [],
            id="less of a date",
        ),
        pytest.param(
            "Where was the bridge opened?",
            ["The bridge was opened in 1932 at Varn.", "The bridge was opened in 1933."],
            [],
            id="not asked about",
        ),
        pytest.param(
            "How long is the tunnel?", ["The tunnel is 12 kilometres long.", "The tunnel is 8 metres wide."], [], id="another unit"
        ),
        pytest.param(
            "How many people died in the flood of May 1951?",
            ["The flood of May 1951 killed 64 people.", "The flood of June 1960 killed 80 people."],
            [],
            id="another time",
        ),
    ],
)
def test_what_differs_is_shown_and_nothing_else(question: str, texts: list[str], expected: list[list[str]]) -> None:
    assert values(question, *texts) == expected


def test_three_articles_stand_newest_first_each_with_its_words_and_number() -> None:
    told = [("64", date(2017, 12, 21)), ("2,975", date(2018, 8, 29)), ("4,645", None)]
    sources = [source(f"The flood killed {value} people.", n, when) for n, (value, when) in enumerate(told, 1)]
    (found,) = with_disagreements(answer(DIED, "64 people were killed.", sources[0]), sources).disagreements
    assert [(s.value, s.citation.marker) for s in found.stated] == [("2,975", 2), ("64", 1), ("4,645", 3)]
    assert found.stated[0].citation.quote == "The flood killed 2,975 people."


def test_another_subject_by_the_names_in_the_titles_is_no_rival() -> None:
    hubble = source("Its main mirror is 2.4 metres across.", 1, title="How Hubble got its eyesight back")
    webb = source("Its main mirror is 6.5 metres across.", 2, title="Webb in numbers")
    question = "How many metres is the main mirror across?"
    assert not with_disagreements(answer(question, "The mirror is 2.4 metres across.", hubble), [hubble, webb]).disagreements
    again = replace(webb, passage=replace(webb.passage, title="Hubble in numbers"))
    assert with_disagreements(answer(question, "The mirror is 2.4 metres across.", hubble), [hubble, again]).disagreements


def test_a_sentence_that_does_not_answer_by_the_cross_encoder_is_no_rival() -> None:
    sources = [source("The flood killed 64 people.", 1, score=4.0), source("In the flood 70 people died.", 2, score=-3.0)]
    assert not with_disagreements(answer(DIED, "64 people were killed.", sources[0]), sources).disagreements


def test_an_answer_without_citations_is_left_alone() -> None:
    bare = Answer(DIED, DIED, "64.", (Sentence("64.", (), "unsupported"),), (), False, None, 0.9, Timings(), "")
    assert with_disagreements(bare, [source("The flood killed 70 people.", 1)]) is bare


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=80))
def test_nothing_makes_it_fail_and_every_quote_is_a_source_s_own(one: str, two: str, question: str) -> None:
    sources = [source(one, 1), source(two, 2)]
    citation = Citation(1, "a1", "T", None, None, None, 0, len(one), one)
    asked = Answer(question, question, one, (Sentence(one, (citation,), "supported"),), (), False, None, 0.9, Timings(), "")
    for disagreement in with_disagreements(asked, sources).disagreements:
        assert {stated.citation.quote for stated in disagreement.stated} <= {one, two}
        assert len(disagreement.stated) > 1
