"""The library as a table, its collections, and what is removed and had back."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from index import discarded
from index.archive import export_library, import_library
from index.articles import Articles
from index.discarded import discard, restore
from index.fakes import OverlapReranker, WordEmbedder
from index.ledger import Column, Wanted
from index.library import Library
from index.problem import Problem
from index.types import Article, Filters

SENTENCES = " ".join(f"The inspectors counted {n} rivets on the northern span of the bridge at Varn." for n in range(40))
FOUR = (
    Article("", "Über die Brücke", f"{SENTENCES} It opened in 1932.", "Courier", "Ada", None, date(2021, 3, 4), origin="a.txt"),
    Article("", "The bridge 100%", f"{SENTENCES} It opened in 1932!", "gazette", None, None, date(2021, 3, 5), origin="b.txt"),
    Article("", "A comet", "The comet returns every seventy-six years.", None, "Bo", None, None, origin="c.txt"),
    Article("", "the ferry", "The ferry sinks never, says its captain.", "Courier", None, None, date(2020, 1, 1), origin="d.txt"),
)


@pytest.fixture
def library(articles: Articles) -> Articles:
    """The four and nothing else."""
    articles.remove([row.id for row in articles.list()])
    articles.add_articles(FOUR)
    return articles


ALL = Wanted()


def titles(articles: Articles, wanted: Wanted = ALL, first: int = 0, count: int = 50) -> list[str]:
    return [row.title for row in articles.library.page(wanted, first, count)[0]]


def named(articles: Articles, title: str) -> str:
    return next(row.id for row in articles.list() if row.title == title)


@pytest.mark.parametrize(
    ("order", "ascending"),
    [
        ("title", ["A comet", "The bridge 100%", "the ferry", "Über die Brücke"]),
        ("outlet", ["Über die Brücke", "the ferry", "The bridge 100%", "A comet"]),
        ("published", ["the ferry", "Über die Brücke", "The bridge 100%", "A comet"]),
        ("added", ["Über die Brücke", "The bridge 100%", "A comet", "the ferry"]),
    ],
)
def test_it_is_ordered_without_regard_to_case_and_what_is_unknown_comes_last(
    library: Articles, order: Column, ascending: list[str]
) -> None:
    assert titles(library, Wanted(order=order, descending=False)) == ascending
    known = ascending[:-1] if order in ("outlet", "published") else ascending
    assert titles(library, Wanted(order=order)) == [*reversed(known), *ascending[len(known) :]]


def test_a_page_of_it_comes_with_how_many_there_are(library: Articles) -> None:
    rows, total = library.library.page(Wanted(order="title", descending=False), 1, 2)
    assert ([row.title for row in rows], total) == (["The bridge 100%", "the ferry"], 4)
    assert library.library.page(Wanted(), 40, 2) == ([], 4)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted("brücke COURIER"), {"Über die Brücke"}),
        (Wanted("ada"), {"Über die Brücke"}),
        (Wanted("100% bridge"), {"The bridge 100%"}),
        (Wanted("_ ' \" --"), set()),
        (Wanted(filters=Filters(sources=("COURIER",))), {"Über die Brücke", "the ferry"}),
        (Wanted(filters=Filters(published_from=date(2021, 1, 1))), {"Über die Brücke", "The bridge 100%"}),
        (Wanted(state="pending"), set()),
        (Wanted("ferry", state="indexed"), {"the ferry"}),
        (Wanted(copied=True), {"Über die Brücke", "The bridge 100%"}),
        (Wanted(story="nowhere"), set()),
    ],
)
def test_only_what_is_wanted_is_shown(library: Articles, wanted: Wanted, found: set[str]) -> None:
    library.own()
    assert set(titles(library, wanted)) == found


def test_the_near_copies_of_one_article_are_shown_together(library: Articles) -> None:
    assert len(titles(library, Wanted(story=named(library, "The bridge 100%")))) == 2
    assert titles(library, Wanted(story=named(library, "the ferry"))) == ["the ferry"]


def test_a_collection_is_made_asked_alone_renamed_and_dissolved(library: Articles) -> None:
    ferry, comet = named(library, "the ferry"), named(library, "A comet")
    assert library.library.collect("  Ships\u200b and\nseas ", [ferry, ferry]) == "Ships and seas"
    library.library.collect("Sky", [comet, ferry])
    assert library.library.collections() == {"Ships and seas": 1, "Sky": 2}
    assert {p.chunk.article_id for p in library.search("What returns or sinks?", Filters(collection="Ships and seas"))} == {ferry}
    assert titles(library, Wanted(filters=Filters(collection="Sky"), order="title", descending=False)) == ["A comet", "the ferry"]
    library.library.collect("Sky", leave=[ferry])
    assert library.library.collected(ferry) == ["Ships and seas"]
    library.library.rename_collection("Sky", "Ships and seas")
    assert library.library.collections() == {"Ships and seas": 2}
    library.library.rename_collection("Ships and seas", "")
    assert library.library.collections() == {}
    assert library.counts()[0] == 4


def test_what_cannot_be_collected_is_told_and_nothing_is_changed(library: Articles) -> None:
    ferry = named(library, "the ferry")
    for name, ids, why in (("", [ferry], "no name"), ("x" * 81, [ferry], "81 characters"), ("Sky", [ferry, "none"], "'none'")):
        with pytest.raises(Problem, match=why):
            library.library.collect(name, ids)
    with pytest.raises(Problem, match="There are: none yet"):
        library.search("Which sky?", Filters(collection="Sky"))
    with pytest.raises(Problem, match="no collection 'Sky'"):
        library.library.rename_collection("Sky", "Sea")
    assert library.library.collections() == {}


def test_what_is_removed_is_had_back_as_it_was(library: Articles, tmp_path: Path) -> None:
    ferry = named(library, "the ferry")
    library.add_articles([replace(FOUR[3], text="The ferry sank after all, in a calm sea.")])
    library.edit(ferry, title="The Ferry")
    library.library.add_origin("copy.txt", ferry)
    library.library.collect("Ships", [ferry])
    before = (library.get(ferry), library.get(ferry, 1), library.origins(ferry), library.library.edited(ferry))
    assert discard(library, [ferry]) == 1
    assert library.counts()[0] == 3
    assert library.library.collections() == {}
    assert not any(p.chunk.article_id == ferry for p in library.search("Did the ferry sink?"))
    assert restore(library, [ferry]) == 1
    assert (library.get(ferry), library.get(ferry, 1), library.origins(ferry), library.library.edited(ferry)) == before
    assert library.library.collections() == {"Ships": 1}
    assert library.search("Did the ferry sink?")[0].chunk.article_id == ferry
    assert library.verify() == []
    assert (discard(library, [ferry]), restore(library, [ferry])) == (1, 1), "a second time as the first"


def test_nothing_is_removed_where_one_is_not_there_and_nothing_comes_back_a_day_later(
    library: Articles, monkeypatch: pytest.MonkeyPatch
) -> None:
    ferry, comet = named(library, "the ferry"), named(library, "A comet")
    with pytest.raises(Problem, match="Nothing was removed lately"):
        restore(library, [ferry])
    with pytest.raises(Problem, match="no article 'none'"):
        discard(library, [ferry, "none"])
    assert library.counts()[0] == 4
    discard(library, [ferry])

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(days=1, minutes=1)

    monkeypatch.setattr(discarded, "datetime", Later)
    discard(library, [comet])
    with pytest.raises(Problem, match="gone for good"):
        restore(library, [comet, ferry])
    assert restore(library, [comet]) == 1


def test_what_was_added_again_meanwhile_stays_as_it_is(library: Articles) -> None:
    ferry = named(library, "the ferry")
    discard(library, [ferry])
    library.add_articles([replace(FOUR[3], title="Ferry news")])
    restore(library, [ferry])
    assert [row.title for row in library.list() if row.id == ferry] == ["Ferry news"]
    assert library.counts()[0] == 4


def test_an_export_carries_the_collections(library: Articles, tmp_path: Path) -> None:
    library.library.collect("Ships", [named(library, "the ferry")])
    export_library(library, tmp_path / "all.aqa")
    with closing(Articles(tmp_path / "other", tmp_path, embedder=WordEmbedder(), reranker=OverlapReranker())) as other:
        import_library(other, tmp_path / "all.aqa")
        assert other.library.collections() == {"Ships": 1}


def test_a_library_of_format_2_gets_its_collections(library: Articles, tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    library.library.snapshot(path)
    with closing(Library(path)) as opened:
        opened.connection.execute("DROP TABLE collected")
        opened.connection.execute("PRAGMA user_version = 2")
    with closing(Library(path)) as opened:
        assert opened.collect("All", [row.id for row in opened.rows()]) == "All"
        assert opened.counts()[0] == 4
    assert path.with_name("old.sqlite.format-2.bak").exists()
