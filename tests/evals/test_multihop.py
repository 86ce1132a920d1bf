from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evals import multihop
from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.problem import Problem
from index.types import Passage
from qa.settings import Settings

FACTS = {
    "https://courier.example/bridge": ("The bridge at Varn", "Courier", "The stone bridge at Varn lost its northern arch in the flood."),
    "https://orbit.example/comet": ("A comet returns", "Orbit Desk", "Comet Ellis passes the Sun every seventy-six years."),
    "https://field.example/bread": ("Sourdough", "Field & Survey", "Wild yeast makes the gas that lifts a sourdough loaf."),
}
CORPUS = [
    {"_id": url, "title": title, "source": source, "author": None, "published_at": "2023-11-05T13:35:33+00:00", "facts": [fact]}
    for url, (title, source, fact) in FACTS.items()
]
BRIDGE, COMET, BREAD = FACTS


def evidence(*urls: str) -> list[dict[str, str]]:
    return [{"url": url, "fact": FACTS[url][2], "source": FACTS[url][1], "title": FACTS[url][0]} for url in urls]


def folder(path: Path, questions: Any) -> Path:
    (path / "evidence_corpus.jsonl").write_text("\n".join(json.dumps(line) for line in CORPUS))
    (path / "ground_truth.json").write_text(json.dumps(questions))
    return path


TWO = {"query": "Who mended the bridge at Varn and who saw the comet Ellis?", "answer": "no", "evidence_list": evidence(BRIDGE, COMET)}
NONE = {"query": "Who baked it?", "answer": "Insufficient information.", "evidence_list": []}


@pytest.fixture
def opened(home: Path) -> Articles:
    return Articles(home, home, embedder=WordEmbedder(), reranker=OverlapReranker())


def test_the_share_of_the_evidence_among_the_first_passages_is_measured(tmp_path: Path, opened: Articles) -> None:
    path = folder(tmp_path, {"0": TWO, "1": NONE})

    def only(url: str) -> multihop.Search:
        def search(articles: Articles, question: str, top_k: int) -> Sequence[Passage]:
            return [p for p in articles.search(question, top_k=top_k) if p.source == FACTS[url][1]]

        return search

    searches = {"both": multihop.searched, "half": only(BRIDGE), "none": lambda *_: []}
    found = multihop.measure(path, Settings(), searches, part="all", articles=opened)
    opened.close()
    assert {name: got.at(4) for name, got in found.items()} == {"both": 1.0, "half": 0.5, "none": 0.0}
    assert (found["both"].questions, found["both"].split) == (1, 1)


def test_the_official_list_is_read_as_well(tmp_path: Path) -> None:
    dataset = multihop.read(folder(tmp_path, [TWO, NONE]))
    answerable, refused = dataset.cases
    assert answerable.question == TWO["query"] and set(answerable.articles) == {BRIDGE, COMET} and refused.refuse
    assert {a.source for a in dataset.articles} == {"Courier", "Orbit Desk", "Field & Survey"}


def test_evidence_without_questions_is_a_problem_that_says_what_to_do(tmp_path: Path) -> None:
    path = folder(tmp_path, {"7": {"answer": "no", "evidence_list": evidence(BRIDGE, COMET)}})
    with pytest.raises(Problem, match=r"question 7: its text is not there .*MultiHopRAG.json.*--made"):
        multihop.read(path)
    dataset = multihop.read(path, made=True)
    assert dataset.name == "multihop-made" and dataset.cases[0].question == multihop.read(path, made=True).cases[0].question


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ({"0": {"query": "Who?", "evidence_list": [{"url": "x"}]}}, "question 0: an .evidence_list. of objects"),
        ({"0": "Who?"}, "question 0"),
        ({"0": NONE}, "none of its questions has evidence"),
        ("nothing", "none of its questions has evidence"),
    ],
)
def test_another_file_is_a_problem_with_its_place(tmp_path: Path, questions: Any, said: str) -> None:
    with pytest.raises(Problem, match=said):
        multihop.read(folder(tmp_path, questions))


def test_an_unknown_part_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="first, second and all"):
        multihop.measure(folder(tmp_path, {"0": TWO}), Settings(), part="third")


def test_the_command_says_what_is_wrong_and_no_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert multihop.main([str(folder(tmp_path, {"0": NONE}))]) == 1
    assert "none of its questions" in capsys.readouterr().err
