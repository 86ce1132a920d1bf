"""The combinations of a sweep in order, how surely each falls short of the best, and which are worth their time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

from evals.compare import Difference, compare
from evals.metrics import METRICS, figures
from evals.run import Run
from evals.sweeps.plan import Combination, Plan, shown
from evals.types import Figure
from index.problem import Problem


@dataclass(frozen=True, slots=True)
class Row:
    """A finished combination. `difference` is against the best; None for the best, and where nothing can be compared."""

    rank: int
    combination: Combination
    figure: Figure
    time: float | None
    errors: int
    difference: Difference | None
    on_front: bool  # no other is better and as fast, or faster and as good


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """`failed` holds a reason for each; `pending` are those that the sweep was stopped before."""

    plan: Plan
    rows: tuple[Row, ...]
    failed: tuple[tuple[Combination, str], ...] = ()
    pending: tuple[Combination, ...] = ()

    @property
    def time_name(self) -> str:
        return self.plan.time or "seconds per case"

    @property
    def close(self) -> list[Row]:
        """The best, and those that are not surely worse than it, the fastest first where a time is known."""
        measured = [row for row in self.rows if row.figure.value is not None]
        near = [row for row in measured if row.rank == 1 or (row.difference and row.difference.verdict != "worse")]
        return sorted(near, key=lambda row: (row.time is None, row.time, row.rank))

    @property
    def advice(self) -> str:
        """What the leaderboard says about choosing, in a sentence; empty when there is nothing to choose from."""
        if len(self.rows) < 2 or not self.close:
            return ""
        fastest = self.close[0]
        if len(self.close) == 1:
            return f"Every other combination is surely worse than {fastest.combination.label}."
        return (
            f"{len(self.close)} of {len(self.rows)} are not surely worse than the best; the fastest of them is {fastest.combination.label}."
        )

    def as_json(self) -> dict[str, Any]:
        """leaderboard.json."""
        return {
            "name": self.plan.name,
            "about": self.plan.about,
            "metric": self.plan.metric,
            "time": self.time_name,
            "advice": self.advice,
            "rows": [
                {
                    "rank": row.rank,
                    "settings": dict(row.combination.varied),
                    "run": f"{row.combination.slug}.json",
                    **row.figure.as_json(),
                    "time": None if row.time is None else round(row.time, 6),
                    "errors": row.errors,
                    "to_the_best": asdict(row.difference) if row.difference else None,
                    "on_front": row.on_front,
                }
                for row in self.rows
            ],
            "failed": [{"settings": dict(combination.varied), "why": why} for combination, why in self.failed],
            "pending": [dict(combination.varied) for combination in self.pending],
        }


def leaderboard(
    plan: Plan,
    runs: Sequence[tuple[Combination, Run]],
    failed: Sequence[tuple[Combination, str]] = (),
    pending: Sequence[Combination] = (),
) -> Leaderboard:
    """The runs in order: the best first, of two alike the faster, and last those without a figure."""
    down = METRICS[plan.metric].lower_is_better
    found = [(combination, run, figure_of(plan.metric, run), time_of(plan, run)) for combination, run in runs]

    def order(entry: tuple[Combination, Run, Figure, float | None]) -> tuple[bool, float, bool, float]:
        value, time = entry[2].value, entry[3]
        return value is None, (value or 0.0) * (1 if down else -1), time is None, time or 0.0

    found.sort(key=order)
    points = [(figure.value, time) for _, _, figure, time in found]
    rows = [
        Row(
            rank, combination, figure, time, sum(record.error is not None for record in run.records),
            _against(plan.metric, found[0][1], run) if rank > 1 else None,
            on_front(points, rank - 1, down),
        )
        for rank, (combination, run, figure, time) in enumerate(found, 1)
    ]  # fmt: skip
    return Leaderboard(plan, tuple(rows), tuple(failed), tuple(pending))


def figure_of(name: str, run: Run) -> Figure:
    """The run's figure of that name, worked out from its cases where the run does not show it. Raises Problem."""
    figure = run.metrics.get(name) or figures(run.records, [name]).get(name)
    if figure is None:
        every = figures(run.records)
        raise Problem(f"This run has no {name}. It has {', '.join(every) or 'no figure at all'}.")
    return figure


