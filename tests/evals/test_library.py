"""A dataset's corpus in a real library of its own: indexed once, and found again by every name it goes by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy
import pytest

from evals.library import DONE, INDEX, MADE_BY, fill, home_of, settings_for
from evals.types import Case, Dataset
from index.articles import Articles
from index.embedding import Vectors
from index.problem import Problem
from index.rerank import Scores
from index.types import Article
from qa.settings import Settings


class Letters:
    """Texts → how often each letter stands in them."""

    name, dimension = "letters", 26

    def passages(self, texts: Sequence[str]) -> Vectors:
        counts: Vectors = numpy.array(
            [[t.lower().count(c) + 0.01 for c in "abcdefghijklmnopqrstuvwxyz"] for t in texts], dtype=numpy.float32
        )
        unit: Vectors = counts / numpy.linalg.norm(counts, axis=1, keepdims=True)
        return unit

    def query(self, text: str) -> Vectors:
        found: Vectors = self.passages([text])[0]
        return found


class Shared:
    """How many words of the question a text has."""

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        wanted = set(question.lower().split())
        return numpy.array([len(wanted & set(t.lower().rstrip(".").split())) for t in texts], dtype=numpy.float32)


CORPUS = Dataset(
    "pets",
    cases=(Case("q", ("which pets purr",), {"d1": 1}, ("All cats purr.",)),),
    articles=(
        Article("", "Cats", "All cats purr. Some of them sleep.", origin="d1"),
        Article("", "Dogs", "All dogs bark. Some of them run.", origin="d2"),
        Article("", "Cats again", "All cats purr.  Some of them sleep.", origin="d3"),
    ),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, models=tmp_path / "none")


@pytest.fixture
def articles(settings: Settings) -> Iterator[Articles]:
    home = home_of(CORPUS, settings)
    home.mkdir(parents=True)
    opened = Articles(home, settings.models, embedder=Letters(), reranker=Shared())
    yield opened
    opened.close()


def test_a_corpus_is_indexed_and_found_by_its_own_names(articles: Articles, settings: Settings) -> None:
    filled = fill(articles, CORPUS, home_of(CORPUS, settings))
    (case,) = CORPUS.cases
    assert articles.counts()[0] == 2
    assert filled.names["d3"] == filled.names["d1"] != filled.names["d2"]
    assert filled.gold(case) == {filled.names["d1"]: 1}
    found = articles.search(case.question)
    assert filled.ranking(found, case)[0] == filled.names["d1"]
    ((place,),) = filled.places(case)
    assert filled.article(place.article_id).text[place.start : place.end] == "All cats purr."


def test_a_corpus_is_indexed_once(articles: Articles, settings: Settings) -> None:
    home = home_of(CORPUS, settings)
    seen: list[str] = []
    first = fill(articles, CORPUS, home, lambda what, done, total: seen.append(what))
    assert (home / DONE).exists()
    assert len(seen) == 3
    assert fill(articles, CORPUS, home, lambda what, done, total: seen.append(what)).names == first.names
    assert len(seen) == 3


def test_a_corpus_half_indexed_is_finished(articles: Articles, settings: Settings) -> None:
    articles.add_articles(CORPUS.articles[:1])
    filled = fill(articles, CORPUS, home_of(CORPUS, settings))
    assert articles.counts()[0] == 2
    assert {"d1", "d2", "d3"} <= filled.names.keys()


def test_files_go_by_name_and_stem_and_one_that_cannot_be_read_is_a_problem(articles: Articles, settings: Settings, tmp_path: Path) -> None:
    good, bad = tmp_path / "cats.txt", tmp_path / "empty.txt"
    good.write_text("All cats purr.")
    bad.write_text("")
    filled = fill(articles, Dataset("d", paths=(good,)), tmp_path / "one")
    assert filled.names["cats"] == filled.names["cats.txt"]
    with pytest.raises(Problem, match="empty"):
        fill(articles, Dataset("d", paths=(bad,)), tmp_path / "two")


def test_another_text_or_another_embedding_is_another_library(settings: Settings) -> None:
    other = Dataset("pets", articles=CORPUS.articles[:2])
    finer = settings.model_copy(update={"search": settings.search.model_copy(update={"chunk_tokens": 80})})
    slower = settings.model_copy(update={"search": settings.search.model_copy(update={"candidates": 40})})
    homes = [home_of(CORPUS, settings), home_of(other, settings), home_of(CORPUS, finer)]
    assert len(set(homes)) == 3
    assert home_of(CORPUS, slower) == homes[0]


def test_the_code_that_makes_an_index_is_where_the_fingerprint_looks_for_it() -> None:
    assert [pattern for pattern in MADE_BY if not list(INDEX.glob(pattern))] == []


def test_an_evaluation_keeps_to_itself(settings: Settings) -> None:
    served = settings.model_copy(update={"chroma_url": "http://chroma.example:8000"})
    own = settings_for(CORPUS, served)
    assert own.home.parent == settings.home / "evals"
    assert own.chroma_url == ""
    assert own.llm == settings.llm
