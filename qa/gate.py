"""Is there anything here that answers? A probability from the evidence, before a word is written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

from index.chunking import day_in_words
from index.types import Passage
from qa.facts import content

HOPELESS = 0.1  # below this without the model, it need not be asked


@dataclass(frozen=True, slots=True)
class Signals:
    """What the evidence shows of itself.

    `best` is the highest logit of any passage or sentence, about -11 to 10; `covered` the share, 0-1, of the
    question's content words in the best passage and its article's facts; `leaning` how far the model leans to
    "Yes, the excerpts state it", a difference of log-probabilities.
    """

    best: float
    covered: float
    leaning: float = 0.0


@dataclass(frozen=True, slots=True)
class Fit:
    """A logistic regression on the signals."""

    bias: float
    weights: Signals

    def probability(self, found: Signals) -> float:
        total = self.bias + sum(w * s for w, s in zip(astuple(self.weights), astuple(found), strict=True))
        return 1.0 / (1.0 + math.exp(-total))


# Fitted on the seed cases alone, answerable and near-miss, both kinds weighing the same: docs/evaluation.md has
# the command and what it gives on articles it has not seen.
WITHOUT_MODEL = Fit(-3.44, Signals(best=0.49, covered=1.03))
WITH_MODEL = Fit(-4.17, Signals(best=0.48, covered=0.2, leaning=2.1))


def answerability(question: str, passages: Sequence[Passage], leaning: float | None = None) -> float:
    """The probability, 0-1, that the passages answer the question; 0 when there are none.

    `leaning` is what the model makes of the evidence (`Llm.leaning`), when it was asked: one signal among
    others, so its word alone neither refuses nor answers.
    """
    if not passages:
        return 0.0
    found = signals(question, passages)
    if leaning is None:
        return WITHOUT_MODEL.probability(found)
    return WITH_MODEL.probability(replace(found, leaning=max(-6.0, min(6.0, leaning))))


def signals(question: str, passages: Sequence[Passage]) -> Signals:
    """`passages` as search returned them, at least one; `leaning` is left at nought."""

    def best_sentence(passage: Passage) -> float:
        return max((s.score for s in passage.sentences), default=-12.0)

    best = max(passages, key=best_sentence)
    told = {*content(best.chunk.text), *content(f"{best.title} {best.source or ''} {day_in_words(best.published)}")}
    wanted = set(content(question))
    covered = len(wanted & told) / len(wanted) if wanted else 0.0
    return Signals(max(best_sentence(best), max(p.score for p in passages)), covered)
