"""llama-index's labelled datasets, in the very bytes that `LabelledRagDataset.save_json` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals.labelled import read
from evals.library import fill
from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.problem import Problem

# Written by the `save_json` of llama-index-core 0.13.6; the version that is installed has the classes no more.
SAVED = """{
    "examples": [
        {
            "query": "When was the stone bridge at Varn opened?",
            "query_by": {
                "model_name": "gpt-4",
                "type": "ai"
            },
            "reference_contexts": [
                "The road to Harrow was closed in May 1932. The stone bridge at Varn was opened in May 1932."
            ],
            "reference_answer": "May 1932",
            "reference_answer_by": {
                "model_name": "",
                "type": "human"
            }
        },
        {
            "query": "Q?",
            "query_by": null,
            "reference_contexts": null,
            "reference_answer": "",
            "reference_answer_by": null
        }
    ]
}"""
VARN = "The stone bridge at Varn was opened in May 1932. A flood took its northern arch in 1951."
ELLIS = "Comet Ellis passes the Sun every 76 years."


def example(query: str = "When?", contexts: Any = (VARN,), answer: Any = "May 1932", **more: Any) -> dict[str, Any]:
    by = {"model_name": "", "type": "human"}
    told = {"query": query, "query_by": by, "reference_contexts": contexts, "reference_answer": answer, "reference_answer_by": by}
    return told | more


def saved(folder: Path, *examples: Any) -> Path:
    path = folder / "rag_dataset.json"
    path.write_text(json.dumps({"examples": list(examples)}, indent=4))
    return path


def test_a_saved_dataset_gives_contexts_as_articles_and_the_sentence_that_holds_the_answer_as_gold(tmp_path: Path) -> None:
    path = tmp_path / "bridges.json"
    path.write_text(SAVED)
    found = read(path)
    assert found.name == "bridges"
    assert [a.origin for a in found.articles] == ["context:1"]
    (case,) = found.cases  # the second example has nothing to be scored by
    assert (case.id, case.turns, dict(case.articles)) == ("example:1", ("When was the stone bridge at Varn opened?",), {"context:1": 1})
    assert (case.quotes, case.answers) == (("The stone bridge at Varn was opened in May 1932.",), (("May 1932",),))


def test_a_context_that_several_examples_share_is_one_article(tmp_path: Path) -> None:
    found = read(saved(tmp_path, example(contexts=[VARN, ELLIS]), example(contexts=[ELLIS + "\n"]), example(contexts=["  "])))
    assert [a.text for a in found.articles] == [VARN, ELLIS]
    assert [list(case.articles) for case in found.cases] == [["context:1", "context:2"], ["context:2"], []]


def test_a_long_answer_that_repeats_sentences_is_quoted_by_them_and_one_in_its_own_words_by_none(tmp_path: Path) -> None:
    repeats = f"{ELLIS} It was not seen by anyone before. A flood took its northern arch in 1951."
    free = "It opened in the spring of 1932, and lost an arch later."
    first, second = read(saved(tmp_path, example(contexts=[VARN, ELLIS], answer=repeats), example(answer=free))).cases
    assert first.quotes == ("A flood took its northern arch in 1951.", ELLIS)
    assert (second.quotes, second.answers) == ((), ((free,),))


def test_an_example_without_an_answer_is_scored_on_its_contexts(tmp_path: Path) -> None:
    (case,) = read(saved(tmp_path, example(answer=None))).cases
    assert (case.answers, case.quotes, dict(case.articles)) == ((), (), {"context:1": 1})


def test_the_gold_of_every_case_is_found_in_the_library_it_is_indexed_into(tmp_path: Path) -> None:
    found = read(saved(tmp_path, example(contexts=[VARN.replace(" ", "  ", 1) + "\r\n", ELLIS])))
    articles = Articles(tmp_path / "home", tmp_path, embedder=WordEmbedder(), reranker=OverlapReranker())
    try:
        library = fill(articles, found, tmp_path / "home")
        assert all(set(library.gold(case)) <= set(library.sources) for case in found.cases)
        assert [len(places) for places in library.places(found.cases[0])] == [1]
    finally:
        articles.close()


@pytest.mark.parametrize(
    ("told", "says"),
    [
        pytest.param('{"data": []}', 'an object with a list "examples" is wanted', id="another kind of JSON"),
        pytest.param('[{"query": "a"}]', 'an object with a list "examples" is wanted', id="a list"),
        pytest.param('{\n"examples": [,', "line 2: this is not JSON", id="not JSON"),
        pytest.param('{"examples": ["a"]}', "example 1: an object", id="an example that is a text"),
        pytest.param(json.dumps({"examples": [example(), example(query=" ")]}), 'example 2: "query" must be', id="no question"),
        pytest.param(json.dumps({"examples": [example(answer=3)]}), 'example 1: "reference_answer" must be a text', id="an answer of 3"),
        pytest.param(json.dumps({"examples": [example(contexts="a")]}), '"reference_contexts" must be a list', id="contexts are a text"),
        pytest.param(json.dumps({"examples": [example(contexts=None)]}), "nothing to search", id="no contexts at all"),
        pytest.param('{"examples": []}', "none of its 0 examples", id="empty"),
    ],
)
def test_a_file_that_is_something_else_is_a_problem_that_names_it(tmp_path: Path, told: str, says: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(told)
    with pytest.raises(Problem) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)
