"""sweep.toml: which settings to try, on what, and what to rank them by. Every mistake is found before anything runs."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals import datasets, suites
from evals.lines import read_text
from evals.metrics import METRICS
from index.problem import Problem
from qa.settings import PREFIX, Settings, load_settings, setting_names

# An evaluation has a library of its own and no page: these change nothing in it. A key is no thing to compare.
NOT_COMPARED = ("home", "models", "chroma_url", "host", "port", "llm.api_key", "judge.api_key")
LONGEST_SLUG = 100  # characters; a file name may have 255 bytes


@dataclass(frozen=True, slots=True)
class Combination:
    """One point of the grid: `varied` holds its settings as sweep.toml names them, `settings` all of them."""

    varied: Mapping[str, Any]
    settings: Settings
    slug: str  # its file name, without .json
    label: str  # the same for people


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole sweep.toml. Without a `dataset`, a kind and a path, the suites; without a `time`, seconds per case."""

    name: str
    suites: tuple[str, ...]
    dataset: tuple[str, Path] | None
    articles: Path | None
    limit: int | None
    seed: int
    distractors: int | None
    llm: bool  # whether anything in it asks the language model
    judges: tuple[str, ...]
    metric: str
    time: str
    keys: Mapping[str, str]  # each setting of the grid, and the short name it goes by
    combinations: tuple[Combination, ...]

    @property
    def about(self) -> str:
        """What the combinations are measured on, in a line."""
        what = f"{self.dataset[0]}:{self.dataset[1].name}" if self.dataset else ", ".join(self.suites)
        cases = "every case" if self.limit is None else f"{self.limit} cases drawn with seed {self.seed}"
        return f"{what}, {cases}" + ("" if self.llm else ", without a language model")


class _Sheet(BaseModel):
    """sweep.toml as it is written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1)]
    suites: list[str] = []
    dataset: str = ""
    articles: str = ""
    limit: Annotated[int, Field(ge=1)] | None = None
    seed: int = 0
    distractors: Annotated[int, Field(ge=0)] | None = None
    llm: bool = True
    judges: list[str] = []
    metric: str
    time: str = ""
    grid: dict[str, Any]
    base: dict[str, Any] = {}


def read_plan(path: Path, settings: Settings) -> Plan:
    """The plan of a sweep.toml on top of these settings; its paths are relative to its folder.

    Raises Problem with the file, the key, its value and what is allowed.
    """
    sheet = _sheet(path)
    times = {name: metric for name, metric in METRICS.items() if metric.unit == "s"}
    for key, name, allowed in (("metric", sheet.metric, METRICS), ("time", sheet.time or next(iter(times)), times)):
        if name not in allowed:
            raise Problem(
                f'{path}: "{key}" is {name!r}, and there is no such metric{" of time" * (key == "time")}. {_nearest(name, allowed)}'
            )
    dataset = _dataset(path, sheet)
    articles = path.parent / sheet.articles if sheet.articles else None
    if dataset:
        datasets.load(*dataset, articles)  # a mistake in it is found now, not after an hour of other work
    base = _flat(path, "base", sheet.base)
    grid = _flat(path, "grid", sheet.grid)
    if not grid:
        raise Problem(f'{path}: [grid] is empty. Name at least one setting and its values, as in "search.top_k" = [4, 6, 8].')
    for key, values in grid.items():
        _check_values(path, key, values, base)
    keys = {key: key.rpartition(".")[2] for key in grid}
    keys = {key: short if list(keys.values()).count(short) == 1 else key for key, short in keys.items()}
    return Plan(
        name=sheet.name,
        suites=tuple(sheet.suites),
        dataset=dataset,
        articles=articles,
        limit=sheet.limit,
        seed=sheet.seed,
        distractors=sheet.distractors,
        llm=sheet.llm and (bool(dataset) or any(suite.asks for suite in _suites(path, sheet))),
        judges=tuple(sheet.judges),
        metric=sheet.metric,
        time=sheet.time,
        keys=keys,
        combinations=_combinations(path, grid, base, keys, settings),
    )


def shown(value: Any) -> str:
    """A value of the grid as sweep.toml has it, a text without its quotation marks."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def slug(text: str) -> str:
    """A file name of a text: small letters, figures, dots and dashes. Two long texts never share one."""
    plain = re.sub(r"[^a-z0-9._=-]+", "-", text.lower()).strip("-.") or "sweep"
    return plain if len(plain) <= LONGEST_SLUG else f"{plain[:LONGEST_SLUG]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _sheet(path: Path) -> _Sheet:
    try:
        return _Sheet.model_validate(tomllib.loads(read_text(path)))
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{path}: this is not TOML: {error}.") from None
    except ValidationError as error:
        raise Problem("\n".join(f"{path}: {_mistake(item)}" for item in error.errors())) from None


