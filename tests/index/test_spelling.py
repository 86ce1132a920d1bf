"""A misspelt name finds what its right spelling finds; what is short, a figure or like nothing else finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from index import spelling, words
from index.library import Library
from index.types import Article, Chunk, Filters

TEXTS = [
    "Khrushchev wrote to Washington on Friday.",
    "Zelensky thanked the engineers of Kharkiv.",
    "Blinken landed in Ankara; a window blinked.",
    "Hypertension is common in Kyrgyzstan.",
    "The budget of 2019 was 4,800 crowns.",
]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with closing(Library(tmp_path / "library.sqlite")) as opened:
        opened.put(
            (
                Article(f"a{n}", f"Report {n}", text, origin=f"{n}.txt"),
                [Chunk(f"c{n}", f"a{n}", 0, 0, len(text), text)],
                np.zeros((1, 4), dtype=np.float32),
            )
            for n, text in enumerate(TEXTS)
        )
        yield opened


@pytest.mark.parametrize(
    ("asked", "at"),
    [
        ("What did Krushchev write?", 0),
        ("khruschev", 0),
        ("Whom did Zelenskyy thank?", 1),
        ("blinkin", 2),
        ("hypertention in Kyrgystan", 3),
        ("HYPERTENTION", 3),
    ],
)
def test_a_misspelt_word_finds_what_was_meant(library: Library, asked: str, at: int) -> None:
    found = words.search(library.connection, asked, Filters(), 5)
    assert found, asked
    (number,) = library.numbers([f"c{at}"]).values()
    assert found[0] == number


@pytest.mark.parametrize(
    "asked", ["2018", "4,900", "crwn", "zzzzzz", "qwertyuiop", "Œdipe", "数字数字数字", "x" * 3000, '"*"', "a\x00bcdefg"]
)
def test_what_means_no_word_finds_nothing_and_breaks_nothing(library: Library, asked: str) -> None:
    assert words.search(library.connection, asked, Filters(), 5) == []


def test_a_word_that_is_there_is_taken_as_it_is_spelt(library: Library) -> None:
    found = words.search(library.connection, "budget Washington", Filters(), 5)
    assert sorted(found) == sorted(library.numbers(["c0", "c4"]).values())


def test_the_most_alike_comes_first(library: Library) -> None:
    assert spelling.near("blinkens", partial(words.beginning, library.connection))[0] == "blinken"
    assert spelling.near("blinkin", partial(words.beginning, library.connection)) == ["blink", "blinken"]
