"""A run killed at half: the same command goes on where it was, and asks nobody twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evals.run import read
from qa.scripted import ScriptedServer

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.weights
TOWNS = ("Arden", "Borley", "Calder", "Denholm", "Elmton", "Farrow", "Garth", "Hexley")


def command(out: Path, cases: Path, articles: Path) -> list[str]:
    return [
        sys.executable, "-m", "evals", "run", "--dataset", f"cases:{cases}", "--articles", str(articles),
        "--out", str(out), "--parallel", "1",
    ]  # fmt: skip


def finished(answers: Path) -> int:
    """Cases that are done with: for each, an answer is kept, and then a ranking."""
    return sum('"seconds"' in file.read_text() for file in answers.rglob("*.json"))


def test_a_run_killed_at_half_goes_on_where_it_was(tmp_path: Path) -> None:
    articles, cases, out = tmp_path / "articles", tmp_path / "cases.jsonl", tmp_path / "run.json"
    articles.mkdir()
    rows = []
    for year, town in enumerate(TOWNS, 1901):
        said = f"The stone bridge at {town} was opened in May {year}."
        (articles / f"{town.lower()}.md").write_text(f"# The bridge at {town}\n\n{said} It carries the road across the river.\n")
        question = f"When was the stone bridge at {town} opened?"
        rows.append({"id": town, "turns": [question], "articles": [town.lower()], "quotes": [said], "answers": [[str(year)]]})
    cases.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def bridge(messages: list[dict[str, str]]) -> list[str]:
        asked = [t for t in TOWNS if f"bridge at {t} opened?" in messages[-1]["content"]]
        return [f"The stone bridge at {t} was opened in May {1901 + TOWNS.index(t)}." for t in asked] or ["Hello."]  # to warm up

    with ScriptedServer(bridge, leaning=3.0, pause=0.3) as server:
        environment = {
            **os.environ, "ARTICLE_QA_HOME": str(tmp_path / "home"), "ARTICLE_QA_LLM__PROVIDER": "openai",
            "ARTICLE_QA_LLM__MODEL": "scripted", "ARTICLE_QA_LLM__BASE_URL": server.base_url,
        }  # fmt: skip
        answers = tmp_path / "home" / "evals" / "answers"
        first = subprocess.Popen(command(out, cases, articles), cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        while finished(answers) < 3 and first.poll() is None:
            time.sleep(0.02)
        first.send_signal(signal.SIGKILL)
        first.wait()
        known = finished(answers)
        assert 3 <= known < len(TOWNS)
        assert not out.exists()
        again = subprocess.run(command(out, cases, articles), cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    run = read(out)
    assert sum(bool(r.answer.get("cached")) for r in run.records) == run.about["cached"] == known
    assert [(r.id, r.error) for r in run.records] == [(town, None) for town in TOWNS]
    assert run.metrics["answer.correct"].value == 1.0
    assert run.metrics["citation.quote_exact"].value == 1.0
