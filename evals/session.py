"""One evaluation from the settings to the Run: open the library and the model, run, close."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import prompts
from evals import datasets, library, suites
from evals.asking import PASSAGES, Asker
from evals.cache import Cache, key_of
from evals.run import Grader, Run, about, run_cases, run_claims, summed
from evals.scoring import Check, due
from evals.types import Case, Dataset, Record
from index.problem import Problem
from qa.settings import Settings
from qa.types import Answer

if TYPE_CHECKING:
    from qa.assistant import Assistant

PARALLEL = 4  # questions at a time that a model server is asked; the embedded model takes one


@dataclass(frozen=True, slots=True)
class How:
    """How cases are asked, whatever they are. `parallel` of 0: as many at a time as the model takes."""

    llm: bool = True
    fresh: bool = False
    judges: tuple[str, ...] = ()
    parallel: int = 0
    passages: int = PASSAGES

    def at_a_time(self, settings: Settings) -> int:
        return self.parallel or (PARALLEL if self.llm and settings.llm.provider == "openai" else 1)


@contextmanager
def opened(dataset: Dataset, settings: Settings, how: How = How()) -> Iterator[Asker]:
    """Who can be asked the dataset's cases: its library, indexed, and an assistant over it that is warm by the first question.

    Without a language model there is no assistant, only the search.
    """
    from qa.assistant import open_articles, open_assistant

    own = library.settings_for(dataset, settings)
    kept = Cache(settings.home / "evals" / "answers", how.fresh)
    searching = settings.search.model_dump_json()
    if how.llm:
        assistant = open_assistant(own)
        try:
            filled = library.fill(assistant.articles, dataset, own.home, library.progress_bar(dataset))
            yield Asker(
                filled, assistant, kept=kept, corpus=own.home.name, searching=searching,
                warm=lambda: _warmed(assistant), passages=how.passages,
            )  # fmt: skip
        finally:
            assistant.close()
    else:
        articles = open_articles(own)
        try:
            filled = library.fill(articles, dataset, own.home, library.progress_bar(dataset))
            yield Asker(filled, kept=kept, corpus=own.home.name, searching=searching, warm=articles.warm, passages=how.passages)
        finally:
            articles.close()


def _warmed(assistant: Assistant) -> None:
    assistant.warm()  # never raises
    state, why = assistant.state()
    if state == "failed":
        raise Problem(why)


def run_suites(names: Sequence[str], settings: Settings, how: How = How(), *, limit: int | None = None, seed: int = 0) -> Run:
    """The suites by name, all of them for none. A case that several suites take is asked once."""
    chosen = [suite for suite in suites.chosen(names) if how.llm or not suite.asks]
    if not chosen:
        raise Problem(f"{', '.join(names)} cannot be measured without a language model. Leave --no-llm out.")
    how = replace(how, llm=any(suite.asks for suite in chosen))
    records: list[Record] = []
    cases: list[Case] = []
    seconds = 0.0
    for load in dict.fromkeys(suite.dataset for suite in chosen):
        dataset = load()
        taken = tuple(case for case in dataset.cases if any(suite.dataset is load and suite.takes(case) for suite in chosen))
        asked = datasets.sample(replace(dataset, cases=taken), limit, seed).cases
        run = run_over(asked, dataset, settings, how)
        cases += asked
        records += run.records
        seconds += run.seconds
    told = {}
    for suite in chosen:
        found = suites.suite_figures(suite, cases, records)
        metrics = {name: figure.as_json() for name, figure in found.items()}
        below = suites.below_floor(found, suite.floors)
        told[suite.name] = {"about": suite.about, "metrics": metrics, "floors": dict(suite.floors), "below": below}
    run = _summed(records, settings, "suites", seconds, how)
    measured = {name: f for name, f in run.metrics.items() if any(name in suite.measures for suite in chosen)}
    return replace(run, name=names[0] if len(names) == 1 else "suites", metrics=measured, suites=told)


def run_dataset(
    kind: str,
    path: Path,
    settings: Settings,
    how: How = How(),
    *,
    articles: Path | None = None,
    limit: int | None = None,
    seed: int = 0,
    distractors: int | None = None,
) -> Run:
    """A dataset of a kind at a path; of `support`, only the checker is measured."""
    own = articles == library.OWN and not articles.is_dir()
    dataset = datasets.load(kind, path, None if own else articles)
    if own:
        dataset = replace(dataset, paths=(), articles=library.own_articles(settings))
    if not how.llm:  # only what a search alone can be scored on
        dataset = replace(dataset, cases=tuple(case for case in dataset.cases if due(case, asked=False)))
    dataset = datasets.thinned(datasets.sample(dataset, limit, seed), distractors, seed)
    if dataset.claims:
        from qa.support import check

        started = time.perf_counter()
        records = run_claims(shown(dataset.claims, len(dataset.claims)), check)
        return _summed(records, settings, dataset.name, time.perf_counter() - started, how)
    if not dataset.cases:
        raise Problem(f"{path}: none of its questions can be scored without a language model. Leave --no-llm out.")
    return run_over(dataset.cases, dataset, settings, how)


def run_over(cases: Sequence[Case], dataset: Dataset, settings: Settings, how: How = How()) -> Run:
    """These cases of the dataset, asked (or without a language model searched for) over its whole corpus."""
    with ExitStack() as stack:
        asker = stack.enter_context(opened(dataset, settings, how))
        judges = stack.enter_context(_judges(settings, how)) if how.judges and how.llm else None
        started = time.perf_counter()
        records = run_cases(cases, asker, _checker() if how.llm else None, judges, how.at_a_time(settings), shown)
        return _summed(records, settings, dataset.name, time.perf_counter() - started, how)


@contextmanager
def _judges(settings: Settings, how: How) -> Iterator[Grader]:
    """Whoever grades, asked about each answer once."""
    from evals.judges import Judges
    from qa.llm import Llm

    grading = settings.of_judge()
    llm = Llm(grading)
    judges = Judges(llm, how.judges)
    cache = Cache(settings.home / "evals" / "grades", how.fresh)
    identity = (grading.fingerprint(), judges.digests(), how.judges)

    def grade(case: Case, answer: Answer) -> tuple[dict[str, float | None], dict[str, Any]]:
        key = key_of(identity, case.turns, case.gold(), answer.text, [s.as_json() for s in answer.sentences])
        known = cache.get(key)
        if known:
            scores, told = json.loads(known)
            return scores, told
        scores, told = judges.grade(case, answer)
        if None not in scores.values():  # what could not be read, or was not said, is asked again
            cache.put(key, json.dumps([scores, told]))
        return scores, told

    try:
        yield grade
    finally:
        llm.close()


def _checker() -> Check:
    from qa.support import check

    return lambda claim, spans, question: check(claim, spans, question).support == "supported"


def _summed(records: Sequence[Record], settings: Settings, name: str, seconds: float, how: How) -> Run:
    """An answer knows its own fingerprint, prompts and all; without one, the settings' must do."""
    said = (str(record.answer["fingerprint"]) for record in records if record.answer.get("fingerprint"))
    told = about() | {"llm": how.llm, "cached": sum(bool(record.answer.get("cached")) for record in records)}
    if how.judges:
        from evals.judges import agreement

        told["agreement"] = {name: agreed.as_json() for name, agreed in agreement(records).items()}
    if how.llm:
        told["prompts"] = {name: prompts.digest(name) for name in prompts.names()}
    return summed(
        records,
        settings=settings.model_dump(mode="json"),
        fingerprint=next(said, settings.fingerprint()),
        seconds=seconds,
        name=name,
        about=told,
    )


def shown(items: Iterable[Any], total: int) -> Any:
    """The items, with a bar on stderr and the time left."""
    from tqdm import tqdm

    return tqdm(items, total=total, desc="cases", unit="case", smoothing=0.1)
