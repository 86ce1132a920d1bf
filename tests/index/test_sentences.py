from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import split_sentences

TEXTS = st.text(st.sampled_from("aB 1.?!…\"”')(\n\t-•。」Dr\u3000é")) | st.text()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It rained. The match was off.", ["It rained.", "The match was off."]),
        ("Dr. Ada met Gen. Grant. They spoke.", ["Dr. Ada met Gen. Grant.", "They spoke."]),
        ("J. R. Smith and A. B. Jones won.", ["J. R. Smith and A. B. Jones won."]),
        ("He lives in the U.S. The house is old.", ["He lives in the U.S.", "The house is old."]),
        ("The U.S. Senate voted.", ["The U.S. Senate voted."]),
        (
            "It began at 9 a.m. on Friday. It ended at 5 p.m. They left.",
            ["It began at 9 a.m. on Friday.", "It ended at 5 p.m.", "They left."],
        ),
        ("See No. 5 and Fig. 3 for it.", ["See No. 5 and Fig. 3 for it."]),
        ("She said no. He left.", ["She said no.", "He left."]),
        ("On Jan. 5 it snowed.", ["On Jan. 5 it snowed."]),
        ("They met in Jan. He was late.", ["They met in Jan.", "He was late."]),
        ("The cat sat. Then it left.", ["The cat sat.", "Then it left."]),
        ("Martin Luther King Jr. He spoke.", ["Martin Luther King Jr.", "He spoke."]),
        ("Martin Luther King Jr. Day is in January.", ["Martin Luther King Jr. Day is in January."]),
        ("It grew 3.5 percent to 1.2 million.", ["It grew 3.5 percent to 1.2 million."]),
        ("Apples, pears, etc. are fruit.", ["Apples, pears, etc. are fruit."]),
        ('"Stop!" he cried. "Why?" she asked.', ['"Stop!" he cried.', '"Why?" she asked.']),
        ("He said “It is over.” She agreed.", ["He said “It is over.”", "She agreed."]),
        ("(It was closed.) Nobody came.", ["(It was closed.)", "Nobody came."]),
        ("Wait... what? Yes!", ["Wait... what?", "Yes!"]),
        ("The heading\n\nThe text begins.", ["The heading", "The text begins."]),
        ("A line\nthat goes on.", ["A line\nthat goes on."]),
        ("Bring:\n- bread\n- milk", ["Bring:", "- bread", "- milk"]),
        ("First.\n1. one\n2) two", ["First.", "1. one", "2) two"]),
        ("1. The first point.\n2. The second. Its end.", ["1. The first point.", "2. The second.", "Its end."]),
        ("It was 1932. The flood came.", ["It was 1932.", "The flood came."]),
        ("東京は首都です。人口は多い！", ["東京は首都です。", "人口は多い！"]),
        ("Это дом. Он стар.", ["Это дом.", "Он стар."]),
        ("¿Qué pasa? ¡Nada!", ["¿Qué pasa?", "¡Nada!"]),
        ("The iPhone sold. iPads did not.", ["The iPhone sold. iPads did not."]),
        ("It cost $5. $6 was asked.", ["It cost $5.", "$6 was asked."]),
        ("no end at all", ["no end at all"]),
        ("", []),
        (" \n\t ", []),
    ],
    ids=lambda value: repr(value)[:40] if isinstance(value, str) else "",
)
def test_a_text_is_split_into_its_sentences(text: str, sentences: list[str]) -> None:
    assert [s.text for s in split_sentences(text)] == sentences


@given(TEXTS, st.integers(0, 1000))
def test_spans_are_exact_ordered_and_cover_every_character_that_shows(text: str, offset: int) -> None:
    covered = [False] * len(text)
    last = 0
    for span in split_sentences(text, offset):
        start, end = span.start - offset, span.end - offset
        assert last <= start < end <= len(text)
        assert text[start:end] == span.text
        assert span.text == span.text.strip()
        covered[start:end] = [True] * (end - start)
        last = end
    assert all(done or c.isspace() for c, done in zip(text, covered, strict=True))


@pytest.mark.parametrize("unit", ["a. ", "A. ", "Dr. ", "e.g. "])
def test_a_long_run_of_abbreviations_is_looked_at_a_few_characters_at_a_time(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    (sentence,) = split_sentences(text)  # no stop ends it, so each is tried with the whole text before it
    assert sentence.text == text.strip()


@given(TEXTS)
def test_a_sentence_is_one_sentence_or_splits_further_the_same_way(text: str) -> None:
    assert split_sentences(text) == split_sentences(text)


@pytest.mark.parametrize(
    "text",
    ["." * 100_000 + "a", "a" * 100_000 + " b. C. D", "Mr. A " * 20_000, '."' * 50_000 + "x", "x\n" + " " * 100_000 + "y"],
    ids=["dots", "an endless word", "titles", "quotes", "blanks"],
)
def test_splitting_takes_time_in_proportion_to_the_text(text: str) -> None:
    started = perf_counter()
    split_sentences(text)
    assert perf_counter() - started < 3.0  # 0.2 s on a quiet machine; minutes when a run of stops was tried from each stop
