"""A language model's GGUF file made into what CTranslate2 reads: int8 weights, vocabulary, tokenizer, chat template.

CTranslate2 reads a prompt four to six times as fast as llama.cpp's wheel where the processor has AVX-512, 1.7 times where it has
only AVX2 (docs/performance.md), and reading the prompt is what one waits for. It reads no GGUF; so the file that comes is
converted once, beside itself.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.problem import Problem

FORMAT = 1  # raised when the same file is to be converted otherwise
MADE = "made.json"
TOKENIZER = "tokenizer.json"
TEMPLATE = "chat.json"
ROWS = 4096  # made into int8 together
Floats = npt.NDArray[np.float32]

# How text is cut before byte pairs are joined, by `tokenizer.ggml.pre`; the wording is the tokenizers' own, as their
# tokenizer.json has it.
_QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CUTS: dict[str, tuple[str, ...]] = {"qwen2": (_QWEN,), "smollm": (r"\p{N}", _GPT2)}
ARCHITECTURES = ("qwen2", "llama")


def converted(model: Path) -> Path:
    """The folder of `model`, a GGUF file, as CTranslate2 reads it; made beside it where it is not there yet.

    Making takes 1.4 times the file's size on the disk and under a minute, one weight at a time, so little memory. Killed anywhere, it
    is made anew. Raises Problem for a file of another architecture, a damaged one, and a folder that cannot take it.
    """
    state = model.stat()
    stamp = [FORMAT, model.name, state.st_size, state.st_mtime_ns]
    folder = model.with_name("int8")
    if _made(folder) == stamp:
        return folder
    try:
        aside = Path(tempfile.mkdtemp(prefix="int8-", dir=model.parent))
    except OSError as error:
        raise Problem(f"{model.name} cannot be prepared in {model.parent}: {error.strerror or error}.") from error
    try:
        _convert(model, aside)
        (aside / MADE).write_text(json.dumps(stamp), "utf-8")
        if _made(folder) != stamp:  # another process may have been quicker; its files may be in use, so they stay
            shutil.rmtree(folder, ignore_errors=True)
            aside.rename(folder)
    except OSError as error:
        raise Problem(
            f"{model.name} cannot be prepared in {model.parent}: {error.strerror or error}. It takes about 1.6 GB there."
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _made(folder: Path) -> object:
    try:
        return json.loads((folder / MADE).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _convert(model: Path, folder: Path) -> None:
    import gguf
    from ctranslate2.specs import TransformerDecoderModelSpec, common_spec

    try:
        file = gguf.GGUFReader(model)
        fields: dict[str, Any] = {name: field.contents() for name, field in file.fields.items()}
    except (ValueError, OSError, IndexError, KeyError) as error:
        raise Problem(f"{model.name} is no GGUF file that can be read ({error}). Run: article-qa models pull") from error
    kind = fields.get("general.architecture")
    if kind not in ARCHITECTURES:
        raise Problem(f"{model.name} is of the architecture {kind}; the embedded model may be {' or '.join(ARCHITECTURES)}.")
    weights = _Weights(file.tensors)
    spec = TransformerDecoderModelSpec.from_config(
        fields[f"{kind}.block_count"],
        fields[f"{kind}.attention.head_count"],
        activation=common_spec.Activation.SWISH,
        pre_norm=True,
        ffn_glu=True,
        rms_norm=True,
        rotary_dim=0,
        rotary_interleave=kind == "llama",  # GGUF's llama keeps its rotary halves interleaved, qwen2 does not
        rotary_base=float(fields.get(f"{kind}.rope.freq_base", 10000.0)),
        num_heads_kv=fields[f"{kind}.attention.head_count_kv"],
    )
    _fill(spec.decoder, weights)
    tokens = list(fields["tokenizer.ggml.tokens"])
    spec.register_vocabulary(tokens + [f"<unused {n}>" for n in range(spec.decoder.embeddings.weight.shape[0] - len(tokens))])
    end = tokens[fields["tokenizer.ggml.eos_token_id"]]
    spec.config.bos_token = spec.config.unk_token = tokens[fields.get("tokenizer.ggml.bos_token_id", fields["tokenizer.ggml.eos_token_id"])]
    spec.config.eos_token = end
    spec.config.layer_norm_epsilon = float(fields[f"{kind}.attention.layer_norm_rms_epsilon"])
    spec.validate()
    spec.optimize()
    spec.save(str(folder))
    special = _tokenizer(fields, folder / TOKENIZER)
    told = {"template": fields["tokenizer.chat_template"], "end": end, "special": special}
    (folder / TEMPLATE).write_text(json.dumps(told, ensure_ascii=False), "utf-8")


class _Weights:
    """The tensors of a GGUF file by name, a part of each at a time, for whole ones take gigabytes as floats."""

    def __init__(self, tensors: Iterable[Any]) -> None:
        self._tensors = {tensor.name: tensor for tensor in tensors}

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def floats(self, name: str, rows: slice = slice(None)) -> Floats:
        """As float32, of a matrix the given rows."""
        import gguf

        tensor = self._tensors[name]
        return np.ascontiguousarray(gguf.dequantize(tensor.data[rows], tensor.tensor_type), dtype=np.float32)

    def put(self, linear: Any, *names: str) -> None:
        """The matrices one below the other into `linear`, as int8 with one scale a row."""
        values, scales = [], []
        for name in names:
            for start in range(0, len(self._tensors[name].data), ROWS):
                rows = self.floats(name, slice(start, start + ROWS))
                scale = 127.0 / np.maximum(np.abs(rows).max(axis=1), 1e-8)
                values.append(np.rint(rows * scale[:, None]).astype(np.int8))
                scales.append(scale.astype(np.float32))
        linear.weight, linear.weight_scale = np.concatenate(values), np.concatenate(scales)


def _fill(decoder: Any, weights: _Weights) -> None:
    tied = "output.weight" not in weights
    weights.put(decoder.projection, "token_embd.weight" if tied else "output.weight")
    if tied or _same(*(weights.floats(name, slice(ROWS)) for name in ("token_embd.weight", "output.weight"))):
        # One matrix, kept twice at different precisions: the finer one serves both, and 230 MB less are held.
        decoder.embeddings.weight, decoder.embeddings.weight_scale = decoder.projection.weight, decoder.projection.weight_scale
    else:
        weights.put(decoder.embeddings, "token_embd.weight")
    decoder.scale_embeddings = False
    decoder.layer_norm.gamma = weights.floats("output_norm.weight")
    for n, layer in enumerate(decoder.layer):
        block = f"blk.{n}."
        attention, ffn = layer.self_attention, layer.ffn
        attention.layer_norm.gamma = weights.floats(block + "attn_norm.weight")
        ffn.layer_norm.gamma = weights.floats(block + "ffn_norm.weight")
        weights.put(attention.linear[0], *(f"{block}attn_{part}.weight" for part in "qkv"))
        if block + "attn_q.bias" in weights:
            attention.linear[0].bias = np.concatenate([weights.floats(f"{block}attn_{part}.bias") for part in "qkv"])
        weights.put(attention.linear[1], block + "attn_output.weight")
        weights.put(ffn.linear_0, block + "ffn_gate.weight")
        weights.put(ffn.linear_0_noact, block + "ffn_up.weight")
        weights.put(ffn.linear_1, block + "ffn_down.weight")


def _same(one: Floats, other: Floats) -> bool:
    return one.shape == other.shape and float(np.abs(one - other).mean()) < 0.2 * float(np.abs(other).mean())


def _tokenizer(fields: dict[str, Any], path: Path) -> list[str]:
    """Writes the tokenizer; the special tokens, which no text may contain as such."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

    kind = fields.get("tokenizer.ggml.pre")
    if fields.get("tokenizer.ggml.model") != "gpt2" or kind not in CUTS:
        raise Problem(f"The tokenizer {kind} is not known here; the embedded model may have {' or '.join(CUTS)}.")
    tokens = fields["tokenizer.ggml.tokens"]
    pairs = [tuple(pair.split(" ")) for pair in fields["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE(vocab={token: n for n, token in enumerate(tokens)}, merges=pairs))
    cuts = [pre_tokenizers.Split(Regex(cut), "isolated") for cut in CUTS[kind]]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*cuts, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    special = [token for token, how in zip(tokens, fields["tokenizer.ggml.token_type"], strict=True) if how in (3, 4)]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    tokenizer.save(str(path))
    return special
