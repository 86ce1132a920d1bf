"""The ingest measurement in pieces: what was measured stays, and another run goes on from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evals.bench import ingest
from index.fakes import WordEmbedder
from index.problem import Problem
from qa.settings import Settings


class Plain:
    """A yardstick that only counts."""

    inserted = 0

    def __init__(self, *given: Any) -> None: ...

    def insert(self, texts: list[str]) -> None:
        Plain.inserted += len(texts)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(ingest, "VectorStore", Plain)
    monkeypatch.setattr("index.embedding.TransformerEmbedder", lambda *given: WordEmbedder())
    Plain.inserted = 0
    return Settings(home=tmp_path / "home", models=tmp_path)


def test_a_run_that_was_broken_off_goes_on_where_it_was(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kept"
    add = ingest._add
    added: list[int] = []

    def add_three(library: Any, part: Path) -> None:
        add(library, part)
        added.append(library.counts()[0])
        if len(added) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(ingest, "_add", add_three)
    with pytest.raises(KeyboardInterrupt):
        ingest.measure(settings, limit=10, folder=folder)
    assert added == [2, 4, 6]
    measured = ingest.measure(settings, limit=10, folder=folder)
    assert added == [2, 4, 6, 6, 8, 10], "the third part once more, on a library without it"
    assert measured.rows[0].n == Plain.inserted
    again = ingest.measure(settings, limit=10, folder=folder)
    assert again.rows == measured.rows and len(added) == 6
    with pytest.raises(Problem, match="of other articles"):
        ingest.measure(settings, limit=11, folder=folder)
    (folder / ingest.STATE).write_text("{", "utf-8")
    with pytest.raises(Problem, match="cannot be read"):
        ingest.measure(settings, limit=10, folder=folder)
