"""llama-index's own hybrid search as a yardstick: BM25Retriever and Chroma, reciprocal rank fusion, a cross-encoder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.bench.yardsticks import chroma_store, minilm
from index.models import model_path
from index.onnx import OnnxModel
from index.problem import Problem
from index.types import Article

TOP = 20  # of each leg, of their fusion, and of what the cross-encoder reads: as many as ours
DONE = "complete"  # written into the folder once everything is embedded; holds the number of chunks
MISSING = (
    "The yardstick is not installed. In an environment of its own, since the PyStemmer it brings changes how ours stems, "
    "run: pip install llama-index-retrievers-bm25 llama-index-vector-stores-chroma"
)


@dataclass(frozen=True, slots=True)
class Found:
    """Article ids, best first and with repeats, and the seconds from the question to them."""

    articles: tuple[str, ...]
    seconds: float


def check_installed() -> None:
    """Raises Problem where a package of the yardstick is missing."""
    try:
        import llama_index.retrievers.bm25
        import llama_index.vector_stores.chroma  # noqa: F401
    except ImportError as error:
        raise Problem(MISSING) from error


class Hybrid:
    """SentenceSplitter, ChromaVectorStore, BM25Retriever and QueryFusionRetriever as they come but for `TOP`; all-MiniLM on torch.

    Title, source and date go in as metadata, which llama-index embeds, indexes and reranks with the text. Kept in `folder`; what
    was left half-made there is made anew. The cross-encoder is of ours' weights, int8: `SentenceTransformerRerank` wants a torch
    one, which no package registry has. It is called the way that calls its own: all texts in one padded batch, cut at 512 tokens,
    every core, by onnxruntime with its default threads and not by `index.workers`. What no user of theirs has is the second
    reranking, cut at 256 tokens as ours is: it tells what of the difference is length.
    """

    FUSED, RERANKED, SHORTER = "llama-index, fused", "llama-index, reranked", "llama-index, reranked at 256 tokens"

    def __init__(self, models: Path, folder: Path, articles: Sequence[Article]) -> None:
        check_installed()
        from llama_index.core import VectorStoreIndex
        from llama_index.core.llms import MockLLM
        from llama_index.core.retrievers import QueryFusionRetriever
        from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
        from llama_index.retrievers.bm25 import BM25Retriever

        embedding = minilm(models)
        if not (folder / DONE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            _build(folder, articles, embedding)
        self.chunks = int((folder / DONE).read_text())
        index = VectorStoreIndex.from_vector_store(chroma_store(folder / "chroma"), embed_model=embedding)
        self._fused = QueryFusionRetriever(
            [index.as_retriever(similarity_top_k=TOP), BM25Retriever.from_persist_dir(str(folder / "bm25"))],
            llm=MockLLM(),  # never asked with one query; without it llama-index looks for a key of OpenAI's
            mode=FUSION_MODES.RECIPROCAL_RANK,
            similarity_top_k=TOP,
            num_queries=1,
            use_async=False,
        )
        self._rerankers = {self.RERANKED: _one_batch(models, 512), self.SHORTER: _one_batch(models, 256)}

    def search(self, question: str) -> dict[str, Found]:
        """What each way finds; the seconds of a reranking have those of the fusion in them."""
        started = time.perf_counter()
        nodes = self._fused.retrieve(question)
        fused = time.perf_counter() - started
        found = {self.FUSED: _found(nodes, fused)}
        for name, reranker in self._rerankers.items():
            started = time.perf_counter()
            best = reranker.postprocess_nodes(nodes, query_str=question)
            found[name] = _found(best, fused + time.perf_counter() - started)
        return found


def _build(folder: Path, articles: Sequence[Article], embedding: Any) -> None:
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.retrievers.bm25 import BM25Retriever

    documents = []
    for a in articles:
        facts = {"title": a.title, "source": a.source, "published": a.published and a.published.isoformat()}
        documents.append(Document(text=a.text, id_=a.id, metadata={name: fact for name, fact in facts.items() if fact}))
    nodes = SentenceSplitter().get_nodes_from_documents(documents)
    if not nodes:
        raise Problem("There is no text to search in. Name a dataset that has articles, as in --dataset beir:PATH.")
    storage = StorageContext.from_defaults(vector_store=chroma_store(folder / "chroma"))
    VectorStoreIndex(nodes, storage_context=storage, embed_model=embedding, show_progress=True)
    BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=TOP).persist(str(folder / "bm25"))
    (folder / DONE).write_text(f"{len(nodes)}\n")


def _one_batch(models: Path, tokens: int) -> Any:
    """A llama-index postprocessor of our cross-encoder's weights, the whole batch in one call."""
    import onnxruntime
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle

    folder = model_path("reranker", models)
    onnx = OnnxModel(folder, tokens)
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    names = {i.name for i in session.get_inputs()}

    class OneBatch(BaseNodePostprocessor):
        def _postprocess_nodes(self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None) -> list[NodeWithScore]:
            if not nodes or query_bundle is None:
                return nodes
            texts = [n.node.get_content(metadata_mode=MetadataMode.EMBED) for n in nodes]
            features = onnx.encode([(query_bundle.query_str, text) for text in texts])
            logits = session.run(None, {name: value for name, value in features.items() if name in names})[0]
            scores = logits.reshape(len(nodes), -1)[:, 0].tolist()
            order = sorted(range(len(nodes)), key=lambda n: -scores[n])
            return [NodeWithScore(node=nodes[n].node, score=scores[n]) for n in order]

    return OneBatch()


def _found(nodes: Sequence[Any], seconds: float) -> Found:
    return Found(tuple(n.node.ref_doc_id for n in nodes), seconds)
