"""Is there anything here that answers? A probability from the evidence alone, before the model is asked."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from index.chunking import day_in_words
from index.types import Passage
from qa.facts import content, figures, names, stem

_FOCUS = re.compile(
    r"\b(?:how many|how much|which|what(?: kind of| type of| sort of)?)\s+(?:of\s+the\s+|the\s+|other\s+|more\s+)?([a-z][\w-]+(?:\s+[a-z][\w-]+)?)", re.IGNORECASE
)
_NOT_FOCUS = frozenset("is are was were do does did has have had can could will would should may might the a an be been does to of in on at for by".split())


@dataclass(frozen=True, slots=True)
class Signals:
    """What the evidence shows of itself, each in about -10..10 or 0..1."""

    sentence: float  # best sentence's logit
    passage: float  # best passage's logit
    covered: float  # share of the question's content words in the best passage and its article's facts
    near: float  # share of them in the best sentence and its neighbours
    no_focus: float  # 1 when what is asked for ("how many SOLDIERS") stands in none of the first three passages
    unknown: float  # names and figures of the question that stand in none of the first three, as a share


# Logistic regression on SQuAD 2.0 dev questions, answerable and not: docs/evaluation.md has the command.
WEIGHTS = Signals(sentence=0.17, passage=0.11, covered=1.2, near=1.2, no_focus=-0.9, unknown=-1.6)
BIAS = -1.7


def answerability(question: str, passages: Sequence[Passage]) -> float:
    """The probability, 0-1, that the passages answer the question; 0 when there are none."""
    if not passages:
        return 0.0
    found = signals(question, passages)
    total = BIAS + sum(w * s for w, s in zip(astuple(WEIGHTS), astuple(found), strict=True))
    return 1.0 / (1.0 + math.exp(-total))


def signals(question: str, passages: Sequence[Passage]) -> Signals:
    """`passages` as search returned them, best first, at least one."""
    best = max(passages, key=lambda p: max((s.score for s in p.sentences), default=-12.0))
    scored = sorted(best.sentences, key=lambda s: -s.score)
    wanted = set(content(question))
    around = " ".join(s.text for s in best.sentences if scored and abs(best.sentences.index(s) - best.sentences.index(scored[0])) <= 1)
    here = set(content(_told(best)))
    close = set(content(f"{around} {_facts(best)}"))
    first = [_told(p) for p in passages[:3]]
    everywhere = {w for text in first for w in content(text)}
    figures_there = {f for text in first for f in figures(text)}
    asked = set(names(question)) | set(figures(question))
    return Signals(
        scored[0].score if scored else -12.0,
        passages[0].score,
        len(wanted & here) / len(wanted) if wanted else 0.0,
        len(wanted & close) / len(wanted) if wanted else 0.0,
        float(bool((sought := focus(question)) and not sought & everywhere)),
        len([a for a in asked if a not in everywhere and a not in figures_there]) / len(asked) if asked else 0.0,
    )


def focus(question: str) -> set[str]:
    """Stems of the thing that is asked for: {"soldier"} of "How many soldiers were killed?"."""
    found = _FOCUS.search(question)
    if not found:
        return set()
    return {stem(w) for w in found.group(1).split() if w.casefold() not in _NOT_FOCUS}


def _told(passage: Passage) -> str:
    return f"{passage.chunk.text} {_facts(passage)}"


def _facts(passage: Passage) -> str:
    return " ".join(f for f in (passage.title, passage.source, day_in_words(passage.published)) if f)
