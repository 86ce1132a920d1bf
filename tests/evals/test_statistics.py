"""Every statistic against numbers worked by hand."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy
import pytest

from evals import statistics

if TYPE_CHECKING:
    from evals.statistics import Rows, Statistic


def table(*rows: tuple[float, ...]) -> Rows:
    return numpy.asarray(rows, dtype=numpy.float64).reshape(len(rows), -1)


# (refused, should have been): 2 refused rightly, 1 wrongly, 2 let through, 1 answered rightly
REFUSALS = table((1, 1), (1, 1), (1, 0), (0, 1), (0, 1), (0, 0))


@pytest.mark.parametrize(
    ("statistic", "rows", "value"),
    [
        pytest.param(statistics.mean, table((1,), (0,), (0,), (1,), (1,)), 0.6, id="mean"),
        pytest.param(statistics.median, table((9,), (1,), (2,), (3,)), 2.5, id="median of four"),
        pytest.param(statistics.precision, REFUSALS, 2 / 3, id="precision: 2 of 3 refused"),
        pytest.param(statistics.recall, REFUSALS, 2 / 4, id="recall: 2 of 4 due"),
        pytest.param(statistics.f1, REFUSALS, 2 * 2 / (3 + 4), id="f1: 2 TP / (found + due)"),
        pytest.param(statistics.f1, table((0, 1), (0, 0)), 0.0, id="f1 is 0 when none is found"),
        pytest.param(statistics.balanced_accuracy, REFUSALS, (2 / 4 + 1 / 2) / 2, id="balanced accuracy"),
        pytest.param(statistics.auroc, table((0.9, 1), (0.8, 0), (0.7, 1), (0.1, 0)), 3 / 4, id="auroc: 3 of 4 pairs in order"),
        pytest.param(statistics.auroc, table((0.5, 1), (0.5, 0)), 0.5, id="auroc: a tie counts half"),
        pytest.param(
            statistics.auroc,
            table((0.5, 1), (0.5, 0), (0.5, 0), (0.9, 1), (0.5, 1)),
            4 / 6,
            id="auroc: one pair in order for .9 twice, four ties",
        ),
    ],
)
def test_a_statistic_is_what_the_hand_works_out(statistic: Statistic, rows: Rows, value: float) -> None:
    assert statistic(rows) == pytest.approx(value)


@pytest.mark.parametrize(
    ("statistic", "rows"),
    [
        pytest.param(statistics.precision, table((0, 1), (0, 0)), id="precision where nothing was refused"),
        pytest.param(statistics.recall, table((1, 0)), id="recall where nothing was due"),
        pytest.param(statistics.f1, table((0, 0)), id="f1 where neither"),
        pytest.param(statistics.auroc, table((0.5, 1), (0.7, 1)), id="auroc of one class"),
        pytest.param(statistics.balanced_accuracy, table((1, 0)), id="balanced accuracy of one class"),
    ],
)
def test_a_statistic_that_is_not_defined_is_not_a_number(statistic: Statistic, rows: Rows) -> None:
    assert numpy.isnan(statistic(rows))


def test_the_interval_of_a_mean_is_about_two_standard_errors() -> None:
    rows = table(*[(float(i % 2),) for i in range(100)])  # mean 0.5, standard error 0.05
    low, high = statistics.interval(statistics.mean, rows) or (0, 0)
    assert low == pytest.approx(0.40, abs=0.02)
    assert high == pytest.approx(0.60, abs=0.02)


def test_one_case_has_no_interval() -> None:
    assert statistics.interval(statistics.mean, table((1,))) is None


def test_the_interval_is_the_same_each_time() -> None:
    rows = table((0.1,), (0.5,), (0.9,))
    assert statistics.interval(statistics.mean, rows) == statistics.interval(statistics.mean, rows)


def test_the_paired_test_is_sure_of_a_change_in_every_case_and_not_of_none() -> None:
    zeros, ones = table(*[(0.0,)] * 20), table(*[(1.0,)] * 20)
    limits, p = statistics.paired(statistics.mean, zeros, ones)
    assert limits == (1.0, 1.0)
    assert p < 0.001
    assert statistics.paired(statistics.mean, ones, ones)[1] == 1.0


def test_the_paired_test_of_three_changed_cases_is_that_of_three_coins() -> None:
    before, after = table((0,), (0,), (0,), (1,), (0,)), table((1,), (1,), (1,), (1,), (0,))
    p = statistics.paired(statistics.mean, before, after)[1]
    assert p == pytest.approx(2 * 0.5**3, abs=0.03)  # all three swapped, or none: 1/4


def test_the_risk_of_answering_is_counted_from_the_surest_case_on() -> None:
    # sure and right, sure and wrong, less sure and right; two refusals are never covered
    rows = numpy.array([[0.9, 1], [0.8, -1], [0.6, 1], [0.5, 0], [0.1, 0]], dtype=float)
    assert statistics.risk_coverage(rows) == [(0.2, 0.0), (0.4, 0.5), (0.6, pytest.approx(1 / 3))]
    assert statistics.aurc(rows) == pytest.approx((0.0 + 0.5 + 1 / 3) / 3)


def test_cases_of_one_confidence_are_covered_together() -> None:
    rows = numpy.array([[0.9, 1], [0.9, -1]], dtype=float)
    assert statistics.risk_coverage(rows) == [(1.0, 0.5)]


def test_nothing_answered_has_no_risk() -> None:
    assert isnan(statistics.aurc(numpy.array([[0.9, 0]], dtype=float)))


def test_calibration_is_how_far_confidence_and_being_right_lie_apart() -> None:
    # .9 and .95 in one bin, one of two right: |1.85 - 1| / 3; .2 wrong: .2 / 3; a refusal says nothing
    rows = numpy.array([[0.9, 1], [0.95, -1], [0.2, -1], [0.99, 0]], dtype=float)
    assert statistics.ece(rows) == pytest.approx((0.85 + 0.2) / 3)
    assert statistics.ece(numpy.array([[1.0, 1], [1.0, 1]], dtype=float)) == 0.0
    assert isnan(statistics.ece(numpy.array([[0.9, 0]], dtype=float)))
