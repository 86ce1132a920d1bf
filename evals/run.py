"""A run: every case asked and scored, and what came of it as RUN.json."""

from __future__ import annotations

import json
import logging
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.asking import Asker, interrupted
from evals.cache import code_digest
from evals.lines import read_json
from evals.metrics import figures
from evals.scoring import Check, due, score_answer, score_claim, score_passages
from evals.types import Case, Claim, Figure, Record
from index.problem import Problem
from qa.types import Answer

if TYPE_CHECKING:
    from qa.support import Verdict

log = logging.getLogger(__name__)
Judge = Callable[[str, Sequence[str], str], "Verdict"]
# Scores of an answer by a model that grades, and what it said.
Grader = Callable[[Case, Answer], tuple[Mapping[str, float | None], Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Run:
    """A whole evaluation. `suites` holds each suite's own figures and floors; `about` when and where it was run."""

    settings: Mapping[str, Any]
    fingerprint: str
    metrics: Mapping[str, Figure]
    records: tuple[Record, ...]
    seconds: float
    name: str = ""
    suites: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """RUN.json of contract.md."""
        return {
            "settings": dict(self.settings),
            "fingerprint": self.fingerprint,
            "metrics": {name: figure.as_json() for name, figure in self.metrics.items()},
            "cases": [record.as_json() for record in self.records],
            "seconds": round(self.seconds, 3),
            "name": self.name,
            "suites": dict(self.suites),
            "about": dict(self.about),
        }


def about() -> dict[str, Any]:
    """When, where and with what: the day, the machine, the interpreter, the code."""
    return {
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "version": metadata.version("article-qa"),
        "code": code_digest(),
    }


def run_cases(
    cases: Sequence[Case],
    asker: Asker,
    check: Check | None = None,
    judges: Grader | None = None,
    parallel: int = 1,
    shown: Callable[[Iterable[Record], int], Iterable[Record]] = lambda records, total: records,
) -> list[Record]:
    """Each case asked, `parallel` of them at a time, and scored. An error in one is recorded as such.

    The records come in the order of the cases; `shown` sees them as they are made.
    """

    def one(case: Case) -> Record:
        return _run_case(case, asker, check, judges)

    if parallel == 1:
        return list(shown(map(one, cases), len(cases)))
    pool = ThreadPoolExecutor(parallel, thread_name_prefix="case")
    try:
        return list(shown(pool.map(one, cases), len(cases)))
    finally:
        pool.shutdown(cancel_futures=True)  # stopped half-way: what is being asked ends, the rest is not begun


def run_claims(claims: Iterable[Claim], judge: Judge) -> list[Record]:
    """Each claim put to the support checker with its context as the only span."""
    records: list[Record] = []
    for claim in claims:
        scores: dict[str, float | None] = dict.fromkeys(("support.due", "support.found", "support.score"))
        answer: dict[str, Any] = {}
        error = None
        try:
            verdict = judge(claim.claim, [claim.context], claim.question)
            answer = {"support": verdict.support, "score": verdict.score, "why": verdict.why, "context": claim.context}
            scores |= score_claim(claim, verdict.support, verdict.score)
        except Exception as failure:
            error = _told(claim.id, failure)
        gold = {"supported": claim.supported}
        records.append(Record(claim.id, claim.claim, answer, scores, error, (claim.claim,), gold=gold))
    return records


def _run_case(case: Case, asker: Asker, check: Check | None, judges: Grader | None) -> Record:
    scores = due(case, asker.assistant is not None)
    shown: dict[str, Any] = {}
    error = None
    try:
        outcome = asker(case)
        answer = outcome.answer
        source = {"cached": True} if outcome.known else {}
        if answer:
            shown = answer.as_json() | source
            if why := interrupted(answer):
                raise Problem(f"The answer was interrupted: {why}")
            scores |= score_answer(case, answer, asker.library, check)
        if outcome.ranking:
            scores |= score_passages(case, outcome.ranking.passages, asker.library) | {"latency.search_s": outcome.ranking.seconds}
            shown = shown or {"passages": [p.as_json() for p in outcome.ranking.passages[:5]]} | source
        if judges and answer:
            graded, told = judges(case, answer)
            scores |= graded
            shown["judges"] = told
    except Exception as failure:  # one broken case must not cost the others; it is counted as an error
        error = _told(case.id, failure)
    # As RUN.json has them: a run that was read again differs in nothing from one that was not.
    scores = {name: None if value is None else round(value, 6) for name, value in scores.items()}
    return Record(case.id, case.question, shown, scores, error, case.turns, case.tags, case.gold())


def _told(name: str, failure: Exception) -> str:
    if isinstance(failure, Problem):
        return str(failure)
    log.error("case %s failed", name, exc_info=failure)
    return f"{type(failure).__name__}: {failure}"


def write(run: Run, path: Path) -> None:
    """RUN.json, all of it or none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(path.name + ".part")
        aside.write_text(json.dumps(run.as_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")
        aside.replace(path)
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror or error}.") from None


def read(path: Path) -> Run:
    """A run from its RUN.json. Raises Problem when the file is something else."""
    told = read_json(path)
    try:
        records = tuple(
            Record(
                c["id"], c["question"], c.get("answer") or {}, dict(c["scores"]), c.get("error"),
                tuple(c.get("turns", ())), tuple(c.get("tags", ())), c.get("gold", {}),
            )
            for c in told["cases"]
        )  # fmt: skip
        metrics = {n: Figure(f["value"], f["n"], f["low"], f["high"], f["unscored"]) for n, f in told["metrics"].items()}
        more = (told.get("name", ""), told.get("suites", {}), told.get("about", {}))
        return Run(told["settings"], told["fingerprint"], metrics, records, told["seconds"], *more)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Problem(f"{path}: this is not a run of `python -m evals run` ({type(error).__name__}: {error}).") from None


def table(metrics: Mapping[str, Figure], records: Sequence[Record]) -> str:
    """The figures, one a line, for a terminal."""
    lines = [f"{'metric':<30}{'value':>8}  {'95 % interval':<17}{'n':>5}  unscored"]
    for name, f in metrics.items():
        value = "–" if f.value is None else f"{f.value:.3f}"
        limits = "" if f.low is None or f.high is None else f"{f.low:.3f} – {f.high:.3f}"
        lines.append(f"{name:<30}{value:>8}  {limits:<17}{f.n:>5}  {f.unscored or ''}")
    errors = sum(record.error is not None for record in records)
    lines.append(f"{len(records)} cases, {errors} errors")
    return "\n".join(lines)


def summed(records: Sequence[Record], **more: Any) -> Run:
    """A Run of these records, its figures worked out."""
    return Run(records=tuple(records), metrics=figures(records), **more)
