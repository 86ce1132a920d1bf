"""Follow-up questions of mtRAG-UN, without a language model: which lean on their conversation, and what is then found.

The file is JSON Lines: `input` (the turns, `speaker` and `text`), `contexts` (`document_id`, `text`), `answerability`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evals.lines import Line, json_lines
from evals.statistics import balanced_accuracy, interval, mean, precision, recall
from index import words
from index.library import Library
from index.problem import Problem
from index.text import clean
from index.types import Article, Chunk, Filters
from qa.condense import beside, by_rules

if TYPE_CHECKING:
    from evals.statistics import Rows, Statistic

History = tuple[tuple[str, str], ...]
DEPTH = 5  # contexts looked at
# The file says of no question whether it needs its conversation. The writer of the rules marked these of its second half,
# with the rules finished and before they were run on it: conversation and turn. One opinion, then.
NEEDING = frozenset(
    "5bda16:5 800d21:5 84a072:2 54e0d9:2 ba9314:3 5f07a3:3 262c98:5 723c85:8 83067f:3 420f8d:3 515b4c:2 54a38e:2 3919b9:4 "
    "10eea7:2 a81842:6 a8d239:4 cc01a7:6 8b204d:5 2bd746:3 86d0bc:6 ac83e8:3 19dd38:5 fa5fa1:3 1d52b9:2 3f9ccd:4 464ef8:9 "
    "3b6aad:4 1662e1:3 b52ac6:2 7ebe92:3 203ce3:6 869df9:3 f6bf20:5 344776:3 a5fc18:6 f7e9bc:2 e9622d:6 94d875:2 1d0c5b:8 "
    "66bc2d:7 207f1f:2 08d663:6 7f3b7e:9 c2fcf0:2 0ea1b9:2 aae51d:2 ebd7fb:2 445cb4:3 0ad895:3 b0533d:5 793e7c:6 d8d328:4 "
    "75c949:4 07b7c0:5 f2f798:4 11bfb5:3 56fd68:4 d32824:5 2b0205:3 b5bce0:3 a8dbb3:3 3a7c60:4 739df2:3 d987be:2 6d5958:2 "
    "bfc97b:2 09dffc:5 25bf12:3 177be5:4 7c56ee:3 5a62ec:2 0d4c0b:2 767c3b:3".split()
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the turns before it, the contexts it should find, and whether its writers called it underspecified."""

    task: str  # conversation and turn, as in NEEDING
    question: str
    history: History
    gold: frozenset[str]
    vague: bool


def _as_is(asked: Asked) -> str:
    return asked.question


def _with_the_last_turn(asked: Asked) -> str:
    return f"{asked.question} {asked.history[-1][0]}"


def _with_its_names(asked: Asked) -> str:
    return beside(asked.question, asked.history[-1][0])


def _ruled(asked: Asked) -> str:
    return by_rules(asked.question, asked.history).text


WAYS: dict[str, Callable[[Asked], str]] = {
    "as is": _as_is,
    "last question + this": _with_the_last_turn,
    "this (names and nouns of the last question)": _with_its_names,
    "rules": _ruled,
}


