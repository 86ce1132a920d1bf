"""One evaluation from the settings to the Run: open the library and the model, run, close."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals import datasets, library, suites
from evals.library import Library
from evals.run import Run, about, run_cases, run_claims, summed
from evals.scoring import due
from evals.types import Case, Dataset, Record
from index.problem import Problem
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.assistant import Assistant


@contextmanager
def opened(dataset: Dataset, settings: Settings, llm: bool) -> Iterator[tuple[Library, Assistant | None]]:
    """The dataset's library, indexed, and an assistant over it that is warm; without `llm`, no assistant."""
    from qa.assistant import open_articles, open_assistant

    own = library.settings_for(dataset, settings)
    bar = library.progress_bar()
    if llm:
        assistant = open_assistant(own)
        try:
            filled = library.fill(assistant.articles, dataset, own.home, bar)
            assistant.warm()  # never raises
            state, why = assistant.state()
            if state == "failed":
                raise Problem(why)
            yield filled, assistant
        finally:
            assistant.close()
    else:
        articles = open_articles(own)
        try:
            yield library.fill(articles, dataset, own.home, bar), None
        finally:
            articles.close()


def run_suites(names: Sequence[str], settings: Settings, *, llm: bool = True, limit: int | None = None, seed: int = 0) -> Run:
    """The suites by name, all of them for none. A case that several suites take is asked once."""
    chosen = [suite for suite in suites.chosen(names) if llm or not suite.asks]
    if not chosen:
        raise Problem(f"{', '.join(names)} cannot be measured without a language model. Leave --no-llm out.")
    dataset = datasets.seed_cases()
    taken = tuple(case for case in dataset.cases if any(suite.takes(case) for suite in chosen))
    cases = datasets.sample(replace(dataset, cases=taken), limit, seed).cases
    asks = any(suite.asks for suite in chosen)
    run = run_over(cases, dataset, settings, llm=asks)
    told = {}
    for suite in chosen:
        found = suites.suite_figures(suite, cases, run.records)
        metrics = {name: figure.as_json() for name, figure in found.items()}
        below = suites.below_floor(found, suite.floors)
        told[suite.name] = {"about": suite.about, "metrics": metrics, "floors": dict(suite.floors), "below": below}
    measured = {name: f for name, f in run.metrics.items() if any(name in suite.measures for suite in chosen)}
    return Run(run.settings, run.fingerprint, measured, run.records, run.seconds, run.name, told, run.about)


def run_dataset(
    kind: str,
    path: Path,
    settings: Settings,
    *,
    articles: Path | None = None,
    llm: bool = True,
    limit: int | None = None,
    seed: int = 0,
) -> Run:
    """A dataset of a kind at a path; of `support`, only the checker is measured."""
    dataset = datasets.load(kind, path, articles)
    if not llm:  # only what a search alone can be scored on
        dataset = replace(dataset, cases=tuple(case for case in dataset.cases if due(case, asked=False)))
    dataset = datasets.sample(dataset, limit, seed)
    if dataset.claims:
        from qa.support import check

        started = time.perf_counter()
        records = run_claims(shown(dataset.claims), check)
        return _summed(records, settings, dataset.name, time.perf_counter() - started)
    return run_over(dataset.cases, dataset, settings, llm=llm)


def run_over(cases: Sequence[Case], dataset: Dataset, settings: Settings, *, llm: bool) -> Run:
    """These cases of the dataset, asked (or without `llm` searched for) over its whole corpus."""
    with opened(dataset, settings, llm) as (filled, assistant):
        started = time.perf_counter()
        records = run_cases(shown(cases), filled, assistant, _checker() if assistant else None)
        return _summed(records, settings, dataset.name, time.perf_counter() - started)


def _checker() -> Any:
    from qa.support import check

    return lambda claim, spans, question: check(claim, spans, question).support == "supported"


def _summed(records: list[Record], settings: Settings, name: str, seconds: float) -> Run:
    """An answer knows its own fingerprint, prompts and all; without one, the settings' must do."""
    said = (str(record.answer["fingerprint"]) for record in records if record.answer.get("fingerprint"))
    return summed(
        records,
        settings=settings.model_dump(mode="json"),
        fingerprint=next(said, settings.fingerprint()),
        seconds=seconds,
        name=name,
        about=about(),
    )


def shown(items: Sequence[Any]) -> Any:
    """The items, with a bar on stderr and the time left."""
    from tqdm import tqdm

    return tqdm(items, desc="cases", unit="case", smoothing=0.1)
