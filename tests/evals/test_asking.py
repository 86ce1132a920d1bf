"""A case is asked once: what is known is not asked again, and what broke off is."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import cast

from evals.asking import Asker
from evals.cache import Cache, key_of
from evals.run import run_cases
from evals.types import Case
from qa.types import Answer
from tests.evals.made_up import FAR, MOON, NOBODY, Parrot, Shelf, answer, cite, library, parrot, passage, said

RIGHT = answer(said("It is 384,000 km away.", cite(MOON, "It is 384,000 km away.")))


def asked_twice(folder: Path, *, corpus: str = "same", fresh: bool = False, case: Case = FAR) -> tuple[Parrot, Shelf, int]:
    """A first run, then a second whose parrot has other words to say; how many cases the second knew."""
    found = passage(MOON, MOON.text)
    first = Asker(library(found), parrot(RIGHT)[1], kept=Cache(folder), corpus="same")
    run_cases([FAR], first)
    bird, assistant = parrot(answer(refused=True))
    shelf = Shelf((found,))
    (record,) = run_cases([case], Asker(library(shelf=shelf), assistant, kept=Cache(folder, fresh), corpus=corpus))
    return bird, shelf, int(bool(record.answer.get("cached")))


def test_a_second_run_asks_nobody_and_scores_the_same(tmp_path: Path) -> None:
    bird, shelf, known = asked_twice(tmp_path)
    assert (bird.heard, shelf.asked, known) == ([], [], 1)
    asker = Asker(library(passage(MOON, MOON.text)), parrot(RIGHT)[1], kept=Cache(tmp_path), corpus="same")
    again, anew = run_cases([FAR], asker), run_cases([FAR], Asker(library(passage(MOON, MOON.text)), parrot(RIGHT)[1]))
    assert dict(again[0].scores) | {"latency.search_s": 0.0} == dict(anew[0].scores) | {"latency.search_s": 0.0}
    assert again[0].answer == anew[0].answer | {"cached": True}


def test_other_settings_another_question_or_fresh_ask_again(tmp_path: Path) -> None:
    assert len(asked_twice(tmp_path / "a", corpus="other")[0].heard) == 1
    assert len(asked_twice(tmp_path / "b", case=replace(FAR, turns=("How far is it?",)))[0].heard) == 1
    assert len(asked_twice(tmp_path / "c", fresh=True)[0].heard) == 1


def test_other_gold_is_scored_anew_without_asking(tmp_path: Path) -> None:
    asked_twice(tmp_path)
    other = replace(FAR, answers=(("500,000",),))
    bird, assistant = parrot()
    (record,) = run_cases([other], Asker(library(), assistant, kept=Cache(tmp_path), corpus="same"))
    assert record.scores["answer.correct"] == 0.0
    assert not bird.heard


def test_a_run_that_broke_off_goes_on_where_it_was(tmp_path: Path) -> None:
    cases = [replace(NOBODY, id=f"c{i}", turns=(f"Who sang song {i}?",)) for i in range(4)]
    first = parrot(answer(refused=True), answer(refused=True), "The machine went down.", "The machine went down.")[1]
    before = run_cases(cases, Asker(library(), first, kept=Cache(tmp_path)))
    assert [bool(r.error) for r in before] == [False, False, True, True]
    bird, second = parrot(answer(refused=True), answer(refused=True))
    after = run_cases(cases, Asker(library(), second, kept=Cache(tmp_path)))
    assert [r.error for r in after] == [None] * 4
    assert [question for question, _ in bird.heard] == ["Who sang song 2?", "Who sang song 3?"]


def test_an_answer_that_broke_off_is_not_kept(tmp_path: Path) -> None:
    cut = answer(said("It is"), interrupted="The model was too slow.")
    run_cases([FAR], Asker(library(), parrot(cut)[1], kept=Cache(tmp_path)))
    (record,) = run_cases([FAR], Asker(library(), parrot(RIGHT)[1], kept=Cache(tmp_path)))
    assert record.scores["answer.correct"] == 1.0


def test_a_damaged_file_is_asked_again(tmp_path: Path) -> None:
    run_cases([FAR], Asker(library(), parrot(RIGHT)[1], kept=Cache(tmp_path)))
    (file,) = (f for f in tmp_path.rglob("*.json") if "standalone" in f.read_text())
    for damage in ("", '{"answer": 1}', "\udcff"):
        file.write_bytes(damage.encode("utf-8", "surrogateescape"))
        bird, assistant = parrot(RIGHT)
        run_cases([FAR], Asker(library(), assistant, kept=Cache(tmp_path)))
        assert len(bird.heard) == 1


def test_no_model_is_loaded_where_every_answer_is_known(tmp_path: Path) -> None:
    loaded: list[str] = []
    for _ in range(2):
        asker = Asker(library(), parrot(RIGHT)[1], kept=Cache(tmp_path), warm=lambda: loaded.append("model"))
        run_cases([FAR], asker)
    assert loaded == ["model"]


def test_cases_side_by_side_come_back_in_their_order() -> None:
    class Slow:
        fingerprint = ""

        def answer(self, question: str, history: object = (), today: object = None) -> Answer:
            time.sleep(0.05 if question == "Who sang song 0?" else 0.0)
            return replace(answer(refused=True), text=question)

    cases = [replace(NOBODY, id=f"c{i}", turns=(f"Who sang song {i}?",)) for i in range(9)]
    records = run_cases(cases, Asker(library(), cast("Parrot", Slow())), parallel=4)  # type: ignore[arg-type]
    assert [r.id for r in records] == [c.id for c in cases]
    assert [r.answer["text"] for r in records] == [c.question for c in cases]


def test_a_key_tells_its_parts_apart() -> None:
    assert key_of("ab", "c") != key_of("a", "bc")
    assert key_of("a", None) != key_of("a", "None")


def test_a_chain_that_begins_as_another_does_is_asked_from_where_they_part(tmp_path: Path) -> None:
    chain = Case("chain", ("What is up there?", "How far?"), {"moon": 1}, answers=(("384,000",),))
    run_cases([chain], Asker(library(), parrot(answer(said("The Moon.")), RIGHT)[1], kept=Cache(tmp_path)))
    bird, assistant = parrot(RIGHT)
    run_cases([replace(chain, turns=("What is up there?", "And how far?"))], Asker(library(), assistant, kept=Cache(tmp_path)))
    assert bird.heard == [("And how far?", [("What is up there?", "The Moon.")])]
