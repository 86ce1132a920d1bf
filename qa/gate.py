"""Is there anything here that answers? A probability from the evidence, before a word is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.types import Passage
from qa.regression import Fit

HOPELESS = 0.14  # below this without the model, a best logit of about -5, it need not be asked


@dataclass(frozen=True, slots=True)
class Signals:
    """What the evidence shows of itself.

    `best` is the highest logit of any passage or sentence, about -11 to 10; `leaning` how far the model leans to
    "Yes, the excerpts state it", a difference of log-probabilities.
    """

    best: float
    leaning: float = 0.0


# `python -m evals fit`, on the 146 single questions of the seed cases: docs/evaluation.md. How much of the question the best passage
# covers told something until the cross-encoder read the titles.
WITHOUT_MODEL = Fit(-0.84, Signals(best=0.19))
WITH_MODEL = Fit(-1.87, Signals(best=0.06, leaning=2.35))


def answerability(passages: Sequence[Passage], leaning: float | None = None) -> float:
    """The probability, 0-1, that the passages answer the question they were found for; 0 when there are none.

    `leaning` is what the model makes of the evidence (`Llm.leaning`), when it was asked: one signal among
    others, so its word alone neither refuses nor answers.
    """
    if not passages:
        return 0.0
    found = signals(passages)
    if leaning is None:
        return WITHOUT_MODEL.probability(found)
    return WITH_MODEL.probability(replace(found, leaning=max(-6.0, min(6.0, leaning))))


def signals(passages: Sequence[Passage]) -> Signals:
    """`passages` as search returned them, at least one; `leaning` is left at nought."""
    return Signals(max(score for p in passages for score in (p.score, *(s.score for s in p.sentences))))
