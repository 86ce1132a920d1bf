"""Failure at the n-th call, for every n; a full disk; a folder that cannot be written; two processes at once."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from index import ingest
from index.archive import export_library
from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.ingest import Ingest
from index.library import Library
from index.problem import Problem
from index.types import Article

ROOT = Path(__file__).parents[2]
FERRIES = [Article("", f"Ferry {n}", f"Ferry number{n} sinks never.", origin=f"{n}.txt") for n in range(12)]


class Fault(Exception):
    """What breaks: no part of the product knows it."""


class Nth:
    """Passes calls through until the n-th, which raises; counts them all."""

    def __init__(self, call: Callable[..., Any], at: int, error: Exception) -> None:
        self.call, self.at, self.error, self.calls = call, at, error, 0

    def __call__(self, *given: Any, **told: Any) -> Any:
        self.calls += 1
        if self.calls == self.at:
            raise self.error
        return self.call(*given, **told)


class Faulty(WordEmbedder):
    def __init__(self, at: int) -> None:
        self.passages = Nth(super().passages, at, Fault("the model has failed"))  # type: ignore[method-assign]


def opened(home: Path, embedder: WordEmbedder | None = None) -> Articles:
    return Articles(home, home, candidates=50, embedder=embedder or WordEmbedder(), reranker=OverlapReranker())


def is_whole(home: Path, most: int = len(FERRIES)) -> int:
    """The library after all is well again: nothing half, nothing twice, everything found; how many articles."""
    with closing(opened(home)) as articles:
        assert articles.own()
        rows = articles.list()
        assert len({row.origin for row in rows}) == len(rows) <= most
        assert {row.state for row in rows} <= {"indexed"}
        assert articles.verify() == []
        for row in rows:
            assert articles.search(articles.get(row.id).text, top_k=1)[0].chunk.article_id == row.id
        return len(rows)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "BATCH", 4)


@pytest.mark.parametrize("at", range(1, 5))
def test_a_model_that_fails_at_any_call_loses_nothing_that_was_stored(home: Path, at: int) -> None:
    embedder = Faulty(at)
    with closing(opened(home, embedder)) as articles:
        if at < 4:
            with pytest.raises(Fault):
                articles.add_articles(FERRIES)
        else:
            articles.add_articles(FERRIES)
    assert is_whole(home) == 4 * min(3, at - 1)
    with closing(opened(home)) as articles:
        assert articles.add_articles(FERRIES).added == 12 - 4 * min(3, at - 1)
    assert is_whole(home) == 12


@pytest.mark.parametrize("method", ["upsert", "delete"])
@pytest.mark.parametrize("at", [1, 2])
def test_a_vector_index_that_fails_at_any_call_is_built_anew(home: Path, method: str, at: int) -> None:
    with closing(opened(home)) as articles:
        articles.add_articles(FERRIES[:6])
        index = articles._dense.index
        assert index is not None
        real = index._collection

        class Collection:
            def __getattr__(self, name: str) -> Any:
                return failing if name == method else getattr(real, name)

        failing = Nth(getattr(real, method), at, Fault("chroma has failed"))
        index._collection = Collection()
        for n in range(2):
            articles.add_articles([replace(FERRIES[n], text=f"Ferry new{n} sinks often."), FERRIES[6 + n]])
        assert failing.calls == at, "it is used no more after its failure"
        assert {row.state for row in articles.list()} == {"indexed"}
    assert is_whole(home) == 8


class Connection(sqlite3.Connection):
    """Fails at the n-th COMMIT of the whole process."""

    commits, at = 0, 0

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
        if sql == "COMMIT":
            Connection.commits += 1
            if Connection.commits == Connection.at:
                raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *given)


@pytest.fixture
def failing_commits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Connection))
    Connection.at = 0
    yield
    Connection.at = 0


@pytest.mark.usefixtures("failing_commits")
def test_a_commit_that_fails_at_any_time_is_a_problem_and_changes_nothing_by_halves(tmp_path: Path) -> None:
    def run(at: int) -> set[str]:
        """The texts that are there after a run in which commit number `at` has failed."""
        Connection.commits, Connection.at = 0, at
        with closing(Library(tmp_path / f"{at}.sqlite")) as library:
            for act in (
                lambda: Ingest(library, WordEmbedder(), 150).run([("x.txt", "it is empty."), *FERRIES[:6]], 7),
                lambda: Ingest(library, WordEmbedder(), 150).run([replace(FERRIES[0], text="Ferry new0 sinks often.")], 1),
                lambda: library.settled(library.pending(), library.unlinked()),
                lambda: library.remove([library.rows()[-1].id]),
            ):
                with suppress(Problem):  # anything else fails the test
                    act()
                    continue
                act()  # and then it goes well
            assert library.integrity() == []
            assert set(library.stories([row.id for row in library.rows()])) == {row.id for row in library.rows()}
            return {library.get(row.id).text for row in library.rows()}

    wanted = run(0)
    total = Connection.commits
    assert len(wanted) == 5 and total > 5
    assert all(run(at) == wanted for at in range(3, total + 1))  # the first two make the library


def test_a_rename_that_fails_leaves_the_last_export_whole(articles: Articles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "exports" / "all.aqa"
    target.parent.mkdir()
    export_library(articles, target)
    before = target.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", Nth(os.replace, 1, OSError(28, "No space left on device")))
        with pytest.raises(Problem, match="No space left"):
            export_library(articles, target)
    assert target.read_bytes() == before
    assert [path.name for path in target.parent.iterdir()] == ["all.aqa"]


# A child whose files may not grow beyond a size: a full disk, for SQLite and Chroma alike.
FULL = """
import resource, sys
from pathlib import Path
import chromadb
from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.problem import Problem
from index.types import Article
home = Path(sys.argv[1])
articles = Articles(home, home, embedder=WordEmbedder(), reranker=OverlapReranker())
articles.own()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]) * 1024,) * 2)
for n in range(400):
    try:
        articles.add_articles([Article("", f"Ferry {n}", f"Ferry number{n} sinks never. " * 200, origin=f"{n}.txt")])
    except Problem as problem:
        print("Problem:", problem)
        break
    print(n, flush=True)
