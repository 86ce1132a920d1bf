"""A leaderboard as one self-contained HTML page: quality against time, drawn and in a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import pairwise
from math import ceil, floor, log10
from urllib.parse import quote

from evals.metrics import METRICS
from evals.pages.sheet import document, table
from evals.pages.wording import limits
from evals.sweeps.leaderboard import Leaderboard, Row, number, verdict
from evals.sweeps.plan import shown

Scale = Callable[[float], float]  # a figure to its place in the drawing
WIDTH, HEIGHT = 520, 340  # of the drawing, in its own units; the page shows one at 340 to 520 px
LEFT, RIGHT, TOP, BOTTOM = 48, 16, 34, 48
FEW = 12  # up to so many points each bears its rank; of more, those on the front
MARK = '<span title="no other is better and as fast, or faster and as good">◆</span>'


def page(board: Leaderboard) -> str:
    """The page. What came from outside is escaped; nothing is loaded, and nothing runs."""
    return document(f"Sweep: {board.plan.name}", [*_facts(board), *_chart(board), *_table(board), *_failed(board)])


def _facts(board: Leaderboard) -> Iterator[str]:
    if board.advice:
        yield f'<p class="lead">{escape(board.advice)}</p>'
    if board.pending:
        yield f'<p class="bad">Stopped: {len(board.pending)} of {len(board.plan.combinations)} combinations are still to be run.</p>'
    yield f'<p class="soft">{escape(board.plan.about)}</p>'


def _table(board: Leaderboard) -> Iterator[str]:
    keys = board.plan.keys
    columns = ("rank", *keys.values(), board.plan.metric, "95 % interval", board.time_name, "to the best", "95 % interval", "p", "n")
    yield "<h2>Leaderboard</h2>"
    yield f'<p class="soft">{MARK} No other is better by {escape(board.plan.metric)} and as fast, or faster and as good.'
    yield "Intervals are 95 % bootstrap intervals over cases. Worse: p &lt; 0.05 of a paired randomisation test against the best, each by"
    yield "itself; one in 20 is so by chance, and the best of many is a little lucky: try it on cases it was not chosen by.</p>"
    yield table((*columns, "verdict"), (_cells(row, board) for row in board.rows), figures=1 + len(keys))


def _cells(row: Row, board: Leaderboard) -> tuple[str, ...]:
    d = row.difference
    between = "" if d is None or d.low is None or d.high is None else f"{d.low:+.3f} – {d.high:+.3f}"
    kind = "right" if row.rank == 1 else "wrong" if d and d.verdict == "worse" else ""
    return (
        f'<a href="{escape(quote(row.combination.slug))}.html" title="the report of this run">{row.rank}</a>',
        *(escape(shown(row.combination.varied[key])) for key in board.plan.keys),
        number(row.figure.value),
        limits(row.figure),
        number(row.time) + (f" {MARK}" if row.on_front else ""),
        f"{d.difference:+.3f}" if d else "",
        between,
        f"{d.p:.4f}" if d else "",
        str(row.figure.n),
        f'<span class="stamp {kind}">{escape(verdict(row))}</span>',
    )


def _failed(board: Leaderboard) -> Iterator[str]:
    if board.failed:
        yield "<h2>Failed</h2>"
        yield table(("combination", "why"), ((escape(c.label), f'<span class="bad">{escape(why)}</span>') for c, why in board.failed), 2)


def _chart(board: Leaderboard) -> Iterator[str]:
    """Quality up, time to the right, each combination a point by its rank; the front is filled and joined by a line."""
    drawn = [(row, row.time, row.figure.value) for row in board.rows if row.time is not None and row.figure.value is not None]
    if not drawn:
        return
    metric = METRICS[board.plan.metric]
    reach = [limit for row, _, v in drawn for limit in (v, row.figure.low, row.figure.high) if limit is not None]
    across = ticks(min(t for _, t, _ in drawn), max(t for _, t, _ in drawn))
    up = ticks(min(reach), max(reach), most=None if metric.unit else 1.0)
    base, end = HEIGHT - BOTTOM, WIDTH - RIGHT

    def x(time: float) -> float:
        return round(LEFT + (end - LEFT) * (time - across[0]) / (across[-1] - across[0]), 1)

    def y(value: float) -> float:
        return round(base - (base - TOP) * (value - up[0]) / (up[-1] - up[0]), 1)

    yield "<h2>Quality against time</h2>"
    yield '<figure class="chart"><figcaption><p class="soft">The number is the rank, the bar the 95 % interval.'
    yield "Filled: no other is better and as fast, or faster and as good.</p></figcaption>"
    yield f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(_told(board, drawn))}">'
    for value, label in zip(up, labels(up), strict=True):
        yield f'<line class="track" x1="{LEFT}" y1="{y(value)}" x2="{end}" y2="{y(value)}"/>'
        yield f'<text class="end" x="{LEFT - 8}" y="{y(value) + 4}">{label}</text>'
    yield f'<line class="axis" x1="{LEFT}" y1="{base}" x2="{end}" y2="{base}"/>'
    for value, label in zip(across, labels(across), strict=True):
        yield f'<line class="axis" x1="{x(value)}" y1="{base}" x2="{x(value)}" y2="{base + 4}"/>'
        yield f'<text class="middle" x="{x(value)}" y="{base + 18}">{label}</text>'
    yield f'<text class="middle" x="{(LEFT + end) / 2}" y="{base + 37}">{escape(board.time_name)}, less is better</text>'
    yield f'<text x="2" y="12">{escape(board.plan.metric)}, {"less" if metric.lower_is_better else "more"} is better</text>'
    front = sorted((x(t), y(v)) for row, t, v in drawn if row.on_front)
    if len(front) > 1:
        yield f'<polyline class="curve dashed" points="{" ".join(f"{a},{b}" for a, b in front)}"/>'
    for row, time, value in sorted(drawn, key=lambda point: point[0].on_front):  # the front is drawn over the others
        yield from _point(row, x(time), y(value), y, named=row.on_front or len(drawn) <= FEW)
    yield "</svg></figure>"


def _point(row: Row, x: float, y: float, scale: Scale, named: bool) -> Iterator[str]:
    f = row.figure
    yield f"<g><title>{row.rank}: {escape(row.combination.label)}, {number(f.value)}, {number(row.time)}</title>"
    if f.low is not None and f.high is not None:
        yield f'<line class="interval" x1="{x}" y1="{scale(f.low)}" x2="{x}" y2="{scale(f.high)}"/>'
    yield f'<circle class="{"dot" if row.on_front else "dot unsure"}" cx="{x}" cy="{y}" r="5"/>'
    if named:
        top = y - 5 if f.high is None else min(y - 5, scale(f.high))
        yield f'<text class="value middle" x="{x}" y="{round(top - 6, 1)}">{row.rank}</text>'
    yield "</g>"


def ticks(low: float, high: float, most: float | None = None) -> list[float]:
    """Round numbers, four to eight of them, from below `low` to above `high`; from 0 where that is not far, and to `most`."""
    if high - low < 1e-9:
        low, high = low - (abs(low) * 0.1 or 0.5), high + (abs(high) * 0.1 or 0.5)
    if 0 <= low < 0.5 * high:
        low = 0.0
    rough = (high - low) / 5
    power = 10.0 ** floor(log10(rough))
    step = next(power * nice for nice in (1, 2, 5, 10) if rough <= power * nice * 1.0001)
    first, last = floor(low / step + 1e-6), ceil(high / step - 1e-6)
    if most is not None:
        first, last = max(first, 0), min(last, max(ceil(most / step - 1e-6), first + 1))
    return [round(number * step, 10) for number in range(first, last + 1)]


def labels(marks: Sequence[float]) -> list[str]:
    """The marks with just as many decimals as tell them apart."""
    step = min(b - a for a, b in pairwise(marks))
    return [f"{mark:.{max(0, -floor(log10(step) + 1e-6))}f}" for mark in marks]


def _told(board: Leaderboard, drawn: Sequence[tuple[Row, float, float]]) -> str:
    """The drawing in words, for who cannot see it; the table says the same."""
    points = "; ".join(f"{row.rank}: {row.combination.label}, {value:.3f} in {time:.3f}" for row, time, value in drawn)
    return f"{board.plan.metric} against {board.time_name}. {points}"
