"""Conversations in an export, and what is not one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from index.archive import export_library, import_library
from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.problem import Problem
from qa.carried import LONGEST, put, take
from qa.talks import Talks, new_id

MARIA, DART, GONE = new_id(), new_id(), new_id()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    path = tmp_path / "here.sqlite"
    with closing(Talks(path)) as talks:
        anna = talks.of("anna")
        anna.keep(MARIA, 1, "How many died?", "first")
        anna.keep(MARIA, 2, "And which study?", "second")
        anna.change(MARIA, title="The storm", pinned=True)
        anna.judge(MARIA, 2, False, "wrong", "2,975")
        talks.branch(DART, [("By how many minutes?", "third")])
        talks.keep(GONE, 1, "Forget me", "secret words")
        talks.judge(GONE, 1, True)
        talks.change(GONE, deleted=True)
    return path


@pytest.fixture
def file(tmp_path: Path, here: Path) -> Path:
    put(here, tmp_path / "export")
    return tmp_path / "export"


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "there.sqlite"


def whole(path: Path) -> list[object]:
    with closing(sqlite3.connect(path)) as db:
        return [sorted(db.execute(f"SELECT * FROM {table}").fetchall(), key=str) for table in ("talks", "turns", "opinions")]


def test_conversations_are_there_again_with_their_owner_name_pin_and_opinion(file: Path, here: Path, there: Path) -> None:
    assert take(file, there) == 2
    with closing(Talks(here)) as before, closing(Talks(there)) as after:
        for owner in ("", "anna"):
            assert after.of(owner).list() == before.of(owner).list()
        assert after.of("anna").turns(MARIA) == ["first", "second"]
        assert after.of("anna").opinions(MARIA) == before.of("anna").opinions(MARIA) != []
        assert after.every_opinion() == before.every_opinion(), "an opinion outlives its conversation"
    assert "Forget me" not in str(whole(there)[:2]), "what was deleted is not carried away"


def test_what_is_here_already_stays_as_it_is(file: Path, there: Path) -> None:
    with closing(Talks(there)) as talks:
        talks.of("bo").keep(MARIA, 1, "Mine", "my own")
    assert take(file, there) == 1
    before = whole(there)
    assert take(file, there) == 0
    assert whole(there) == before
    with closing(Talks(there)) as talks:
        assert talks.of("bo").turns(MARIA) == ["my own"] and talks.of("anna").list() == [] and talks.turns(DART) == ["third"]
        assert talks.of("bo").opinions(MARIA) == []


def test_what_was_deleted_here_comes_back(file: Path, here: Path) -> None:
    with closing(Talks(here)) as talks:
        talks.keep(DART, 2, "later", "later")
        talks.change(DART, deleted=True)
        assert take(file, here) == 1
        assert talks.turns(DART) == ["third"] and [t.id for t in talks.list()] == [DART]


def test_an_export_of_the_library_alone_has_none(tmp_path: Path, there: Path) -> None:
    put(tmp_path / "nothing.sqlite", tmp_path / "export")
    with closing(sqlite3.connect(tmp_path / "export")) as old:
        old.execute("CREATE TABLE meta (key TEXT, value TEXT)")
    assert take(tmp_path / "export", there) == 0
    assert not there.exists()


def test_an_export_taken_while_others_ask_is_of_one_moment(tmp_path: Path, here: Path, there: Path) -> None:
    def ask() -> None:
        with closing(Talks(here)) as talks:
            for _ in range(40):
                talk = new_id()
                for number in (1, 2):
                    talks.keep(talk, number, f"q{number}", "data")
                    talks.judge(talk, number, True)

    asking = Thread(target=ask)
    asking.start()
    try:
        for n in range(5):
            put(here, tmp_path / f"{n}")
            take(tmp_path / f"{n}", there)
    finally:
        asking.join()
    put(here, tmp_path / "last")
    take(tmp_path / "last", there)
    assert len(whole(there)[0]) == 42
    assert not list(tmp_path.glob("*-wal")) or not list(tmp_path.glob("last-*"))


def test_an_export_of_format_2_knows_no_branches(file: Path, there: Path) -> None:
    with closing(sqlite3.connect(file)) as old:
        old.execute("ALTER TABLE carried_talks DROP COLUMN branched")
    assert take(file, there) == 2
    with closing(Talks(there)) as talks:
        assert [t.branched for t in talks.list()] == [0]


T = "2026-01-01T00:00:00.000000+00:00"
NEW = f"'{new_id()}'"
DAMAGE = {
    "no table": "DROP TABLE carried_turns",
    "no column": "ALTER TABLE carried_talks DROP COLUMN owner",
    "a view": "DROP TABLE carried_turns; CREATE VIEW carried_turns AS SELECT id AS talk, 1 AS number, 'q' AS question, 'd' AS data"
    " FROM carried_talks",
    "a virtual table": "DROP TABLE carried_turns; CREATE VIRTUAL TABLE carried_turns USING fts5(talk, number, question, data)",
    "an id that is a path": "UPDATE carried_talks SET id = '../../x' WHERE pinned = 0",
    "an id that is a number": "UPDATE carried_talks SET id = 7 WHERE pinned = 0",
    "the same id twice": "INSERT INTO carried_talks SELECT * FROM carried_talks",
    "a title that is none": "UPDATE carried_talks SET title = NULL",
    "an endless title": "UPDATE carried_talks SET title = printf('%.*c', 10000, 'x')",
    "no time": "UPDATE carried_talks SET changed = 'yesterday'",
    "a time that has no zone": "UPDATE carried_talks SET changed = '2026-01-01T00:00:00.000000'",
    "a time beyond the calendar": "UPDATE carried_talks SET changed = '9999-12-31T23:59:59.000000+00:00'",
    "a pin that is none": "UPDATE carried_talks SET pinned = 5",
    "a branch that is none": "UPDATE carried_talks SET branched = -1",
    "a branch that is a text": "UPDATE carried_talks SET branched = 'x'",
    "an owner that nobody can be": "UPDATE carried_talks SET owner = 'a:b'",
    "an owner of bytes": "UPDATE carried_talks SET owner = x'00'",
    "a question out of turn": "UPDATE carried_turns SET number = number + 1",
    "a question of bytes": "UPDATE carried_turns SET question = x'07'",
    "a question of no conversation": f"INSERT INTO carried_turns VALUES ({NEW}, 1, 'q', 'd')",
    "a number that is a text": "UPDATE carried_turns SET number = 'one'",
    "an answer of bytes": "UPDATE carried_turns SET data = x'ff'",
    "an answer that is no text": "UPDATE carried_turns SET data = CAST(x'ff' AS TEXT)",
    "an endless answer": f"UPDATE carried_turns SET data = printf('%.*c', {LONGEST + 1}, 'x')",
    "a reason that is none": "UPDATE carried_opinions SET reason = 'nonsense'",
    "an opinion that is neither": "UPDATE carried_opinions SET good = 2",
    "questions that are none": "UPDATE carried_opinions SET questions = '[1]'",
    "questions without end": f"UPDATE carried_opinions SET questions = '{'[' * 50_000}'",
    "an opinion of nothing": f"INSERT INTO carried_opinions VALUES ({NEW}, 0, '{T}', 1, '', '', '[]', 'd')",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_of_a_damaged_file_nothing_is_taken(file: Path, there: Path, damage: str) -> None:
    with closing(Talks(there)) as talks:
        talks.keep(new_id(), 1, "Mine", "my own")
    before = whole(there)
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.executescript(damage)
    with pytest.raises(Problem, match=r"damaged .*Nothing of it was taken in"):
        take(file, there)
    assert whole(there) == before


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[str], Articles]]:
    made: list[Articles] = []

    def open_(name: str) -> Articles:
        made.append(Articles(tmp_path / name, tmp_path, embedder=WordEmbedder(), reranker=OverlapReranker()))
        return made[-1]

    yield open_
    for articles in made:
        articles.close()


def test_one_file_holds_the_library_and_the_conversations(
    articles: Articles, opened: Callable[[str], Articles], here: Path, there: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    export_library(articles, folder / "all.aqa", lambda file: put(here, file))
    assert [path.name for path in folder.iterdir()] == ["all.aqa"]
    before = (folder / "all.aqa").read_bytes()
    other = opened("other")
    assert import_library(other, folder / "all.aqa", beside=lambda file: take(file, there)) == 4
    assert len(whole(there)[0]) == 2 and other.verify() == []
    assert (folder / "all.aqa").read_bytes() == before and len(list(folder.iterdir())) == 1
    third = opened("third")
    assert import_library(third, folder / "all.aqa") == 4, "an older article-qa takes the library, and leaves the rest"


def test_with_damaged_conversations_no_article_comes_either(
    articles: Articles, opened: Callable[[str], Articles], here: Path, there: Path, tmp_path: Path
) -> None:
    export_library(articles, tmp_path / "all.aqa", lambda file: put(here, file))
    with closing(sqlite3.connect(tmp_path / "all.aqa")) as raw, raw:
        raw.execute("UPDATE carried_turns SET number = 7")
    other = opened("other")
    with pytest.raises(Problem, match="damaged"):
        import_library(other, tmp_path / "all.aqa", beside=lambda file: take(file, there))
    assert other.counts() == (0, 0) and whole(there) == [[], [], []]


def test_conversations_that_cannot_be_read_leave_no_half_an_export(articles: Articles, tmp_path: Path) -> None:
    (tmp_path / "talks.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(Problem, match="Move that file aside"):
        export_library(articles, tmp_path / "all.aqa", lambda file: put(tmp_path / "talks.sqlite", file))
    assert not list(tmp_path.glob("all.aqa*"))
