"""A question and texts → how well each answers it, by a cross-encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index.models import model_path
from index.onnx import OnnxModel

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


def relevance(logit: float) -> float:
    """The logit as a number in 0-1 for people to read; 0.5 at a logit of 0."""
    return float(1.0 / (1.0 + np.exp(-np.clip(logit, -30.0, 30.0))))
