"""The quick subset behind `make test`: half of the seed cases searched for, nine asked, held against floors and a baseline."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from evals import datasets
from evals.compare import compare
from evals.run import Run, read, run_cases, summed, table, write
from evals.session import How, opened, shown
from evals.suites import below_floor
from index.problem import Problem
from qa.settings import Settings

BASELINE = Path(__file__).parent / "baselines" / "gate.json"
# Retrieval floors leave room for a few of the cases. Answers are half a dozen: a floor there says broken, not worse.
FLOORS = {
    "retrieval.hit@5": 0.95,
    "retrieval.mrr@10": 0.9,
    "retrieval.quote_hit@5": 0.9,
    "answer.correct": 0.5,
    "citation.quote_exact": 1.0,
    "citation.gold_found": 0.6,
    "refusal.recall": 0.5,
    "refusal.precision": 0.5,
}


def gate(settings: Settings, *, write_baseline: bool = False) -> int:
    """0 when every figure reaches its floor and none is surely worse than in the baseline; 1 with a line on stderr for each."""
    run = _measured(settings)
    print(table(run.metrics, run.records))
    if write_baseline:
        bare = [replace(r, answer={"text": r.answer["text"]} if "text" in r.answer else {}) for r in run.records]
        write(replace(run, records=tuple(bare), settings={}), BASELINE)
        print(f"Baseline: {BASELINE}. Look at the difference and commit it with what made it.")
    if not BASELINE.exists():
        raise Problem(f"{BASELINE} is missing. Make it: python -m evals gate --write-baseline")
    failures = below_floor(run.metrics, FLOORS) + [f"{r.id}: {r.error}" for r in run.records if r.error] + worse_than(read(BASELINE), run)
    for line in failures:
        print(f"evals gate: {line}", file=sys.stderr)
    print(f"evals gate: {len(run.records)} searches, {_asked(run)} answers, {run.seconds:.0f} s")
    return 1 if failures else 0


def _measured(settings: Settings) -> Run:
    """The cases tagged `gate` answered, every second of the other answerable ones searched for: two minutes are to be enough."""
    started = time.perf_counter()
    dataset = datasets.seed_cases()
    few = [case for case in dataset.cases if "gate" in case.tags]
    others = [case for case in dataset.cases if case not in few and not case.refuse][::2]
    with opened(dataset, settings) as asker:
        records = run_cases(few, asker, shown=shown)
    with opened(dataset, settings, How(llm=False)) as asker:
        records += run_cases(others, asker, shown=shown)
    seconds = time.perf_counter() - started
    return summed(records, settings=settings.model_dump(mode="json"), fingerprint=settings.fingerprint(), seconds=seconds, name="gate")


def worse_than(before: Run, after: Run) -> list[str]:
    """Each figure that moved down surely, on the cases in both. Times depend on the machine and are left out."""
    return [
        f"{d.metric} was {d.before:.3f} in the baseline and is {d.after:.3f} (p = {d.p:.3f}, {d.n} cases)"
        for d in compare(before, after).differences
        if d.verdict == "worse" and not d.metric.startswith("latency.")
    ]


def _asked(run: Run) -> int:
    return sum("refusal.refused" in r.scores for r in run.records)