def _mistake(item: Any) -> str:
    key = ".".join(str(part) for part in item["loc"])
    if item["type"] == "missing":
        return f'"{key}" is missing' + (", the table of the settings to try." if key == "grid" else ".")
    if item["type"] == "extra_forbidden":
        return f'there is no key "{key}". {_nearest(key, _Sheet.model_fields)}'
    return f'"{key}" is {item["input"]!r}: {item["msg"][0].lower()}{item["msg"][1:]}.'


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    alike = difflib.get_close_matches(name, known, 1)
    return f"Did you mean {alike[0]}?" if alike else f"There are {', '.join(known)}."


def _dataset(path: Path, sheet: _Sheet) -> tuple[str, Path] | None:
    if bool(sheet.dataset) == bool(sheet.suites):
        raise Problem(f'{path}: either "suites" or a "dataset" is wanted, as in suites = ["retrieval"] or dataset = "beir:scifact".')
    if not sheet.dataset:
        if sheet.articles or sheet.distractors is not None:
            raise Problem(f'{path}: "articles" and "distractors" go with a "dataset"; the suites are about the whole of seeds/.')
        if all(suite.asks for suite in _suites(path, sheet)) and not sheet.llm:
            raise Problem(f"{path}: {', '.join(sheet.suites)} cannot be measured with llm = false.")
        return None
    kind, colon, where = sheet.dataset.partition(":")
    if not colon or not where or kind not in datasets.KINDS:
        raise Problem(f'{path}: "dataset" is {sheet.dataset!r}; KIND:PATH is wanted, KIND one of {", ".join(datasets.KINDS)}.')
    return kind, path.parent / where


def _suites(path: Path, sheet: _Sheet) -> tuple[suites.Suite, ...]:
    try:
        return suites.chosen(sheet.suites)
    except Problem as problem:
        raise Problem(f'{path}: "suites" is {sheet.suites}. {problem}') from None


def _flat(path: Path, table: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """`"search.top_k" = 6` and `[base.search]` with `top_k = 6` are the same. Unknown settings are Problems."""
    names = (name.removeprefix(PREFIX).lower().replace("__", ".") for name in setting_names())
    known = {name: None for name in names if name not in NOT_COMPARED}
    flat = dict(_leaves(found))
    for key, value in flat.items():
        if key in NOT_COMPARED:
            raise Problem(f'{path}: [{table}] "{key}" changes nothing that is measured, or is secret. Set {_variable(key)} instead.')
        if key not in known:
            raise Problem(f'{path}: [{table}] "{key}" is {value!r}: there is no such setting. {_nearest(key, known)}')
    return flat


def _leaves(found: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in found.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _check_values(path: Path, key: str, values: Any, base: Mapping[str, Any]) -> None:
    if not isinstance(values, list) or not values:
        raise Problem(f'{path}: [grid] "{key}" is {values!r}; a list of the values to try is wanted, as in [1, 2, 3].')
    told = [shown(value) for value in values]
    for twice in (value for value in told if told.count(value) > 1):
        raise Problem(f'{path}: [grid] "{key}" has {twice} more than once.')
    if key in base:
        raise Problem(f'{path}: "{key}" is in [grid] and in [base]. Leave it out of [base].')


def _combinations(
    path: Path, grid: Mapping[str, list[Any]], base: Mapping[str, Any], keys: Mapping[str, str], settings: Settings
) -> tuple[Combination, ...]:
    made: list[Combination] = []
    wrong: list[str] = []
    taken: set[str] = set()
    for values in product(*grid.values()):
        varied = dict(zip(grid, values, strict=True))
        label = ", ".join(f"{keys[key]} {shown(value)}" for key, value in varied.items())
        name = slug("_".join(f"{keys[key]}={shown(value)}" for key, value in varied.items()))
        if name in taken:  # "a b" and "a-b" are the same to a file name
            name += f"-{hashlib.sha256(label.encode()).hexdigest()[:8]}"
        taken.add(name)
        try:
            made.append(Combination(varied, _with(settings, {**base, **varied}), name, label))
        except Problem as problem:
            wrong += [_of_sheet(path, line, {**base, **varied}, grid, label) for line in str(problem).splitlines()]
    if wrong:
        raise Problem("\n".join(dict.fromkeys(wrong)))
    return tuple(made)


def _with(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    told = settings.model_dump()
    for key, value in changes.items():
        section, _, name = key.rpartition(".")
        (told[section] if section else told)[name] = value
    return load_settings(**told)


def _of_sheet(path: Path, line: str, changes: Mapping[str, Any], grid: Mapping[str, Any], label: str) -> str:
    """A line about ARTICLE_QA_SEARCH__TOP_K, said of the key of sweep.toml that it came from."""
    for key in changes:
        table = "grid" if key in grid else "base"
        if line.startswith((f"{_variable(key)} ", f"{_variable(key)}:")):
            return f'{path}: [{table}] "{key}"{line.removeprefix(_variable(key))}'
    return f"{path}: {label}: {line.removeprefix(f'{PREFIX}: ')}"


def _variable(key: str) -> str:
    return PREFIX + key.replace(".", "__").upper()
