"""int8 ONNX weights as a sentence-transformers module, so that the rest of that library works on them.

sentence-transformers' own ONNX backend needs optimum, which holds transformers below 5 and
huggingface-hub below 1 and so breaks gradio 6 (field notes).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from sentence_transformers.base.modules.input_module import InputModule

from index.onnx import DIMENSION, OnnxModel


class OnnxTransformer(InputModule):
    """Texts → token embeddings, (texts, tokens, 384). Longer texts than 512 tokens are cut.

    What comes this way is being indexed and waits for questions, which go past it (`index.embedding`).
    """

    config_keys: list[str] = ["max_seq_length"]  # noqa: RUF012 - so it is declared there

    def __init__(self, onnx: OnnxModel, max_seq_length: int = 512) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.max_seq_length = max_seq_length
        self._onnx = onnx
        self.tokenizer = self._onnx.tokenizer

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:
        texts = self._prepend_prompt(list(inputs), prompt) if prompt else list(inputs)
        return {name: torch.from_numpy(array) for name, array in self._onnx.encode(texts).items()}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        arrays = {k: features[k].numpy() for k in ("input_ids", "attention_mask", "token_type_ids")}
        features["token_embeddings"] = torch.from_numpy(self._onnx.run(arrays, background=True))
        return features

    def get_embedding_dimension(self) -> int:
        return DIMENSION

    def save(self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        self.save_config(output_path)
        self.save_tokenizer(output_path)
