"""The search with its real models, on the articles the product starts with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index.articles import Articles
from index.embedding import TransformerEmbedder
from index.problem import Problem
from index.rerank import CrossEncoder
from index.types import Chunk, Filters, Span

pytestmark = pytest.mark.weights
SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture(scope="module")
def embedder(models_folder: Path) -> TransformerEmbedder:
    return TransformerEmbedder("bge-small", models_folder)


@pytest.fixture(scope="module")
def reranker(models_folder: Path) -> CrossEncoder:
    return CrossEncoder(models_folder)


@pytest.fixture(scope="module")
def seeds(
    tmp_path_factory: pytest.TempPathFactory, models_folder: Path, embedder: TransformerEmbedder, reranker: CrossEncoder
) -> Iterator[Articles]:
    articles = Articles(tmp_path_factory.mktemp("seeds"), models_folder, embedder=embedder, reranker=reranker)
    report = articles.add([str(SEEDS)])
    assert report.added == len(list(SEEDS.glob("*.md"))) - 1
    assert not report.failed
    yield articles
    articles.close()


def test_vectors_are_of_length_one_and_alike_where_texts_are(embedder: TransformerEmbedder) -> None:
    texts = ["The vaccine protects children against malaria.", "A ship blocked the Suez Canal.", "The telescope saw distant galaxies."]
    vectors = embedder.passages(texts)
    assert vectors.shape == (3, embedder.dimension) == (3, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    for n, question in enumerate(
        ["How are children kept from getting malaria?", "What got stuck in Egypt's waterway?", "Which stars were seen?"]
    ):
        assert int(np.argmax(vectors @ embedder.query(question))) == n


def test_a_text_has_the_same_vector_in_any_company(embedder: TransformerEmbedder) -> None:
    short, long = "A ship.", "The vaccine protects children against malaria. " * 20
    alone = embedder.passages([short])[0]
    assert np.allclose(embedder.passages([long, short, long])[1], alone, atol=1e-3)
    assert embedder.passages([]).shape == (0, 384)


def test_an_unknown_model_is_named_with_those_there_are(models_folder: Path) -> None:
    with pytest.raises(Problem, match="bge-small"):
        TransformerEmbedder("no-such-model", models_folder)


def test_what_answers_stands_above_what_only_shares_its_words(reranker: CrossEncoder) -> None:
    question = "When was the bridge opened?"
    answer, other, far = reranker.scores(
        question, ["The bridge was opened in May 1932.", "The bridge is open to cars and the bridge is long.", "Yeast lifts a loaf."]
    )
    assert answer > other > far
    assert answer > 2
    assert far < -5
    assert reranker.scores(question, []).shape == (0,)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What was the number of the alarm that the computer in Eagle raised?", "1202"),
        ("By how much did DART shorten the orbit of Dimorphos?", "32 minutes"),
        ("Which vaccine was the first to be recommended against malaria?", "RTS,S"),
        ("How many deaths did the study in Puerto Rico estimate after Hurricane Maria?", "2,975"),
        ("How many newtons are one pound-force?", "4.45"),
    ],
)
def test_a_known_answer_is_in_the_first_passage(seeds: Articles, question: str, words: str) -> None:
    found = seeds.search(question)
    assert words in found[0].chunk.text
    assert found[0].relevance > 0.5


def test_every_quote_stands_in_its_article(seeds: Articles) -> None:
    for question in ("How long did the ship block the canal?", "Что?"):
        for passage in seeds.search(question, top_k=10):
            text = seeds.get(passage.chunk.article_id).text
            spans: list[Chunk | Span] = [passage.chunk, passage.best_sentence, *passage.sentences]
            for span in spans:
                assert text[span.start : span.end] == span.text


def test_a_copy_printed_by_another_outlet_is_folded_into_the_first(seeds: Articles) -> None:
    found = seeds.search("How was the Ever Given refloated?", top_k=10)
    assert any(p.copies for p in found)


def test_a_question_about_nothing_in_the_library_is_seen_to_be_so(seeds: Articles) -> None:
    assert seeds.search("Who won the 1998 chess olympiad in Elista?")[0].relevance < 0.2


def test_filters_hold_with_real_models(seeds: Articles) -> None:
    found = seeds.search("How many people died?", Filters(sources=("meridian wire",)), 20)
    assert {p.source for p in found} == {"Meridian Wire"}


def test_an_index_of_real_vectors_is_well(seeds: Articles) -> None:
    assert seeds.verify() == []
    assert {row.state for row in seeds.list()} == {"indexed"}
