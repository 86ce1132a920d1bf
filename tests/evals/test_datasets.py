"""The four kinds of dataset, and what is said of malformed ones."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from evals.datasets import load, sample, seed_cases
from evals.types import Case, Dataset
from index.problem import Problem

SEEDS = Path(__file__).parents[2] / "seeds"


def test_the_gate_takes_six_answers_and_three_refusals() -> None:
    taken = [case for case in seed_cases().cases if "gate" in case.tags]
    assert (sum(not case.refuse for case in taken), sum(case.refuse for case in taken)) == (6, 3)
    assert any(len(case.turns) > 1 for case in taken)


def beir(folder: Path, corpus: str = "", queries: str = "", qrels: str = "") -> Path:
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(corpus or '{"_id": "d1", "title": "T", "text": "Cats purr."}\n')
    (folder / "queries.jsonl").write_text(queries or '{"_id": "q1", "text": "Who purrs?"}\n{"_id": "q2", "text": "Unjudged?"}\n')
    (folder / "qrels" / "test.tsv").write_text(qrels or "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n")
    return folder


def test_a_beir_folder_gives_graded_cases_and_leaves_out_unjudged_questions(tmp_path: Path) -> None:
    found = load("beir", beir(tmp_path / "pets"))
    assert [(c.id, c.question, dict(c.articles)) for c in found.cases] == [("q1", "Who purrs?", {"d1": 2})]
    assert [(a.origin, a.title, a.text) for a in found.articles] == [("d1", "T", "Cats purr.")]


def test_a_beir_article_keeps_its_date_and_a_question_its_day_and_answers(tmp_path: Path) -> None:
    corpus = '{"_id": "d1", "title": "T", "text": "x", "metadata": {"url": "http://a/b", "publish_date": "2022/06/12"}}'
    queries = '{"_id": "q1", "text": "Which?", "answers": ["This", "That"], "date": "2022/06/16"}'
    found = load("beir", beir(tmp_path / "news", corpus, queries))
    assert (found.articles[0].published, found.articles[0].url) == (date(2022, 6, 12), "http://a/b")
    assert (found.cases[0].today, found.cases[0].answers) == (date(2022, 6, 16), (("This", "That"),))


def test_a_beir_date_that_nobody_can_read_for_sure_is_unknown(tmp_path: Path) -> None:
    corpus = '{"_id": "d1", "title": "", "text": "x", "metadata": {"date": "01/04/63"}}'
    assert load("beir", beir(tmp_path / "time", corpus)).articles[0].published is None


def test_squad_gives_paragraphs_answers_the_sentences_that_hold_them_and_refusals(tmp_path: Path) -> None:
    context = "Rollo came first. He was a Viking."
    answered = {
        "id": "1",
        "question": "What was he?",
        "answers": [{"text": "a Viking", "answer_start": 25}],
        "is_impossible": False,
    }
    impossible = {"id": "2", "question": "Who came last?", "answers": [], "is_impossible": True}
    path = tmp_path / "dev.json"
    path.write_text(json.dumps({"data": [{"title": "The_Normans", "paragraphs": [{"context": context, "qas": [answered, impossible]}]}]}))
    found = load("squad", path)
    assert [a.title for a in found.articles] == ["The Normans"]
    first, second = found.cases
    assert (dict(first.articles), first.quotes, first.answers) == (
        {"The_Normans#0": 1},
        ("He was a Viking.",),
        (("a Viking",),),
    )
    assert second.refuse and not second.answers


def test_support_gives_labelled_claims(tmp_path: Path) -> None:
    path = tmp_path / "claims.jsonl"
    path.write_text('{"claim": "Cats purr.", "context": "They do.", "supported": true}\n')
    (claim,) = load("support", path).claims
    assert (claim.id, claim.claim, claim.context, claim.supported) == ("1", "Cats purr.", "They do.", True)


def test_cases_are_about_the_folder_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "cats.txt").write_text("Cats purr.")
    path = tmp_path / "our.jsonl"
    path.write_text('{"id": "c", "turns": ["Who purrs?"], "articles": ["cats"], "answers": [["cats"]]}\n\n')
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "cats.txt").write_text("Cats purr.")
    found = load("cases", path, folder)
    assert [p.name for p in found.paths] == ["cats.txt"]
    assert found.cases[0].answers == (("cats",),)


CASE = '{"id": "c", "turns": ["Who?"], "articles": ["apollo-11-words"], "answers": [["x"]]}'


@pytest.mark.parametrize(
    ("kind", "lines", "says"),
    [
        pytest.param("cases", [CASE, "{oops"], "line 2: this is not JSON", id="not JSON"),
        pytest.param("cases", [CASE, "", "[1]"], "line 3: a JSON object", id="not an object"),
        pytest.param("cases", ['{"turns": ["a"], "refuse": true}'], 'line 1: "id" must be a text', id="no id"),
        pytest.param("cases", [CASE, CASE], 'line 2: the id "c" is there already', id="the same id twice"),
        pytest.param("cases", ['{"id": "c", "turns": [], "refuse": true}'], '"turns" needs at least one', id="no turns"),
        pytest.param("cases", ['{"id": "c", "turns": "Who?", "refuse": true}'], '"turns" must be a list', id="turns is a text"),
        pytest.param(
            "cases",
            ['{"id": "c", "turns": ["a"], "refuse": "yes"}'],
            '"refuse" must be true or false',
            id="refuse is a text",
        ),
        pytest.param(
            "cases",
            ['{"id": "c", "turns": ["a"], "answers": ["x"]}'],
            '"answers" must be a list of lists',
            id="answers are not groups",
        ),
        pytest.param("cases", ['{"id": "c", "turns": ["a"]}'], 'needs "articles" or "answers"', id="nothing to score"),
        pytest.param(
            "cases",
            ['{"id": "c", "turns": ["a"], "refuse": true, "quotes": ["q"]}'],
            "no quotes",
            id="a refusal with quotes",
        ),
        pytest.param(
            "cases",
            ['{"id": "c", "turns": ["a"], "articles": ["nowhere"]}'],
            'no article "nowhere"',
            id="a missing article",
        ),
        pytest.param(
            "cases",
            ['{"id": "c", "turns": ["a"], "refuse": true, "anwsers": []}'],
            'no field "anwsers"',
            id="a misspelt field",
        ),
        pytest.param("cases", ['{"id": "c", "turns": ["a"], "refuse": true, "today": "May"}'], '"today" must be a day', id="no day"),
        pytest.param("cases", [""], "there are no cases", id="empty"),
        pytest.param(
            "support",
            ['{"claim": "a", "context": "b", "supported": 1}'],
            'line 1: "supported" must be true or false',
            id="a label of 1",
        ),
        pytest.param(
            "support",
            ['{"claim": "", "context": "b", "supported": true}'],
            '"claim" must be a text',
            id="an empty claim",
        ),
        pytest.param("squad", ["{", '"data": [,'], "line 2: this is not JSON", id="SQuAD that is not JSON"),
        pytest.param(
            "squad",
            ['{"data": [{"title": "T", "paragraphs": [{"qas": []}]}]}'],
            "'context'",
            id="SQuAD without context",
        ),
        pytest.param("squad", ['{"claim": 1}'], "not SQuAD JSON", id="another kind of JSON"),
    ],
)
def test_a_malformed_file_is_a_problem_that_names_it(tmp_path: Path, kind: str, lines: list[str], says: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text("\n".join(lines))
    with pytest.raises(Problem) as caught:
        load(kind, path, SEEDS)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        pytest.param({"corpus": '{"title": "T"}'}, 'corpus.jsonl, line 1: "_id"', id="an article without id"),
        pytest.param({"queries": '{"_id": "q1"}'}, 'queries.jsonl, line 1: "text"', id="a question without text"),
        pytest.param({"qrels": "query-id\tcorpus-id\tscore\nq1\td1\n"}, "test.tsv, line 2:", id="two columns"),
        pytest.param({"qrels": "q1\td1\t1\nq1\td1\thigh\n"}, "test.tsv, line 2:", id="a grade that is no number"),
        pytest.param({"qrels": "q9\td1\t1\n"}, "none of the questions has a judgement", id="judgements of other questions"),
    ],
)
def test_a_malformed_beir_folder_is_a_problem_that_names_the_file(tmp_path: Path, parts: dict[str, str], says: str) -> None:
    with pytest.raises(Problem, match=says.replace(".", r"\.")):
        load("beir", beir(tmp_path / "b", **parts))


def test_a_path_of_the_wrong_kind_or_none_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no such file"):
        load("squad", tmp_path / "none.json")
    with pytest.raises(Problem, match="a squad dataset is a file"):
        load("squad", tmp_path)
    (tmp_path / "f").write_text("")
    with pytest.raises(Problem, match="a beir dataset is a folder"):
        load("beir", tmp_path / "f")


def test_a_file_that_is_not_utf8_is_a_problem_that_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes(b'{"claim": "a"}\n{"claim": "caf\xe9"}\n')
    with pytest.raises(Problem, match="line 2: this is not UTF-8"):
        load("support", path)


def test_a_sample_is_drawn_by_its_seed_in_order_and_keeps_the_corpus() -> None:
    whole = Dataset("d", cases=tuple(Case(str(i), ("?",)) for i in range(50)), paths=(SEEDS,))
    drawn = sample(whole, 10, seed=3)
    numbers = [int(case.id) for case in drawn.cases]
    assert len(numbers) == 10
    assert numbers == sorted(numbers)
    assert sample(whole, 10, seed=3).cases == drawn.cases != sample(whole, 10, seed=4).cases
    assert drawn.paths == whole.paths
    assert sample(whole, 99).cases == whole.cases
