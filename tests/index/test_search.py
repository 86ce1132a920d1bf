from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.articles import Articles
from index.copies import containment, fold, shingles
from index.fakes import OverlapReranker, WordEmbedder
from index.problem import Problem
from index.rerank import relevance
from index.search import LONGEST_QUESTION, Legs, checked_question, fuse
from index.types import Article, Filters
from index.words import match_terms

STORY = "The freighter Ostrava ran aground on the sandbank off Pellworth on Monday with nineteen sailors aboard, the coast guard said."


def titles(articles: Articles, question: str, filters: Filters = Filters(), top_k: int = 10) -> list[str]:
    return [p.title for p in articles.search(question, filters, top_k)]


def opened(home: Path, candidates: int = 20) -> Articles:
    return Articles(home, home, candidates=candidates, embedder=WordEmbedder(), reranker=OverlapReranker())


# Fusion


@pytest.mark.parametrize(
    ("legs", "order"),
    [
        ([[1, 2, 3], []], [1, 2, 3]),
        ([[1, 2], [2, 3]], [2, 1, 3]),  # 2: 31/32 + 1; 1: 1; 3: 31/32
        ([[1, 2, 3], [3, 2, 1]], [1, 3, 2]),  # 1 and 3: 1 + 31/33 = 1.9394; 2: 62/32 = 1.9375
        ([[5], [4]], [4, 5]),  # equal: the lower number first, so that the order is always the same
        ([[], []], []),
    ],
)
def test_fusion_adds_the_reciprocal_ranks(legs: list[list[int]], order: list[int]) -> None:
    agreed = fuse(legs)
    assert sorted(agreed, key=lambda n: (-agreed[n], n)) == order
    assert all(0 < share <= len(legs) for share in agreed.values())


@pytest.mark.parametrize(("logit", "agreement"), [(-40.0, 0.0), (40.0, 2.0), (0.0, 1.0), (0.0, None)])
def test_relevance_is_a_probability_that_grows_with_logit_and_agreement(logit: float, agreement: float | None) -> None:
    here = relevance(logit, agreement)
    assert 0.0 <= here <= 1.0
    assert here <= relevance(logit + 1.0, agreement)
    assert agreement is None or here <= relevance(logit, agreement + 0.5)


# Near-copies


def test_containment_is_the_share_of_the_smaller() -> None:
    one, other = shingles("a b c d e f"), shingles("x a b c d")  # abcd bcde cdef; xabc abcd
    assert containment(one, other) == 0.5
    assert containment(one, one) == 1.0
    assert containment(frozenset(), one) == 0.0


@pytest.mark.parametrize(
    ("owners", "days", "groups"),
    [
        pytest.param("ab", (0, 0), [[0, 1]], id="two outlets on one day"),
        pytest.param("ab", (0, 3), [[0, 1]], id="three days apart"),
        pytest.param("ab", (0, 4), [[0], [1]], id="four days apart is news"),
        pytest.param("ab", (0, None), [[0, 1]], id="a date unknown"),
        pytest.param("aa", (0, 0), [[0], [1]], id="one article is no copy of itself"),
    ],
)
def test_near_copies_are_folded(owners: str, days: tuple[int, int | None], groups: list[list[int]]) -> None:
    dates = [None if d is None else date(2024, 1, 1) + timedelta(d) for d in days]
    assert fold([STORY, STORY.replace("Monday", "Tuesday")], list(owners), dates) == groups


def test_a_copy_is_named_beside_the_passage_it_was_folded_into(articles: Articles) -> None:
    articles.add_articles(
        [
            Article("", "Aground", STORY, "Gazette", published=date(2024, 1, 1), origin="1"),
            Article(
                "", "Ship aground", f"PELLWORTH – {STORY} Tugs are on their way.", "Harbour Ledger", published=date(2024, 1, 2), origin="2"
            ),
            Article("", "Aground off Pellworth", STORY.replace("nineteen", "ten"), None, published=date(2024, 1, 1), origin="3"),
        ]
    )
    found = articles.search("How many sailors were aboard the freighter Ostrava?", top_k=10)
    about = [p for p in found if "Ostrava" in p.chunk.text]
    assert len(about) == 1
    assert {about[0].source or about[0].title, *about[0].copies} == {"Gazette", "Harbour Ledger", "Aground off Pellworth"}


# Questions


