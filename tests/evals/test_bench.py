"""What the benchmarks make of their measurements, and the bare model's first word over real HTTP."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.bench import Measured, Row, as_text, middle, p95, page, scale
from evals.bench.answer import first_word
from evals.bench.made import library_of, made, questions
from index.library import Library
from index.scan import Scan
from qa.llm import Llm
from qa.model import Usage
from qa.page.desk import Desk
from qa.page.stream import INTERVAL
from qa.page.turn import from_text
from qa.scripted import ScriptedServer
from qa.settings import Settings, load_settings
from qa.talks import Talks


def test_the_ratio_is_ours_over_the_yardstick() -> None:
    assert Row("x", 3.0, 5, yardstick=2.0).ratio == 1.5
    assert Row("x", 3.0, 5).ratio is None


def test_the_middle_is_the_median_of_both() -> None:
    row = middle("x", [3.0, 1.0, 9.0], [1.0, 2.0], "bare")
    assert (row.ours, row.yardstick, row.n) == (3.0, 1.5, 3)


@pytest.mark.parametrize(("count", "value"), [(1, 1), (20, 19), (21, 20), (100, 95)])
def test_p95_is_the_nearest_rank(count: int, value: int) -> None:
    assert p95([float(n) for n in range(1, count + 1)]) == value


def test_ours_and_the_yardstick_stand_side_by_side() -> None:
    measured = Measured("x", (Row("first word", 0.8, 20, yardstick=0.4, against="bare"), Row("alone", 0.1, 20)), ("A note.",))
    first, alone = as_text(measured).splitlines()[1:3]
    assert first.split() == ["first", "word,", "s", "0.800", "0.400", "2.00", "20", "bare"]
    assert alone.split() == ["alone,", "s", "0.100", "20"]
    assert measured.as_json()["rows"][0]["ratio"] == 2.0


def test_a_made_up_library_has_as_many_chunks_as_asked_and_is_the_same_each_time(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    home = library_of(45, settings)
    with closing(Library(home / "library.sqlite")) as library:
        assert library.counts() == (5, 45)
        (first, chunks, vectors), *_ = made(45)
        assert library.get(first.id).text == first.text
        assert all(first.text[c.start : c.end] == c.text for c in chunks)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    written = (home / "library.sqlite").stat().st_mtime_ns
    assert library_of(45, settings) == home
    assert (home / "library.sqlite").stat().st_mtime_ns == written, "it is made once"


def test_made_up_words_are_as_unequal_as_those_of_text() -> None:
    words = Counter(w for article, _, _ in made(300) for w in article.text.lower().split())
    shares = [count / words.total() for _, count in words.most_common(1000)]
    assert 0.03 < shares[0] < 0.12
    assert shares[0] > 3 * shares[9] > 15 * shares[199]


def test_every_leg_is_measured_beside_its_yardstick_and_the_growth_is_named(tmp_path: Path) -> None:
    legs = scale._legs(library_of(60, Settings(home=tmp_path)), 60)
    assert [name for name, *_ in legs][:3] == ["word leg", "word leg, half a year", "vector leg"]
    for _, ours, yardstick, against in legs:
        assert (len(ours.waited), len(ours.worked)) == (scale.QUESTIONS, scale.QUESTIONS)
        assert len(yardstick.waited) == scale.BY_YARDSTICK
        assert against
    assert scale._growth({"word leg": [1.0, 2.0, 9.0]}, (10, 100, 1000)) == ["word leg: ×3.0 for every ×10 from 10 to 1,000 chunks"]


def test_the_questions_of_a_made_up_library_find_the_article_they_are_about(tmp_path: Path) -> None:
    with closing(Library(library_of(60, Settings(home=tmp_path)) / "library.sqlite")) as library:
        for question, vector in questions(5, 60):
            number = Scan(library).nearest(vector, 1)
            (found,) = library.chunks(number).values()
            assert set(question.split()) & set(found[1].text.lower().replace(".", "").split())


def test_the_first_word_is_timed_and_not_what_comes_before_it() -> None:
    usage = Usage()
    with ScriptedServer(["Yes", ", it is."], "slow", 0.1) as server, closing(_model(server)) as llm:
        assert first_word(llm, [("user", "?")], 5, usage) >= 0.1
    assert usage.completion_tokens == 2


def test_a_model_that_says_nothing_has_no_first_word() -> None:
    with ScriptedServer([""]) as server, closing(_model(server)) as llm:
        assert first_word(llm, [("user", "?")], 5) == 0.0


def _model(server: ScriptedServer) -> Llm:
    return Llm(load_settings(llm={"provider": "openai", "model": "scripted", "base_url": server.base_url}))


def test_the_long_conversation_is_kept_as_the_page_keeps_its_own(tmp_path: Path) -> None:
    page.keep_made(tmp_path)
    with closing(Talks(tmp_path / "talks.sqlite")) as talks:
        turns = from_text(talks.turns(page.TALK), page.TALK)
    assert [t.number for t in turns] == list(range(1, page.TURNS + 1))
    assert all(t.stage == "done" and t.answer for t in turns)
    assert sum(len(t.answer.citations) for t in turns if t.answer) == 1_000


def test_the_busiest_second_is_the_one_with_the_most_renderings() -> None:
    assert page.busiest([0, 500, 1200, 1300, 1400, 2199, 2200, 5000]) == 4
    assert page.busiest([]) == 0
    assert 1 / INTERVAL <= 20, "what the page aims at stays below what is promised"


def test_the_scripted_assistant_has_all_that_the_page_asks_of_it(tmp_path: Path) -> None:
    scripted: Any = page.Scripted(tmp_path)
    assert "0" in str(Desk(scripted).opened(())[0])
