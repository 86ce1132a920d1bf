"""Our assistant as a llama-index query engine, for those who build with that library."""

from __future__ import annotations

from typing import Any

from llama_index.core.base.response.schema import Response
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.schema import NodeWithScore

from index.retriever import as_node
from qa.assistant import Assistant


class AnswerEngine(CustomQueryEngine):
    """`AnswerEngine(assistant=open_assistant(load_settings())).query("…")`.

    The response's text has `[n]` markers, its source nodes are the passages found, and
    `response.metadata` is the whole answer of contract.md: sentences, citations, support.
    """

    assistant: Any

    def custom_query(self, query_str: str) -> Response:
        assistant: Assistant = self.assistant
        answer = assistant.answer(query_str)
        nodes = [NodeWithScore(node=as_node(p), score=p.relevance) for p in answer.passages]
        return Response(answer.text, source_nodes=nodes, metadata=answer.as_json())
