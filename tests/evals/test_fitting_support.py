"""The weights of the support checker are fitted on what it reads itself, and are those in use."""

import json
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from evals.__main__ import main
from evals.fitting_support import Sample, fitted, judged, labelled_sample, made_sample
from evals.statistics import auroc
from qa.weighing import FITTED, Signals, probability


def sample(rows: int = 60) -> Sample:
    """Claims of two sentences; a false one has a wrong figure in one of them."""
    true, false = np.zeros((2, len(astuple(Signals())))), np.zeros((2, len(astuple(Signals()))))
    false[1] = astuple(Signals(figures=1.0, strange=0.7))
    bags = tuple(false if n % 2 else true for n in range(rows))
    return Sample("made up", bags, np.array([float(n % 2 == 0) for n in range(rows)]), tuple(str(n) for n in range(rows)))


def test_what_tells_false_from_true_gets_weight_and_nothing_speaks_for_a_claim() -> None:
    fit = fitted([sample()])
    assert fit.weights.figures < -0.5 and all(weight <= 0 for weight in astuple(fit.weights))
    assert auroc(judged(sample(), fit)) == 1.0


def test_a_claim_is_judged_as_the_checker_judges_it() -> None:
    given = sample(2)
    sentences = [Signals(*row) for row in given.bags[1]]
    assert judged(given, FITTED)[1, 0] == pytest.approx(probability(sentences))


def test_claims_made_from_the_seeds_are_caught_by_the_weights_in_use() -> None:
    rows = judged(made_sample(), FITTED)
    assert auroc(rows) > 0.99


def test_labelled_claims_are_fitted_too_and_the_weights_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cats.jsonl"
    claims = [("Cats purr softly.", True), ("Cats bark at 3 dogs.", False)] * 6
    path.write_text(
        "".join(
            json.dumps({"claim": c, "context": f"Cats purr softly at night {n}.", "supported": s}) + "\n" for n, (c, s) in enumerate(claims)
        )
    )
    assert len(labelled_sample(path).bags) == 12
    assert main(["fit", "--support", str(path)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("FITTED = Fit(") and "cats: 12 claims, 6 supported" in told and "fitted on seeds" in told


def test_a_file_that_is_missing_or_two_fits_at_once_are_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--support", str(tmp_path / "none.jsonl")]) == 1
    assert "no such file" in capsys.readouterr().err
    assert main(["fit", "--support", "--dataset", "cases:cases.jsonl"]) == 1
    assert "one at a time" in capsys.readouterr().err
