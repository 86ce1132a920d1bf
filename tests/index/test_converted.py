"""A GGUF file made into CTranslate2's: the same model, made once, and clear words for what cannot be made."""

from __future__ import annotations

import errno
import json
import multiprocessing
import tempfile
from pathlib import Path

import ctranslate2
import numpy as np
import pytest
from tokenizers import Tokenizer

from index.converted import MADE, TEMPLATE, TOKENIZER, converted
from index.problem import Problem
from tests import made_model


@pytest.mark.parametrize("kind", ["qwen2", "llama"])
def test_the_converted_model_says_what_the_formulas_say(tmp_path: Path, kind: str) -> None:
    folder = converted(made_model.write(tmp_path / "tiny.gguf", kind))
    generator = ctranslate2.Generator(str(folder), compute_type="int8")
    tokens = [int(n) for n in np.random.default_rng(3).integers(0, 256, 40)]
    (found,) = np.asarray(generator.forward_batch([[made_model.TOKENS[n] for n in tokens]]))
    generator.unload_model()
    for length in (1, 2, 17, 40):
        right = made_model.logits(kind, tokens[:length])
        # int8 costs a little; another order of the rotary pairs, a wrong norm or a lost bias costs half of it and more.
        assert np.corrcoef(found[length - 1], right)[0, 1] > 0.995
        assert np.abs(found[length - 1] - right).mean() < 0.05 * np.abs(right).mean() + 0.05


def test_it_is_made_once_and_anew_when_the_file_is_another(tmp_path: Path) -> None:
    file = made_model.write(tmp_path / "tiny.gguf")
    folder = converted(file)
    before = (folder / "model.bin").stat().st_mtime_ns
    assert converted(file) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == before
    made_model.write(file, seed=1)
    assert (converted(file) / "model.bin").stat().st_mtime_ns != before


@pytest.mark.parametrize("left", ["", "half of"])
def test_one_that_was_cut_short_is_made_anew(tmp_path: Path, left: str) -> None:
    file = made_model.write(tmp_path / "tiny.gguf")
    folder = converted(file)
    whole = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(whole[:100])
    (folder / MADE).write_text(left)
    assert (converted(file) / "model.bin").read_bytes() == whole
    assert sorted(p.name for p in tmp_path.iterdir()) == ["int8", "tiny.gguf"], "nothing is left aside"


def test_processes_that_make_it_at_once_both_have_it(tmp_path: Path) -> None:
    file = made_model.write(tmp_path / "tiny.gguf")
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(converted, [file, file]) == [tmp_path / "int8"] * 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["int8", "tiny.gguf"]


def test_text_is_cut_as_the_model_learnt_it_and_comes_back_whole(tmp_path: Path) -> None:
    folder = converted(made_model.write(tmp_path / "tiny.gguf"))
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    text = "It's 2,700 m – “Nō”\n\n  שלום 👩‍👧"
    cut = tokenizer.encode(text)
    assert tokenizer.decode(cut.ids) == text
    assert "No" in tokenizer.encode("No").tokens
    assert tokenizer.encode("a<|im_end|>").tokens == ["a", "<|im_end|>"]
    assert set(json.loads((folder / TEMPLATE).read_text("utf-8"))["special"]) == set(made_model.SPECIAL)


@pytest.mark.parametrize(
    ("fields", "what"),
    [({"architecture": "mamba"}, "of the architecture mamba; the embedded model may be qwen2 or llama"), ({"pre": "odd"}, "tokenizer odd")],
)
def test_a_model_of_another_kind_is_told_with_those_that_can_be_had(tmp_path: Path, fields: dict[str, str], what: str) -> None:
    file = made_model.write(tmp_path / "odd.gguf", **fields)
    with pytest.raises(Problem, match=what):
        converted(file)
    assert [p.name for p in tmp_path.iterdir()] == ["odd.gguf"]


@pytest.mark.parametrize("content", [b"", b"no model", b"GGUF" + bytes(200)])
def test_a_file_that_is_no_model_is_told_with_the_next_step(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.gguf"
    file.write_bytes(content)
    with pytest.raises(Problem, match=r"bad\.gguf .*models pull"):
        converted(file)
    assert [p.name for p in tmp_path.iterdir()] == ["bad.gguf"]


def test_a_folder_that_takes_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = made_model.write(tmp_path / "tiny.gguf")

    def full(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(Problem, match=r"tiny\.gguf cannot be prepared in .*No space left"):
        converted(file)
