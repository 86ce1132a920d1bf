"""The charts of a report: inline SVG in the page's own colours, each with its numbers beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10, sqrt
from typing import TYPE_CHECKING

from evals.pages.sheet import table
from evals.types import Record

if TYPE_CHECKING:
    from evals.compare import Difference

WIDTH = 440  # units of every drawing; the page shows one at 340 to 500 px
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 420, 30, 190
_RANKS = range(1, 11)
_BINS = 36
FEW = 3  # cases a tag must have to be drawn


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, what it shows in a sentence, and the numbers it was drawn from."""

    title: str
    says: str
    svg: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def html(self) -> str:
        numbers = table(self.columns, ([escape(cell) for cell in row] for row in self.rows))
        return (
            f'<figure class="chart"><figcaption><h3>{escape(self.title)}</h3><p class="soft">{escape(self.says)}</p></figcaption>'
            f"{self.svg}<details><summary>The numbers</summary>{numbers}</details></figure>"
        )


@dataclass(frozen=True, slots=True)
class _Axis:
    """Values from `low` to `high` laid out from `start` to `end`, by their logarithms if so wished."""

    low: float
    high: float
    start: float
    end: float
    by_log: bool = False

    def at(self, value: float) -> float:
        low, high, v = (log10(x) if self.by_log else x for x in (self.low, self.high, min(max(value, self.low), self.high)))
        return round(self.start + (v - low) / (high - low) * (self.end - self.start), 1)


def retrieval_by_rank(records: Iterable[Record]) -> Chart | None:
    """The share of questions whose first gold article stands at each rank or above it."""
    scores = [s for r in records if (s := r.scores.get("retrieval.mrr@10")) is not None]
    if not scores:
        return None
    found = [sum(s >= 1 / k - 1e-6 for s in scores) for k in _RANKS]  # the score is 1 / rank, to six digits
    limits = [wilson(n, len(scores)) for n in found]
    lowest = max(0.0, floor((limits[0][0] - 0.02) * 5) / 5)  # what is near 100 % is looked at closely; the axis says so
    x, y = _Axis(1, 10, _LEFT + 14, _RIGHT - 14), _Axis(lowest, 1, _BOTTOM, _TOP)
    parts = [*_shares_up(y, "share of questions"), *_below(x, [(k, str(k)) for k in _RANKS], "found at this rank or above", _BOTTOM)]
    points = [(x.at(k), y.at(n / len(scores))) for k, n in zip(_RANKS, found, strict=True)]
    parts += [_line("interval", px, y.at(low), px, y.at(high)) for (px, _), (low, high) in zip(points, limits, strict=True)]
    parts += [_path(points), *(_dot(px, py) for px, py in points)]
    for k in (1, 5, 10):
        px = points[k - 1][0]
        parts.append(_text(px, min(y.at(limits[k - 1][0]) + 14, _BOTTOM - 4), percent(found[k - 1] / len(scores)), "value middle"))
    n = len(scores)
    says = (
        f"Of {n} questions, a gold article stands first for {percent(found[0] / n)}, "
        f"among the first five for {percent(found[4] / n)}, among the first ten for {percent(found[9] / n)}."
    )
    rows = [
        (str(k), f"{f} of {n}", percent(f / n), f"{percent(low)} – {percent(high)}")
        for k, f, (low, high) in zip(_RANKS, found, limits, strict=True)
    ]
    return Chart("Retrieval by rank", says, _svg(236, says, parts), ("rank", "found", "share", "95 % interval"), tuple(rows))


def risk_coverage(records: Iterable[Record]) -> Chart | None:
    """How many answers would be wrong if only the surest were given."""
    import numpy

    from evals.statistics import risk_coverage as points_of

    pairs = [(r.scores.get("refusal.confidence"), r.scores.get("answer.crag")) for r in records]
    whole = [pair for pair in pairs if None not in pair]
    points = points_of(numpy.asarray(whole, dtype=numpy.float64).reshape(len(whole), 2))
    if len(points) < 2:
        return None
    top = min(1.0, _nice(max(0.05, *(risk for _, risk in points))))
    x, y = _Axis(0, 1, _LEFT, _RIGHT - 6), _Axis(0, top, _BOTTOM, _TOP)
    parts = [*_shares_up(y, "wrong among the answered"), *_below(x, _shares(0, 1, 4), "cases answered, the surest first", _BOTTOM)]
    placed = [(x.at(coverage), y.at(risk)) for coverage, risk in points]
    parts += [_path(placed), _dot(*placed[-1])]
    coverage, risk = points[-1]
    says = f"Answering {percent(coverage)} of {len(whole)} cases, as it did, {percent(risk)} of the answers were wrong."
    half = next(((c, r) for c, r in points if c >= coverage / 2), points[-1])
    says += f" Answering only the surest {percent(half[0])} of cases: {percent(half[1])}."
    picked = [points[round(i * (len(points) - 1) / 9)] for i in range(10)]
    rows = [(percent(c), percent(r)) for c, r in dict.fromkeys(picked)]
    return Chart("Risk and coverage", says, _svg(236, says, parts), ("answered", "wrong among them"), tuple(rows))


