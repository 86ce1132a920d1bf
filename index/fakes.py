"""Stand-ins for the two models that can be checked by eye: no weights, the same result everywhere, microseconds.

They see words and nothing else: `WordEmbedder` counts them, `OverlapReranker` compares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import numpy.typing as npt

from index.words import match_terms, terms

Vectors = npt.NDArray[np.float32]
DIMENSION = 64


def place(word: str) -> int:
    """Which of the 64 numbers of a vector a word counts in; two words in 64 share one."""
    return crc32(word.encode("utf-8", "replace")) % DIMENSION


class WordEmbedder:
    """A bag of words: number `place(word)` of a text's vector grows by one for each time the word stands in it."""

    name = "words"
    dimension = DIMENSION

    def passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in terms(text):
                vector[place(word)] += 1
            if not vector.any():
                vector[0] = 1  # a text without words points somewhere too
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)

    def query(self, text: str) -> Vectors:
        return np.asarray(self.passages([text])[0], dtype=np.float32)


class OverlapReranker:
    """-6 where a text holds none of the question's words that say something, +6 where it holds all of them."""

    def scores(self, question: str, texts: Sequence[str]) -> Vectors:
        asked = set(match_terms(question))
        shares = [len(asked.intersection(terms(text))) / max(1, len(asked)) for text in texts]
        return np.array([12 * share - 6 for share in shares], dtype=np.float32)
