"""What may be a marker is held back, a marker is taken out, everything else comes through untouched."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.markers import MarkerFilter

ODD = st.text(st.sampled_from("a1[]【】［］,;– -\n\t9.٣\u200f("), max_size=60)


def filtered(pieces: list[str]) -> tuple[str, list[int]]:
    markers = MarkerFilter()
    return "".join([*map(markers.feed, pieces), markers.finish()]), markers.hints


@pytest.mark.parametrize(
    ("said", "shown", "hints"),
    [
        pytest.param("It opened in 1932 [1].", "It opened in 1932.", [1], id="a marker goes with the space before it"),
        pytest.param("It opened [1][2] in May.", "It opened in May.", [1, 2], id="two in a row"),
        pytest.param("It opened [1, 3; 4].", "It opened.", [1, 3, 4], id="a list"),
        pytest.param("It opened [1–3].", "It opened.", [1, 3], id="a range"),
        pytest.param("It opened【2】.", "It opened.", [2], id="lenticular brackets"),
        pytest.param("It opened［2］.", "It opened.", [2], id="full-width brackets"),
        pytest.param("It opened [ 2 ].", "It opened.", [2], id="spaces inside"),
        pytest.param("[[1]2] It opened.", " It opened.", [1, 2], id="one that appears when another goes"),
        pytest.param("In [2023] it opened.", "In [2023] it opened.", [], id="a year is no marker"),
        pytest.param("He said [sic] so.", "He said [sic] so.", [], id="words are none"),
        pytest.param("f[", "f[", [], id="an open bracket at the end stays"),
        pytest.param("a [1", "a [1", [], id="an unfinished one at the end stays"),
        pytest.param("[١]", "", [1], id="Arabic digits"),
    ],
)
def test_markers_are_taken_out_and_kept_as_hints(said: str, shown: str, hints: list[int]) -> None:
    assert filtered([said]) == (shown, hints)
    assert filtered(list(said)) == (shown, hints)


def test_what_is_certainly_no_marker_is_given_back_at_once() -> None:
    markers = MarkerFilter()
    assert markers.feed("The bridge [") == "The bridge"
    assert markers.feed("s") == " [s"


def test_at_most_a_marker_is_held_back() -> None:
    markers = MarkerFilter()
    assert markers.feed("[" + "1, " * 40) != ""


@given(ODD, st.lists(st.integers(1, 7), max_size=60))
def test_no_marker_is_left_however_the_words_arrive(text: str, sizes: list[int]) -> None:
    pieces, rest = [], text
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    shown, _ = filtered([*pieces, rest])
    assert not re.search(r"\[\d{1,3}\]|【\d{1,3}】", shown)


@given(st.text(st.sampled_from("ab .\n"), max_size=60))
def test_text_without_brackets_comes_through_untouched(text: str) -> None:
    assert filtered([text])[0] == text
    assert filtered(list(text))[0] == text


@pytest.mark.parametrize(
    "text", ["[1" * 5000, "[" * 10_000, " " * 10_000 + "x", "[1," * 5000, "[1]" * 3000, " [ " * 3000], ids=lambda t: t[:4]
)
def test_the_time_is_linear_on_hostile_text(text: str) -> None:
    started = time.process_time()
    filtered([text])
    filtered(list(text))
    assert time.process_time() - started < 2.0