def latency(records: Sequence[Record]) -> Chart | None:
    """How the waiting times spread: one strip each, all on one scale."""
    import numpy

    shown = {"latency.retrieve_s": "to the sources", "latency.first_token_s": "to the first word", "latency.total_s": "to the end"}
    times: dict[str, list[float]] = {}
    for name, words in shown.items():
        if taken := [s for r in records if (s := r.scores.get(name))]:  # a time of 0 was not taken
            times[words] = taken
    if not times:
        return None
    every = [t for taken in times.values() for t in taken]
    x = _Axis(10 ** (floor(log10(min(every)) * 4 - 0.5) / 4), 10 ** (ceil(log10(max(every)) * 4 + 0.5) / 4), 12, _RIGHT, by_log=True)
    bottom = 12 + 64 * len(times)
    parts, rows, said = [], [], []
    for i, (words, taken) in enumerate(times.items()):
        p50, p95 = (float(v) for v in numpy.percentile(taken, (50, 95)))
        base = 66 + 64 * i
        counts, _ = numpy.histogram([x.at(t) for t in taken], bins=_BINS, range=(x.start, x.end))
        wide = (x.end - x.start) / _BINS
        tallest = max(1, int(counts.max()))
        parts += [
            f'<rect class="bar" x="{x.start + b * wide + 0.5:.1f}" y="{base - 34 * count / tallest:.1f}" width="{wide - 1:.1f}" '
            f'height="{34 * count / tallest:.1f}"/>'
            for b, count in enumerate(counts.tolist())
            if count
        ]
        parts += [_line("track", x.start, base, x.end, base), _line("mark", x.at(p50), base - 38, x.at(p50), base + 3)]
        parts += [_line("mark dashed", x.at(p95), base - 38, x.at(p95), base + 3), _text(x.start, base - 44, words)]
        parts.append(_text(x.end, base - 44, f"median {seconds(p50)}, 95 % within {seconds(p95)}", "value end"))
        rows.append((words, str(len(taken)), seconds(min(taken)), seconds(p50), seconds(p95), seconds(max(taken))))
        said.append(f"{words}: median {seconds(p50)}, 95 % within {seconds(p95)}")
    parts += _below(x, [(t, f"{t:g}") for t in _log_ticks(x.low, x.high)], "seconds, on a logarithmic scale", bottom)
    says = "How long one waits. Solid line: the median; dashed: 95 % are quicker."
    spoken = f"{says} {'; '.join(said)}."
    return Chart(
        "Waiting times", says, _svg(bottom + 46, spoken, parts), ("from the question", "n", "least", "median", "p95", "most"), tuple(rows)
    )


def per_tag(records: Iterable[Record], right: Callable[[Record], bool]) -> Chart | None:
    """The share of cases right for each tag, the worst first. Errors are no answers and are not counted."""
    counts: dict[str, list[int]] = {}
    for record in records:
        for tag in dict.fromkeys(record.tags if record.error is None else ()):
            held = counts.setdefault(tag, [0, 0])
            held[0] += right(record)
            held[1] += 1
    enough = {tag: (good, n) for tag, (good, n) in counts.items() if n >= FEW}
    if not enough:
        return None
    ordered = sorted(enough.items(), key=lambda item: (item[1][0] / item[1][1], -item[1][1], item[0]))
    x = _Axis(0, 1, 128, 350)
    bottom = 14 + 24 * len(ordered)
    parts, rows = _below(x, _shares(0, 1, 4), "cases right", bottom), []
    for i, (tag, (good, n)) in enumerate(ordered):
        middle, share = 22 + 24 * i, good / n
        low, high = wilson(good, n)
        parts.append(_text(120, middle + 4, tag if len(tag) <= 18 else tag[:17] + "…", "end"))
        parts.append(f'<rect class="bar" x="{x.start}" y="{middle - 7}" width="{x.at(share) - x.start:.1f}" height="14" rx="2"/>')
        parts += [
            _line("interval", x.at(low), middle, x.at(high), middle),
            _text(360, middle + 4, f"{percent(share)} · {good}/{n}", "value"),
        ]
        rows.append((tag, str(n), str(good), percent(share), f"{percent(low)} – {percent(high)}"))
    worst, (good, n) = ordered[0]
    says = f"Lowest: {worst}, {good} of {n}. The line through each bar is its 95 % interval (Wilson); tags of {FEW} cases and more."
    spoken = f"Share of cases right by tag. {'; '.join(f'{r[0]} {r[3]} of {r[1]}' for r in rows)}."
    columns = ("tag", "n", "right", "share", "95 % interval")
    return Chart("Right by tag", says, _svg(bottom + 46, spoken, parts), columns, tuple(rows))


