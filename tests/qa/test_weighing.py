"""The signals, and the probability they make."""

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from qa.reading import read
from qa.support import check, signals
from qa.weighing import FITTED, Signals, probability, reordered

AMOUNTS = st.builds(Signals, *(st.floats(0.0, 3.0) for _ in fields(Signals)))


@given(st.lists(AMOUNTS, min_size=1, max_size=5), st.integers(0, 4), st.sampled_from([f.name for f in fields(Signals)]))
def test_whatever_is_wrong_never_speaks_for_a_claim(sentences: list[Signals], at: int, name: str) -> None:
    at %= len(sentences)
    worse = [*sentences[:at], replace(sentences[at], **{name: getattr(sentences[at], name) + 1.0}), *sentences[at + 1 :]]
    assert probability(worse) <= probability(sentences) <= probability([Signals()])


def test_no_weight_is_positive() -> None:
    assert all(getattr(FITTED.weights, f.name) <= 0.0 for f in fields(Signals))


def test_the_order_of_words_is_that_of_the_nearest_sentences() -> None:
    source = [read("The old stone bridge fell in a flood.")]
    assert reordered(read("The old stone bridge fell."), source) == 0.0
    assert reordered(read("The flood fell, stone bridge old."), source) > 0.5
    assert reordered(read("Bridge."), source) == 0.0


def test_each_sentence_has_its_own_signals_and_headings_none() -> None:
    found = signals("Here it is:\n\nThe bridge fell in 1951. Kangaroos live in deserts.", ["The bridge fell in 1951."])
    assert [s.lost for s in found] == [0.0, 1.0]


def test_a_text_is_as_good_as_its_weakest_sentences() -> None:
    source = "The bridge fell in 1951. Masons rebuilt its arch. It was opened by Ann Lowe. A flood took the road. The school closed."
    good = "The bridge fell in the year 1951. Masons have rebuilt its arch. A flood took the whole road."
    assert check(good, [source]).support == "supported"
    assert check(f"{good} Kangaroos live in warm deserts. Bakers sell bread on Mondays.", [source]).support != "supported"
