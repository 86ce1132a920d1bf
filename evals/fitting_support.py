"""The weights of the support checker (qa/weighing.py), fitted on claims made from seeds/ and on labelled ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evals import datasets
from evals.altered import made_claims
from evals.statistics import auroc, balanced_accuracy
from evals.types import Claim
from qa.regression import Fit
from qa.support import signals
from qa.weighing import WEAKEST, Signals

Array = npt.NDArray[np.float64]
ROUNDS = 8  # the weakest sentences of a claim are known only by the weights, so both are found in turn
FOLDS = 5
# What too few claims show: a text of nothing but other words, and an invented quotation, speak against any claim.
AT_MOST = Signals(lost=-4.0, figures=-0.5, names=-0.5, quotes=-0.5, turned=-0.5, exchanged=-0.5)
PENALTY = 0.3  # C of the logistic regression, on signals of one spread


@dataclass(frozen=True, slots=True)
class Sample:
    """Claims as the signals of their sentences, `bags` of (sentences, signals), and whether each is supported.

    `groups` are what is kept together when a sample is split: an article, or the claim itself."""

    name: str
    bags: tuple[Array, ...]
    supported: Array
    groups: tuple[str, ...]

    def only(self, picked: Sequence[int]) -> Sample:
        return Sample(self.name, tuple(self.bags[i] for i in picked), self.supported[list(picked)], tuple(self.groups[i] for i in picked))


def fit_support(paths: Sequence[Path]) -> str:
    """The weights on all samples, ready to be put into qa/weighing.py, and how each sample is judged by weights that
    never saw it: fitted on the others, on the seeds alone, and within it in five parts."""
    seeds = made_sample()
    labelled = [labelled_sample(path) for path in paths]
    samples = [seeds, *labelled]
    final = fitted(samples)
    lines = [_as_code(final)]
    for sample in samples:
        others = [s for s in samples if s is not sample]
        lines.append(f"{sample.name}: {len(sample.bags)} claims, {int(sample.supported.sum())} supported")
        if others:
            lines.append(_told(f"fitted on {' + '.join(s.name for s in others)}", judged(sample, fitted(others))))
        if sample is not seeds and len(others) > 1:
            lines.append(_told("fitted on seeds alone", judged(sample, fitted([seeds]))))
        lines.append(_told(f"{FOLDS} parts, each judged by the others", _crossed(sample)))
        lines.append(_told("fitted on all, this too", judged(sample, final)))
    return "\n".join(lines)


def made_sample(folder: Path = datasets.SEEDS) -> Sample:
    made = made_claims(folder)
    return _sample("seeds", [m.claim for m in made], [m.article for m in made])


def labelled_sample(path: Path) -> Sample:
    """Raises Problem for a file that holds no labelled claims."""
    claims = datasets.load("support", path).claims
    return _sample(path.stem, claims, [claim.context for claim in claims])


def _sample(name: str, claims: Sequence[Claim], groups: Sequence[str]) -> Sample:
    bags = tuple(np.array([astuple(s) for s in signals(c.claim, [c.context], c.question)], dtype=np.float64) for c in claims)
    return Sample(name, bags, np.array([float(c.supported) for c in claims]), tuple(groups))


def fitted(samples: Sequence[Sample]) -> Fit[Signals]:
    """A logistic regression on the weakest sentences of each claim. Every sample weighs the same, and within it what is
    supported and what is not; of no signal does more speak for a claim."""
    # scikit-learn takes two seconds to import, and nothing else here needs it.
    from sklearn.linear_model import LogisticRegression

    bags = [bag for sample in samples for bag in sample.bags]
    y = np.concatenate([sample.supported for sample in samples])
    weights = np.concatenate([np.where(s.supported == 1, 0.5 / s.supported.sum(), 0.5 / (1 - s.supported).sum()) for s in samples])
    spread = np.vstack(bags).std(axis=0) + 1e-9
    kept = np.ones(len(spread), dtype=bool)
    weakest = np.array([bag.mean(axis=0) for bag in bags])
    coefficients, bias = np.zeros(len(spread)), 0.0
    for _ in range(ROUNDS):
        model = LogisticRegression(C=PENALTY, max_iter=1000)
        model.fit(weakest[:, kept] / spread[kept], y, sample_weight=weights * 1000)
        coefficients[:] = 0.0
        coefficients[kept] = model.coef_[0] / spread[kept]
        bias = float(model.intercept_[0])
        kept &= coefficients <= 0  # a sign the wrong way is chance, and would let what is wrong speak for a claim
        weakest = np.array([bag[np.argsort(bag @ coefficients)[:WEAKEST]].mean(axis=0) for bag in bags])
    return Fit(round(bias, 2), Signals(*(round(float(c), 2) for c in np.minimum(coefficients, astuple(AT_MOST)))))


def judged(sample: Sample, fit: Fit[Signals]) -> Array:
    """Rows of probability and whether it is so."""
    weights = np.array(astuple(fit.weights))
    logits = [np.sort(fit.bias + bag @ weights)[:WEAKEST].mean() for bag in sample.bags]
    return np.column_stack([1.0 / (1.0 + np.exp(-np.array(logits))), sample.supported])


def _crossed(sample: Sample) -> Array:
    from sklearn.model_selection import GroupKFold

    rows = np.zeros((len(sample.bags), 2))
    for learnt, held_out in GroupKFold(FOLDS, shuffle=True, random_state=0).split(sample.bags, groups=sample.groups):
        rows[held_out] = judged(sample.only(held_out.tolist()), fitted([sample.only(learnt.tolist())]))
    return rows


def _told(how: str, rows: Array) -> str:
    yes, so = rows[:, 0] >= 0.5, rows[:, 1] == 1
    precision = (so & yes).sum() / max(1, yes.sum())
    balanced = balanced_accuracy(np.column_stack([yes, so]).astype(float))
    caught = f"{(~yes)[~so].mean():.1%} of the false caught, {(~yes)[so].mean():.1%} of the true doubted"
    return f"  {how}: AUROC {auroc(rows):.3f}, at 0.5 balanced {balanced:.3f}, precision {precision:.3f}; {caught}"


def _as_code(fit: Fit[Signals]) -> str:
    told = ", ".join(f"{field.name}={getattr(fit.weights, field.name)}" for field in fields(Signals))
    return f"FITTED = Fit({fit.bias}, Signals({told}))"
