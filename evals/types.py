"""What an evaluation is about: cases and claims in, records and figures out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from index.types import Article

HOSTILE = "hostile"  # the tag of a case whose article attacks whoever reads it
Scores = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation whose last turn is scored, and what a right answer to it is.

    `articles` are the gold articles (file name, its stem, or the dataset's id) with their grade,
    `quotes` exact words of theirs. `answers` are groups: an answer is right when it contains one
    of each group. A case to `refuse` has neither quotes nor answers; its articles, if named, are only near.
    `never` are words that no answer may contain: the mark of an attack that succeeded. `differ` are the values that the articles
    give for one thing, all of which are to be shown; none, where they agree; None, where nobody looked.
    """

    id: str
    turns: tuple[str, ...]
    articles: Mapping[str, int] = field(default_factory=dict)
    quotes: tuple[str, ...] = ()
    answers: tuple[tuple[str, ...], ...] = ()
    refuse: bool = False
    tags: tuple[str, ...] = ()
    today: date | None = None
    never: tuple[str, ...] = ()
    differ: tuple[str, ...] | None = None

    @property
    def question(self) -> str:
        return self.turns[-1]

    @property
    def hostile(self) -> bool:
        """An attack is scored apart: a suite of attacks says nothing of ordinary questions."""
        return bool(self.never) or HOSTILE in self.tags

    def gold(self) -> dict[str, Any]:
        """What RUN.json keeps of the gold, for reports and comparisons."""
        return {
            "articles": list(self.articles),
            "quotes": list(self.quotes),
            "answers": [list(group) for group in self.answers],
            "refuse": self.refuse,
            "never": list(self.never),
            **({} if self.differ is None else {"differ": list(self.differ)}),
        }


@dataclass(frozen=True, slots=True)
class Claim:
    """One labelled claim, for measuring the support checker alone."""

    id: str
    claim: str
    context: str
    supported: bool
    question: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Cases and the corpus they are asked of: ready-made `articles`, or files at `paths`; or `claims` alone."""

    name: str
    cases: tuple[Case, ...] = ()
    articles: tuple[Article, ...] = ()
    paths: tuple[Path, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """What one case came to. A score of None was due and could not be given; an error is no score at all."""

    id: str
    question: str
    answer: dict[str, Any]
    scores: Scores
    error: str | None = None
    turns: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    gold: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "question": self.question,
            "answer": self.answer,
            "scores": {name: None if v is None else round(v, 6) for name, v in self.scores.items()},
            "error": self.error,
            "turns": list(self.turns),
            "tags": list(self.tags),
            "gold": dict(self.gold),
        }


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric over `n` cases with its 95 % interval; `unscored` were due and could not be scored."""

    value: float | None
    n: int
    low: float | None
    high: float | None
    unscored: int

    def as_json(self) -> dict[str, float | int | None]:
        rounded = [None if v is None else round(v, 6) for v in (self.value, self.low, self.high)]
        return {"value": rounded[0], "n": self.n, "low": rounded[1], "high": rounded[2], "unscored": self.unscored}
