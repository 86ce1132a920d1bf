from __future__ import annotations

import numpy as np

from index.fakes import DIMENSION, OverlapReranker, WordEmbedder, place


def test_a_vector_counts_the_words_of_a_text() -> None:
    vector = WordEmbedder().query("bridge comet comet")
    assert np.isclose(vector[place("comet")], 2 * vector[place("bridge")])
    assert np.count_nonzero(vector) == 2
    assert np.isclose(np.linalg.norm(vector), 1)


def test_a_text_without_words_has_a_direction_too() -> None:
    assert WordEmbedder().passages(["", "?!"]).shape == (2, DIMENSION)
    assert np.allclose(np.linalg.norm(WordEmbedder().passages(["", "?!"]), axis=1), 1)
    assert WordEmbedder().passages([]).shape == (0, DIMENSION)


def test_the_share_of_the_questions_words_is_the_score() -> None:
    scores = OverlapReranker().scores("Where is the old bridge?", ["An old bridge.", "A bridge.", "A comet."])
    assert scores.tolist() == [6.0, 0.0, -6.0]
