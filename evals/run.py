"""A run: every case asked and scored, and what came of it as RUN.json."""

from __future__ import annotations

import json
import logging
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals import retrieval
from evals.library import Library
from evals.lines import read_json
from evals.metrics import figures
from evals.scoring import Check, due, score_answer, score_claim, score_passages
from evals.types import Case, Claim, Figure, Record
from index.problem import Problem
from qa.types import Answer

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.support import Verdict

log = logging.getLogger(__name__)
Judge = Callable[[str, Sequence[str], str], "Verdict"]
# An article counts at its best passage: more passages than articles are asked for. The cross-encoder reads 20 anyway.
PASSAGES = 2 * retrieval.DEPTH


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
    """When and where: the day, the machine, the interpreter."""
    return {
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
    }


def run_cases(
    cases: Iterable[Case],
    library: Library,
    assistant: Assistant | None,
    check: Check | None = None,
    passages: int = PASSAGES,
) -> list[Record]:
    """Each case asked, or only searched for where there is no assistant. An error in one is recorded as such."""
    return [_run_case(case, library, assistant, check, passages) for case in cases]


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


def _run_case(case: Case, library: Library, assistant: Assistant | None, check: Check | None, top_k: int) -> Record:
    scores = due(case, assistant is not None)
    shown: dict[str, Any] = {}
    error = None
    try:
        question = " ".join(case.turns)  # without a model a follow-up is searched together with what came before
        if assistant:
            answer = _asked(case, assistant)
            shown, question = answer.as_json(), answer.standalone_question
            # One that was cut at its longest is scored as it stands: there the server came to count its tokens.
            if answer.interrupted and not answer.timings.completion_tokens:
                raise Problem(f"The answer was interrupted: {answer.interrupted}")
            scores |= score_answer(case, answer, library, check)
        if case.articles and not case.refuse:
            passages = library.articles.search(question, top_k=top_k)
            scores |= score_passages(case, passages, library)
            shown = shown or {"passages": [p.as_json() for p in passages[:5]]}
    except Exception as failure:  # one broken case must not cost the others; it is counted as an error
        error = _told(case.id, failure)
    return Record(case.id, case.question, shown, scores, error, case.turns, case.tags, case.gold())


def _asked(case: Case, assistant: Assistant) -> Answer:
    """The answer to the last turn, after the turns before it were truly asked."""
    history: list[tuple[str, str]] = []
    for turn in case.turns[:-1]:
        history.append((turn, assistant.answer(turn, history, today=case.today).text))
    return assistant.answer(case.question, history, today=case.today)


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
