"""A question and texts → how well each answers it, by a cross-encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index.models import model_path
from index.onnx import OnnxModel

# Logits that the legs' agreement is worth beside the cross-encoder's: by itself that loses to the plain fusion where the
# questions are claims (SciFact), and wins where they are questions. Together they are ahead on both.
AGREEMENT = 5.0
Scores = npt.NDArray[np.float32]


class Reranker(Protocol):
    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        """Logits, (len(texts),): about +6 to +10 where a text answers, -3 to -11 where it does not."""
        ...


class CrossEncoder:
    """ms-marco-MiniLM-L-12-v2, int8 ONNX; a pair is cut at 256 tokens, enough for question and chunk."""

    def __init__(self, models_folder: Path) -> None:
        self._onnx = OnnxModel(model_path("reranker", models_folder), 256)

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        if not texts:
            return np.zeros(0, dtype=np.float32)
        logits = self._onnx.run(self._onnx.encode([(question, text) for text in texts]))
        return logits.reshape(len(texts), -1)[:, 0]


def relevance(logit: float, agreement: float | None = None) -> float:
    """The probability, 0-1, that a passage with this logit answers; `agreement` is what the legs of the search make of it (0-2).

    Platt's fit on 120 SQuAD and 150 SciFact questions, 20 candidates each (docs/evaluation.md); of those it gave .4 to .6, 47 % answered.
    """
    total = 0.37 * logit - 2.1 if agreement is None else 0.34 * (logit + AGREEMENT * agreement) - 4.7
    return float(1.0 / (1.0 + np.exp(-np.clip(total, -30.0, 30.0))))
