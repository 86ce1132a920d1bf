"""int8 ONNX weights as plain functions of token ids: what the embedder and the reranker stand on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.problem import Problem
from index.workers import workers

DIMENSION = 384  # of each token's vector, in every model that comes along


class OnnxModel:
    """A tokenizer and an onnxruntime session from one folder (`model.onnx`, `tokenizer.json`).

    Safe to call from several threads. Raises Problem when the weights cannot be loaded.
    """

    def __init__(self, folder: Path, max_tokens: int) -> None:
        # Late: onnxruntime and tokenizers together cost 0.2 s, and `list` or `--help` need neither.
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        # One thread a text and the texts side by side: 0.35 s for 20 pairs of 134 tokens where two threads
        # on a shared batch took 0.48 to 1.1, and nothing is paid for padding (docs/performance.md).
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, ["CPUExecutionProvider"])
            self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # onnxruntime and tokenizers raise bare Exceptions of their own
            raise Problem(f"The model in {folder} cannot be loaded ({error}). Run: article-qa models pull") from error
        self.tokenizer.enable_truncation(max_tokens, strategy="longest_first")
        self.tokenizer.enable_padding()
        self._inputs = {i.name for i in self.session.get_inputs()}

    def encode(self, texts: list[str] | list[tuple[str, str]]) -> dict[str, npt.NDArray[np.int64]]:
        """Token ids, padded to the longest: each array is (len(texts), tokens)."""
        encoded = self.tokenizer.encode_batch(texts)
        return {
            "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
            "attention_mask": np.array([e.attention_mask for e in encoded], dtype=np.int64),
            "token_type_ids": np.array([e.type_ids for e in encoded], dtype=np.int64),
        }

    def run(self, features: dict[str, Any], *, background: bool = False) -> npt.NDArray[np.float32]:
        """The first output of the network for what `encode` returned, row by row; the rest of a row is nought.

        In the background it waits for every question, and while an answer is written (`index.workers`).
        """
        lengths = features["attention_mask"].sum(axis=1)

        def one(row: int) -> npt.NDArray[np.float32]:
            inputs = {name: features[name][row : row + 1, : lengths[row]] for name in self._inputs}
            return np.asarray(self.session.run(None, inputs)[0][0], dtype=np.float32)

        # The longest first, so that no core is left with a long one at the end.
        order = np.argsort(-lengths, kind="stable")
        rows = dict(zip(order.tolist(), workers().map(one, order.tolist(), background=background), strict=True))
        output: npt.NDArray[np.float32] = np.zeros((len(rows), *rows[int(order[0])].shape), dtype=np.float32)
        for row, values in rows.items():
            output[row, : len(values)] = values
        return output
