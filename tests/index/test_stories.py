"""Near-copies of one story get one number, whatever comes first, changes or goes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.chunking import chunk
from index.fakes import WordEmbedder
from index.library import Library
from index.minhash import PERMUTATIONS, sketch
from index.types import Article

DAY = date(2023, 12, 1)


def text(seed: int, words: int = 300) -> str:
    """Words by chance: two texts of different seeds have no run of words in common."""
    chance = random.Random(seed)
    return " ".join("".join(chance.choices("abcdefghijklmnop", k=5)) for _ in range(words))


WIRE = Article("wire", "The wire's story", text(1), "Wire", published=DAY, origin="wire.txt")
ABRIDGED = replace(WIRE, id="abridged", text=" ".join(text(1).split()[:150]) + ".", source="Courier", origin="abridged.txt")
REST = replace(WIRE, id="rest", text=" ".join(text(1).split()[150:]) + ".", source="Gazette", origin="rest.txt")
LATER = replace(WIRE, id="later", text=text(1) + " again.", published=DAY + timedelta(days=4), origin="later.txt")
UNDATED = replace(WIRE, id="undated", text="Once: " + text(1), published=None, origin="undated.txt")
OTHER = Article("other", "Another story", text(2), "Courier", published=DAY, origin="other.txt")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with closing(Library(tmp_path / "library.sqlite")) as opened:
        yield opened


def put(library: Library, *articles: Article) -> None:
    library.put([(a, chunk(a), WordEmbedder().passages([c.text for c in chunk(a)])) for a in articles])


def told(library: Library) -> set[frozenset[str]]:
    """The stories, each as the ids of its articles."""
    ids = [row.id for row in library.rows()]
    by_story = library.stories(ids)
    assert set(by_story) == set(ids), "every article has a story"
    assert {row.id: row.story for row in library.rows()} == by_story
    groups = {frozenset(i for i in ids if by_story[i] == story) for story in by_story.values()}
    assert all(frozenset(row.id for row in library.story(i)) in groups for i in ids)
    return groups


def sets(*groups: str) -> set[frozenset[str]]:
    return {frozenset(group.split()) for group in groups}


@pytest.mark.parametrize("order", list(itertools.permutations([WIRE, ABRIDGED, REST])), ids=lambda order: " ".join(a.id for a in order))
def test_copies_are_one_story_in_whatever_order_they_come(library: Library, order: tuple[Article, ...]) -> None:
    for article in order:
        put(library, article)
    put(library, OTHER)
    assert told(library) == sets("wire abridged rest", "other")


def test_a_story_told_again_later_is_news(library: Library) -> None:
    put(library, WIRE, LATER, OTHER)
    assert told(library) == sets("wire", "later", "other")


def test_known_dates_of_one_story_lie_within_three_days(library: Library) -> None:
    put(
        library, *(replace(WIRE, id=f"d{n}", text=f"{text(1)} {n}", published=DAY + timedelta(days=2 * n), origin=f"{n}") for n in range(3))
    )
    assert told(library) == sets("d0 d1", "d2")


def test_a_copy_without_a_date_may_belong_to_any(library: Library) -> None:
    put(library, UNDATED, WIRE)
    assert told(library) == sets("undated wire")


def test_what_only_one_held_together_parts_when_it_goes(library: Library) -> None:
    put(library, ABRIDGED, WIRE, REST)
    library.remove(["wire"])
    assert told(library) == sets("abridged", "rest")


def test_a_text_that_changes_leaves_its_story_and_finds_another(library: Library) -> None:
    put(library, WIRE, ABRIDGED, OTHER)
    put(library, replace(ABRIDGED, text=text(2) + " again."))
    assert told(library) == sets("wire", "abridged other")
    put(library, ABRIDGED)
    assert told(library) == sets("wire abridged", "other")


def test_a_date_that_is_put_right_changes_the_story(library: Library) -> None:
    put(library, WIRE, LATER)
    put(library, replace(LATER, published=DAY))
    assert told(library) == sets("wire later")
    was = library.get("wire")
    assert library.put_facts(replace(was, published=date(2020, 1, 1)), was=was)
    assert told(library) == sets("wire", "later")


def test_nothing_is_left_of_articles_that_are_gone(library: Library) -> None:
    put(library, WIRE, ABRIDGED, OTHER)
    library.remove(["wire", "abridged", "other"])
    for table in ("stories", "bands", "versions", "origins"):
        assert library.connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@given(st.text())
def test_any_text_has_a_sketch_that_agrees_with_itself(found: str) -> None:
    made = sketch(found)
    assert made.least.shape == (PERMUTATIONS,)
    assert made.size >= 1
    assert all(-(2**63) <= key < 2**63 for key in made.bands())
    assert made.containment(made.least[None], np.array([made.size]))[0] == 1.0


def test_sketches_agree_in_about_the_share_of_runs_that_texts_have_in_common() -> None:
    one, both = text(3, 400).split(), []
    for share in (0.1, 0.3, 0.6, 0.9):
        kept = int(400 * share)
        other = sketch(" ".join(one[:kept] + text(4, 400 - kept).split()))
        true = (kept - 2) / (2 * 398 - (kept - 2))
        both.append(abs(float((sketch(" ".join(one)).least == other.least).mean()) - true))
    assert max(both) < 0.12
