"""Our search as a llama-index retriever, for those who build with that library."""

from __future__ import annotations

from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.articles import Articles
from index.types import Filters, Passage


class ArticleRetriever(BaseRetriever):
    """`ArticleRetriever(articles).retrieve("…")` gives nodes whose offsets are exact.

    `node.start_char_idx` and `node.end_char_idx` count characters of the article's text; the score is
    the passage's relevance, 0-1.
    """

    def __init__(self, articles: Articles, filters: Filters = Filters(), top_k: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._articles = articles
        self._filters = filters
        self._top_k = top_k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._articles.search(query_bundle.query_str, self._filters, self._top_k)
        return [NodeWithScore(node=as_node(passage), score=passage.relevance) for passage in found]


def as_node(passage: Passage) -> TextNode:
    """The passage as llama-index knows it, with the facts of its article as metadata."""
    facts = {"title": passage.title, "source": passage.source, "url": passage.url, "article_id": passage.chunk.article_id}
    published = {"published": passage.published.isoformat()} if passage.published else {}
    return TextNode(
        id_=passage.chunk.id,
        text=passage.chunk.text,
        start_char_idx=passage.chunk.start,
        end_char_idx=passage.chunk.end,
        metadata={k: v for k, v in facts.items() if v} | published,
    )