@pytest.mark.parametrize(
    "question",
    [
        pytest.param('bridge AND "Varn" OR NOT NEAR(x, 5)', id="operators"),
        pytest.param('title:bridge -Varn +opened ^the* {a b} : "', id="marks of FTS5"),
        pytest.param("the bridge's “northern” arch\x00\x1f\u200b at Varn", id="control characters"),
        pytest.param("bridge Varn \ud83d", id="half a character"),
        pytest.param("'; DROP TABLE articles; -- bridge Varn", id="SQL"),
        pytest.param("bridge Varn " + "opened " * 280, id="almost too long"),
    ],
)
def test_nothing_in_a_question_is_more_than_words(articles: Articles, question: str) -> None:
    assert titles(articles, question)[0] == "The bridge at Varn"


@pytest.mark.parametrize(
    "question",
    ["who was it that did it?", "the", "?!", "…", "🚢", "東京の橋はいつ", "Когда открыли мост?", "पुल कब खुला", "متى افتتح الجسر"],
    ids=str,
)
def test_a_question_without_known_words_is_answered_by_vectors_alone(articles: Articles, question: str) -> None:
    assert len(titles(articles, question)) == 4


@pytest.mark.parametrize("question", ["", " \n\t", "\u200b\x00", "\ud83d"], ids=repr)
def test_an_empty_question_is_named(articles: Articles, question: str) -> None:
    with pytest.raises(Problem, match="empty"):
        articles.search(question)


def test_a_question_of_2000_characters_is_read_and_a_longer_one_named() -> None:
    assert len(checked_question("x" * LONGEST_QUESTION)) == 2000
    with pytest.raises(Problem, match="2,001 characters"):
        checked_question("x" * (LONGEST_QUESTION + 1))


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("When was the bridge opened?", ["bridge", "opened"]),
        ("bridge Bridge BRIDGE", ["bridge"]),
        ("Who was it?", ["who", "was", "it"]),
        ("Did H5N1 or the G20 matter in the 1990s?", ["h5n1", "g20", "matter", "1990s"]),
        ("a 3.5m pole, 2,700km", ["3", "5m", "pole", "2", "700km"]),
        ("It cost 2,700.5 at 3.5 %", ["cost", "2,700.5", "3.5"]),
        ("What is the world's oldest bridge, and isn't it Varn’s?", ["world", "oldest", "bridge", "varn"]),
        ("", []),
    ],
)
def test_the_words_worth_looking_up(question: str, terms: list[str]) -> None:
    assert match_terms(question) == terms


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Мост через реку Тамсель открыт.", "Где мост через Тамсель?"),
        ("Le château fut bâti à Besançon.", "chateau Besancon"),
        ("The lanterns glowed.", "lantern glowing"),
        ("It has 2,700 rivets.", "2,700 rivets"),
        ("The O’Neill works closed.", "O’Neill"),
        ("The outbreak of H5N1 ended.", "H5N1"),
        ("The Straße is closed.", "Straße"),
    ],
    ids=["cyrillic", "without accents", "other forms", "figures", "an apostrophe", "letters and figures", "a sharp s"],
)
def test_words_are_found_in_other_scripts_and_forms(articles: Articles, text: str, question: str) -> None:
    articles.add_articles([Article("", "Wanted", text, origin="w")])
    assert titles(articles, question)[0] == "Wanted"


# Ranks


def test_passages_are_ranked_from_one_by_their_relevance(articles: Articles) -> None:
    found = articles.search("When was the stone bridge at Varn opened?", top_k=4)
    assert [p.rank for p in found] == [1, 2, 3, 4]
    assert [p.relevance for p in found] == sorted((p.relevance for p in found), reverse=True)
    assert all(0 <= p.relevance <= 1 for p in found)
    assert set(found[0].as_json()) >= {"rank", "relevance", "article_id", "title", "source", "url", "published", "start", "end", "text"}


def test_a_passage_tells_which_legs_brought_it(home: Path) -> None:
    many = [Article("", f"Title {n}", f"Comet number {n} returns over Oldmere {n * 7}.", origin=str(n)) for n in range(80)]
    with closing(opened(home)) as articles:
        articles.add_articles([*many, Article("", "Ferry", "The xylophone ferry of Oldmere sinks.", origin="f")])
        best = articles.search("Where did the xylophone ferry sink?", top_k=1)[0]
        assert best.title == "Ferry"
        assert best.found_by == ("words", "meaning")
        assert best.as_json()["found_by"] == ["words", "meaning"]
        assert all(p.found_by for p in articles.search("comet Oldmere", top_k=40))
    alone: Legs
    for alone, leg in (("words", "words"), ("vectors", "meaning")):
        with closing(Articles(home, home, embedder=WordEmbedder(), reranker=OverlapReranker(), legs=alone)) as articles:
            assert {p.found_by for p in articles.search("Where did the xylophone ferry sink?", top_k=4)} == {(leg,)}


