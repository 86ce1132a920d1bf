"""ALCE's citation recall and precision, on examples worked by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from evals.citing import Place, alce, covers, locate


def needs(*wanted: set[str]) -> Callable[[int, Sequence[str]], bool]:
    """A judge: sentence i is borne out when all the letters it needs are among the cited."""
    return lambda i, cited: wanted[i] <= set(cited)


@pytest.mark.parametrize(
    ("cited", "wanted", "recall", "precision"),
    [
        pytest.param(["a"], [{"a"}], 1.0, 1.0, id="one citation that bears it out"),
        pytest.param(["ab"], [{"a"}], 1.0, 0.5, id="b is not needed"),
        pytest.param(["ab"], [{"a", "b"}], 1.0, 1.0, id="neither alone, both together: both are needed"),
        pytest.param(["abc"], [{"a", "b"}], 1.0, 2 / 3, id="c is not needed"),
        pytest.param(["b"], [{"a"}], 0.0, 0.0, id="the wrong one"),
        pytest.param([""], [{"a"}], 0.0, 0.0, id="no citation is recall 0"),
        pytest.param(["a", "", "bc"], [{"a"}, {"a"}, {"c"}], 2 / 3, 2 / 3, id="three sentences, one without; b is not needed"),
        pytest.param(["ab", "c"], [{"x"}, {"c"}], 0.5, 1 / 3, id="citations of a sentence not borne out count 0"),
        pytest.param([], [], 0.0, 0.0, id="nothing said"),
    ],
)
def test_alce_on_a_worked_example(cited: Sequence[str], wanted: list[set[str]], recall: float, precision: float) -> None:
    sentences = [list(letters) for letters in cited]
    assert alce(sentences, needs(*wanted)) == pytest.approx((recall, precision))


def test_two_citations_that_each_bear_it_out_are_both_counted_as_alce_does() -> None:
    assert alce([["a", "b"]], lambda _, cited: bool(cited)) == (1.0, 1.0)


QUOTE = Place("moon", 10, 20)


@pytest.mark.parametrize(
    ("cited", "held"),
    [
        pytest.param([Place("moon", 0, 40)], True, id="whole"),
        pytest.param([Place("moon", 15, 40)], True, id="just half"),
        pytest.param([Place("moon", 16, 40)], False, id="less than half"),
        pytest.param([Place("moon", 10, 13), Place("moon", 17, 20)], True, id="two pieces together"),
        pytest.param([Place("moon", 10, 13), Place("moon", 10, 13)], False, id="the same piece twice"),
        pytest.param([Place("sun", 0, 40)], False, id="another article"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_a_quote_is_held_when_half_of_it_is_cited(cited: list[Place], held: bool) -> None:
    assert covers(cited, QUOTE) is held


def test_a_quote_is_found_wherever_it_stands() -> None:
    assert locate("a", "one two one", "one") == [Place("a", 0, 3), Place("a", 8, 11)]
    assert locate("a", "one two one", "three") == []
