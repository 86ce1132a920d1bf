"""What is in a folder of runs, fast enough for hundreds of them."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from index.problem import Problem

HEADLINES = ("answer.correct", "citation.recall", "refusal.f1", "retrieval.ndcg@10")


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list. `why` says what is wrong with a file that is no run."""

    file: str
    name: str = ""
    when: str = ""
    model: str = ""
    fingerprint: str = ""
    cases: int = 0
    errors: int = 0
    figures: tuple[float | None, ...] = (None,) * len(HEADLINES)
    why: str = ""


def listed(runs: Path) -> list[Listed]:
    """The runs of the folder, newest first; below them the files that are none, with the reason."""
    lines = []
    for path in runs.glob("*.json"):
        with suppress(FileNotFoundError):  # removed meanwhile
            stat = path.stat()
            lines.append(_summary(path, stat.st_mtime_ns, stat.st_size))
    return sorted(lines, key=lambda line: (not line.why, line.when, line.file), reverse=True)


@lru_cache(maxsize=2000)
def _summary(path: Path, changed: int, size: int) -> Listed:
    """What the list says of a file, read once for each change of it."""
    try:
        told = _outline(path)
        metrics, about, llm = told["metrics"], told.get("about", {}), told["settings"].get("llm", {})
        return Listed(
            path.name,
            str(told.get("name", "")),
            str(about.get("started") or _moment(changed)),
            str(llm.get("model", "")) if "refusal.correct" in metrics or "hostile.resisted" in metrics else "no language model",
            str(told["fingerprint"]),
            told["cases"],
            told["errors"],
            tuple(_number(metrics.get(name, {}).get("value")) for name in HEADLINES),
        )
    except Problem as problem:
        return Listed(path.name, when=_moment(changed), why=str(problem).replace(str(path), path.name))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError, OSError) as error:
        return Listed(path.name, when=_moment(changed), why=f"It cannot be read as a run ({type(error).__name__}: {error}).")


def _outline(path: Path) -> Any:
    """RUN.json with two counts in place of its cases.

    The cases are nearly all of a file, 200 files half a gigabyte. As `evals.run.write` lays them out, one fact a
    line at its own depth, they need not be parsed to be counted; a file laid out in another way is read whole.
    """
    text = path.read_bytes()
    head, found, rest = text.partition(b'\n "cases": [')
    cases, closed, tail = rest.rpartition(b'\n ],\n "seconds": ')
    if found and closed:
        counts = cases.count(b"\n  {"), cases.count(b'\n   "error": '), cases.count(b'\n   "error": null')
        if counts[0] == counts[1]:
            outline = head + b'\n "cases": %d,\n "errors": %d,\n "seconds": ' % (counts[0], counts[0] - counts[2]) + tail
            return json.loads(outline)
    from evals.run import read

    run = read(path)
    return {**run.as_json(), "cases": len(run.records), "errors": sum(r.error is not None for r in run.records)}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _moment(nanoseconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(nanoseconds / 1e9))
