"""The comparison with llama-index's hybrid: what is asked of whom, what is made of it, and what is said where it is not installed."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from evals.__main__ import main
from evals.bench import Measured
from evals.bench.hybrid import OURS, Way, ask, searchable, told
from evals.bench.llama_hybrid import Found
from evals.types import Case, Dataset
from index.problem import Problem
from tests.evals.made_up import FAR, MOON, NOBODY, SUN, Shelf, library, passage

HEAT = Case("heat", ("How hot is the Sun?",), {"sun": 1})


@dataclass
class TwoWays:
    """Finds the Sun, and by its other way the Moon, each always in two seconds."""

    asked: list[str] = field(default_factory=list)

    def search(self, question: str) -> dict[str, Found]:
        self.asked.append(question)
        return {"sunny": Found((SUN.id, SUN.id, MOON.id), 2.0), "dark": Found((MOON.id,), 2.0)}


def way(name: str, ndcg: list[float], seconds: float) -> Way:
    scores = [{"retrieval.ndcg@10": v, "retrieval.mrr@10": v / 2, "retrieval.hit@10": 1.0} for v in ndcg]
    return Way(name, list(scores), [seconds] * len(ndcg))


def of(measured: Measured, what: str) -> tuple[float, float | None]:
    row = next(row for row in measured.rows if row.what == what)
    return row.ours, row.yardstick


def test_both_are_asked_the_same_questions_in_turn_and_scored_by_article() -> None:
    shelf, yardstick = Shelf([passage(MOON, "The Moon is grey."), passage(SUN, "The Sun is hot.")]), TwoWays()
    ours, sunny, dark = ask(library(shelf=shelf), yardstick, [FAR, HEAT])
    assert shelf.asked == yardstick.asked == ["warm up", FAR.question, HEAT.question]
    assert [w.name for w in (ours, sunny, dark)] == [OURS, "sunny", "dark"]
    assert [s["retrieval.mrr@10"] for s in ours.scores] == [1.0, 0.5]
    assert [s["retrieval.mrr@10"] for s in sunny.scores] == [0.5, 1.0], "an article counts once, at its best passage"
    assert [s["retrieval.hit@10"] for s in dark.scores] == [1.0, 0.0]
    assert sunny.seconds == [2.0, 2.0]
    assert all(0 < s < 1 for s in ours.seconds)


def test_the_rows_are_against_the_way_that_was_named_and_the_notes_have_every_way() -> None:
    ours = way(OURS, [1.0, 0.8, 0.6, 0.8], 0.2)
    measured = told(ours, [way("fused", [0.1] * 4, 0.1), way("reranked", [0.5, 0.6, 0.4, 0.5], 0.9)], "A note.", "reranked")
    assert of(measured, "nDCG@10") == (pytest.approx(0.8), pytest.approx(0.5))
    assert of(measured, "MRR@10") == (pytest.approx(0.4), pytest.approx(0.25))
    assert of(measured, "a question, median") == (pytest.approx(200), pytest.approx(900))
    note, first, *_, against_fused, against_reranked = measured.notes
    assert note == "A note."
    assert first.startswith("article-qa: nDCG@10 0.800 (0.6") and first.endswith("200 ms, 95 % 200 ms")
    assert "nDCG@10 +0.700" in against_fused and "0.50 × as fast" in against_fused
    assert "nDCG@10 +0.300" in against_reranked and "4.50 × as fast" in against_reranked


def test_what_is_behind_is_said_to_be_behind_and_how_surely() -> None:
    measured = told(way(OURS, [0.5] * 12, 1.0), [way("theirs", [0.6] * 12, 0.5)], "", "theirs")
    line = measured.notes[-1]
    assert "nDCG@10 -0.100 (-0.100 – -0.100)" in line
    assert float(line.split("p = ")[1].split(";")[0]) < 0.01


def test_one_question_has_no_interval() -> None:
    line = told(way(OURS, [0.5], 1.0), [way("theirs", [0.5], 1.0)], "", "theirs").notes[1]
    assert line.startswith("article-qa: nDCG@10 0.500, MRR@10")


def test_only_questions_that_name_their_articles_and_stand_alone_are_asked() -> None:
    follow_up = replace(FAR, id="then", turns=("How far?", "And then?"))
    assert searchable(Dataset("d", (FAR, NOBODY, follow_up, HEAT))).cases == (FAR, HEAT)
    with pytest.raises(Problem, match="d: none of its questions names an article"):
        searchable(Dataset("d", (NOBODY,)))


@pytest.mark.parametrize("package", ["llama_index.retrievers.bm25", "llama_index.vector_stores.chroma"])
def test_a_yardstick_that_is_not_installed_is_a_problem_with_the_command(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARTICLE_QA_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, package, None)  # how Python itself notes that there is no such module
    assert main(["bench", "hybrid"]) == 1
    assert "pip install llama-index-retrievers-bm25 llama-index-vector-stores-chroma" in capsys.readouterr().err
    assert not (tmp_path / "evals").exists(), "it is said before anything is indexed"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["search", "--limit", "3"], "`bench search` has no use for --limit; it takes no such option."),
        (["hybrid", "--articles", "x.jsonl"], "`bench hybrid` has no use for --articles; it takes --dataset and --limit."),
        (["ingest", "--dataset", "beir:x"], "`bench ingest` has no use for --dataset; it takes --articles and --limit and --folder."),
    ],
)
def test_an_option_of_another_bench_is_a_problem(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *arguments]) == 1
    assert says in capsys.readouterr().err
