"""The plain ways that ours is measured against: Chroma's own `where`, llama-index's own ingestion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.library import Library
from index.models import model_path
from index.problem import Problem

Vectors = npt.NDArray[np.float32]
BATCH = 200


def filterable(library: Library, folder: Path) -> Any:
    """A Chroma collection of the library's vectors with each chunk's day as a number, for its `where`; built once."""
    chosen = _client(folder).get_or_create_collection("where", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None)
    if chosen.count() == library.counts()[1]:
        return chosen
    days = {row.id: int(row.published.strftime("%Y%m%d")) for row in library.rows() if row.published}
    for ids, vectors in library.batches(size=BATCH):
        found = library.chunks(list(library.numbers(ids).values())).values()
        day_of = {chunk.id: days[article.id] for chunk, article in found}
        chosen.upsert(ids=ids, embeddings=vectors, metadatas=[{"day": day_of[i]} for i in ids])
    return chosen


class VectorStore:
    """llama-index's VectorStoreIndex over Chroma, embedding with all-MiniLM on torch; otherwise as it comes."""

    def __init__(self, models: Path, folder: Path) -> None:
        store = chroma_store(folder)
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.schema import TextNode

        storage = StorageContext.from_defaults(vector_store=store)
        self._index = VectorStoreIndex([], storage_context=storage, embed_model=minilm(models))
        self._index.insert_nodes([TextNode(text="warm up")])

    def insert(self, texts: Sequence[str]) -> None:
        from llama_index.core.schema import TextNode

        self._index.insert_nodes([TextNode(text=text) for text in texts])


def chroma_store(folder: Path) -> Any:
    """llama-index's ChromaVectorStore over the collection kept in the folder, made where there is none.

    Raises Problem when it is not installed.
    """
    try:
        from llama_index.vector_stores.chroma import ChromaVectorStore
    except ImportError as error:
        raise Problem("The yardstick is not installed. Run: pip install llama-index-vector-stores-chroma") from error
    return ChromaVectorStore(chroma_collection=_client(folder).get_or_create_collection("plain", embedding_function=None))


def minilm(models: Path) -> Any:
    """all-MiniLM on torch as a llama-index embedding: what its HuggingFaceEmbedding does, without one more package."""
    from llama_index.core.embeddings import BaseEmbedding
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(model_path("all-minilm", models)), device="cpu", local_files_only=True)

    class Embedding(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            found: list[list[float]] = model.encode(texts, normalize_embeddings=True, show_progress_bar=False).tolist()
            return found

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    return Embedding(embed_batch_size=256)


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
