"""The quick subset behind `make test`: retrieval over every seed case, and a dozen whole answers. Under two minutes."""

from __future__ import annotations

import sys
import time

from evals import datasets
from evals.metrics import figures
from evals.retrieval import DEPTH
from evals.run import run_cases, table
from evals.session import opened, shown
from evals.suites import below_floor
from qa.settings import Settings

# Retrieval floors leave room for two of the sixty cases. Answers are a dozen: a floor there says broken, not worse.
RETRIEVAL_FLOORS = {"retrieval.hit@5": 0.95, "retrieval.mrr@10": 0.9, "retrieval.quote_hit@5": 0.9}
ANSWER_FLOORS = {
    "answer.correct": 0.6,
    "citation.quote_exact": 1.0,
    "citation.gold_found": 0.6,
    "refusal.recall": 0.5,
    "refusal.precision": 0.5,
}


def gate(settings: Settings) -> int:
    """0 when every figure reaches its floor; 1 with a line on stderr for each that does not, and each error."""
    started = time.perf_counter()
    dataset = datasets.seed_cases()
    few = [case for case in dataset.cases if "gate" in case.tags]
    with opened(dataset, settings, llm=True) as (filled, assistant):
        found = run_cases(shown([case for case in dataset.cases if not case.refuse]), filled, None, passages=DEPTH)
        answered = run_cases(shown(few), filled, assistant, passages=1)
    print(table(figures(found), found))
    print(table(figures(answered, ANSWER_FLOORS), answered))
    failures = below_floor(figures(found), RETRIEVAL_FLOORS) + below_floor(figures(answered), ANSWER_FLOORS)
    failures += [f"{record.id}: {record.error}" for record in [*found, *answered] if record.error]
    for line in failures:
        print(f"evals gate: {line}", file=sys.stderr)
    print(f"evals gate: {len(found)} searches, {len(answered)} answers, {time.perf_counter() - started:.0f} s")
    return 1 if failures else 0