def differences(title: str, unit: str, shown: Sequence[Difference]) -> Chart | None:
    """How far each metric moved, with its interval, around a line of no change. `unit` is "" for shares."""
    if not shown:
        return None
    widest = max(abs(v) for d in shown for v in (d.difference, d.low, d.high) if v is not None)
    reach = _nice(widest) if widest else 1.0
    x = _Axis(-reach, reach, 186, 340)
    bottom = 14 + 24 * len(shown)
    ticks = [(v, "0" if not v else f"{v:+g}") for v in (-reach, 0.0, reach)]
    parts = [*_below(x, ticks, f"change, in {unit}" if unit else "change", bottom), _line("axis", x.at(0), 10, x.at(0), bottom)]
    rows = []
    for i, d in enumerate(shown):
        middle = 22 + 24 * i
        sure = "" if d.verdict.startswith("no") else d.verdict
        parts.append(_text(176, middle + 4, d.metric, "end"))
        if d.low is not None and d.high is not None:
            parts.append(_line(f"interval {sure}", x.at(d.low), middle, x.at(d.high), middle))
        parts.append(f'<circle class="{sure or "unsure"} dot" cx="{x.at(d.difference)}" cy="{middle}" r="4"/>')
        parts.append(_text(352, middle + 4, f"{d.difference:+.3f} {sure}".rstrip(), f"value {sure}"))
        limits = "–" if d.low is None or d.high is None else f"{d.low:+.3f} – {d.high:+.3f}"
        rows.append((d.metric, f"{d.difference:+.3f}", limits, f"{d.p:.4f}", d.verdict))
    spoken = f"{title}. {'; '.join(f'{r[0]} {r[1]}, {r[4]}' for r in rows)}."
    says = "Dot: after minus before; line: its 95 % interval. A hollow dot is no sure difference."
    return Chart(title, says, _svg(bottom + 46, spoken, parts), ("metric", "change", "95 % interval", "p", "verdict"), tuple(rows))


def wilson(good: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927): honest for few cases and near 0 and 1."""
    z = 1.959964
    centre = (good + z * z / 2) / (n + z * z)
    half = z * sqrt(good * (n - good) / n + z * z / 4) / (n + z * z)
    return max(0.0, centre - half), min(1.0, centre + half)


def percent(share: float) -> str:
    """Whole percents; 100 and 0 are said only of all and none."""
    whole = f"{100 * share:.0f}"
    return f"{100 * share:.1f}\u00a0%" if whole in ("0", "100") and 1e-9 < share < 1 - 1e-9 else f"{whole}\u00a0%"


def seconds(value: float) -> str:
    return f"{value:.{0 if value >= 10 else 1 if value >= 1 else 2 if value >= 0.1 else 3}f}\u00a0s"


def _svg(height: float, says: str, parts: Iterable[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(says)}">{"".join(parts)}</svg>'


def _shares_up(y: _Axis, label: str) -> list[str]:
    """Percents from the bottom up, a hair line at each, and what they are of."""
    steps = 4 if y.low == 0 else max(1, round((1 - y.low) / 0.1)) if y.low >= 0.5 else round((1 - y.low) / 0.2)
    lines = [_line("track", _LEFT, y.at(v), _RIGHT, y.at(v)) for v, _ in _shares(y.low, y.high, steps)]
    return [*lines, *(_text(_LEFT - 8, y.at(v) + 4, t, "end") for v, t in _shares(y.low, y.high, steps)), _text(2, 12, label)]


def _shares(low: float, high: float, steps: int) -> list[tuple[float, str]]:
    values = [low + (high - low) * i / steps for i in range(steps + 1)]
    return [(v, f"{round(100 * v, 2):g}\u00a0%") for v in values]


def _below(x: _Axis, ticks: Iterable[tuple[float, str]], label: str, bottom: float) -> list[str]:
    marks = [
        part for v, t in ticks for part in (_line("axis", x.at(v), bottom, x.at(v), bottom + 4), _text(x.at(v), bottom + 18, t, "middle"))
    ]
    return [_line("axis", x.start, bottom, x.end, bottom), *marks, _text((x.start + x.end) / 2, bottom + 37, label, "middle")]


def _log_ticks(low: float, high: float) -> list[float]:
    """1, 2, 5, 10 … between the two; whole powers of ten alone where these would crowd."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    steps = (1, 2, 5) if log10(high / low) <= 3 else (1,)
    return [t for p in powers for s in steps if low <= (t := s * 10.0**p) <= high]


def _nice(value: float) -> float:
    """The least of 1, 2, 5, 10 … (and their tenths) that is not below the value."""
    power = 10.0 ** floor(log10(value)) if value > 0 else 1.0
    return next(round(s * power, 12) for s in (1, 2, 5, 10) if s * power >= value * (1 - 1e-9))


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(words)}</text>'


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind.strip()}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def _path(points: Iterable[tuple[float, float]]) -> str:
    return f'<polyline class="curve" points="{" ".join(f"{x:g},{y:g}" for x, y in points)}"/>'


def _dot(x: float, y: float) -> str:
    return f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="3.5"/>'
