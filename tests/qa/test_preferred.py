"""What a question prefers, as people are told it."""

from __future__ import annotations

import pytest

from index.question.hints import Hint
from qa.preferred import answer_json, preferred, unmatched
from qa.types import Retrieved

TIMES = [Hint("outlet", "Times", False, source=source) for source in ("The Times", "New York Times")]
LATEST = Hint("latest", "newest", False)


def test_words_that_may_mean_several_outlets_are_left_out_as_one() -> None:
    one, other = preferred([*TIMES, LATEST], ["times"])
    assert (one.words, one.label, one.ignored) == ("Times", "The Times or New York Times", True)
    assert (other.words, other.label, other.ignored) == ("newest", "newest first", False)


def test_one_of_several_outlets_is_left_out_by_its_name() -> None:
    assert [(p.label, p.ignored) for p in preferred(TIMES, ["The Times"])] == [("The Times", True), ("New York Times", False)]


def test_nothing_is_preferred_where_nothing_is_said() -> None:
    assert preferred([], ["CNN"]) == ()
    assert unmatched([], ["CNN"]) == ["CNN"]
    assert unmatched([*TIMES, LATEST], ["new york times", "newest", "CNN"]) == ["CNN"]


def test_events_without_an_answer_are_a_bug() -> None:
    with pytest.raises(AssertionError):
        answer_json([Retrieved((), 0.1)])
