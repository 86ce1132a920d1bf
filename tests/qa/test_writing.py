"""What has been shown never changes, and what is kept is what was shown."""

import re
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Chunk, Passage, Span
from qa.attribution import Source
from qa.support import Verdict
from qa.writing import LONGEST, Writer

PIECES = st.sampled_from(
    [
        *[
            "The U.S. ",
            "Senate",
            " met. ",
            "It",
            " is",
            "[1]",
            " [2]",
            "[",
            "1",
            "]",
            ".",
            "!",
            "?",
            "…",
            '"',
            "”",
            " ",
            "\n",
            "\n\n",
            "- ",
        ],
        *[
            "1. ",
            "# ",
            "。",
            "今日",
            "e.g.",
            "Dr.",
            "3.5",
            "\u202e",
            "שלום",
            "a",
            "B",
            "\t",
            "(",
            ")",
            "*",
            "No. 5",
            "【3】",
            "é",
            "👩\u200d👧",
        ],
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=120))


def source(article: str, start: int = 0) -> Source:
    chunk = Chunk(f"c-{article}", article, 0, 0, 20, "Words of the article")
    span = Span(start, start + 5, "Words")
    return Source(Passage(chunk, article.title(), None, None, None, 1, 1.0, span), span, True)


def nothing(sentence: str, hints: Sequence[int]) -> tuple[list[Source], Verdict]:
    return [], Verdict("unsupported", 0.0, "untested")


def cited(sentence: str, hints: Sequence[int]) -> tuple[list[Source], Verdict]:
    return [source("comet" if "comet" in sentence.casefold() else "bridge")], Verdict("supported", 1.0)


def split(text: str, sizes: Sequence[int]) -> list[str]:
    pieces, rest = [], text
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    return [*pieces, rest]


def written(pieces: Sequence[str], attribute=cited) -> tuple[Writer, list[str]]:
    writer = Writer(attribute)
    shown: list[str] = []
    for piece in pieces:
        for out in writer.feed(piece):
            shown.append(out)
            assert writer.text == "".join(shown)
    for out in writer.finish():
        shown.append(out)
        assert writer.text == "".join(shown)
    return writer, shown


def plain(text: str) -> str:
    return "".join(text.split())


@given(TEXTS, st.lists(st.integers(0, 9), max_size=60))
def test_what_was_shown_is_what_is_kept_for_any_text_in_any_pieces(text: str, sizes: list[int]) -> None:
    writer, shown = written(split(text, sizes))
    assert "".join(shown) == writer.text
    assert not any(re.search(r"\[\d{1,3}\]|【\d{1,3}】", s.text) for s in writer.sentences)


@given(TEXTS, st.lists(st.integers(0, 9), max_size=60))
def test_every_word_is_shown_once_and_in_order_for_any_text_in_any_pieces(text: str, sizes: list[int]) -> None:
    writer, _ = written(split(text, sizes), nothing)
    whole, _ = written([text], nothing)
    assert plain(writer.text) == plain("".join(s.text for s in writer.sentences)) == plain(whole.text)
    assert [s.text for s in writer.sentences] == [s.text for s in whole.sentences]


def test_each_sentence_is_followed_by_its_mark_numbered_by_first_use() -> None:
    writer, _ = written(["The bridge opened. The comet ", "passed. The bridge stands."])
    assert writer.text == "The bridge opened. [1] The comet passed. [2] The bridge stands. [1]"
    assert [c.marker for s in writer.sentences for c in s.citations] == [1, 2, 1]


def test_a_mark_stands_once_after_a_sentence_with_two_citations_of_one_article() -> None:
    writer, _ = written(["The bridge opened."], lambda s, h: ([source("bridge"), source("bridge", 6)], Verdict("supported", 1.0)))
    assert writer.text == "The bridge opened. [1]"
    assert len(writer.sentences[0].citations) == 2


def test_the_model_s_own_markers_are_hints_only() -> None:
    told: list[Sequence[int]] = []

    def attribute(sentence: str, hints: Sequence[int]) -> tuple[list[Source], Verdict]:
        told.append(list(hints))
        return cited(sentence, hints)

    writer, _ = written(["It opened [7]", ". Then it closed [", "3", "]."], attribute)
    assert writer.text == "It opened. [1] Then it closed. [1]"
    assert [n for hints in told for n in hints] == [7, 3]


@pytest.mark.parametrize(
    ("said", "sentences"),
    [
        pytest.param("The U.S. Senate met. It rose.", ["The U.S. Senate met.", "It rose."], id="an abbreviation ends nothing"),
        pytest.param("He said “go.” She went.", ["He said “go.”", "She went."], id="a closing mark belongs to the sentence"),
        pytest.param("Up 3.5 percent. Good.", ["Up 3.5 percent.", "Good."], id="a decimal point ends nothing"),
        pytest.param("First:\n- one\n- two", ["First:", "- one", "- two"], id="a list"),
        pytest.param("今日は晴れ。明日は雨。", ["今日は晴れ。", "明日は雨。"], id="no spaces"),
        pytest.param("  \n ", [], id="only space"),
    ],
)
def test_sentences_are_the_same_letter_by_letter(said: str, sentences: list[str]) -> None:
    assert [s.text for s in written([said], nothing)[0].sentences] == sentences
    assert [s.text for s in written(list(said), nothing)[0].sentences] == sentences


def test_words_are_shown_before_their_sentence_ends() -> None:
    writer = Writer(nothing)
    assert "".join(writer.feed("The bridge opened in ")) == "The bridge opened in"


@pytest.mark.parametrize(
    "text", ["[1" * 5000, "word " * 3000, "x" * 10_000, "a. " * 1500, "\n" * 20_000, ". " * 3000, "A.B" * 3000], ids=lambda t: repr(t[:5])
)
def test_the_time_is_linear_on_hostile_text(text: str) -> None:
    started = time.process_time()
    writer = Writer(nothing)
    for at in range(0, len(text), 4):
        for _ in writer.feed(text[at : at + 4]):
            pass
    list(writer.finish())
    assert plain(writer.text) == plain(text)
    assert time.process_time() - started < 8.0


def test_a_sentence_without_an_end_is_cut_before_it_grows_for_ever() -> None:
    writer, _ = written(["word " * 2000], nothing)
    assert max(len(s.text) for s in writer.sentences) <= LONGEST
