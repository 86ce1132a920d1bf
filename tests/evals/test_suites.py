"""The suites and their floors, the gate's among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals import gate
from evals.metrics import METRICS, figures
from evals.suites import SUITES, below_floor, chosen, suite_figures
from evals.types import Figure
from index.problem import Problem
from tests.evals.made_up import FAR, NOBODY, a_run


def figure(value: float | None) -> Figure:
    return Figure(value, 10, None, None, 0)


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        pytest.param({"answer.correct": figure(0.6)}, [], id="at the floor is not below it"),
        pytest.param({"answer.correct": figure(0.59)}, ["answer.correct is 0.590, below its floor of 0.6"], id="below"),
        pytest.param({"answer.correct": figure(None)}, ["answer.correct could not be measured; its floor is 0.6"], id="no value"),
        pytest.param({}, ["answer.correct could not be measured; its floor is 0.6"], id="not there at all"),
    ],
)
def test_a_figure_below_its_floor_is_named_with_value_and_floor(found: dict[str, Figure], lines: list[str]) -> None:
    assert below_floor(found, {"answer.correct": 0.6}) == lines


def test_every_floor_is_of_a_metric_that_is_measured() -> None:
    for suite in SUITES.values():
        assert set(suite.floors) <= set(suite.measures) <= set(METRICS), suite.name
    assert set(gate.RETRIEVAL_FLOORS) | set(gate.ANSWER_FLOORS) <= set(METRICS)


def test_the_gate_is_short_enough_to_be_read_whole() -> None:
    assert len(Path(gate.__file__).read_text().splitlines()) <= 60


def test_no_name_is_every_suite_and_an_unknown_one_is_a_problem() -> None:
    assert [suite.name for suite in chosen([])] == list(SUITES)
    assert [suite.name for suite in chosen(["latency", "retrieval", "latency"])] == ["latency", "retrieval"]
    with pytest.raises(Problem, match="no suite 'speed'; the suites are retrieval, answers"):
        chosen(["speed"])


def test_a_suite_takes_its_own_cases_and_measures_only() -> None:
    assert SUITES["answers"].takes(FAR)
    assert not SUITES["answers"].takes(NOBODY)
    assert SUITES["refusals"].takes(NOBODY)
    run = a_run("a", [1, 0], refused=[1])
    assert set(figures(run.records)) > {"answer.correct"}
    assert suite_figures(SUITES["answers"], [], run.records) == {}
