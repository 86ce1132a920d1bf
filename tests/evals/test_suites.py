"""The suites and their floors, the gate's among them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals import gate
from evals.compare import compare
from evals.metrics import METRICS, figures
from evals.run import read
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
    assert set(gate.FLOORS) <= set(METRICS)


def test_the_gate_holds_a_run_against_the_committed_baseline() -> None:
    before = read(gate.BASELINE)
    assert len(before.records) >= 60
    assert not gate.worse_than(before, before)
    worse = replace(before, records=tuple(replace(r, scores=r.scores | {"retrieval.hit@1": 0.0}) for r in before.records))
    (line,) = gate.worse_than(before, worse)
    assert line.startswith("retrieval.hit@1 was 0.9")


def test_a_slower_machine_is_no_worse_product() -> None:
    before, after = (a_run("a", [seconds] * 30, "latency.total_s") for seconds in (1.0, 9.0))
    assert compare(before, after).differences[0].verdict == "worse"
    assert not gate.worse_than(before, after)


def test_no_name_is_every_suite_and_an_unknown_one_is_a_problem() -> None:
    assert [suite.name for suite in chosen([])] == [name for name in SUITES if name != "disagreements"]
    assert [suite.name for suite in chosen(["disagreements"])] == ["disagreements"]
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
