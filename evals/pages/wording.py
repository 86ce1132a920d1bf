"""A run and its figures in words, as every page of the evaluations says them. Nothing here is HTML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evals.metrics import METRICS
from evals.run import Run
from evals.types import Figure


def about(run: Run) -> list[str]:
    asked = any(name.startswith(("refusal.", "hostile.")) for r in run.records for name in r.scores)
    told = [
        str(run.about.get("started", "")),
        f"model {model_of(run.settings)}" if asked else "no language model",
        f"{run.seconds:.0f} s" + (f" on {run.about['machine']}" if run.about.get("machine") else ""),
        f"fingerprint {run.fingerprint}",
    ]
    return [t for t in told if t]


def model_of(settings: Mapping[str, Any]) -> str:
    """The model's name, or nothing."""
    llm = settings.get("llm")
    return str(llm.get("model", "")) if isinstance(llm, Mapping) else ""


def value(name: str, value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}{f' {unit(name)}' if unit(name) else ''}"


def limits(figure: Figure) -> str:
    return "" if figure.low is None or figure.high is None else f"{figure.low:.3f} – {figure.high:.3f}"


def unit(name: str) -> str:
    return METRICS[name].unit if name in METRICS else ""


def flat(told: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Dotted names; the folders of the machine are nobody's business."""
    found: dict[str, str] = {}
    for name, value in told.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{before}{name}.")
        elif f"{before}{name}" not in ("home", "models"):
            found[f"{before}{name}"] = str(value)
    return found


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
