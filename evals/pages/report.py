"""A run as one self-contained HTML page: the figures, the suites, the charts, then every case, failures first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby
from typing import Any

from evals.pages import charts
from evals.pages.cards import card, failed, stamp, state
from evals.pages.compared import render_comparison
from evals.pages.sheet import Links, document, filters, ordered, table
from evals.pages.wording import about, count, flat, limits, unit, value
from evals.run import Run
from evals.types import Figure

__all__ = ["render", "render_comparison", "state"]
_STATES = ("error", "wrong", "right")


def render(run: Run, links: Links = ()) -> str:
    """The page of a run. Everything that came from outside is escaped; nothing is loaded from anywhere."""
    cases = sorted(run.records, key=lambda r: _STATES.index(state(r)))
    tags = ordered(tag for record in cases for tag in dict.fromkeys(record.tags))
    musts = ordered(name for record in cases for name in failed(record))
    drawn = (
        charts.retrieval_by_rank(run.records),
        charts.risk_coverage(run.records),
        charts.latency(run.records),
        charts.per_tag(run.records, lambda record: state(record) == "right"),
    )
    pictures = "".join(chart.html() for chart in drawn if chart)
    body = [*_facts(run), *_figures(run.metrics), *_suites(run.suites)]
    body += [f'<h2>Charts</h2><div class="charts">{pictures}</div>'] if pictures else []
    body += ["<h2>Cases, failures first</h2>"]
    if cases:
        states = Counter(state(record) for record in cases)
        offered = [(name, name, states[name]) for name in ("wrong", "error", "right") if states[name]]
        body.append(filters(offered, tags, "Not met", musts))
    numbered = [{name: i for i, name in enumerate(names)} for names in (tags, musts)]
    body += [card(record, *numbered) for record in cases] or ["<p>The run has no cases.</p>"]
    return document(_title(run), [*body, *_settings(run)], links, filtered=True)


def _title(run: Run) -> str:
    return f"Evaluation: {run.name or 'a run'}"


def _facts(run: Run) -> Iterator[str]:
    states = Counter(state(r) for r in run.records)
    counted = f"{states['right']} right, {states['wrong']} wrong, {count(states['error'], 'error')}"
    yield f'<p class="lead">{count(len(run.records), "case")}: {counted}.</p><p class="soft">{escape(" · ".join(about(run)))}</p>'


def _figures(metrics: Mapping[str, Figure]) -> Iterator[str]:
    yield "<h2>Figures</h2>"
    counted = any(figure.unscored for figure in metrics.values())
    rows = []
    for _, family in groupby(metrics.items(), key=lambda item: item[0].partition(".")[0]):
        for first, (name, figure) in ((i == 0, item) for i, item in enumerate(family)):
            bar = "" if unit(name) else _bar(figure)  # seconds have no scale of 0 to 1
            named = f'<span class="first">{escape(name)}</span>' if first else escape(name)
            row = (named, value(name, figure.value), bar, limits(figure), str(figure.n))
            rows.append((*row, str(figure.unscored or "")) if counted else row)
    yield table(("metric", "value", "0 to 1", "95 % interval", "n", *(("unscored",) if counted else ())), rows, kind="figures")
    yield '<p class="soft">Intervals are 95 % bootstrap intervals over cases; where all cases scored alike they shrink'
    yield "to a point, which says little when n is small. Unscored: due, and could not be scored.</p>"


def _bar(figure: Figure) -> str:
    """The value as a dot on 0–1, its interval as a line through it."""
    if figure.value is None or min(figure.value, figure.low or 0.0) < 0:
        return ""

    def at(v: float) -> float:
        return round(6 + 148 * min(1.0, max(0.0, v)), 1)

    low = figure.value if figure.low is None else figure.low
    high = figure.value if figure.high is None else figure.high
    return (
        '<svg class="dots" width="160" height="14" viewBox="0 0 160 14" role="img" '
        f'aria-label="{figure.value:.3f}, interval {low:.3f} to {high:.3f}">'
        '<line class="track" x1="6" y1="7" x2="154" y2="7"/>'
        f'<line class="interval" x1="{at(low)}" y1="7" x2="{at(high)}" y2="7"/>'
        f'<circle class="dot" cx="{at(figure.value)}" cy="7" r="4"/></svg>'
    )


def _suites(suites: Mapping[str, Any]) -> Iterator[str]:
    """Each suite with its floors; one that is below is said in words and stands open."""
    if suites:
        yield "<h2>Suites</h2>"
    for name, suite in suites.items():
        below, floors = [str(line) for line in suite.get("below", ())], suite.get("floors", {})
        rows = [_measured(metric, told, floors.get(metric)) for metric, told in suite.get("metrics", {}).items()]
        verdict = stamp("wrong", "below its floor") if below else stamp("right", "floors met") if floors else stamp("no floors")
        listed = "".join(f'<p class="bad">{escape(line)}</p>' for line in below)
        shown = table(("metric", "value", "95 % interval", "n", "floor", ""), rows) if rows else ""
        yield (
            f'<details class="suite"{" open" if below else ""}><summary>{verdict} <b>{escape(name)}</b> '
            f'<span class="soft">{escape(str(suite.get("about", "")))}</span></summary>{listed}{shown}</details>'
        )


def _measured(metric: str, told: Mapping[str, Any], floor: float | None) -> tuple[str, ...]:
    figure = Figure(told.get("value"), told.get("n", 0), told.get("low"), told.get("high"), told.get("unscored", 0))
    row = (escape(metric), value(metric, figure.value), limits(figure), str(figure.n))
    if floor is None:
        return (*row, "", "")
    below = figure.value is None or figure.value < floor
    return (*row, f"{floor:g}", stamp("wrong", "below") if below else stamp("right", "met"))


def _settings(run: Run) -> Iterator[str]:
    told = {**flat(run.settings), **flat(run.about)}
    if told:
        yield f"<h2>Set-up</h2><details><summary>Settings, prompts and machine</summary>{table(('', ''), _rows(told), 2)}</details>"


def _rows(told: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [(escape(name), escape(value)) for name, value in told.items()]
