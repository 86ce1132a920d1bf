from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.chunking import chunk, day_in_words, embedded_text
from index.readers import read_file
from index.text import clean, count_tokens
from index.types import Article

SEEDS = Path(__file__).parents[2] / "seeds"
SENTENCES = st.lists(
    st.sampled_from(["It rained. ", "Dr. Ada came at 9 a.m. ", "word " * 60, "\n\n", "東京は首都です。", "x" * 700, "- a\n"])
)


def article(text: str) -> Article:
    return Article("a1", "A title", text)


@given(st.text().map(clean) | SENTENCES.map("".join).map(clean), st.integers(20, 200))
def test_chunks_are_exact_ordered_and_hold_every_character_that_shows(text: str, tokens: int) -> None:
    last = 0
    for n, piece in enumerate(chunk(article(text), tokens)):
        assert piece.ordinal == n
        assert text[piece.start : piece.end] == piece.text
        assert piece.text.strip()
        assert not text[last : piece.start].strip(), "something stands between two chunks"
        assert piece.start >= last
        last = piece.end
    assert not text[last:].strip()


@given(st.text(min_size=1), st.integers(20, 200))
def test_no_chunk_is_longer_than_a_model_reads(text: str, tokens: int) -> None:
    assert all(count_tokens(piece.text) <= 3.4 * tokens for piece in chunk(article(clean(text * 50)), tokens))


@pytest.mark.parametrize("name", ["apollo-11-words.md", "smallpox-eradication.md", "ever-given-suez.md"])
def test_the_chunks_of_an_article_are_of_about_one_length(name: str) -> None:
    draft = read_file(SEEDS / name)
    sizes = [count_tokens(piece.text) for piece in chunk(article(clean(draft.text)))]
    assert 115 <= sum(sizes) / len(sizes) <= 165
    assert max(sizes) <= 210
    assert min(sizes[:-1]) >= 60


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 10_000, id="an endless word"),
        pytest.param("漢" * 3_000, id="a script without spaces"),
        pytest.param("row 1 2 3 " * 500, id="a table without sentences"),
    ],
)
def test_what_has_no_sentences_is_cut_all_the_same(text: str) -> None:
    pieces = chunk(article(text.strip()))
    assert len(pieces) > 5
    assert max(count_tokens(piece.text) for piece in pieces) <= 180
    assert "".join(piece.text for piece in pieces).replace(" ", "") == text.replace(" ", "")


def test_a_chunk_ends_at_a_blank_line_when_it_is_nearly_full() -> None:
    paragraph = "Ten words stand in this one sentence and no more. " * 12  # about 132 tokens
    pieces = chunk(article(f"{paragraph.strip()}\n\nA new thought. {paragraph}".strip()))
    assert pieces[1].text.startswith("A new thought.")


def test_a_short_rest_joins_the_chunk_before_it() -> None:
    paragraph = "Ten words stand in this one sentence and no more. " * 13
    pieces = chunk(article(f"{paragraph.strip()}\n\nThe end."))
    assert len(pieces) == 1
    assert pieces[0].text.endswith("The end.")


def test_ids_follow_from_article_place_and_words() -> None:
    text = "It rained. The match was off."
    one, again = chunk(article(text)), chunk(article(text))
    assert [c.id for c in one] == [c.id for c in again]
    assert one[0].id != chunk(Article("a2", "A title", text))[0].id
    assert one[0].id != chunk(article("It rained. The match was on."))[0].id


def test_the_facts_of_the_article_stand_before_what_is_embedded() -> None:
    told = Article("a1", "The bridge", "It opened.", "Courier", published=date(2023, 12, 1))
    assert embedded_text(told, chunk(told)[0]) == "The bridge. Courier. 1 December 2023\nIt opened."
    bare = Article("a1", "The bridge", "It opened.")
    assert embedded_text(bare, chunk(bare)[0]) == "The bridge\nIt opened."


@pytest.mark.parametrize(("day", "said"), [(date(2023, 12, 1), "1 December 2023"), (None, "")])
def test_a_day_is_written_as_people_write_it(day: date | None, said: str) -> None:
    assert day_in_words(day) == said
