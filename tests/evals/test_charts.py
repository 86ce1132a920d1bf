"""The charts: the numbers they are drawn from, that they can be read without seeing them, and when there is none."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping

import pytest

from evals.compare import Difference
from evals.pages import charts
from evals.pages.charts import Chart, percent, seconds, wilson
from evals.types import Record


def records(name: str, *scores: float | None) -> list[Record]:
    return [Record(f"c{i}", "?", {}, {name: score}) for i, score in enumerate(scores)]


def drawn(chart: Chart | None) -> Chart:
    """The chart, which must be there, be well formed, stay within its frame and say in words what it shows."""
    assert chart is not None
    svg = ElementTree.fromstring(chart.svg)
    assert svg.get("role") == "img" and svg.get("aria-label")
    width, height = (float(v) for v in (svg.get("viewBox") or "").split()[2:])
    for part in svg.iter():
        for name, value in part.attrib.items():
            if name in ("x", "x1", "x2", "cx"):
                assert -1 <= float(value) <= width
            elif name in ("y", "y1", "y2", "cy", "height"):
                assert -1 <= float(value) <= height
    assert all(len(row) == len(chart.columns) for row in chart.rows)
    assert chart.title in chart.html()
    return chart


def plain(rows: tuple[tuple[str, ...], ...]) -> list[list[str]]:
    return [[cell.replace("\u00a0", " ") for cell in row] for row in rows]


def test_retrieval_counts_what_is_found_at_a_rank_or_above() -> None:
    chart = drawn(charts.retrieval_by_rank(records("retrieval.mrr@10", 1.0, 0.5, 0.333333, 0.1, 0.0, None)))
    assert [row[1] for row in chart.rows] == ["1 of 5", "2 of 5"] + ["3 of 5"] * 7 + ["4 of 5"]
    assert plain(chart.rows)[0][2] == "20 %"


@pytest.mark.parametrize("scores", [(0.0,), (1.0,), (1.0,) * 300, (0.5, 0.25) * 9])
def test_the_scale_of_retrieval_holds_every_interval(scores: tuple[float, ...]) -> None:
    drawn(charts.retrieval_by_rank(records("retrieval.mrr@10", *scores)))


def test_risk_and_coverage_come_from_the_surest_answers_on() -> None:
    rows = [(0.9, 1.0), (0.8, 1.0), (0.7, -1.0), (0.2, 0.0)]
    cases = [Record(str(i), "?", {}, {"refusal.confidence": c, "answer.crag": s}) for i, (c, s) in enumerate(rows)]
    chart = drawn(charts.risk_coverage([*cases, *records("answer.crag", 1.0)]))
    assert plain(chart.rows) == [["25 %", "0 %"], ["50 %", "0 %"], ["75 %", "33 %"]]
    assert "75\u00a0% of 4 cases" in chart.says


def test_an_answer_without_a_mistake_has_a_flat_curve() -> None:
    cases = [Record(str(i), "?", {}, {"refusal.confidence": i / 9, "answer.crag": 1.0}) for i in range(9)]
    assert "0\u00a0% of the answers were wrong" in drawn(charts.risk_coverage(cases)).says


def test_waiting_times_say_median_and_p95() -> None:
    times = [0.1 * i for i in range(1, 102)]
    cases = [*records("latency.total_s", *times), *records("latency.retrieve_s", 0.2, None, 0.0)]
    chart = drawn(charts.latency(cases))
    assert plain(chart.rows) == [
        ["to the sources", "1", "0.20 s", "0.20 s", "0.20 s", "0.20 s"],
        ["to the end", "101", "0.10 s", "5.1 s", "9.6 s", "10 s"],
    ]
    assert "to the end: median 5.1\u00a0s" in chart.svg


@pytest.mark.parametrize("times", [(3.0,), (0.0004, 900.0), (1.0, 1.0, 1.0)])
def test_any_times_fit_on_the_scale(times: tuple[float, ...]) -> None:
    drawn(charts.latency(records("latency.total_s", *times)))


def test_tags_are_drawn_worst_first_from_three_cases_on() -> None:
    def tagged(tag: str, *right: int, error: str | None = None) -> list[Record]:
        return [Record(f"{tag}{i}", "?", {}, {"answer.correct": float(r)}, error, tags=(tag, tag)) for i, r in enumerate(right)]

    cases = [*tagged("good", 1, 1, 1), *tagged("bad<b>", 0, 0, 1, 0), *tagged("few", 0, 0), *tagged("good", 0, 0, error="It broke.")]
    chart = drawn(charts.per_tag(cases, lambda r: r.scores["answer.correct"] == 1))
    assert [row[:3] for row in chart.rows] == [("bad<b>", "4", "1"), ("good", "3", "3")]
    assert "<b>" not in chart.html()


def test_differences_show_which_are_sure() -> None:
    def moved(metric: str, by: float, low: float | None, high: float | None, verdict: str) -> Difference:
        return Difference(metric, 0.5, 0.5 + by, by, low, high, 0.01, 9, verdict)

    found = [
        moved("a", 0.2, 0.1, 0.3, "better"),
        moved("b", -0.004, -0.1, 0.09, "no sure difference"),
        moved("c", -0.3, None, None, "worse"),
    ]
    chart = drawn(charts.differences("What changed", "", found))
    assert re.findall(r'circle class="(\w+) dot"', chart.svg) == ["better", "unsure", "worse"]
    assert "+0.200 better" in chart.svg and "-0.300 worse" in chart.svg
    assert drawn(charts.differences("Same", "seconds", [moved("a", 0, 0, 0, "no sure difference")]))


def test_without_data_there_is_no_chart() -> None:
    none: list[Record] = records("answer.exact", 1.0, None)
    assert charts.retrieval_by_rank(none) is None
    assert charts.risk_coverage(none) is None
    assert charts.latency(none) is None
    assert charts.per_tag(none, lambda _: True) is None
    assert charts.differences("What changed", "", []) is None


@pytest.mark.parametrize(("good", "n", "low", "high"), [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)])
def test_wilson_agrees_with_published_values(good: int, n: int, low: float, high: float) -> None:
    assert wilson(good, n) == pytest.approx((low, high), abs=1e-4)  # the last: Newcombe 1998, table I


SAID: Mapping[str, str] = {
    percent(1.0): "100 %",
    percent(0.999): "99.9 %",
    percent(0.0): "0 %",
    percent(0.125): "12 %",
    seconds(12.34): "12 s",
}


@pytest.mark.parametrize(("shown", "expected"), SAID.items())
def test_only_all_is_a_hundred_percent(shown: str, expected: str) -> None:
    assert shown.replace("\u00a0", " ") == expected
