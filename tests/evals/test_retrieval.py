"""Retrieval measures of tiny rankings, worked by hand."""

from __future__ import annotations

from math import log2

import pytest

from evals.retrieval import NAMES, score


@pytest.mark.parametrize(
    ("ranked", "grades", "expected"),
    [
        pytest.param("abc", {"a": 1}, (1, 1, 1, 1, 1, 1), id="first"),
        pytest.param("xab", {"a": 1}, (0, 1, 1, 1, 1 / 2, 1 / log2(3)), id="second"),
        pytest.param("xyzuvwa", {"a": 1}, (0, 0, 1, 1, 1 / 7, 1 / log2(8)), id="seventh"),
        pytest.param("0123456789a", {"a": 1}, (0, 0, 0, 0, 0, 0), id="eleventh is too late"),
        pytest.param(
            "axb",
            {"a": 1, "b": 1},
            (1, 1, 1, 1, 1, (1 + 1 / log2(4)) / (1 + 1 / log2(3))),
            id="two gold, first and third",
        ),
        pytest.param("ax", {"a": 1, "b": 1}, (1, 1, 1, 1 / 2, 1, 1 / (1 + 1 / log2(3))), id="half of two"),
        pytest.param("aab", {"b": 1}, (0, 1, 1, 1, 1 / 2, 1 / log2(3)), id="an article counts at its best rank"),
        pytest.param("", {"a": 1}, (0, 0, 0, 0, 0, 0), id="nothing found is 0, not left out"),
    ],
)
def test_a_ranking_scores_what_the_hand_works_out(ranked: str, grades: dict[str, int], expected: tuple[float, ...]) -> None:
    assert score(list(ranked), grades) == {name: pytest.approx(value) for name, value in zip(NAMES, expected, strict=True)}


def test_a_better_graded_article_first_is_better() -> None:
    grades = {"a": 2, "b": 1}
    assert score(["a", "b"], grades)["retrieval.ndcg@10"] == pytest.approx(1.0)
    assert score(["b", "a"], grades)["retrieval.ndcg@10"] == pytest.approx((1 + 2 / log2(3)) / (2 + 1 / log2(3)))
