"""A file of cases that grows while it is made, and beside it what was tried: stopped anywhere, it goes on from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evals.generation.candidates import Candidate
from evals.lines import Line, json_lines, read_text
from index.problem import Problem


def log_of(path: Path) -> Path:
    """Where the candidates tried for a file of cases are noted."""
    return path.with_name(path.name + ".tried")


class Growing:
    """The cases at `path`, whoever wrote them, and every candidate tried for it, in `path`.tried.

    What stands in neither is new. A line that a kill left half written is cut off; any other that is no case
    is a Problem that names it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = log_of(path)
        self.cases: list[dict[str, Any]] = []
        self.candidates: list[Candidate] = []
        if not path.exists():
            self._remove_log()  # whoever took the cases away wants to begin anew
            return
        for line in _whole_lines(path):
            line.text("id"), line.texts("turns"), line.texts("tags"), line.flag("refuse", False)
            self.cases.append(line.fields)
        self.candidates += [_candidate(line) for line in _whole_lines(self.log)] if self.log.exists() else []

    def add(self, candidate: Candidate, case: Mapping[str, Any] | None) -> None:
        """Both on the disk, the case first: a kill between the two costs one more try, never a case."""
        if case is not None:
            self.cases.append(dict(case))
            _append(self.path, case)
        self.candidates.append(candidate)
        _append(self.log, asdict(candidate))

    def _remove_log(self) -> None:
        try:
            self.log.unlink(missing_ok=True)
        except OSError as error:
            raise Problem(f"{self.log} cannot be removed: {error.strerror or error}.") from None


def _candidate(line: Line) -> Candidate:
    told = {name: line.text(name, "") for name in ("question", "answer", "quote", "why")}
    return Candidate(line.text("passage"), line.flag("refuse"), **told)


def _whole_lines(path: Path) -> list[Line]:
    text = read_text(path)
    head, end, last = text.rpartition("\n")
    if last.strip():  # no line end: an editor left it out, or the last line was never written whole
        try:
            json.loads(last)
            _write(path, "\n", "a")
        except ValueError:
            _write(path, head + end, "w")
    return list(json_lines(path))


def _append(path: Path, told: Mapping[str, Any]) -> None:
    _write(path, json.dumps(told, ensure_ascii=False) + "\n", "a")


def _write(path: Path, text: str, mode: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror or error}. Name another file with --out.") from None