def time_of(plan: Plan, run: Run) -> float | None:
    """The plan's time metric; without one, the median seconds of a case. None where it is not known.

    A case that tells its own time stays true when it comes from the cache. Of searches that do not, only the run's
    time is known: its models are loaded within it, and it is shared among those that were not in the cache.
    """
    if plan.time:
        return figure_of(plan.time, run).value
    for name in ("latency.total_s", "latency.retrieve_s"):
        told = [seconds for record in run.records if (seconds := record.scores.get(name)) is not None]
        if told:
            return median(told)
    fresh = sum(not record.answer.get("cached") for record in run.records)
    return run.seconds / fresh if fresh else None


def on_front(points: Sequence[tuple[float | None, float | None]], which: int, down: bool) -> bool:
    """Whether no other point (value, time) is at least as good in both and better in one; `down`: less value is better."""

    def signed(point: tuple[float | None, float | None]) -> tuple[float, float] | None:
        value, time = point
        return None if value is None or time is None else (-value if down else value, -time)

    here = signed(points[which])
    others = [signed(point) for point in points]
    return here is not None and not any(o and o != here and o[0] >= here[0] and o[1] >= here[1] for o in others)


def as_text(board: Leaderboard) -> str:
    """The leaderboard for a terminal."""
    keys = board.plan.keys
    head = ["rank", *keys.values(), board.plan.metric, "95 % interval", board.time_name, "to the best", "p", ""]
    lines = [head]
    for row in board.rows:
        f, d = row.figure, row.difference
        lines.append(
            [
                str(row.rank),
                *(shown(row.combination.varied[key]) for key in keys),
                number(f.value),
                "" if f.low is None or f.high is None else f"{f.low:.3f} – {f.high:.3f}",
                number(row.time) + ("*" if row.on_front else " "),
                f"{d.difference:+.3f}" if d else "",
                f"{d.p:.4f}" if d else "",
                verdict(row),
            ]
        )
    left = set(range(1, 1 + len(keys))) | {len(head) - 1}
    text = aligned(lines, left)
    text += f"\n{board.plan.about}"
    text += "\n* no other is better and as fast, or faster and as good. worse: p < 0.05 of a paired randomisation test against the best."
    for combination, why in board.failed:
        text += f"\nfailed: {combination.label}: {why}"
    if board.pending:
        text += f"\n{len(board.pending)} of {len(board.plan.combinations)} combinations are still to be run."
    return text + (f"\n{board.advice}" if board.advice else "")


def verdict(row: Row) -> str:
    """best, worse, or what else is to be said of a row, with its errors."""
    said = "best" if row.rank == 1 else row.difference.verdict if row.difference else "cannot be compared"
    if row.figure.value is None:
        said = "no figure"
    return said + (f", {row.errors} errors" if row.errors > 1 else ", 1 error" if row.errors else "")


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def aligned(lines: Sequence[Sequence[str]], left: set[int]) -> str:
    """Columns two spaces apart, those in `left` to the left."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ([c.ljust(w) if i in left else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True))] for line in lines)
    return "\n".join("  ".join(line).rstrip() for line in padded)


def _against(metric: str, best: Run, run: Run) -> Difference | None:
    """The run's difference to the best in that metric alone; the other metrics' tests would only cost time."""
    columns = METRICS[metric].columns

    def narrowed(whole: Run) -> Run:
        kept = (replace(r, scores={c: r.scores[c] for c in columns if c in r.scores}) for r in whole.records)
        return replace(whole, records=tuple(kept))

    return next((d for d in compare(narrowed(best), narrowed(run)).differences if d.metric == metric), None)
