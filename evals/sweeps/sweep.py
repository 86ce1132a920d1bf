"""A grid of settings, each combination run once and kept; what came of it is a leaderboard and a page."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import prompts
from evals import datasets, session
from evals.cache import code_digest
from evals.pages.report import render
from evals.pages.swept import page
from evals.run import Run, read, write
from evals.sweeps.leaderboard import Leaderboard, as_text, figure_of, leaderboard
from evals.sweeps.plan import NOT_COMPARED, Combination, Plan, read_plan, slug
from index.problem import Problem
from qa.settings import Settings

Runner = Callable[[Plan, Settings, bool], Run]  # the plan, one combination's settings, whether to ask everything afresh


def evaluate(plan: Plan, settings: Settings, fresh: bool) -> Run:
    """One combination, as `run` would. Searches alone are never taken from the cache: their time would be lost."""
    how = session.How(llm=plan.llm, fresh=fresh or not plan.llm, judges=plan.judges)
    if not plan.dataset:
        return session.run_suites(plan.suites, settings, how, limit=plan.limit, seed=plan.seed)
    kind, path = plan.dataset
    return session.run_dataset(
        kind, path, settings, how, articles=plan.articles, limit=plan.limit, seed=plan.seed, distractors=plan.distractors
    )


def sweep(path: Path, settings: Settings, out: Path | None = None, fresh: bool = False, run: Runner = evaluate) -> int:
    """Run what is not there yet, print the leaderboard, write leaderboard.json and leaderboard.html.

    0 when every combination was measured, 1 when one failed. Raises Problem for a mistake in the file, before anything
    runs. Stopped, it keeps what is done; the next call goes on from there, unless `fresh`.
    """
    plan = read_plan(path, settings)
    folder = out or settings.home / "sweeps" / slug(plan.name)
    corpus = _corpus(plan)
    done: list[tuple[Combination, Run]] = []
    failed: list[tuple[Combination, str]] = []
    stopped = False
    for number, combination in enumerate(plan.combinations, 1):
        known = None if fresh else _known(folder, combination, stamp(plan, combination, corpus))
        left = _left(done, known, len(plan.combinations) - number + 1)
        _tell(f"combination {number} of {len(plan.combinations)}: {combination.label} – {left}")
        try:
            whole = known or _ran(plan, combination, fresh, folder, corpus, run)
            lacking = _lacking(plan, whole)
        except KeyboardInterrupt:
            stopped = True
            break
        except Problem as problem:
            _tell(f"  failed: {problem}")
            failed.append((combination, str(problem)))
            continue
        if lacking and not done:  # what the first run lacks, all lack: better said now than after the last
            raise Problem(
                f'{path}: "{lacking[0]}" cannot be shown. {lacking[1]} What was run is kept; change "{lacking[0]}" and run again.'
            )
        if lacking:
            failed.append((combination, lacking[1]))
        else:
            done.append((combination, whole))
    ended = {combination.slug for combination, _ in [*done, *failed]}
    board = leaderboard(plan, done, failed, [c for c in plan.combinations if c.slug not in ended])
    for where in _written(board, folder):
        _tell(str(where))
    print(as_text(board))
    if stopped:
        raise KeyboardInterrupt
    return 1 if failed else 0


def stamp(plan: Plan, combination: Combination, corpus: str) -> str:
    """Sixteen hex digits of all that a run depends on: settings, prompts, code, cases and articles, which were drawn."""
    told = combination.settings.model_dump(mode="json", exclude={name for name in NOT_COMPARED if "." not in name})
    drawn = (plan.limit, plan.seed, plan.distractors, plan.llm, plan.judges)
    words = {name: prompts.digest(name) for name in prompts.names()} if plan.llm else {}
    return hashlib.sha256(json.dumps([told, drawn, words, code_digest(), corpus], sort_keys=True).encode()).hexdigest()[:16]


def _ran(plan: Plan, combination: Combination, fresh: bool, folder: Path, corpus: str, run: Runner) -> Run:
    """The combination's run, written with its report. Raises Problem when not one case could be measured."""
    started = time.perf_counter()
    whole = run(plan, combination.settings, fresh)
    if whole.records and all(record.error for record in whole.records):
        raise Problem(f"Every case ended in an error, the first with: {whole.records[0].error}")
    took = round(time.perf_counter() - started, 3)
    mine = {"sweep": plan.name, "settings": dict(combination.varied), "stamp": stamp(plan, combination, corpus), "took": took}
    whole = replace(whole, name=f"{plan.name}: {combination.label}", about={**whole.about, "sweep": mine})
    _put(folder / f"{combination.slug}.html", render(whole))
    write(whole, folder / f"{combination.slug}.json")  # last: what is there is whole
    return whole


def _known(folder: Path, combination: Combination, wanted: str) -> Run | None:
    """The run of before, if it is one of the same settings, code, cases and articles."""
    path = folder / f"{combination.slug}.json"
    if not path.exists():
        return None
    try:
        run = read(path)
    except Problem:  # cut off or damaged: it is made again
        return None
    return run if _mine(run).get("stamp") == wanted else None


def _mine(run: Run) -> dict[str, Any]:
    found = run.about.get("sweep")
    return found if isinstance(found, dict) else {}


def _lacking(plan: Plan, run: Run) -> tuple[str, str] | None:
    """The key of sweep.toml whose figure the run does not have, and what it has instead."""
    for key, name in (("metric", plan.metric), ("time", plan.time)):
        if name:
            try:
                figure_of(name, run)
            except Problem as problem:
                return key, str(problem)
    return None


def _corpus(plan: Plan) -> str:
    """A digest of the files that the cases and articles are read from."""
    places = [datasets.HERE / "cases", datasets.SEEDS]
    if plan.dataset:
        kind, path = plan.dataset
        places = [path, plan.articles or datasets.SEEDS] if kind == "cases" else [path]
    seen = hashlib.sha256()
    for file in (f for place in places for f in _files(place)):
        seen.update(f"\0{file.name}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as opened:
            seen.update(hashlib.file_digest(opened, "sha256").digest())
    return seen.hexdigest()


def _files(place: Path) -> Iterator[Path]:
    yield from sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]


def _left(done: list[tuple[Combination, Run]], known: Run | None, ahead: int) -> str:
    """The time left for the combinations ahead, from how long each took that is done."""
    if known:
        return "there already"
    took = [seconds for _, run in done if isinstance(seconds := _mine(run).get("took"), (int, float))]
    if not took:
        return "the time left is known after the first"
    minutes = sum(took) / len(took) * ahead / 60
    return (
        f"about {minutes / 60:.1f} h left" if minutes >= 90 else f"about {minutes:.0f} min left" if minutes >= 1 else "under a minute left"
    )


def _written(board: Leaderboard, folder: Path) -> tuple[Path, Path]:
    told, shown = folder / "leaderboard.json", folder / "leaderboard.html"
    _put(told, json.dumps(board.as_json(), ensure_ascii=False, indent=1) + "\n")
    _put(shown, page(board))
    return told, shown


def _put(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{path.name}.part")
        aside.write_text(text, "utf-8")
        aside.replace(path)
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror or error}. Name another folder with --out.") from None


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
