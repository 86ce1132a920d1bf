"""Conversations on the disk."""

from __future__ import annotations

import sqlite3
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


def test_a_conversation_is_its_owners_alone(talks: Talks) -> None:
    anna, bo = talks.of("anna"), talks.of("bo")
    anna.keep("a", 1, "Who built it?", "data")
    bo.keep("b", 1, "q", "data")
    talks.keep("n", 1, "q", "data")
    assert [[t.id for t in whose.list()] for whose in (anna, bo, talks)] == [["a"], ["b"], ["n"]]
    for other in (bo, talks):
        for what in (
            other.turns,
            other.get,
            lambda i, other=other: other.change(i, deleted=True),
            lambda i, other=other: other.keep(i, 1, "mine", "mine"),
        ):
            with pytest.raises(Problem, match="not here any more"):
                what("a")  # type: ignore[operator]
        with pytest.raises(Problem, match="not here any more"):
            other.judge("a", 1, True)
        assert other.opinions("a") == [] and other.others("a") and not anna.others("a")
    assert anna.turns("a") == ["data"] and anna.get("a").title == "Who built it?"
    anna.judge("a", 1, True)
    assert bo.opinions("a") == [] and [o.talk for o in anna.opinions("a")] == [o.talk for o in bo.every_opinion()] == ["a"]
    assert bo.shared("a").get("a").id == "a", "who is given its address may read it"
    for whose, id in ((bo, "n"), (talks, "a"), (bo, "nothing")):
        with pytest.raises(Problem, match="not here any more"):
            whose.shared(id)


def test_a_file_of_format_1_keeps_everything_and_it_is_nobodys(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "talks.sqlite")) as old:
        old.executescript(
            "CREATE TABLE talks (id TEXT PRIMARY KEY, title TEXT NOT NULL, created TEXT NOT NULL, changed TEXT NOT NULL,"
            " pinned INTEGER NOT NULL DEFAULT 0, deleted TEXT);"
            "CREATE TABLE turns (talk TEXT NOT NULL REFERENCES talks (id) ON DELETE CASCADE, number INTEGER NOT NULL,"
            " question TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (talk, number));"
            "CREATE TABLE opinions (talk TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL, good INTEGER NOT NULL,"
            " reason TEXT NOT NULL, correction TEXT NOT NULL, questions TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (talk, number));"
            "INSERT INTO talks VALUES ('t', 'Maria', '2026-01-01T00:00:00+00:00', '2026-01-02T00:00:00+00:00', 1, NULL);"
            "INSERT INTO turns VALUES ('t', 1, 'Who?', 'data');"
            "INSERT INTO opinions VALUES ('t', 1, '2026-01-02T00:00:00+00:00', 0, 'wrong', '2,975', '[\"Who?\"]', 'data');"
            "PRAGMA user_version = 1;"
        )
    for _ in range(2):
        with closing(Talks(tmp_path / "talks.sqlite")) as talks:
            (one,) = talks.list()
            assert (one.id, one.title, one.pinned, one.questions) == ("t", "Maria", True, ("Who?",))
            assert talks.turns("t") == ["data"] and talks.opinions("t")[0].correction == "2,975"
            assert talks.of("anna").list() == []


def test_a_file_of_format_2_keeps_everything_and_what_was_left_out_leaves_no_gap(tmp_path: Path) -> None:
    path = tmp_path / "talks.sqlite"
    with closing(Talks(path)) as talks:
        for number in (1, 3, 4, 6):  # 2 and 5 could not be asked
            talks.of("anna").keep("t", number, f"q{number}", str(number))
        talks.keep("whole", 1, "q", "data")
        talks._db.execute("ALTER TABLE talks DROP COLUMN branched")
        talks._db.execute("PRAGMA user_version = 2")
    for _ in range(2):
        with closing(Talks(path)) as talks:
            anna = talks.of("anna")
            assert anna.turns("t") == ["1", "3", "4", "6"] and talks.turns("whole") == ["data"]
            assert anna.get("t").branched == 0
            anna.judge("t", 4, True)  # counts the questions up to it
            assert [o.questions for o in anna.opinions("t")] == [("q1", "q3", "q4", "q6")]


def test_a_branch_is_a_conversation_of_its_owner_that_says_so(talks: Talks) -> None:
    anna, one = talks.of("anna"), new_id()
    anna.branch(one, [("Who?", "first"), ("And  when?", "second")])
    assert anna.turns(one) == ["first", "second"] and talks.list() == [] == talks.of("bo").list()
    assert (anna.get(one).title, anna.get(one).branched, anna.get(one).questions) == ("Who?", 2, ("Who?", "And  when?"))
    anna.keep(one, 3, "And where?", "third")
    assert anna.get(one).branched == 2
    talks.close()
    with pytest.raises(Problem, match="cannot be kept"):
        anna.branch(new_id(), [("Who?", "first")])


def test_many_processes_bring_an_old_file_up_to_date_at_once(tmp_path: Path) -> None:
    path = tmp_path / "talks.sqlite"
    with closing(Talks(path)) as talks:
        talks.keep("t", 1, "q", "data")
        talks._db.execute("ALTER TABLE talks DROP COLUMN owner")
        talks._db.execute("PRAGMA user_version = 1")
    opened: list[Talks] = []
    threads = [Thread(target=lambda: opened.append(Talks(path))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [talks.turns("t") for talks in opened] == [["data"]] * 6
    for talks in opened:
        talks.close()