"""


@pytest.mark.parametrize("size", [500])
def test_a_full_disk_is_a_problem_and_nothing_that_was_acknowledged_is_lost(home: Path, size: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FULL, str(home), str(size)], capture_output=True, text=True, timeout=200, cwd=ROOT, check=False
    )
    said = ran.stdout.splitlines()
    assert said[-1].startswith("Problem:") and "disk" in said[-1], ran.stdout + ran.stderr
    with closing(opened(home)) as articles:
        assert {f"{n}.txt" for n in range(len(said) - 1)} <= {row.origin for row in articles.list()}
        assert articles.own()
        assert articles.verify() == []


def test_a_folder_that_cannot_be_written_is_a_problem(home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file stands where the folder should be")
    with pytest.raises(Problem, match="ARTICLE_QA_HOME"):
        opened(home)


def test_a_library_that_may_only_be_read_is_read_and_says_so_when_written(home: Path) -> None:
    with closing(opened(home)) as articles:
        articles.add_articles(FERRIES[:3])
        articles.library.connection.execute("PRAGMA query_only = ON")
        with pytest.raises(Problem, match="could not be written"):
            articles.add_articles(FERRIES[3:])
        assert articles.search("ferry number1")[0].title == "Ferry 1"
        assert len(articles.list()) == 3
    assert is_whole(home) == 3


class Meanwhile(WordEmbedder):
    """While it embeds, another process does something: once, or as often as it is told."""

    def __init__(self, act: Callable[[], object], times: int = 1) -> None:
        self.act, self.times = act, times

    def passages(self, texts: Sequence[str]) -> Any:
        if self.times:
            self.times -= 1
            self.act()
        return super().passages(texts)


@pytest.mark.parametrize(
    ("first", "second", "texts"),
    [
        pytest.param(FERRIES[0], FERRIES[0], {FERRIES[0].text}, id="the same file"),
        pytest.param(FERRIES[0], replace(FERRIES[0], text="It sank."), {FERRIES[0].text}, id="another text of the same file"),
        pytest.param(FERRIES[0], replace(FERRIES[0], origin="copy.txt"), {FERRIES[0].text}, id="the same text of another file"),
        pytest.param(FERRIES[0], FERRIES[1], {FERRIES[0].text, FERRIES[1].text}, id="another file"),
    ],
)
def test_two_processes_that_add_at_once_lose_nothing_and_double_nothing(
    home: Path, first: Article, second: Article, texts: set[str]
) -> None:
    with closing(opened(home)) as other, closing(opened(home, Meanwhile(lambda: other.add_articles([second])))) as articles:
        articles.add_articles([first])
        assert {articles.get(row.id).text for row in articles.list()} == texts
        for article in (first, second):
            found = articles.library.find(origin=article.origin)
            assert found and found.text in texts
    is_whole(home)


def test_an_edit_that_another_process_forestalls_is_made_on_what_is_there_then(home: Path) -> None:
    with closing(opened(home)) as other:
        other.add_articles(FERRIES[:1])
        changed = replace(FERRIES[0], text="It sank.")
        with closing(opened(home, Meanwhile(lambda: other.add_articles([changed])))) as articles:
            (row,) = articles.list()
            articles.edit(row.id, title="The wreck")
            assert (articles.get(row.id).title, articles.get(row.id).text) == ("The wreck", "It sank.")
    assert is_whole(home) == 1


@pytest.mark.parametrize("lost", [1, 20])
def test_what_a_kill_left_out_of_reach_is_found_by_looking_for_every_vector_and_put_right(
    home: Path, caplog: pytest.LogCaptureFixture, lost: int
) -> None:
    chance = random.Random(5)
    articles = opened(home)
    articles.add_articles(
        replace(FERRIES[0], text=f"Ferry{n} " + " ".join("".join(chance.choices("abcdefgh", k=6)) for _ in range(30)), origin=f"{n}.txt")
        for n in range(150)
    )
    index = articles._dense.index
    assert index is not None
    (ids,) = (ids[77 : 77 + lost] for ids, _ in articles.library.batches())
    index._collection.upsert(ids=ids, embeddings=[[1.0] + [0.0] * 63] * lost)  # elsewhere, while every count is well
    index._let_go()  # as a kill would: nothing is written down
    articles._dense.index = None
    articles.close()
    assert is_whole(home, 150) == 150
    assert ("building it anew" in caplog.text) == (lost > 3)
