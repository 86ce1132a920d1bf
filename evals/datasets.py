"""Datasets by kind: BEIR folders, SQuAD JSON, llama-index's, our own cases, labelled claims. Bad input is a Problem with its line."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from evals import beir, injection
from evals.lines import Line, day_of, json_lines, read_json
from evals.types import Case, Claim, Dataset
from index.problem import Problem
from index.sentences import split_sentences
from index.types import Article

HERE = Path(__file__).parent
SEEDS = HERE.parent / "seeds"
_ID = re.compile(r"[0-9a-f]{8,64}")  # an article by its id in the library
_CASE_FIELDS = {"id", "turns", "articles", "quotes", "answers", "refuse", "tags", "today", "never", "differ"}


def load(kind: str, path: Path, articles: Path | None = None) -> Dataset:
    """The dataset of a kind at a path; `articles` is the folder that `cases` are about. Raises Problem."""
    if kind not in KINDS:
        raise Problem(f"There is no dataset kind {kind!r}; the kinds are {', '.join(KINDS)}.")
    if not path.exists():
        raise Problem(f"{path}: there is no such file or folder.")
    if path.is_dir() != (kind == "beir") and not (kind == "cases" and path.is_dir()):
        raise Problem(f"{path}: a {kind} dataset is {'a folder' if kind == 'beir' else 'a file'}, and this is not one.")
    if kind.startswith("injection"):
        if articles is None or not articles.is_file():
            raise Problem(f"{path}: attacks are put into the paragraphs of a SQuAD file. Name it with --articles FILE.json.")
        return injection.read(path, _squad(articles), clean=kind == "injection-clean")
    return _cases(path, articles or SEEDS) if kind == "cases" else KINDS[kind](path)


def seed_cases() -> Dataset:
    """Our own cases on the articles of seeds/."""
    return replace(_cases(HERE / "cases", SEEDS), name="seeds")


def hostile_cases() -> Dataset:
    """Questions on articles that attack whoever reads them, put in among those of seeds/."""
    folder = HERE / "cases" / "hostile"
    return replace(_cases(folder / "hostile.jsonl", folder / "articles", SEEDS), name="hostile")


def differing_cases() -> Dataset:
    """Questions on short articles that give different figures or dates for one thing, or the same, put in among those of seeds/."""
    folder = HERE / "cases" / "differing"
    return replace(_cases(folder / "differing.jsonl", folder / "articles", SEEDS), name="differing")


def sample(dataset: Dataset, limit: int | None, seed: int = 0) -> Dataset:
    """At most `limit` cases or claims, drawn by `seed`, in their own order; the corpus stays whole."""

    def drawn(items: Sequence[Any]) -> tuple[Any, ...]:
        if limit is None or limit >= len(items):
            return tuple(items)
        return tuple(items[i] for i in sorted(random.Random(seed).sample(range(len(items)), limit)))

    return replace(dataset, cases=drawn(dataset.cases), claims=drawn(dataset.claims))


def thinned(dataset: Dataset, distractors: int | None, seed: int = 0) -> Dataset:
    """The articles that the cases are about, and only so many others, drawn by `seed`; the whole corpus for None."""
    if distractors is None or not dataset.articles:
        return dataset
    gold = {name for case in dataset.cases for name in case.articles}
    others = [a.origin for a in dataset.articles if a.origin not in gold]
    kept = gold | set(random.Random(seed).sample(others, min(distractors, len(others))))
    return replace(dataset, articles=tuple(a for a in dataset.articles if a.origin in kept))


def _cases(path: Path, *folders: Path) -> Dataset:
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    paths = tuple(path for folder in folders for path in article_files(folder))
    known = {name for p in paths for name in (p.name, p.stem)}
    cases: dict[str, Case] = {}
    for file in files:
        for line in json_lines(file):
            case = _case(line)
            if case.id in cases:
                line.wrong(f'the id "{case.id}" is there already; each case has its own.')
            for missing in (name for name in case.articles if name not in known and not _ID.fullmatch(name)):
                line.wrong(f'there is no article "{missing}" in {", ".join(map(str, folders))}.')
            cases[case.id] = case
    if not cases:
        raise Problem(f"{path}: there are no cases in it.")
    return Dataset(path.stem, cases=tuple(cases.values()), paths=paths)


def article_files(folder: Path) -> tuple[Path, ...]:
    """The articles of a folder. Raises Problem when there are none."""
    if not folder.is_dir():
        raise Problem(f"{folder}: there is no such folder of articles. Name it with --articles FOLDER.")
    found = tuple(p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "README.md" and p.name[0] != ".")
    if not found:
        raise Problem(f"{folder}: there are no articles in it. Name another folder with --articles FOLDER.")
    return found


def _case(line: Line) -> Case:
    line.only(_CASE_FIELDS)
    case = Case(
        id=line.text("id"),
        turns=line.texts("turns"),
        articles=dict.fromkeys(line.texts("articles"), 1),
        quotes=line.texts("quotes"),
        answers=line.groups("answers"),
        refuse=line.flag("refuse", False),
        tags=line.texts("tags"),
        today=_day(line, "today"),
        never=line.texts("never"),
        differ=line.texts("differ") if "differ" in line.fields else None,
    )
    if not case.turns:
        line.wrong('"turns" needs at least one question.')
    if case.refuse and (case.quotes or case.answers):
        line.wrong('a case with "refuse": true has no quotes and no answers.')
    if not case.refuse and not (case.articles or case.answers):
        line.wrong('a case needs "articles" or "answers", unless "refuse" is true.')
    return case


def _squad(path: Path) -> Dataset:
    """Each paragraph is an article; the sentences that hold the gold answers are the gold quotes."""
    articles: list[Article] = []
    cases: list[Case] = []
    try:
        for topic in read_json(path)["data"]:
            title = str(topic.get("title", "")).replace("_", " ")
            for paragraph in topic["paragraphs"]:
                origin = f"{topic.get('title', '')}#{len(articles)}"
                articles.append(Article("", title, paragraph["context"], origin=origin))
                cases += [_squad_case(qa, origin, paragraph["context"]) for qa in paragraph["qas"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise Problem(
            f"{path}: this is not SQuAD JSON, {error!r} is missing or of another kind after {len(articles)} paragraphs."
        ) from None
    if not cases:
        raise Problem(f"{path}: there are no questions in it.")
    return Dataset(
        path.parent.name if path.stem in ("dev", "train", "test") else path.stem,
        cases=tuple(cases),
        articles=tuple(articles),
    )


def _squad_case(qa: dict[str, Any], origin: str, context: str) -> Case:
    golds = tuple(dict.fromkeys(a["text"] for a in qa["answers"] if a["text"].strip()))
    if qa.get("is_impossible", False) or not golds:
        return Case(qa["id"], (qa["question"],), refuse=True, tags=("impossible",))
    starts = [a["answer_start"] for a in qa["answers"] if a["text"].strip()]
    holding = (s.text for at in starts for s in split_sentences(context) if s.start <= at < s.end)
    return Case(qa["id"], (qa["question"],), {origin: 1}, tuple(dict.fromkeys(holding)), (golds,), tags=("answerable",))


def _labelled(path: Path) -> Dataset:
    from evals import labelled

    return labelled.read(path)


def _support(path: Path) -> Dataset:
    claims = tuple(
        Claim(
            str(line.fields.get("id") or line.number),
            line.text("claim"),
            line.text("context"),
            line.flag("supported"),
            line.text("question", ""),
        )
        for line in json_lines(path)
    )
    if not claims:
        raise Problem(f"{path}: there are no claims in it.")
    return Dataset(path.stem, claims=claims)


def _day(line: Line, name: str) -> date | None:
    """A day that must be one. Absent or empty is None."""
    value = line.fields.get(name)
    day = day_of(value)
    if value not in (None, "") and not day:
        line.wrong(f'"{name}" must be a day, as in 2023-12-01, and is {value!r}.')
    return day


KINDS: dict[str, Callable[[Path], Dataset]] = {
    "beir": beir.read,
    "squad": _squad,
    "labelled-rag": _labelled,
    "cases": lambda path: _cases(path, SEEDS),
    "support": _support,
    "injection": _squad,  # with --articles, in `load`
    "injection-clean": _squad,
}
