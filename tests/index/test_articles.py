"""The library and its search as one: several processes, kills, changes of the model."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.problem import Problem
from index.types import Article, Filters
from index.vectors import VectorIndex

ROOT = Path(__file__).parents[2]
NEW = Article(
    "", "The ferry", "The ferry to Oldmere sinks never, says its captain.", "Gazette", published=date(2024, 1, 2), origin="ferry.txt"
)
# What another process does to the library at argv[1]; it prints what came of it.
OTHER = """
import sys
from pathlib import Path
from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
home = Path(sys.argv[1])
articles = Articles(home, home, embedder=WordEmbedder(), reranker=OverlapReranker())
"""


def opened(home: Path, embedder: WordEmbedder | None = None) -> Articles:
    return Articles(home, home / "models", embedder=embedder or WordEmbedder(), reranker=OverlapReranker())


def elsewhere(home: Path, code: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", OTHER + code, str(home)], capture_output=True, text=True, timeout=120, cwd=ROOT, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def first(articles: Articles, question: str) -> str:
    found = articles.search(question)
    return found[0].title if found else ""


def states(articles: Articles) -> set[str]:
    return {row.state for row in articles.list()}


# Adding and removing


def test_what_is_added_is_found_and_indexed(articles: Articles) -> None:
    assert first(articles, "When was the bridge at Varn opened?") == "The bridge at Varn"
    assert states(articles) == {"indexed"}
    assert articles.counts() == (4, 4)
    assert articles.verify() == []


def test_files_folders_and_failures_come_in_one_report(articles: Articles, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a_small-ferry.txt").write_text("The ferry to Oldmere never sinks,\nsays its captain.")
    (tmp_path / "in" / "bad.md").write_text("---\ntitle: a: b\n---\ntext")
    report = articles.add(
        [str(tmp_path / "in"), str(tmp_path / "nowhere.txt"), "https://a.example/x", "~nobody-here/x.txt"], source="Gazette"
    )
    assert (report.added, len(report.failed)) == (1, 4)
    assert [Path(origin).name for origin, _ in report.failed] == ["bad.md", "nowhere.txt", "x.txt", "x"]
    found = articles.search("ferry Oldmere")[0]
    assert (found.title, found.source) == ("a small ferry", "Gazette")


def test_a_link_that_cannot_be_read_is_named_as_it_was_given(articles: Articles) -> None:
    ((origin, why),) = articles.add(["https://a.example/x?y=1"]).failed
    assert origin == "https://a.example/x?y=1"
    assert "save the page" in why


def test_two_pasted_texts_without_a_title_stay_two_though_their_first_lines_agree(articles: Articles) -> None:
    assert articles.add_text("Notes\nThe ferry sinks never.").added == 1
    assert articles.add_text("Notes\nThe tram runs on rails.").added == 1
    assert articles.add_text("Notes\nThe tram runs on rails.").unchanged == 1
    assert articles.counts()[0] == 6


def test_pasted_articles_are_told_apart_by_their_title(articles: Articles) -> None:
    articles.add_text("The ferry sinks never.", title="The ferry")
    assert articles.add_text("The ferry sinks often.", title="The ferry").updated == 1
    assert articles.add_text("The tram\nruns on rails.").articles[0][1] == "The tram"
    assert articles.counts()[0] == 6


def test_a_removed_article_is_found_no_more(articles: Articles) -> None:
    bridge = articles.search("bridge Varn")[0].chunk.article_id
    assert articles.remove([bridge]) == 1
    assert "The bridge at Varn" not in {p.title for p in articles.search("bridge Varn", top_k=10)}
    with pytest.raises(Problem, match="nothing was removed"):
        articles.remove([bridge])


def test_an_article_that_was_removed_can_be_added_again(articles: Articles) -> None:
    for _ in range(2):
        articles.add_articles([NEW])
        assert first(articles, "ferry Oldmere captain") == "The ferry"
        articles.remove([articles.search("ferry Oldmere captain")[0].chunk.article_id])
    articles.add_articles([NEW])
    assert first(articles, "ferry Oldmere captain") == "The ferry"
    assert articles.verify() == []


# Several processes


def test_a_second_process_cannot_own_the_index_but_adds_removes_and_searches(articles: Articles) -> None:
    assert articles.own()
    bridge = articles.search("bridge Varn")[0].chunk.article_id
    said = elsewhere(
        articles.home,
        f"""
