"""Text → vectors, through sentence-transformers."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.models import model_path, models
from index.problem import Problem

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """`name` is kept with every library: vectors of two models are never mixed."""

    name: str
    dimension: int

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, (len(texts), dimension)."""
        ...

    def query(self, text: str) -> Vectors:
        """One unit vector, (dimension,)."""
        ...


class TransformerEmbedder:
    """Any sentence-transformers model: a name of models.toml, or a folder on this machine.

    int8 ONNX weights run as a small sentence-transformers module over onnxruntime, 1.7 × faster than
    all-MiniLM on torch and better (docs/evaluation.md).
    """

    def __init__(self, name: str, models_folder: Path) -> None:
        self.name = name
        folder = model_path(name, models_folder) if name in models() else Path(name).expanduser()
        if not folder.is_dir():
            known = ", ".join(m.name for m in models().values() if m.kind == "embedding")
            raise Problem(f"There is no embedding model called {name!r}. Use {known}, or the path of a sentence-transformers folder.")
        self._model = _load(folder)
        self.dimension = int(self._model.get_embedding_dimension() or 0)

    def passages(self, texts: Sequence[str]) -> Vectors:
        # sentence-transformers sorts by length within one call, so the caller gives many at once.
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.asarray(
            self._model.encode_document(list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False),
            dtype=np.float32,
        )

    def query(self, text: str) -> Vectors:
        found = self._model.encode_query([text], normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found[0], dtype=np.float32)


def _load(folder: Path) -> Any:
    # Late and here only: sentence-transformers brings torch and transformers, seconds of import.
    # Offline, so that nothing is looked up at run time whatever the folder says of itself.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    if not (folder / "model.onnx").exists():
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    from sentence_transformers.base.modules.normalize import Normalize
    from sentence_transformers.sentence_transformer.modules.pooling import Pooling

    from index.onnx_module import OnnxTransformer

    transformer = OnnxTransformer(folder)
    prompts = {"query": "Represent this sentence for searching relevant passages: ", "document": ""}
    modules = [transformer, Pooling(transformer.get_embedding_dimension(), "cls"), Normalize()]
    return SentenceTransformer(modules=modules, prompts=prompts, device="cpu")
