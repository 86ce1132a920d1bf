from __future__ import annotations

import unicodedata
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text import clean, count_tokens, digest, words

# Characters that are special to `clean`, so that hypothesis puts them beside each other.
ODD = st.text(st.sampled_from("ae\u0301\u0323\u200b\u200d\u202e\ufeff\r\n\x0c\x00\t \u2028\x85\u00ad\ud800\U000e0041.")) | st.text()


@pytest.mark.parametrize(
    ("given_text", "cleaned"),
    [
        pytest.param("a\u200bb\ufeffc\u2060d", "abcd", id="zero-width characters go"),
        pytest.param("pay \u202eevil\u202c now\u061c", "pay evil now", id="direction marks go"),
        pytest.param("hi\U000e0049\U000e0067\U000e0101", "hi", id="tag characters and hidden variation selectors go"),
        pytest.param("one\r\ntwo\rthree", "one\ntwo\nthree", id="every line end is one newline"),
        pytest.param("one\u2028two\u2029three\x85four", "one\ntwo\nthree\nfour", id="unicode line ends too"),
        pytest.param("page one\x0cpage two", "page one\npage two", id="a form feed ends a line"),
        pytest.param("a\x00b\x07c\x1bd", "abcd", id="control characters go"),
        pytest.param("half \ud83d of an emoji", "half  of an emoji", id="half a character goes"),
        pytest.param("cafe\u0301", "caf\u00e9", id="accents are joined to their letters"),
        pytest.param("cafe\u200b\u0301", "caf\u00e9", id="also when something hidden stood between"),
        pytest.param("a\n\n\n\n\nb  \nc", "a\n\nb\nc", id="surplus blank lines and trailing blanks go"),
        pytest.param("\n  text \t\n", "text", id="nothing stands around it"),
        pytest.param("می\u200cخواهم", "می\u200cخواهم", id="the joiner that Persian needs stays"),
        pytest.param("👩\u200d🔬", "👩\u200d🔬", id="the joiner that emoji need stays"),
        pytest.param("x\ty", "x\ty", id="a tab within a line stays"),
    ],
)
def test_a_text_is_cleaned(given_text: str, cleaned: str) -> None:
    assert clean(given_text) == cleaned


@given(ODD)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@given(ODD)
def test_a_clean_text_is_normal_and_can_be_kept(text: str) -> None:
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert not set(cleaned) & set("\r\x0c\x00\u200b\u202e\ufeff")


@pytest.mark.parametrize("text", ["a" + " " * 200_000 + "b", "a" * 200_000, "\n" * 200_000 + "b", "\r \n" * 60_000], ids=repr)
def test_cleaning_takes_time_in_proportion_to_the_text(text: str) -> None:
    started = perf_counter()
    clean(text)
    assert perf_counter() - started < 2.0  # 0.02 s on a quiet machine; a minute when the runs of blanks were tried from each blank


def test_texts_that_differ_in_spacing_and_case_alone_have_one_digest() -> None:
    assert digest("The  Bridge\nopened.") == digest("the bridge opened.")
    assert digest("The bridge opened.") != digest("The bridge closed.")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("It cost 2,700 and 3.5 more.", ["it", "cost", "2,700", "and", "3.5", "more"], id="figures stay whole"),
        pytest.param("Don’t can't", ["don’t", "can't"], id="apostrophes join"),
        pytest.param("well-known a_b", ["well", "known", "a", "b"], id="hyphens and underscores part"),
        pytest.param("Москва ÅNGSTRÖM", ["москва", "ångström"], id="other letters are letters"),
        pytest.param("?!… —", [], id="marks are no words"),
    ],
)
def test_the_words_of_a_text(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_a_token_is_about_a_short_word_or_one_mark() -> None:
    assert count_tokens("") == 0
    assert count_tokens("The cat sat.") == 4
    assert count_tokens("internationalisation") == 3
    assert count_tokens("1234567") == 3
    assert count_tokens("東京都") == 3
