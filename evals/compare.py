"""Two runs, case by case: how much each metric moved, how surely, and which cases flipped."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isnan
from typing import Any

from evals.metrics import METRICS, rows
from evals.run import Run
from evals.statistics import paired
from evals.types import Record
from index.problem import Problem

SURE = 0.05
# Scores of a case that are right or wrong, and may flip.
_FLIPS = (
    "answer.correct",
    "refusal.correct",
    "retrieval.hit@1",
    "retrieval.hit@10",
    "retrieval.quote_hit@5",
    "citation.recall",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric over the `n` cases that both runs scored; `p` is of a paired randomisation test."""

    metric: str
    before: float
    after: float
    difference: float
    low: float | None
    high: float | None
    p: float
    n: int
    verdict: str  # better, worse or "no sure difference"


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that was right in one run and is not in the other."""

    metric: str
    id: str
    question: str
    became_right: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    differences: tuple[Difference, ...]
    flips: tuple[Flip, ...]
    paired: int  # cases in both runs
    only_before: int
    only_after: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def compare(before: Run, after: Run) -> Comparison:
    """`after` against `before`, on the cases that are in both. Raises Problem when there are none."""
    old = {r.id: r for r in before.records}
    pairs = [(old[r.id], r) for r in after.records if r.id in old and old[r.id].turns == r.turns]
    if not pairs:
        raise Problem("The two runs have no case in common: compare runs of the same suites or dataset.")
    differences = [d for name in METRICS if (d := _difference(name, pairs))]
    flips = [f for name in _FLIPS for a, b in pairs if (f := _flip(name, a, b))]
    alone = len(before.records) - len(pairs), len(after.records) - len(pairs)
    return Comparison(tuple(differences), tuple(flips), len(pairs), *alone)


def as_text(comparison: Comparison) -> str:
    """The comparison for a terminal."""
    lines = [f"{'metric':<30}{'before':>8}{'after':>8}{'change':>9}  {'95 % interval':<18}{'p':>7}{'n':>6}"]
    for d in comparison.differences:
        limits = "" if d.low is None or d.high is None else f"{d.low:+.3f} – {d.high:+.3f}"
        verdict = "" if d.verdict.startswith("no") else d.verdict
        lines.append(f"{d.metric:<30}{d.before:>8.3f}{d.after:>8.3f}{d.difference:>+9.3f}  {limits:<18}{d.p:>7.4f}{d.n:>6}  {verdict}")
    lines.append(f"{comparison.paired} cases in both, {comparison.only_before} only before, {comparison.only_after} only after")
    lines.append("better, worse: p < 0.05 of a paired randomisation test, each metric by itself; one in 20 is so by chance.")
    lines += [f"{'+ now right' if f.became_right else '- now wrong':<13}{f.metric:<22} {f.id:<20} {f.question}" for f in comparison.flips]
    return "\n".join(lines)


def _difference(name: str, pairs: list[tuple[Record, Record]]) -> Difference | None:
    metric = METRICS[name]
    both = [(a, b) for a, b in pairs if len(rows(metric, [a])) and len(rows(metric, [b]))]
    if not both:
        return None
    old, new = rows(metric, (a for a, _ in both)), rows(metric, (b for _, b in both))
    was, now = metric.statistic(old), metric.statistic(new)
    if isnan(was) or isnan(now):  # not defined in one of them
        return None
    limits, p = paired(metric.statistic, old, new)
    better = (now < was) if metric.lower_is_better else (now > was)
    verdict = "no sure difference" if p >= SURE else "better" if better else "worse"
    low, high = limits or (None, None)
    return Difference(name, was, now, now - was, low, high, p, len(both), verdict)


def _flip(name: str, before: Record, after: Record) -> Flip | None:
    was, now = before.scores.get(name), after.scores.get(name)
    if was is None or now is None or (was >= 0.5) == (now >= 0.5):
        return None
    return Flip(name, after.id, after.question, now >= 0.5)