def measure(path: Path) -> str:
    """Both halves of the file as a table: what was made on the first half is to be judged on the second. Raises Problem."""
    rows = list(_asked(path))
    told = []
    with tempfile.TemporaryDirectory() as folder, closing(Library(Path(folder) / "library.sqlite")) as library:
        _index(path, library)
        for name, half in (("first half", rows[: len(rows) // 2]), ("second half", rows[len(rows) // 2 :])):
            told.append(_half(name, [asked for asked in half if asked.history], library))
    return "\n\n".join(told)


def _half(name: str, asked: Sequence[Asked], library: Library) -> str:
    leaning = [by_rules(a.question, a.history) for a in asked]
    searched = [(a, r.leans) for a, r in zip(asked, leaning, strict=True) if a.gold]
    lines = [
        f"{name}: {len(asked)} questions with a turn before them",
        f"  lean on it: {sum(r.leans for r in leaning)}, of which {sum(r.leans and not r.sure for r in leaning)} would go to the model; "
        f"among the {sum(a.vague for a in asked)} underspecified: {sum(r.leans for a, r in zip(asked, leaning, strict=True) if a.vague)}",
        f"  {f'recall@{DEPTH} of the contexts, words only':<46}{'all':>24}{'that lean':>24}{'that do not':>24}  words searched",
    ]
    if any(a.task in NEEDING for a in asked):
        rows = np.array([(r.leans, a.task in NEEDING) for a, r in zip(asked, leaning, strict=True)], dtype=float)
        figures = (f"{name} {_of(statistic, rows)}" for name, statistic in _AGREEMENT.items())
        lines.insert(2, f"  against marks made by hand ({int(rows[:, 1].sum())} of {len(rows)} need it): " + ", ".join(figures))
    for way, said in WAYS.items():
        found = np.array([(_recall(library, said(a), a.gold), float(leans)) for a, leans in searched]).reshape(-1, 2)
        parts = (found[:, 0], found[found[:, 1] == 1, 0], found[found[:, 1] == 0, 0])
        length = float(np.mean([len(said(a).split()) for a, _ in searched])) if searched else 0.0
        lines.append(f"  {way:<46}" + "".join(f"{_shown(part):>24}" for part in parts) + f"  {length:.1f}")
    return "\n".join(lines)


_AGREEMENT = {"precision": precision, "recall": recall, "balanced accuracy": balanced_accuracy}


def _of(statistic: Statistic, rows: Rows) -> str:
    low, high = interval(statistic, rows) or (0.0, 1.0)
    return f"{statistic(rows):.2f} [{low:.2f}, {high:.2f}]"


def _shown(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> str:
    if not len(values):
        return "– (n 0)"
    low, high = interval(mean, values.reshape(-1, 1)) or (0.0, 1.0)
    return f"{values.mean():.3f} [{low:.2f}, {high:.2f}] n {len(values)}"


def _recall(library: Library, question: str, gold: frozenset[str]) -> float:
    numbers = words.search(library.connection, " ".join(clean(question).split()), Filters(), DEPTH)
    return len(gold & {chunk.id for chunk, _ in library.chunks(numbers).values()}) / len(gold)


def _index(path: Path, library: Library) -> None:
    """Every context once, whole, as one chunk; nothing here looks at vectors."""
    texts: dict[str, str] = {}
    for line in json_lines(path):
        texts |= _contexts(line)
    if not texts:
        raise Problem(f"{path}: no line has contexts, so there is nothing to search.")
    rows = []
    for name, text in texts.items():
        article = Article(name, "", text, origin=name)
        rows.append((article, [Chunk(name, name, 0, 0, len(text), text)], np.zeros((1, 1), dtype=np.float32)))
    library.put(rows)


def _contexts(line: Line) -> dict[str, str]:
    found = line.fields.get("contexts")
    if not isinstance(found, list) or not all(isinstance(c, dict) for c in found):
        line.wrong('"contexts" must be a list of objects.')
    told = {str(c.get("document_id", "")): clean(str(c.get("text", ""))) for c in found}
    return {name: text for name, text in told.items() if name and text}


def _asked(path: Path) -> Iterable[Asked]:
    for line in json_lines(path):
        turns = line.fields.get("input")
        if not isinstance(turns, list) or not turns or not all(isinstance(t, dict) and isinstance(t.get("text"), str) for t in turns):
            line.wrong('"input" must be a list of turns, each with a "speaker" and a "text".')
        said = [(str(t.get("speaker")), " ".join(t["text"].split())) for t in turns]
        if said[-1][0] != "user":
            line.wrong("the last turn must be the user's: the question that is asked.")
        history: list[tuple[str, str]] = []
        for speaker, text in said[:-1]:
            if speaker == "user":
                history.append((text, ""))
            elif history:
                history[-1] = (history[-1][0], f"{history[-1][1]} {text}".strip())
        vague = "UNDERSPECIFIED" in (line.fields.get("answerability") or [])
        task = f"{str(line.fields.get('conversation_id'))[:6]}:{line.fields.get('turn')}"
        yield Asked(task, said[-1][1], tuple(history), frozenset(_contexts(line)), vague)
