"""A language model of a few thousand weights drawn by chance, as a GGUF file, and what it must say by the formulas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt
from tokenizers.pre_tokenizers import ByteLevel

Floats = npt.NDArray[np.float32]
LAYERS, HEADS, SHARED, SIZE, INNER = 2, 4, 2, 64, 128  # two heads of queries for each of keys and values
HEAD = SIZE // HEADS
SPECIAL = ("<|im_start|>", "<|im_end|>")
WORDS = ("Yes", "No")
TOKENS = [*sorted(ByteLevel.alphabet()), *WORDS, *SPECIAL]
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def weights(kind: str, seed: int = 0) -> dict[str, Floats]:
    """By GGUF's names. Rows are outputs, columns inputs."""
    chance = np.random.default_rng(seed)

    def drawn(*shape: int) -> Floats:
        return (chance.normal(size=shape) / np.sqrt(shape[-1])).astype(np.float32)

    found = {"token_embd.weight": drawn(len(TOKENS), SIZE) * 4, "output_norm.weight": 1 + drawn(SIZE)}
    if kind == "llama":
        found["output.weight"] = drawn(len(TOKENS), SIZE) * 4
    for n in range(LAYERS):
        block = f"blk.{n}."
        found |= {f"{block}{name}_norm.weight": 1 + drawn(SIZE) for name in ("attn", "ffn")}
        for name, rows in (("q", SIZE), ("k", SHARED * HEAD), ("v", SHARED * HEAD)):
            found[f"{block}attn_{name}.weight"] = drawn(rows, SIZE)
            if kind == "qwen2":
                found[f"{block}attn_{name}.bias"] = drawn(rows)
        found[f"{block}attn_output.weight"] = drawn(SIZE, SIZE)
        found |= {f"{block}ffn_{name}.weight": drawn(INNER, SIZE) for name in ("gate", "up")}
        found[f"{block}ffn_down.weight"] = drawn(SIZE, INNER)
    return found


def write(path: Path, kind: str = "qwen2", seed: int = 0, **other: Any) -> Path:
    """The model as a GGUF file; `other` are fields that are to be otherwise."""
    writer = gguf.GGUFWriter(path, other.get("architecture", kind))
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(SHARED)
    writer.add_embedding_length(SIZE)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(other.get("pre", "qwen2"))
    writer.add_token_list(TOKENS)
    writer.add_token_types([gguf.TokenType.CONTROL if t in SPECIAL else gguf.TokenType.NORMAL for t in TOKENS])
    writer.add_token_merges(["N o"])
    writer.add_eos_token_id(TOKENS.index("<|im_end|>"))
    writer.add_chat_template(TEMPLATE)
    for name, values in weights(kind, seed).items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def logits(kind: str, tokens: list[int], seed: int = 0) -> Floats:
    """(vocabulary,) after these tokens: root mean square norms, rotary positions, grouped attention, gated feed-forward."""
    w = weights(kind, seed)
    x = w["token_embd.weight"][tokens]
    for n in range(LAYERS):
        block = f"blk.{n}."
        h = _norm(x, w[block + "attn_norm.weight"])
        q, k, v = (h @ w[f"{block}attn_{p}.weight"].T + w.get(f"{block}attn_{p}.bias", np.float32(0)) for p in "qkv")
        q, k = (_turned(part.reshape(len(tokens), -1, HEAD), kind) for part in (q, k))
        k, v = (np.repeat(part.reshape(len(tokens), -1, HEAD), HEADS // SHARED, axis=1) for part in (k, v))
        seen = np.einsum("ihd,jhd->hij", q, k) / np.sqrt(HEAD)
        seen[:, ~np.tri(len(tokens), dtype=bool)] = -np.inf
        share = np.exp(seen - seen.max(axis=-1, keepdims=True))
        share /= share.sum(axis=-1, keepdims=True)
        x = x + np.einsum("hij,jhd->ihd", share, v).reshape(len(tokens), SIZE) @ w[block + "attn_output.weight"].T
        h = _norm(x, w[block + "ffn_norm.weight"])
        gate = h @ w[block + "ffn_gate.weight"].T
        x = x + (gate / (1 + np.exp(-gate)) * (h @ w[block + "ffn_up.weight"].T)) @ w[block + "ffn_down.weight"].T
    found: Floats = _norm(x, w["output_norm.weight"])[-1] @ w.get("output.weight", w["token_embd.weight"]).T
    return found


def _norm(x: Floats, gamma: Floats) -> Floats:
    scaled: Floats = x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-6) * gamma
    return scaled


def _turned(x: Floats, kind: str) -> Floats:
    """(tokens, heads, HEAD), each pair turned by its position; pairs are neighbours in llama, halves apart in qwen2."""
    angle = np.arange(len(x))[:, None] * 10000.0 ** (-np.arange(0, HEAD, 2) / HEAD)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    out = np.empty_like(x)
    one, two = (slice(0, None, 2), slice(1, None, 2)) if kind == "llama" else (slice(0, HEAD // 2), slice(HEAD // 2, None))
    out[..., one] = x[..., one] * cos - x[..., two] * sin
    out[..., two] = x[..., two] * cos + x[..., one] * sin
    return out
