"""A logistic regression that was fitted elsewhere: a bias and a weight for each signal, to be read and changed by hand."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Signals = TypeVar("Signals", bound="DataclassInstance")  # a dataclass of numbers


@dataclass(frozen=True, slots=True)
class Fit(Generic[Signals]):
    """`weights` are of the same kind as what is weighed."""

    bias: float
    weights: Signals

    def logit(self, found: Signals) -> float:
        return float(self.bias + sum(w * s for w, s in zip(astuple(self.weights), astuple(found), strict=True)))

    def probability(self, found: Signals) -> float:
        return sigmoid(self.logit(found))


def sigmoid(logit: float) -> float:
    """The probability, 0-1, of a logit."""
    return 1.0 / (1.0 + math.exp(-logit))
