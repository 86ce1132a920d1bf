"""Our search as a llama-index retriever, for those who build with that library."""

from __future__ import annotations

import asyncio
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from index.articles import Articles
from index.types import Filters, Passage, dated


class ArticleRetriever(BaseRetriever):
    """`ArticleRetriever(articles).retrieve("…")` gives nodes whose offsets are exact.

    `node.start_char_idx` and `node.end_char_idx` count characters of the article's text; the score is
    the passage's relevance, 0-1. Raises Problem for a question that cannot be used.
    """

    def __init__(self, articles: Articles, filters: Filters = Filters(), top_k: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._articles = articles
        self._filters = filters
        self._top_k = top_k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._articles.search(query_bundle.query_str, self._filters, self._top_k)
        return [NodeWithScore(node=as_node(passage), score=passage.relevance) for passage in found]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        # llama-index's own would search within the event loop, and hold up everything else in it.
        return await asyncio.to_thread(self._retrieve, query_bundle)


def as_node(passage: Passage) -> TextNode:
    """The passage as llama-index knows it, with the facts of its article as metadata; `node.ref_doc_id` is the article's id.

    A prompt sees title, source and date in front of the text, no address and no id.
    """
    facts = {
        "title": passage.title,
        "source": passage.source,
        "published": dated(passage.published, passage.precision),
        "url": passage.url,
        "article_id": passage.chunk.article_id,
    }
    return TextNode(
        id_=passage.chunk.id,
        text=passage.chunk.text,
        start_char_idx=passage.chunk.start,
        end_char_idx=passage.chunk.end,
        metadata={name: fact for name, fact in facts.items() if fact},
        excluded_llm_metadata_keys=["url", "article_id"],
        excluded_embed_metadata_keys=["url", "article_id"],
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.chunk.article_id)},
    )
