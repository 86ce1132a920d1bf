"""Text → vectors, through sentence-transformers."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.models import model_path, models
from index.onnx import DIMENSION, OnnxModel
from index.problem import Problem
from index.workers import workers

Vectors = npt.NDArray[np.float32]
LONGEST = 512  # tokens; the rest of a text is cut
SLICE = 32  # texts
QUERY = "Represent this sentence for searching relevant passages: "


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
    all-MiniLM on torch and better (docs/evaluation.md). With them a question needs the weights only, not
    sentence-transformers, whose import takes 6 s: the first search waits for none of that.
    """

    def __init__(self, name: str, models_folder: Path) -> None:
        self.name = name
        self._folder = model_path(name, models_folder) if name in models() else Path(name).expanduser()
        if not self._folder.is_dir():
            known = ", ".join(m.name for m in models().values() if m.kind == "embedding")
            raise Problem(f"There is no embedding model called {name!r}. Use {known}, or the path of a sentence-transformers folder.")
        self._loading = threading.Lock()
        self._onnx = OnnxModel(self._folder, LONGEST) if (self._folder / "model.onnx").exists() else None
        self.dimension = DIMENSION if self._onnx else int(self._model.get_embedding_dimension() or 0)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """As told by `Embedder`. It waits for every question, and while an answer is being written (`index.workers`)."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        # Texts of one length together, so that nothing is paid for padding, and few, so that a question waits for few.
        order = sorted(range(len(texts)), key=lambda n: -len(texts[n]))
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for first in range(0, len(order), SLICE):
            rows = order[first : first + SLICE]
            workers().wait()
            vectors[rows] = self._model.encode_document(
                [texts[n] for n in rows], batch_size=SLICE, normalize_embeddings=True, show_progress_bar=False
            )
        return vectors

    def query(self, text: str) -> Vectors:
        if self._onnx is None:
            found = self._model.encode_query([text], normalize_embeddings=True, show_progress_bar=False)
            return np.asarray(found[0], dtype=np.float32)
        first = self._onnx.run(self._onnx.encode([QUERY + text]))[0, 0]  # bge's text vector is that of its first token
        return np.asarray(first / np.linalg.norm(first), dtype=np.float32)

    @cached_property
    def _model(self) -> Any:
        with self._loading:
            if "_model" not in self.__dict__:  # another thread may have been first
                self.__dict__["_model"] = _load(self._folder, self._onnx)
            return self.__dict__["_model"]


def _load(folder: Path, onnx: OnnxModel | None) -> Any:
    # Late and here only: sentence-transformers brings torch and transformers, seconds of import.
    # Offline, so that nothing is looked up at run time whatever the folder says of itself.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    if onnx is None:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    from sentence_transformers.base.modules.normalize import Normalize
    from sentence_transformers.sentence_transformer.modules.pooling import Pooling

    from index.onnx_module import OnnxTransformer

    transformer = OnnxTransformer(onnx, LONGEST)
    modules = [transformer, Pooling(DIMENSION, "cls"), Normalize()]
    return SentenceTransformer(modules=modules, prompts={"query": QUERY, "document": ""}, device="cpu")