def test_as_many_passages_come_as_are_asked_for(home: Path) -> None:
    many = [Article("", f"Title {n}", f"Comet number {n} returns in {1900 + n} over Oldmere {n * 7}.", origin=str(n)) for n in range(60)]
    with closing(opened(home, candidates=3)) as articles:
        articles.add_articles(many)
        assert [len(articles.search("comet", top_k=n)) for n in (1, 3, 7, 40)] == [1, 3, 7, 40]


def test_every_sentence_that_was_scored_stands_where_it_says(articles: Articles) -> None:
    for passage in articles.search("What did the flood take in 1951?", top_k=4):
        text = articles.get(passage.chunk.article_id).text
        assert all(text[s.start : s.end] == s.text for s in passage.sentences)
        best = passage.best_sentence
        assert passage.chunk.start <= best.start < best.end <= passage.chunk.end
        assert text[best.start : best.end] == best.text


# Filters


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(sources=("orbit desk",)), {"A comet returns"}),
        (Filters(sources=("Orbit Desk", "FIELD & SURVEY")), {"A comet returns", "Why sourdough rises"}),
        (Filters(published_from=date(2022, 7, 13)), {"A comet returns", "Why sourdough rises"}),
        (Filters(published_to=date(2022, 7, 13)), {"The bridge at Varn", "Why sourdough rises"}),
        (Filters(published_from=date(2022, 1, 1), published_to=date(2022, 12, 31)), {"Why sourdough rises"}),
        (Filters(published_from=date(1900, 1, 1)), {"The bridge at Varn", "A comet returns", "Why sourdough rises"}),
        (Filters(sources=("Orbit Desk",), published_to=date(2022, 1, 1)), set()),
    ],
    ids=str,
)
def test_filters_hold(articles: Articles, filters: Filters, found: set[str]) -> None:
    assert set(titles(articles, "bridge comet sourdough lighthouse", filters)) == found


DAYS = st.dates(date(2023, 1, 1), date(2023, 1, 6))
SOURCES = st.sampled_from(["Courier", "COURIER", "Straße", "Gazette", None])
MADE = st.builds(
    Article,
    id=st.just(""),
    title=st.just("T"),
    text=st.lists(st.sampled_from(["comet", "bridge", "ferry", "lamp"]), min_size=1, max_size=6).map(" ".join),
    source=SOURCES,
    published=st.none() | DAYS,
)
ASKED = st.builds(
    Filters,
    sources=st.lists(st.sampled_from(["courier", "STRASSE", "Gazette", "Nobody"]), max_size=2).map(tuple),
    published_from=st.none() | DAYS,
    published_to=st.none() | DAYS,
)


@settings(max_examples=15)
@given(st.lists(MADE, min_size=1, max_size=8), ASKED, st.sampled_from(["comet", "bridge ferry", "the"]))
def test_whatever_the_articles_nothing_outside_the_filters_is_found_and_nothing_inside_missed(
    made: list[Article], filters: Filters, question: str
) -> None:
    numbered = [replace(a, text=f"{a.text} {n}", origin=str(n)) for n, a in enumerate(made)]
    with (
        TemporaryDirectory() as folder,
        closing(Articles(Path(folder), Path(folder), embedder=WordEmbedder(), reranker=OverlapReranker())) as articles,
    ):
        articles.add_articles(numbered)
        found = articles.search(question, filters, 50)
        reached = {p.chunk.text for p in found}

    def passes(article: Article) -> bool:
        day = article.published
        return (
            (not filters.sources or (article.source or "").casefold() in {s.casefold() for s in filters.sources})
            and (not filters.published_from or (day is not None and day >= filters.published_from))
            and (not filters.published_to or (day is not None and day <= filters.published_to))
        )

    inside = {a.text for a in numbered if passes(a)}
    assert reached <= inside
    if not any(p.copies for p in found):
        assert reached == inside