print(articles.own())
print(articles.add_text("The ferry to Oldmere sinks never.", title="The ferry").added)
print(articles.remove([{bridge!r}]))
print(articles.search("ferry Oldmere")[0].title)
print([p.title for p in articles.search("bridge Varn") if "bridge" in p.title])
print({{row.state for row in articles.list()}} == {{"indexed", "pending"}})
""",
    )
    assert said.splitlines() == ["False", "1", "1", "The ferry", "[]", "True"]
    # Here both hold at once, and the index is told later.
    assert first(articles, "ferry Oldmere") == "The ferry"
    assert "The bridge at Varn" not in {p.title for p in articles.search("bridge Varn", top_k=10)}
    articles.settle()
    assert states(articles) == {"indexed"}
    assert articles.verify() == []


def test_the_next_process_owns_what_the_last_one_closed(articles: Articles) -> None:
    articles.close()
    assert elsewhere(articles.home, "print(articles.own(), articles.verify())") == "True []"


def test_reindex_is_refused_while_another_process_owns_the_index(articles: Articles) -> None:
    assert articles.own()
    with closing(opened(articles.home)) as second:
        assert not second.own()
        with pytest.raises(Problem, match="Another article-qa process"):
            second.reindex()
        assert second.verify(repair=True) == ["the vector index is in use by another process and was not checked"]


def test_verify_beside_a_running_chat_fails_nothing_but_tells_what_it_did_not_check(articles: Articles) -> None:
    assert articles.own()
    with closing(opened(articles.home)) as second:
        assert second.verify() == []
        found = second.checked()
    assert found.checked == ("the database with 4 articles in 4 passages", "the word index")
    assert found.unchecked == ("the vector index is in use by another process and was not checked",)
    assert articles.checked().unchecked == ()


def test_the_running_app_goes_on_after_the_library_could_not_be_read(
    articles: Articles, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(opened(home)) as second:
        assert articles.own()
        second.add_articles([NEW])
        second.library.connection.execute("ALTER TABLE unlinked RENAME TO mislaid")
        articles.keep_settled()
        ready = threading.Event()
        for _ in range(100):
            if "could not be read" in caplog.text:
                break
            ready.wait(0.1)
        assert "could not be read (no such table: unlinked)" in caplog.text
        assert states(articles) == {"indexed", "pending"}
        second.library.connection.execute("ALTER TABLE mislaid RENAME TO unlinked")
    for _ in range(100):
        if states(articles) == {"indexed"}:
            break
        ready.wait(0.1)
    assert states(articles) == {"indexed"}


def test_the_running_app_takes_in_what_others_add_and_ends_when_closed(articles: Articles, home: Path) -> None:
    articles.keep_settled()
    with closing(opened(home)) as second:
        second.add_articles([NEW])
    ready = threading.Event()
    for _ in range(100):
        if states(articles) == {"indexed"}:
            break
        ready.wait(0.1)
    assert states(articles) == {"indexed"}
    articles.close()
    assert not [t for t in threading.enumerate() if t.name == "settle"]


def test_what_is_added_while_the_chroma_server_is_away_is_kept_and_found(home: Path) -> None:
    away = Articles(home, home, chroma_url="http://127.0.0.1:9", embedder=WordEmbedder(), reranker=OverlapReranker())
    with closing(away):
        assert away.add_articles([NEW]).added == 1
        assert first(away, "ferry Oldmere") == "The ferry"
        assert states(away) == {"pending"}
        with pytest.raises(Problem, match="does not answer"):
            away.own()
    with closing(opened(home)) as back:
        assert back.own()
        assert states(back) == {"indexed"}


# Kills and changes of model


class Killed(BaseException):
    pass


def test_an_article_is_found_and_finished_when_a_process_ends_before_the_index_is_told(
    articles: Articles, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(self: VectorIndex) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(VectorIndex, "settle", killed)
        with pytest.raises(Killed):
            articles.add_articles([NEW])
    assert first(articles, "ferry Oldmere") == "The ferry"
    assert states(articles) == {"indexed", "pending"}
    articles.close()
    with closing(opened(home)) as again:
        assert first(again, "ferry Oldmere") == "The ferry"
        assert again.own()
        assert states(again) == {"indexed"}
        assert again.verify() == []
        assert again.counts() == (5, 5)


class Doubled(WordEmbedder):
    """Another model: twice the numbers."""

    name = "doubled"
    dimension = 128

    def passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.repeat(super().passages(texts), 2, axis=1) / np.float32(2**0.5)


class Stopped(Doubled):
    def passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        raise Killed


def test_vectors_of_two_models_are_never_mixed(articles: Articles, home: Path) -> None:
    articles.close()
    with closing(opened(home, Doubled())) as other:
        for attempt in (lambda: other.add_articles([NEW]), lambda: other.search("bridge"), other.own):
            with pytest.raises(Problem, match="embedded with words; the settings say doubled"):
                attempt()
        assert other.counts() == (4, 4)
    with closing(opened(home)) as back:
        assert first(back, "bridge Varn") == "The bridge at Varn"


def test_reindex_changes_the_model(articles: Articles, home: Path) -> None:
    articles.close()
    with closing(opened(home, Doubled())) as other:
        assert other.reindex() == (4, 4)
        assert first(other, "bridge Varn") == "The bridge at Varn"
        assert other.verify() == []
    with closing(opened(home)) as back, pytest.raises(Problem, match="embedded with doubled"):
        back.search("bridge")


def test_a_reindex_that_was_interrupted_is_named_until_it_is_finished(articles: Articles, home: Path) -> None:
    articles.close()
    with closing(opened(home, Stopped())) as other, pytest.raises(Killed):
        other.reindex()
    for embedder in (WordEmbedder(), Doubled()):
        with closing(opened(home, embedder)) as other, pytest.raises(Problem, match="interrupted"):
            other.search("bridge")
    with closing(opened(home, Doubled())) as other:
        other.reindex()
        assert first(other, "bridge Varn") == "The bridge at Varn"


def test_an_empty_library_takes_any_model(home: Path) -> None:
    with closing(opened(home)) as empty:
        assert empty.search("bridge") == []
        assert empty.own()
    with closing(opened(home, Doubled())) as other:
        other.add_articles([NEW])
        assert first(other, "ferry") == "The ferry"


def test_verify_names_damage_and_repair_puts_it_right(articles: Articles) -> None:
    with articles.library.writing() as connection:
        connection.execute("DELETE FROM words WHERE rowid IN (SELECT min(number) FROM chunks)")
        connection.execute("INSERT INTO words (rowid, title, facts, body) VALUES (999, 'stray', '', 'stray')")
    assert articles.verify() == ["2 chunks do not agree with the word index"]
    assert articles.verify(repair=True) == []
    assert first(articles, "bridge Varn") == "The bridge at Varn"


def test_passages_of_an_article_carry_its_facts(articles: Articles) -> None:
    found = articles.search("When was the stone bridge at Varn opened?")[0]
    assert (found.source, found.url, found.published) == ("Tidewater Courier", "https://tidewater.example/bridge", date(2021, 3, 4))
    text = articles.get(found.chunk.article_id).text
    assert text[found.chunk.start : found.chunk.end] == found.chunk.text
    assert found.best_sentence.text == "The stone bridge at Varn was opened in May 1932."
    assert text[found.best_sentence.start : found.best_sentence.end] == found.best_sentence.text


def test_a_text_that_changes_is_found_by_its_new_words_only(articles: Articles) -> None:
    articles.add_articles([NEW])
    articles.add_articles([replace(NEW, text="Trams run to Oldmere now.")])
    (found,) = [p for p in articles.search("Oldmere", top_k=10) if p.title == "The ferry"]
    assert found.chunk.text == "Trams run to Oldmere now."


def test_a_filter_of_unknown_articles_finds_nothing(articles: Articles) -> None:
    assert articles.search("bridge", Filters(articles=("nothing",))) == []
