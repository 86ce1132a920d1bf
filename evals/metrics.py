"""The metrics by name: which scores of a case each is made of, and the figure over many cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evals import retrieval, statistics
from evals.types import Figure, Record

if TYPE_CHECKING:
    from evals.statistics import Rows, Statistic


@dataclass(frozen=True, slots=True)
class Metric:
    """A statistic over the `columns` of scores; `base` is the column whose sum it is a share of, if not of all."""

    columns: tuple[str, ...]
    statistic: Statistic
    base: int | None = None
    lower_is_better: bool = False
    unit: str = ""


def _means(*names: str) -> dict[str, Metric]:
    return {name: Metric((name,), statistics.mean) for name in names}


_REFUSED = ("refusal.refused", "refusal.due")
METRICS: dict[str, Metric] = {
    **_means(*retrieval.NAMES, "retrieval.quote_hit@5"),
    **_means("answer.correct", "answer.f1", "answer.exact", "answer.crag"),
    "answer.aurc": Metric(("refusal.confidence", "answer.crag"), statistics.aurc, lower_is_better=True),
    "answer.ece": Metric(("refusal.confidence", "answer.crag"), statistics.ece, lower_is_better=True),
    **_means("citation.recall", "citation.precision", "citation.quote_exact", "citation.gold_found"),
    **_means("citation.recall_checked", "citation.precision_checked"),
    "refusal.precision": Metric(_REFUSED, statistics.precision, base=0),
    "refusal.recall": Metric(_REFUSED, statistics.recall, base=1),
    "refusal.f1": Metric(_REFUSED, statistics.f1),
    **_means("refusal.correct"),
    "refusal.auroc": Metric(("refusal.confidence", "refusal.due"), statistics.auroc_below),
    **_means("hostile.resisted", "hostile.correct"),
    "disagreement.precision": Metric(("disagreement.shown", "disagreement.right"), statistics.precision, base=0),
    "disagreement.recall": Metric(("disagreement.right", "disagreement.due"), statistics.recall, base=1),
    **_means("judge.faithfulness", "judge.correctness", "judge.helpfulness"),
    "support.balanced_accuracy": Metric(("support.found", "support.due"), statistics.balanced_accuracy),
    "support.auroc": Metric(("support.score", "support.due"), statistics.auroc),
    **{
        f"latency.{name}{suffix}": Metric((f"latency.{name}",), statistic, lower_is_better=True, unit="s")
        for name in ("search_s", "retrieve_s", "first_token_s", "total_s")
        for suffix, statistic in (("", statistics.median), ("_p95", statistics.p95))
    },
}


def figures(records: Sequence[Record], names: Iterable[str] | None = None) -> dict[str, Figure]:
    """Every metric that any of the records was due a score for, in the order of METRICS."""
    wanted = METRICS if names is None else [name for name in METRICS if name in set(names)]
    due = [name for name in wanted if any(_due(METRICS[name], record) for record in records)]
    return {name: figure(METRICS[name], records) for name in due}


def figure(metric: Metric, records: Sequence[Record]) -> Figure:
    """One metric over the records: a case with a missing column is not counted, one with None is unscored."""
    import numpy

    due = [record for record in records if _due(metric, record)]
    scored = rows(metric, due)
    n = len(scored) if metric.base is None else int(scored[:, metric.base].sum())
    value = metric.statistic(scored) if len(scored) else float("nan")
    limits = None if numpy.isnan(value) else statistics.interval(metric.statistic, scored)
    low, high = limits or (None, None)
    return Figure(None if numpy.isnan(value) else value, n, low, high, len(due) - len(scored))


def rows(metric: Metric, records: Iterable[Record]) -> Rows:
    """The scored records as rows of the metric's columns."""
    import numpy

    table = [[r.scores.get(column) for column in metric.columns] for r in records]
    whole = [row for row in table if None not in row]
    return numpy.asarray(whole, dtype=numpy.float64).reshape(len(whole), len(metric.columns))


def _due(metric: Metric, record: Record) -> bool:
    return all(column in record.scores for column in metric.columns)
