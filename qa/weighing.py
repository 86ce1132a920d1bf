"""Signals of how far a sentence is borne out, and the probability that they make together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.reading import Reading
from qa.regression import Fit, sigmoid

MOST = 3.0  # of one kind of mistake: more make nothing worse
WEAKEST = 3  # sentences of a claim, which decide on it
LONGEST = 80  # content words of a sentence whose order is looked at


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks against a sentence: all are 0 for the source's own words, and grow.

    `lost` is the share, 0-1, of its content words that the source has not, as far as that is more than half; `strange`
    grows with how many those are, one of the same meaning counting half; `reordered` is the share of neighbouring words
    that do not follow each other in the source. `figures` (dates among them), `names`, `quotes` and `turned` count what
    is wrong; `exchanged` what stands in another's place, by how much better the other fits.
    """

    lost: float = 0.0
    strange: float = 0.0
    reordered: float = 0.0
    figures: float = 0.0
    names: float = 0.0
    quotes: float = 0.0
    turned: float = 0.0
    exchanged: float = 0.0


# Fitted by `python -m evals fit --support …`, on claims made from seeds/ and on labelled ones: docs/evaluation.md.
FITTED = Fit(
    2.53, Signals(lost=-4.0, strange=-1.07, reordered=-1.85, figures=-3.72, names=-2.81, quotes=-0.5, turned=-0.9, exchanged=-1.83)
)


def probability(sentences: Sequence[Signals], fit: Fit[Signals] = FITTED) -> float:
    """That a text of these sentences is borne out: it is as good as its weakest."""
    weakest = sorted(fit.logit(signals) for signals in sentences)[:WEAKEST]
    return sigmoid(sum(weakest) / len(weakest))


def reordered(claim: Reading, nearest: Sequence[Reading]) -> float:
    """The share, 0-1, of the claim's neighbouring content words that no near sentence has one after the other."""
    words = claim.words[:LONGEST]
    together = 0
    for one, other in pairwise(words):
        together += any(_follow(reading, one, other) for reading in nearest)
    return 1.0 - together / (len(words) - 1) if len(words) > 1 else 0.0


def _follow(reading: Reading, one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether `other` stands next to `one`, or one word further."""
    after = [i for key in other for i in reading.where.get(key, ())]
    return bool(after) and any(0 < j - i <= 2 for key in one for i in reading.where.get(key, ()) for j in after)
