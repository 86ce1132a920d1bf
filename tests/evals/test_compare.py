"""Comparing made-up runs whose difference is plain to see."""

from __future__ import annotations

import pytest

from evals.compare import as_text, compare
from evals.metrics import figures
from evals.run import Run
from index.problem import Problem
from tests.evals.made_up import a_run


def test_a_run_against_itself_differs_in_nothing() -> None:
    run = a_run("a", [1, 0, 1, 1], refused=[1, 0])
    found = compare(run, run)
    assert all((d.difference, d.p, d.verdict) == (0.0, 1.0, "no sure difference") for d in found.differences)
    assert found.flips == ()
    assert (found.paired, found.only_before, found.only_after) == (6, 0, 0)


def test_a_plain_loss_is_called_worse_and_names_the_cases_that_flipped() -> None:
    found = compare(a_run("a", [1] * 20), a_run("b", [0] * 12 + [1] * 8))
    (difference,) = found.differences
    assert (difference.before, difference.after, difference.n) == (1.0, 0.4, 20)
    assert difference.difference == pytest.approx(-0.6)
    assert difference.low is not None and difference.high is not None
    assert difference.low < -0.6 < difference.high < 0
    assert difference.p < 0.01
    assert difference.verdict == "worse"
    assert [flip.id for flip in found.flips] == [f"c{i}" for i in range(12)]
    assert "- now wrong" in as_text(found)


def test_two_flips_of_forty_are_no_sure_difference() -> None:
    found = compare(a_run("a", [1] * 40), a_run("b", [0] * 2 + [1] * 38))
    assert found.differences[0].verdict == "no sure difference"


def test_less_waiting_is_better() -> None:
    slow, fast = (a_run(n, [s] * 10, "latency.total_s") for n, s in (("slow", 4.0), ("fast", 2.0)))
    assert compare(slow, fast).differences[0].verdict == "better"


def test_refusals_are_compared_as_figures_over_all_cases() -> None:
    found = {d.metric: d for d in compare(a_run("a", [], refused=[1, 1, 0, 0]), a_run("b", [], refused=[1, 1, 1, 1])).differences}
    assert (found["refusal.recall"].before, found["refusal.recall"].after) == (0.5, 1.0)
    assert found["refusal.f1"].difference == pytest.approx(1 - 2 / 3)


def test_a_case_that_is_unscored_in_one_run_is_left_out_of_the_metric() -> None:
    found = compare(a_run("a", [1, 1, None]), a_run("b", [1, None, 0]))
    assert [(d.metric, d.n) for d in found.differences] == [("answer.correct", 1)]


def test_cases_of_one_run_only_are_counted_apart() -> None:
    found = compare(a_run("a", [1, 1, 1]), a_run("b", [1, 1]))
    assert (found.paired, found.only_before, found.only_after) == (2, 1, 0)


def test_runs_without_a_case_in_common_are_a_problem() -> None:
    with pytest.raises(Problem, match="no case in common"):
        compare(a_run("a", [1]), Run({}, "", {}, (), 0.0))


def test_figures_count_errors_as_unscored_and_keep_n_honest() -> None:
    figure = figures(a_run("a", [1, 0, None, 1]).records)["answer.correct"]
    assert figure.value == pytest.approx(2 / 3)
    assert (figure.n, figure.unscored) == (3, 1)


def test_refusal_precision_has_the_number_refused_as_its_n_and_no_value_without_any() -> None:
    some = figures(a_run("a", [], refused=[1, 1, 0]).records)
    assert (some["refusal.precision"].value, some["refusal.precision"].n) == (1.0, 2)
    assert some["refusal.recall"].value == pytest.approx(2 / 3)
    assert some["refusal.recall"].n == 3
    none = figures(a_run("a", [], refused=[0, 0]).records)
    assert (none["refusal.precision"].value, none["refusal.precision"].n, none["refusal.f1"].value) == (None, 0, 0.0)
