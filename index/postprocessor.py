"""Our cross-encoder as a llama-index postprocessor, for those who build with that library."""

from __future__ import annotations

from typing import Any

from llama_index.core.bridge.pydantic import Field
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle

from index.problem import Problem
from index.rerank import Reranker, relevance
from index.search import checked_question


class ArticleReranker(BaseNodePostprocessor):
    """`ArticleReranker(reranker=CrossEncoder(models), top_n=6).postprocess_nodes(nodes, query_str="…")`: the nodes of any
    retriever, best first, at most `top_n`; each one's score becomes its relevance, 0-1.

    The nodes given are left as they are. Raises Problem without a question, or for one that cannot be used.
    """

    reranker: Any = Field(exclude=True, description="anything with `scores(question, texts)`, as index.rerank.CrossEncoder")
    top_n: int = Field(default=6, ge=1, description="nodes kept")

    @classmethod
    def class_name(cls) -> str:
        return "ArticleReranker"

    def _postprocess_nodes(self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None) -> list[NodeWithScore]:
        if query_bundle is None:
            raise Problem("There is no question to rerank by. Pass query_str or query_bundle to postprocess_nodes.")
        if not nodes:
            return []
        reranker: Reranker = self.reranker
        texts = [node.node.get_content(metadata_mode=MetadataMode.NONE) for node in nodes]
        scores = reranker.scores(checked_question(query_bundle.query_str), texts).tolist()
        order = sorted(range(len(nodes)), key=lambda n: (-scores[n], n))
        return [NodeWithScore(node=nodes[n].node, score=relevance(scores[n])) for n in order[: self.top_n]]
