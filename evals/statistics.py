"""Statistics over the rows of a sample, and how sure one can be of them. No names of metrics here."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Rows = NDArray[numpy.float64]  # one case a row
    Statistic = Callable[[Rows], float]  # nan where it is not defined

RESAMPLES = 1000
SHUFFLES = 2000
BINS = 10  # of confidence


def mean(rows: Rows) -> float:
    return float(rows[:, 0].mean()) if len(rows) else float("nan")


def median(rows: Rows) -> float:
    import numpy

    return float(numpy.median(rows[:, 0])) if len(rows) else float("nan")


def p95(rows: Rows) -> float:
    """What 95 of 100 cases stay below."""
    import numpy

    return float(numpy.percentile(rows[:, 0], 95)) if len(rows) else float("nan")


def precision(rows: Rows) -> float:
    """Of what was found (column 0), the share that is so (column 1)."""
    found = rows[:, 0].sum()
    return float((rows[:, 0] * rows[:, 1]).sum() / found) if found else float("nan")


def recall(rows: Rows) -> float:
    """Of what is so (column 1), the share that was found (column 0)."""
    so = rows[:, 1].sum()
    return float((rows[:, 0] * rows[:, 1]).sum() / so) if so else float("nan")


def f1(rows: Rows) -> float:
    """The harmonic mean of precision and recall; 0 when nothing was found that is so."""
    either = rows[:, 0].sum() + rows[:, 1].sum()
    return float(2 * (rows[:, 0] * rows[:, 1]).sum() / either) if either else float("nan")


def balanced_accuracy(rows: Rows) -> float:
    """The mean of the shares judged rightly (column 0) among the cases that are so (column 1) and that are not."""
    so, found = rows[:, 1] == 1, rows[:, 0] == 1
    if so.all() or not so.any():
        return float("nan")
    return float((found[so].mean() + (~found[~so]).mean()) / 2)


def auroc(rows: Rows) -> float:
    """The chance that a case that is so (column 1) scores higher (column 0) than one that is not; ties count half."""
    import numpy

    so = rows[:, 1] == 1
    positives, negatives = int(so.sum()), int((~so).sum())
    if not positives or not negatives:
        return float("nan")
    _, place, counts = numpy.unique(rows[:, 0], return_inverse=True, return_counts=True)
    ranks = (numpy.cumsum(counts) - (counts - 1) / 2)[place]  # ranks from 1, ties share their mean rank
    return float((ranks[so].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def auroc_below(rows: Rows) -> float:
    """The chance that a case that is so (column 1) scores lower (column 0) than one that is not."""
    return 1.0 - auroc(rows)


def risk_coverage(rows: Rows) -> list[tuple[float, float]]:
    """Points (coverage, risk): answering only where the confidence (column 0) is high enough, from the surest case on.

    Column 1 is the CRAG score: 1 right, -1 wrong, 0 refused. Coverage is the share of all cases answered, risk the share
    of those that are wrong. What was refused is never covered: nobody knows what would have been said.
    Cases of one confidence come together (Geifman and El-Yaniv 2017).
    """
    coverage, risk = _risks(rows)
    return list(zip(coverage.tolist(), risk.tolist(), strict=True))


def aurc(rows: Rows) -> float:
    """The area under the risk-coverage curve over what was answered: the mean risk; 0 is best."""
    import numpy

    coverage, risk = _risks(rows)
    return float((risk * numpy.diff(coverage, prepend=0.0)).sum() / coverage[-1]) if len(coverage) else float("nan")


def ece(rows: Rows) -> float:
    """The expected calibration error of what was answered: how far confidence (column 0) and the share that is right (column 1
    is the CRAG score) lie apart, over ten bins of equal width (Guo and others 2017); 0 is best. Few cases make it too large.
    """
    import numpy

    answered = rows[rows[:, 1] != 0]
    if not len(answered):
        return float("nan")
    place = numpy.minimum((answered[:, 0] * BINS).astype(int), BINS - 1)
    off = [(answered[place == n, 0] - (answered[place == n, 1] > 0)).sum() for n in range(BINS)]
    return float(numpy.abs(off).sum() / len(answered))


def _risks(rows: Rows) -> tuple[NDArray[numpy.float64], NDArray[numpy.float64]]:
    import numpy

    answered = rows[rows[:, 1] != 0]
    answered = answered[numpy.argsort(-answered[:, 0], kind="stable")]
    count = numpy.arange(1, len(answered) + 1)
    last = numpy.append(answered[1:, 0] != answered[:-1, 0], True)[: len(answered)]  # of the cases of one confidence
    return (count / len(rows))[last], (numpy.cumsum(answered[:, 1] < 0) / count)[last]


def interval(statistic: Statistic, rows: Rows, seed: int = 0) -> tuple[float, float] | None:
    """The 95 % percentile bootstrap interval, resampling cases; None for fewer than two cases.

    Resamples in which the statistic is not defined are left out.
    """
    import numpy

    if len(rows) < 2:
        return None
    random = numpy.random.default_rng(seed)
    drawn = [statistic(rows[random.integers(0, len(rows), len(rows))]) for _ in range(RESAMPLES)]
    return _middle(drawn)


def paired(statistic: Statistic, before: Rows, after: Rows, seed: int = 0) -> tuple[tuple[float, float] | None, float]:
    """The 95 % interval of the difference after − before, and the p-value of a paired randomisation test.

    Row i of both is the same case. The test swaps each pair by the toss of a coin and counts how
    often the difference is at least as large as the one seen (Noreen 1989; Smucker et al. 2007).
    A difference of quantiles is tested by means: swapping a minority of pairs leaves a median alone.
    """
    import numpy

    if len(before) < 2:
        return None, 1.0
    random = numpy.random.default_rng(seed)
    drawn: list[float] = []
    for _ in range(RESAMPLES):
        picked = random.integers(0, len(before), len(before))
        drawn.append(statistic(after[picked]) - statistic(before[picked]))
    tested = mean if statistic in (median, p95) else statistic
    seen = abs(tested(after) - tested(before))
    as_large = 0
    for _ in range(SHUFFLES):
        swap = random.integers(0, 2, len(before)).astype(bool)[:, None]
        one, other = numpy.where(swap, after, before), numpy.where(swap, before, after)
        as_large += not abs(tested(other) - tested(one)) < seen - 1e-12  # nan counts as large: cautious
    return _middle(drawn), (as_large + 1) / (SHUFFLES + 1)


def _middle(drawn: list[float]) -> tuple[float, float] | None:
    import numpy

    values: Any = numpy.asarray([v for v in drawn if not isnan(v)])
    return (float(numpy.percentile(values, 2.5)), float(numpy.percentile(values, 97.5))) if len(values) else None
