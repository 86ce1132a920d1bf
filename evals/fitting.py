"""The weights of the refusal gate (qa/gate.py): a logistic regression on the seed cases, judged on others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evals import datasets
from evals.session import opened
from evals.statistics import auroc
from evals.types import Case, Dataset
from qa.gate import signals
from qa.settings import Settings

Array = npt.NDArray[np.float64]


def fit(settings: Settings, path: Path | None = None, articles: Path | None = None) -> str:
    """The weights with and without the model's leaning, cross-validated on the seeds; what they do on `path`, if given."""
    # sentence-transformers brings scikit-learn; two seconds of import that nothing else here needs.
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    x, y = _gathered(datasets.seed_cases(), settings)
    other = _gathered(datasets.load("cases", path, articles), settings) if path else None
    lines = []
    for name, columns in (("WITHOUT_MODEL", [0]), ("WITH_MODEL", [0, 1])):
        # Both kinds weigh the same, however many cases of each there are.
        model = LogisticRegression(C=1.0, class_weight="balanced")
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        guessed = cross_val_predict(model, x[:, columns], y, cv=folds, method="predict_proba")[:, 1]
        model.fit(x[:, columns], y)
        lines.append(f"{name}: bias {model.intercept_[0]:.2f}, best, leaning {np.round(model.coef_[0], 2).tolist()}")
        lines.append("  seeds, 5-fold: " + _told(guessed, y))
        if other:
            lines.append(f"  {path}, unseen: " + _told(model.predict_proba(other[0][:, columns])[:, 1], other[1]))
    return "\n".join(lines)


def _gathered(dataset: Dataset, settings: Settings) -> tuple[Array, Array]:
    """Signals (cases, 2) and whether each is answerable (cases,), of the single questions among the cases."""
    from qa.evidence import choose

    rows, labels = [], []
    with opened(dataset, settings) as asker:
        asker.ready()
        assistant = asker.assistant
        assert assistant is not None
        for case in _single(dataset.cases):
            passages = assistant.articles.search(case.question)
            if not passages:
                continue
            leaning = assistant.leaning(case.question, choose(passages, settings.answer.evidence_tokens))
            rows.append(astuple(replace(signals(passages), leaning=leaning or 0.0)))
            labels.append(0.0 if case.refuse else 1.0)
    return np.array(rows), np.array(labels)


def _single(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if len(case.turns) == 1]


def _told(probability: Array, y: Array) -> str:
    refused, wrongly = (probability[y == 0] < 0.5).mean(), (probability[y == 1] < 0.5).mean()
    area = auroc(np.column_stack([probability, y]))
    return f"AUROC {area:.3f}, refused {refused:.0%} of {int((y == 0).sum())} near-misses and {wrongly:.0%} of {int((y == 1).sum())} others"
