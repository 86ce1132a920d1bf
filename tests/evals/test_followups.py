"""Follow-ups measured over a file of conversations, without a model of any kind."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals.followups import measure
from index.problem import Problem

BRIDGE = {"document_id": "bridge", "text": "The bridge at Varn was rebuilt in 1951."}
LAMP = {"document_id": "lamp", "text": "The lamp of the lighthouse was rebuilt twice."}
OVEN = {"document_id": "oven", "text": "Bread rises in the oven because of steam."}


def row(question: str, *before: tuple[str, str], contexts: Any = (BRIDGE,)) -> dict[str, Any]:
    turns = [{"speaker": speaker, "text": text} for pair in before for speaker, text in zip(("user", "agent"), pair, strict=True)]
    return {
        "conversation_id": "made",
        "turn": str(len(before) + 1),
        "input": [*turns, {"speaker": "user", "text": question}],
        "contexts": list(contexts),
        "answerability": ["ANSWERABLE"],
    }


def written(path: Path, *rows: Any) -> Path:
    path.write_text("\n".join(json.dumps(r) for r in rows), "utf-8")
    return path


def test_both_halves_are_told_with_what_each_way_of_searching_finds(tmp_path: Path) -> None:
    varn = ("When was the bridge at Varn opened?", "In 1932.")
    rows = [
        row("When was it rebuilt?", varn),
        row("Why does bread rise in the oven?", varn, contexts=[OVEN]),
        row("What was rebuilt twice?", contexts=[LAMP]),
        row("When was it rebuilt?", varn),
    ]
    told = measure(written(tmp_path / "turns.jsonl", *rows))
    first, second = told.split("\n\n")
    assert first.startswith("first half: 2 questions") and "lean on it: 1" in first
    assert second.startswith("second half: 1 questions")
    assert all(way in second for way in ("as is", "last question + this", "names and nouns", "rules"))
    assert "1.000" in next(line for line in second.splitlines() if line.startswith("  rules"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"input": [], "contexts": []}, '"input" must be a list of turns'),
        ({"input": [{"speaker": "agent", "text": "Hello."}], "contexts": []}, "the last turn must be the user's"),
        ({"input": [{"speaker": "user", "text": "Why?"}], "contexts": "none"}, '"contexts" must be a list'),
        ({"input": [{"speaker": "user", "text": "Why?"}], "contexts": []}, "no line has contexts"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_is_wrong(tmp_path: Path, wrong: Any, said: str) -> None:
    with pytest.raises(Problem, match=said):
        measure(written(tmp_path / "turns.jsonl", wrong))
