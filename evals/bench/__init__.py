"""The speed measurements behind docs/performance.md: ours and its yardstick, from one run, side by side."""

from __future__ import annotations

import importlib
import os
import platform
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from qa.settings import Settings


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured, `n` times; `yardstick` is the same unit by the plainest means, named in `against`."""

    what: str
    ours: float
    n: int
    unit: str = "s"
    yardstick: float | None = None
    against: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over the yardstick."""
        return self.ours / self.yardstick if self.yardstick else None

    def as_json(self) -> dict[str, Any]:
        rounded = [None if v is None else round(v, 4) for v in (self.ours, self.yardstick, self.ratio)]
        return {
            "what": self.what,
            "unit": self.unit,
            "ours": rounded[0],
            "yardstick": rounded[1],
            "ratio": rounded[2],
            "against": self.against,
            "n": self.n,
        }


@dataclass(frozen=True, slots=True)
class Measured:
    """A whole measurement; `notes` say in what state it was taken."""

    name: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "bench": self.name,
            "rows": [row.as_json() for row in self.rows],
            "notes": list(self.notes),
            "machine": machine(),
            "measured": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }


def machine() -> str:
    """What it ran on, and how busy that was: read seconds of a busy machine with care, ratios less so."""
    return f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def run_bench(name: str, settings: Settings, **options: Any) -> Measured:
    """`evals.bench.<name>.measure` with the options it takes."""
    measured: Measured = importlib.import_module(f"evals.bench.{name}").measure(settings, **options)
    return measured


def as_text(measured: Measured) -> str:
    """The measurement for a terminal."""
    lines = [f"{'':<44}{'ours':>10}{'yardstick':>11}{'ratio':>8}{'n':>5}"]
    for row in measured.rows:
        yardstick = "" if row.yardstick is None else f"{row.yardstick:.3f}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append(f"{row.what + ', ' + row.unit:<44}{row.ours:>10.3f}{yardstick:>11}{ratio:>8}{row.n:>5}  {row.against}")
    return "\n".join([*lines, *measured.notes, machine()])


def p95(seconds: list[float]) -> float:
    """The value that 95 % do not exceed, by nearest rank."""
    return sorted(seconds)[max(0, -(-95 * len(seconds) // 100) - 1)]


def middle(what: str, ours: list[float], yardstick: list[float] | None = None, against: str = "", unit: str = "s") -> Row:
    """A Row of medians."""
    return Row(what, median(ours), len(ours), unit, median(yardstick) if yardstick else None, against)
