"""Conversations on the disk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from index.problem import Problem
from qa.talks import LONGEST_TITLE, Talks, new_id


@pytest.fixture
def talks(tmp_path: Path) -> Iterator[Talks]:
    with closing(Talks(tmp_path / "talks.sqlite")) as opened:
        yield opened


def test_a_conversation_is_named_by_its_first_question_and_kept(tmp_path: Path) -> None:
    one = new_id()
    with closing(Talks(tmp_path / "talks.sqlite")) as talks:
        talks.keep(one, 1, "Who  built\nit?", "first")
        talks.keep(one, 2, "And when?", "second")
        talks.keep(one, 2, "And when?", "second, whole")
    with closing(Talks(tmp_path / "talks.sqlite")) as again:
        assert again.turns(one) == ["first", "second, whole"]
        (talk,) = again.list()
        assert (talk.id, talk.title, talk.questions, talk.pinned) == (one, "Who built it?", ("Who  built\nit?", "And when?"), False)
        assert again.get(one) == talk


def test_asking_again_from_an_earlier_turn_drops_what_followed(talks: Talks) -> None:
    for number in (1, 2, 3):
        talks.keep("t", number, f"q{number}", str(number))
    talks.keep("t", 2, "q2, otherwise", "2b")
    assert talks.turns("t") == ["1", "2b"]


def test_pinned_ones_come_first_then_the_newest(talks: Talks) -> None:
    for name in "abc":
        talks.keep(name, 1, name, "")
    talks.change("a", pinned=True)
    assert [t.id for t in talks.list()] == ["a", "c", "b"]
    talks.keep("b", 2, "more", "")
    assert [t.id for t in talks.list()] == ["a", "b", "c"]
    talks.change("a", pinned=False)
    assert [t.id for t in talks.list()] == ["b", "c", "a"]


def test_a_name_is_kept_when_it_goes_on(talks: Talks) -> None:
    talks.keep("t", 1, "q" * 500, "")
    assert talks.get("t").title == "q" * LONGEST_TITLE
    talks.change("t", title="  The bridge\n and the flood ")
    talks.keep("t", 2, "more", "")
    assert talks.get("t").title == "The bridge and the flood"
    with pytest.raises(Problem, match="name is empty"):
        talks.change("t", title=" ")


def test_what_is_deleted_can_be_had_back_for_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "talks.sqlite"
    with closing(Talks(path)) as talks:
        talks.keep("t", 1, "q", "data")
        talks.change("t", deleted=True)
        assert talks.list() == []
        talks.change("t", deleted=False)
        assert talks.turns("t") == ["data"]
        talks.change("t", deleted=True)
    with closing(Talks(path)) as soon:
        soon.change("t", deleted=False)
        soon.change("t", deleted=True)
    monkeypatch.setattr("qa.talks.UNDONE_WITHIN", -timedelta(seconds=1))
    with closing(Talks(path)) as later:
        with pytest.raises(Problem, match="not here any more"):
            later.change("t", deleted=False)
        with pytest.raises(Problem, match="not here any more"):
            later.turns("t")


def test_one_that_is_not_there_is_told(talks: Talks) -> None:
    for what in (talks.turns, talks.get, lambda i: talks.change(i, pinned=True)):
        with pytest.raises(Problem, match="Ask a new question"):
            what("nothing' OR '1'='1")


def test_many_threads_keep_at_once(talks: Talks) -> None:
    threads = [Thread(target=lambda n=n: [talks.keep(f"t{n}", m, "q", f"{n}.{m}") for m in range(1, 21)]) for n in range(8)]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(talks.turns(f"t{n}")) == 20 for n in range(8))


def test_a_killed_process_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from qa.talks import Talks\n"
        "talks = Talks(Path(sys.argv[1]))\n"
        "for n in range(1, 31): talks.keep('t', n, 'q', str(n))\n"
        "os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path / "talks.sqlite")], check=False)
    assert ended.returncode == -9
    with closing(Talks(tmp_path / "talks.sqlite")) as talks:
        assert talks.turns("t") == [str(n) for n in range(1, 31)]


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\x00" + bytes(200)])
def test_a_damaged_file_is_told_with_the_next_step(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "talks.sqlite").write_bytes(content)
    with pytest.raises(Problem, match="Move that file aside"):
        Talks(tmp_path / "talks.sqlite")


def test_a_newer_format_is_not_touched(tmp_path: Path) -> None:
    with closing(Talks(tmp_path / "talks.sqlite")) as talks:
        talks._db.execute("PRAGMA user_version = 99")
    with pytest.raises(Problem, match="newer article-qa"):
        Talks(tmp_path / "talks.sqlite")
