from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle, TextNode

from index.articles import Articles
from index.fakes import OverlapReranker
from index.postprocessor import ArticleReranker
from index.problem import Problem
from index.rerank import CrossEncoder, relevance
from index.retriever import ArticleRetriever, as_node
from index.types import Filters

PAGE = Path(__file__).parents[2] / "docs" / "llama-index.md"
BLOCKS = re.findall(r"```python( set-up)?\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
QUESTION = "When was the stone bridge at Varn opened?"


def nodes(*texts: str) -> list[NodeWithScore]:
    return [NodeWithScore(node=TextNode(text=text, metadata={"title": "bridge"}), score=0.1 * n) for n, text in enumerate(texts)]


def texts(found: list[NodeWithScore]) -> list[str]:
    return [node.node.get_content(metadata_mode=MetadataMode.NONE) for node in found]


# The retriever


def test_the_retriever_gives_what_the_search_finds(articles: Articles) -> None:
    found = ArticleRetriever(articles, top_k=3).retrieve(QUESTION)
    passages = articles.search(QUESTION, top_k=3)
    assert [node.node.id_ for node in found] == [p.chunk.id for p in passages]
    assert [node.score for node in found] == [p.relevance for p in passages]


def test_a_node_stands_in_its_article_where_it_says(articles: Articles) -> None:
    for found in ArticleRetriever(articles).retrieve(QUESTION):
        node = found.node
        assert isinstance(node, TextNode) and node.ref_doc_id
        assert articles.get(node.ref_doc_id).text[node.start_char_idx : node.end_char_idx] == node.text


def test_a_prompt_sees_title_source_and_date_and_no_address(articles: Articles) -> None:
    told = ArticleRetriever(articles).retrieve(QUESTION)[0].node.get_content(metadata_mode=MetadataMode.LLM)
    assert "The bridge at Varn" in told and "Tidewater Courier" in told and "2021-03-04" in told
    assert "https://" not in told and "article_id" not in told


def test_a_date_is_told_as_exactly_as_it_is_known(articles: Articles) -> None:
    passage = replace(articles.search(QUESTION)[0], published=date(1907, 1, 1), precision="year")
    assert as_node(passage).metadata["published"] == "1907"
    assert "published" not in as_node(replace(passage, published=None)).metadata


def test_the_retriever_keeps_to_its_filters(articles: Articles) -> None:
    found = ArticleRetriever(articles, Filters(sources=("Orbit Desk",))).retrieve(QUESTION)
    assert {node.node.metadata["source"] for node in found} == {"Orbit Desk"}


def test_the_retriever_works_in_an_event_loop(articles: Articles) -> None:
    retriever = ArticleRetriever(articles)
    found = asyncio.run(retriever.aretrieve(QUESTION))
    assert texts(found) == texts(retriever.retrieve(QUESTION))


def test_a_question_that_cannot_be_used_is_a_problem(articles: Articles) -> None:
    with pytest.raises(Problem, match="empty"):
        ArticleRetriever(articles).retrieve("  ")


# The reranker


def test_the_reranker_puts_what_answers_first_and_keeps_the_best() -> None:
    given = nodes("Bakers feed the starter.", "The stone bridge at Varn was opened in May.", "A bridge at Varn.")
    found = ArticleReranker(reranker=OverlapReranker(), top_n=2).postprocess_nodes(given, query_str=QUESTION)
    assert texts(found) == ["The stone bridge at Varn was opened in May.", "A bridge at Varn."]
    assert found[0].score == pytest.approx(relevance(6.0))


def test_the_reranker_leaves_the_nodes_given_as_they_are() -> None:
    given = nodes("The stone bridge at Varn was opened.", "Bread.")
    ArticleReranker(reranker=OverlapReranker()).postprocess_nodes(given, QueryBundle(QUESTION))
    assert [node.score for node in given] == [0.0, 0.1]


def test_nodes_that_score_the_same_keep_their_order() -> None:
    found = ArticleReranker(reranker=OverlapReranker()).postprocess_nodes(nodes("bread", "salt", "rye"), query_str=QUESTION)
    assert texts(found) == ["bread", "salt", "rye"]


def test_the_reranker_without_nodes_gives_none() -> None:
    assert ArticleReranker(reranker=OverlapReranker()).postprocess_nodes([], query_str=QUESTION) == []


def test_the_reranker_says_what_is_missing() -> None:
    reranker = ArticleReranker(reranker=OverlapReranker())
    with pytest.raises(Problem, match="Pass query_str"):
        reranker.postprocess_nodes(nodes("bread"))
    with pytest.raises(Problem, match="empty"):
        reranker.postprocess_nodes(nodes("bread"), query_str=" ")
    with pytest.raises(ValueError, match="top_n"):
        ArticleReranker(reranker=OverlapReranker(), top_n=0)


def test_the_reranker_works_in_an_event_loop() -> None:
    given = nodes("bread", "The stone bridge at Varn was opened.")
    found = asyncio.run(ArticleReranker(reranker=OverlapReranker(), top_n=1).apostprocess_nodes(given, query_str=QUESTION))
    assert texts(found) == ["The stone bridge at Varn was opened."]


# The page


def run(block: str, names: dict[str, Any]) -> None:
    exec(compile(block, str(PAGE), "exec"), names)


@pytest.fixture
def told(articles: Articles) -> dict[str, Any]:
    """What the set-up blocks make, with the fakes."""
    return {"articles": articles, "cross_encoder": OverlapReranker()}


def test_every_block_of_the_page_runs(told: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    for set_up, block in BLOCKS:
        if not set_up:
            run(block, told)
    assert capsys.readouterr().out.rstrip().endswith("The bridge at Varn")
    assert sum(bool(set_up) for set_up, _ in BLOCKS) == 2 and len(BLOCKS) == 6


def test_the_library_of_the_page_opens_as_the_page_says() -> None:
    names: dict[str, Any] = {}
    run(BLOCKS[0][1], names)
    assert names["articles"].counts() == (0, 0)
    names["articles"].close()


@pytest.mark.weights
def test_the_reranker_of_the_page_puts_the_answer_first(models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_QA_MODELS", str(models_folder))
    names: dict[str, Any] = {}
    run(next(block for set_up, block in BLOCKS[1:] if set_up), names)
    assert isinstance(names["cross_encoder"], CrossEncoder)
    run(next(block for _, block in BLOCKS if "TextNode(text=" in block), names)
