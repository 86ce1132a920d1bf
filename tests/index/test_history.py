"""Versions, origins and facts put right by hand: what changes, and what an old citation still opens."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index.archive import export_library, import_library
from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.problem import Problem
from index.types import Article, Filters, dated, last_day
from tests.conftest import BRIDGE


def of(articles: Articles, origin: str = "bridge.txt") -> Article:
    found = articles.library.find(origin=origin)
    assert found
    return found


def changed(articles: Articles, text: str) -> Article:
    articles.add_articles([replace(BRIDGE, text=text)])
    return of(articles)


# Versions


def test_a_citation_opens_the_version_it_was_made_from(articles: Articles) -> None:
    passage = articles.search("When was the stone bridge at Varn opened?")[0]
    best = passage.best_sentence
    first = of(articles)
    assert articles.cited(first.id, best.start, best.end, best.text) == (first, False)
    second = changed(articles, "The bridge at Varn was closed in 2025.")
    third = changed(articles, "The bridge at Varn is gone.")
    old, is_old = articles.cited(first.id, best.start, best.end, best.text)
    assert is_old and old.text == first.text and old.text[best.start : best.end] == best.text
    assert articles.cited(first.id, 0, 18, "The bridge at Varn") == (third, False)
    assert articles.cited(first.id, 23, 29, "closed")[0].text == second.text
    with pytest.raises(Problem, match="in no version"):
        articles.cited(first.id, 0, 5, "Never")
    with pytest.raises(Problem, match="no article"):
        articles.cited("nowhere", 0, 5, "Never")


def test_every_version_is_kept_and_readable_and_the_present_one_is_answered_from(articles: Articles) -> None:
    first = of(articles)
    second = changed(articles, "The bridge at Varn was closed in 2025.")
    versions = articles.versions(first.id)
    assert [(v.number, v.chars, v.until is None) for v in versions] == [(2, len(second.text), True), (1, len(first.text), False)]
    assert versions[1].since == first.added
    assert articles.get(first.id, 1).text == first.text
    assert articles.get(first.id, 2) == articles.get(first.id) == second
    assert not [p for p in articles.search("bridge opened 1932", top_k=10) if "1932" in p.chunk.text]
    for nothing in (0, 3):
        with pytest.raises(Problem, match="no version"):
            articles.get(first.id, nothing)


def test_facts_alone_make_no_version(articles: Articles) -> None:
    articles.add_articles([replace(BRIDGE, author="Bo Quill")])
    articles.edit(of(articles).id, title="The old bridge")
    articles.reindex()
    assert len(articles.versions(of(articles).id)) == 1


def test_removing_an_article_removes_every_version(articles: Articles) -> None:
    article = changed(articles, "The bridge at Varn was closed in 2025.")
    articles.remove([article.id])
    with pytest.raises(Problem, match="no article"):
        articles.versions(article.id)
    articles.add_articles([BRIDGE])
    assert len(articles.versions(of(articles).id)) == 1


def test_an_export_takes_versions_origins_and_edits_along(articles: Articles, tmp_path: Path) -> None:
    article = changed(articles, "The bridge at Varn was closed in 2025.")
    articles.add_articles([replace(article, id="", origin="copy.txt")])
    articles.edit(article.id, title="The old bridge")
    export_library(articles, tmp_path / "all.aqa")
    with closing(Articles(tmp_path / "other", tmp_path, embedder=WordEmbedder(), reranker=OverlapReranker())) as other:
        for _ in range(2):
            import_library(other, tmp_path / "all.aqa")
            assert other.versions(article.id) == articles.versions(article.id)
            assert other.get(article.id, 1) == articles.get(article.id, 1)
            assert other.origins(article.id) == ["bridge.txt", "copy.txt"]
            assert other.library.edited(article.id) == {"title"}
        assert other.verify() == []


# Facts put right by hand


def test_what_is_edited_is_found_by_it_and_survives_another_reading(articles: Articles) -> None:
    bridge = of(articles)
    edited = articles.edit(
        bridge.id, title=" The  ferry ", source="The Gazette", published=date(2020, 5, 1), precision="month", author=None
    )
    assert (edited.title, edited.source, edited.author, edited.published) == ("The ferry", "The Gazette", None, date(2020, 5, 1))
    assert articles.get(bridge.id) == edited
    assert articles.search("ferry")[0].title == "The ferry"
    assert articles.search("bridge", Filters(sources=("the gazette",), published_to=date(2020, 5, 31)))[0].title == "The ferry"
    report = articles.add_articles([BRIDGE])
    assert (report.unchanged, articles.get(bridge.id)) == (1, edited)
    articles.add_articles([replace(BRIDGE, text="It closed.", url="https://b.example", published=date(1999, 1, 1))])
    assert articles.get(bridge.id) == replace(edited, text="It closed.", url="https://b.example")
    assert articles.verify() == []


def test_a_date_that_nobody_knows_stays_unknown(articles: Articles) -> None:
    bridge = of(articles)
    articles.edit(bridge.id, published=None)
    articles.add_articles([BRIDGE, replace(BRIDGE, origin="copy.txt")])
    assert articles.get(bridge.id).published is None


class Counting(WordEmbedder):
    texts = 0

    def passages(self, texts):  # type: ignore[no-untyped-def]
        Counting.texts += len(texts)
        return super().passages(texts)


def test_only_what_depends_on_the_fact_is_embedded_again(home: Path) -> None:
    with closing(Articles(home, home, embedder=Counting(), reranker=OverlapReranker())) as articles:
        articles.add_articles([BRIDGE])
        bridge = of(articles)
        before = Counting.texts
        articles.edit(bridge.id, author="Bo Bramble", url="https://b.example")
        assert Counting.texts == before
        assert articles.search("Bramble")[0].chunk.article_id == bridge.id, "the word index knows the author"
        before = Counting.texts
        articles.edit(bridge.id, published=date(2021, 3, 1), precision="month")
        assert Counting.texts == before + 1
        assert articles.verify() == []


@pytest.mark.parametrize("facts", [{}, {"text": "x"}, {"title": " "}, {"title": None}, {"precision": "day"}], ids=str)
def test_what_cannot_be_edited_is_told(articles: Articles, facts: dict[str, str]) -> None:
    with pytest.raises(Problem, match=r"edited|title"):
        articles.edit(of(articles).id, **facts)


# Dates


@pytest.mark.parametrize(
    ("precision", "said", "last"),
    [("day", "2024-02-01", date(2024, 2, 1)), ("month", "2024-02", date(2024, 2, 29)), ("year", "2024", date(2024, 12, 31))],
)
def test_a_date_says_what_is_known_of_it(precision, said: str, last: date) -> None:  # type: ignore[no-untyped-def]
    assert dated(date(2024, 2, 1), precision) == said
    assert last_day(date(2024, 2, 1), precision) == last
    assert dated(None, precision) is last_day(None, precision) is None


def test_a_filter_holds_for_every_day_that_a_date_may_stand_for(articles: Articles) -> None:
    articles.edit(of(articles).id, published=date(2021, 3, 1), precision="month")
    varn = "the stone bridge at Varn"

    def found(first: date | None, last: date | None) -> bool:
        return "The bridge at Varn" in {p.title for p in articles.search(varn, Filters((), first, last))}

    assert found(date(2021, 3, 1), date(2021, 3, 31))
    assert not found(date(2021, 3, 2), None)
    assert not found(None, date(2021, 3, 30))
