"""Made-up articles, answers and runs, plain enough to score by eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from evals.library import Library
from evals.run import Run, summed
from evals.types import Case, Record
from index.problem import Problem
from index.types import Article, Chunk, Passage, Span
from qa.types import Answer, Citation, Sentence, Timings

if TYPE_CHECKING:
    from index.articles import Articles
    from qa.assistant import Assistant

MOON = Article(
    "moon-id",
    "The Moon",
    "The Moon is grey. It is 384,000 km away. Nobody lives there.",
    source="Orbit",
    origin="/a/moon.md",
)
SUN = Article("sun-id", "The Sun", "The Sun is hot. It is 150 million km away.", source="Desk", origin="/a/sun.md")
FAR = Case("far", ("How far is the Moon?",), {"moon": 1}, ("It is 384,000 km away.",), (("384,000",),))
NOBODY = Case("nobody", ("Who sang on the Moon?",), refuse=True)


@dataclass
class Shelf:
    """Two articles; `found` is what a search finds, in order, and `asked` what it was asked."""

    found: Sequence[Passage] = ()
    asked: list[str] = field(default_factory=list)

    def get(self, article_id: str) -> Article:
        return {"moon-id": MOON, "sun-id": SUN}[article_id]

    def search(self, question: str, top_k: int = 6, *, sentences: bool = True, today: date | None = None) -> list[Passage]:
        self.asked.append(question)
        return list(self.found[:top_k])


def library(*found: Passage, shelf: Shelf | None = None) -> Library:
    names = {"moon": MOON.id, "sun": SUN.id}
    sources = {MOON.id: MOON.source, SUN.id: SUN.source}
    return Library(cast("Articles", shelf or Shelf(found)), names, sources)


def passage(article: Article, text: str, rank: int = 1, copies: tuple[str, ...] = ()) -> Passage:
    start = article.text.index(text)
    chunk = Chunk(f"{article.id}-{start}", article.id, 0, start, start + len(text), text)
    whole = Span(chunk.start, chunk.end, text)
    return Passage(chunk, article.title, article.source, None, None, rank, 0.9, whole, copies)


def cite(article: Article, quote: str, marker: int = 1) -> Citation:
    start = article.text.index(quote)
    return Citation(marker, article.id, article.title, article.source, None, None, start, start + len(quote), quote)


def answer(*sentences: Sentence, refused: bool = False, interrupted: str = "") -> Answer:
    text = " ".join(s.text for s in sentences) if sentences else "The articles do not say."
    timings = Timings(0.1, 0.0 if refused else 0.5, 1.5, 300, 0 if interrupted else 20)
    reason: Any = "no_evidence" if refused else None
    return Answer("q", "q alone", text, sentences, (), refused, reason, 0.8, timings, "f" * 16, interrupted=interrupted)


def said(text: str, *citations: Citation) -> Sentence:
    return Sentence(text, citations, "supported")


@dataclass
class Parrot:
    """An assistant that gives the answers it was handed, in order; a text among them is raised as a Problem."""

    answers: list[Answer | str]
    heard: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    fingerprint: str = "f" * 16

    def answer(self, question: str, history: Sequence[tuple[str, str]] = (), today: date | None = None) -> Answer:
        self.heard.append((question, list(history)))
        given = self.answers.pop(0)
        if isinstance(given, str):
            raise Problem(given)
        return given


def parrot(*answers: Answer | str) -> tuple[Parrot, Assistant]:
    bird = Parrot(list(answers))
    return bird, cast("Assistant", bird)


def a_run(name: str, scores: Sequence[float | None], metric: str = "answer.correct", refused: Sequence[int] = ()) -> Run:
    """One case for each score, and one more for each refusal that was due: 1 refused, 0 not."""
    records = [Record(f"c{i}", f"Question {i}?", {}, {metric: score}, turns=(f"Question {i}?",)) for i, score in enumerate(scores)]
    for i, was in enumerate(refused):
        row = {"refusal.refused": float(was), "refusal.due": 1.0, "refusal.correct": float(was)}
        records.append(Record(f"r{i}", f"Refuse {i}?", {}, row, turns=(f"Refuse {i}?",)))
    return summed(records, settings={"llm": {"model": "parrot"}}, fingerprint="0" * 16, seconds=1.0, name=name)
