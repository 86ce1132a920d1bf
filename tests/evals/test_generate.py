"""Cases from one's own articles: which candidates stay, and that nothing is lost or made twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from evals.datasets import load
from evals.generation import candidates
from evals.generation.candidates import answerable, read_field, unanswerable
from evals.generation.generate import generate
from evals.generation.making import make, passages
from evals.library import fill, own_articles
from evals.types import Dataset
from index.articles import Articles
from index.problem import Problem
from index.types import Article, Chunk
from qa.assistant import Assistant
from qa.llm import Llm
from qa.model import ModelTrouble
from qa.scripted import Script, ScriptedServer
from qa.settings import load_settings
from tests.conftest import BREAD, BRIDGE, COMET

# What the scripted model makes of each of the four articles: a case with an answer, and one beyond the text.
QUESTIONS = {
    "The bridge at Varn": "Question: When was the stone bridge at Varn opened?\nAnswer: May 1932",
    "A comet returns": "Question: How often does Comet Ellis pass the Sun?\nAnswer: every 76 years",
    "Why sourdough rises": "**Question:** What makes the gas that lifts a sourdough loaf?\n**Answer:** Wild yeast.",
    "A letter without a date": "Question: What had it done twice?\nAnswer: The lamp",
}
BEYOND = {
    "The bridge at Varn": "Question: How much did the stone bridge at Varn cost to build?",
    "A comet returns": "Question: Comet Ellis passes the Sun every how many years?",
    "Why sourdough rises": "Question: Which town bakes the largest sourdough loaf with wild yeast?",
    "A letter without a date": "I would rather not.",
}
Opening = Callable[..., tuple[Assistant, ScriptedServer]]


def two_minded(messages: list[dict[str, str]]) -> list[str]:
    told = messages[0]["content"]
    replies = BEYOND if "does NOT answer" in told else QUESTIONS
    return [reply for title, reply in replies.items() if title in told]


@pytest.fixture
def opening(articles: Articles) -> Iterator[Opening]:
    """An assistant over the four articles whose model says what the script says."""
    with ExitStack() as stack:

        def start(script: Script = two_minded, fault: str = "", leaning: float | None = None) -> tuple[Assistant, ScriptedServer]:
            server = stack.enter_context(ScriptedServer(script, fault, leaning=leaning))  # type: ignore[arg-type]
            settings = load_settings(llm={"provider": "openai", "model": "scripted", "base_url": server.base_url})
            llm = Llm(settings)
            stack.callback(llm.close)
            return Assistant(settings, articles, llm), server

        yield start


def named(assistant: Assistant) -> dict[str, str]:
    return {row.id: row.origin for row in assistant.articles.list()}


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_good_candidates_become_cases_and_bad_ones_are_counted_by_reason(opening: Opening, tmp_path: Path) -> None:
    assistant, _ = opening()
    out = tmp_path / "cases.jsonl"
    cases, tally = make(assistant, named(assistant), out, n=10, share=0.5)
    assert lines(out) == cases
    bridge = next(case for case in cases if case["answers"] == [["May 1932"]])
    assert bridge["turns"] == ["When was the stone bridge at Varn opened?"]
    assert (bridge["articles"], bridge["quotes"]) == (["bridge.txt"], ["The stone bridge at Varn was opened in May 1932."])
    assert (bridge["refuse"], bridge["tags"]) == (False, ["generated", "review"])
    beyond = {str(case["turns"][0]) for case in cases if case["refuse"]}
    assert beyond == {read_field("question", BEYOND[title]) for title in ("The bridge at Varn", "Why sourdough rises")}
    assert (tally.answers, tally.refusals) == (3, 2)
    assert tally.dropped == {candidates.LEANING: 1, candidates.ANSWERED: 1, candidates.UNREADABLE: 1}
    assert tally.as_text().startswith("8 tries gave 3 cases with an answer and 2 to refuse.\n    1 dropped: ")
    assert "2 fewer with an answer than asked for: every passage has been tried." in tally.as_text()


def test_the_cases_load_and_their_gold_is_found_in_the_articles_they_name(opening: Opening, tmp_path: Path) -> None:
    assistant, _ = opening()
    folder = tmp_path / "articles"
    folder.mkdir()
    for row in assistant.articles.list():
        (folder / row.origin).write_text(assistant.articles.get(row.id).text)
    make(assistant, named(assistant), tmp_path / "cases.jsonl", n=5)
    dataset = load("cases", tmp_path / "cases.jsonl", folder)
    assert len(dataset.cases) == 5
    library = fill(assistant.articles, Dataset("d", paths=dataset.paths), tmp_path / "elsewhere")
    assert all(all(library.places(case)) and set(library.gold(case)) <= set(library.sources) for case in dataset.cases)


def test_a_run_that_was_stopped_goes_on_and_makes_nothing_twice(opening: Opening, tmp_path: Path) -> None:
    assistant, server = opening()
    out = tmp_path / "cases.jsonl"
    make(assistant, named(assistant), out, n=2)
    before, asked = out.read_text(), len(server.requests)
    first_two, _ = make(assistant, named(assistant), out, n=2)
    assert (len(server.requests), len(first_two)) == (asked, 2)
    cases, tally = make(assistant, named(assistant), out, n=5, share=0.4)
    assert out.read_text().startswith(before)
    assert len({case["id"] for case in cases}) == len({case["turns"][0] for case in cases}) == 5
    assert tally.answers + tally.refusals == 5
    make(assistant, named(assistant), out, n=50)
    asked = len(server.requests)
    make(assistant, named(assistant), out, n=50)
    assert len(server.requests) == asked


def test_a_line_that_a_kill_left_half_written_is_cut_off_and_its_case_made_again(opening: Opening, tmp_path: Path) -> None:
    assistant, _ = opening()
    out, log = tmp_path / "cases.jsonl", tmp_path / "cases.jsonl.tried"
    whole, _ = make(assistant, named(assistant), out, n=3, share=0.0)
    out.write_text(out.read_text()[:-40])
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:-1]))
    cases, _ = make(assistant, named(assistant), out, n=3, share=0.0)
    assert cases == lines(out) == whole


def test_a_line_that_an_editor_left_without_an_end_is_kept(opening: Opening, tmp_path: Path) -> None:
    assistant, _ = opening()
    out = tmp_path / "cases.jsonl"
    make(assistant, named(assistant), out, n=1, share=0.0)
    out.write_text(out.read_text().rstrip("\n"))
    assert len(make(assistant, named(assistant), out, n=2, share=0.0)[0]) == len(lines(out)) == 2


def test_a_case_that_the_person_deleted_is_not_made_again_and_one_they_wrote_stays(opening: Opening, tmp_path: Path) -> None:
    assistant, _ = opening()
    out = tmp_path / "cases.jsonl"
    made, _ = make(assistant, named(assistant), out, n=3, share=0.0)
    mine = {"id": "mine", "turns": ["Who felled the tree?"], "articles": ["bridge.txt"], "answers": [["Ann"]]}
    out.write_text("".join(json.dumps(case) + "\n" for case in [mine, *made[1:]]))
    cases, tally = make(assistant, named(assistant), out, n=3, share=0.0)
    assert [case["id"] for case in cases] == ["mine", made[1]["id"], made[2]["id"]]
    assert tally.short


def test_a_file_that_holds_something_else_is_a_problem_that_names_the_line(opening: Opening, tmp_path: Path) -> None:
    assistant, _ = opening()
    out = tmp_path / "cases.jsonl"
    out.write_text('{"id": "a"\n{"id": "b"}\n')
    with pytest.raises(Problem, match=r"cases\.jsonl, line 1: this is not JSON"):
        make(assistant, named(assistant), out, n=1)
    with pytest.raises(Problem, match="a share from 0 to 1"):
        make(assistant, named(assistant), out, n=1, share=30)


def test_a_model_that_stays_silent_ends_the_run_and_is_counted_against_no_passage(opening: Opening, tmp_path: Path) -> None:
    assistant, server = opening(fault="500")
    out = tmp_path / "cases.jsonl"
    with pytest.raises(ModelTrouble, match="500"):
        make(assistant, named(assistant), out, n=4)
    assert (len(server.requests), out.exists()) == (3, False)
    server.fault = ""
    assert len(make(assistant, named(assistant), out, n=4)[0]) == 4


def chunk_of(articles: Articles, origin: str = "bridge.txt") -> tuple[Article, Chunk]:
    article = articles.get(next(row.id for row in articles.list() if row.origin == origin))
    return article, Chunk("c" * 32, article.id, 0, 0, len(article.text), article.text)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        pytest.param(QUESTIONS["The bridge at Varn"], "", id="good"),
        pytest.param("I cannot.", candidates.UNREADABLE, id="no question"),
        pytest.param("Question: When was the stone bridge at Varn opened?", candidates.UNREADABLE, id="no answer"),
        pytest.param("Question: When was the bridge opened, and by whom? Why?\nAnswer: May 1932", candidates.LEANING, id="two questions"),
        pytest.param("Question: According to the passage, when did Varn open?\nAnswer: May 1932", candidates.LEANING, id="the passage"),
        pytest.param("Question: Who sang at the opera in Milan?\nAnswer: Masons", candidates.ELSEWHERE, id="of something else"),
        pytest.param("Question: In which month was the bridge at Harrow built?\nAnswer: May 1932", candidates.ALIKE, id="kept already"),
        pytest.param("Question: What was opened at Varn in May 1932?\nAnswer: it", candidates.LONG, id="an answer that says nothing"),
        pytest.param("Question: Was the bridge at Varn opened in May 1932?\nAnswer: May 1932", candidates.GIVEN, id="it gives the answer"),
        pytest.param("Question: Who opened the bridge at Varn?\nAnswer: the Queen", candidates.ABSENT, id="answer in no passage"),
    ],
)
def test_a_candidate_is_dropped_for_what_is_wrong_with_it(opening: Opening, reply: str, why: str) -> None:
    assistant, _ = opening([reply])
    kept = ["In which month was the bridge at Harrow built?"]
    assert answerable(assistant, *chunk_of(assistant.articles), kept).why == why


def test_a_question_whose_article_the_search_does_not_find_is_dropped(opening: Opening) -> None:
    assistant, _ = opening([QUESTIONS["The bridge at Varn"]])
    told = "The stone bridge at Varn was opened in May 1932, and it rained."
    elsewhere = Article("f" * 16, "Not in the library", told)
    found = answerable(assistant, elsewhere, Chunk("c", elsewhere.id, 0, 0, len(told), told), [])
    assert (found.why, found.quote) == (candidates.NOT_FOUND, told)


def test_a_question_beyond_the_text_is_dropped_when_the_model_leans_to_an_answer(opening: Opening) -> None:
    reply = [BEYOND["The bridge at Varn"]]
    whys = {
        leaning: unanswerable(a, *chunk_of(a.articles), []).why for leaning in (-4.0, 4.0) for a, _ in [opening(reply, leaning=leaning)]
    }
    assert whys == {-4.0: "", 4.0: candidates.ANSWERED}


def test_the_passage_stands_between_two_marks_that_it_cannot_know(opening: Opening) -> None:
    assistant, server = opening([QUESTIONS["The bridge at Varn"]])
    for _ in range(2):
        answerable(assistant, *chunk_of(assistant.articles), [])
    marks = [body["messages"][0]["content"].split("\n")[1] for body in server.requests]
    assert all(body["messages"][0]["content"].count(f"{mark}\n") == 2 for body, mark in zip(server.requests, marks, strict=True))
    assert marks[0] != marks[1]


def test_every_article_is_asked_about_once_before_any_is_asked_about_again(articles: Articles) -> None:
    text = "\n\n".join(f"Paragraph {n} tells of the mill at Orsay and of number {n} in it. " * 8 for n in range(4))
    articles.add_text(text, title="The mill")
    llm = Llm(load_settings())
    assistant = Assistant(load_settings(), articles, llm)
    order = [(article.title, chunk.ordinal) for article, chunk in passages(assistant, seed=1)]
    assert len({title for title, _ in order[:5]}) == 5
    assert len(order) == len(set(order)) > 5
    assert order == [(article.title, chunk.ordinal) for article, chunk in passages(assistant, seed=1)]
    assert order != [(article.title, chunk.ordinal) for article, chunk in passages(assistant, seed=2)]


def test_the_library_as_a_corpus_names_its_articles_by_id(articles: Articles) -> None:
    articles.library.note("embedding", "bge-small")  # as a library of the real embedder
    own = own_articles(load_settings(home=articles.home))
    assert {a.origin for a in own} == {row.id for row in articles.list()}
    assert all(a.origin == a.id and a.text for a in own)


@pytest.mark.weights
def test_a_folder_of_articles_gives_a_file_that_a_run_can_load(
    models_folder: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "articles", tmp_path / "made" / "cases.jsonl"
    (folder / "more").mkdir(parents=True)
    for path, article in (("varn.txt", BRIDGE), ("comet.txt", COMET), ("more/comet.txt", BREAD)):
        (folder / path).write_text(f"{article.title}\n\n{article.text}")
    with ScriptedServer(two_minded) as server:
        told = {"provider": "openai", "model": "scripted", "base_url": server.base_url}
        settings = load_settings(home=home, models=models_folder, llm=told)
        assert generate(settings, folder, 3, 0, 0.0, out) == 0
    printed = capsys.readouterr().out
    assert f"--dataset cases:{out} --articles {folder}" in printed
    assert "3 tries gave 3 cases with an answer and 0 to refuse." in printed
    found = load("cases", out, folder)
    names = {name for case in found.cases for name in case.articles}
    assert len(names) == 3 and "varn.txt" in names and "comet.txt" not in names  # two files are called so


def test_a_folder_that_is_not_there_or_empty_and_a_library_without_articles_are_problems(home: Path, tmp_path: Path) -> None:
    settings = load_settings(home=home)
    for folder, says in ((tmp_path / "none", "no such folder"), (tmp_path, "no articles in it"), (None, "no articles in the library")):
        with pytest.raises(Problem, match=says):
            generate(settings, folder, 3, 0, 0.3, tmp_path / "cases.jsonl")
