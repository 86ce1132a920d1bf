"""Weekdays and dates against the day an article appeared: Thursday, 4 March 2021."""

from datetime import date

import pytest

from qa.days import appeared, days, is_one_of
from qa.reading import read
from qa.support import check

FACTS = "The bridge\nTidewater Courier\n4 March 2021"
THURSDAY = date(2021, 3, 4)


def test_an_article_appeared_on_the_one_whole_date_of_its_facts() -> None:
    assert appeared(FACTS) == THURSDAY
    assert appeared("The bridge, March 2021") is None
    assert appeared("3 May 2020\n4 May 2020") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It closed on Friday.", {date(2021, 3, 5), date(2021, 2, 26)}),
        ("It closed on Thursday.", {THURSDAY, date(2021, 2, 25)}),
        ("It closed yesterday.", {date(2021, 3, 3)}),
        ("It closed on 20 December.", {date(2020, 12, 20)}),
        ("It closed on 20 December 2019.", {date(2019, 12, 20)}),
        ("It closed on 31 February.", set()),
        ("It closed in March.", set()),
    ],
)
def test_a_day_is_the_nearest_that_may_be_meant(text: str, found: set[date]) -> None:
    assert days([text], THURSDAY) == found


def test_without_the_day_it_appeared_only_whole_dates_are_days() -> None:
    assert days(["On Friday, on 3 May and on 3 May 2020"], None) == {date(2020, 5, 3)}


def test_a_date_is_a_day_as_far_as_it_goes() -> None:
    (march,) = read("in March 2021").things
    (friday,) = read("on Friday").things
    assert is_one_of(march, [THURSDAY]) and not is_one_of(friday, [THURSDAY])


@pytest.mark.parametrize(
    ("claim", "source", "support"),
    [
        ("The bridge closed on 5 March 2021.", "The bridge closed on Friday.", True),
        ("The bridge closed on 26 February 2021.", "The bridge closed last Friday.", True),
        ("The bridge closed on 6 March 2021.", "The bridge closed on Friday.", False),
        ("The bridge closed on Friday.", "The bridge closed on 5 March.", True),
        ("The bridge closed on Monday.", "The bridge closed on 5 March.", False),
        ("The bridge closed on 3 March.", "The bridge closed yesterday.", True),
        ("The bridge closed on 3 to 5 March.", "The bridge closed from 3 to 5 March.", True),
        ("The bridge closed on 3 May.", "The bridge closed on 3 March. It may open in May.", False),
    ],
)
def test_a_day_may_be_told_in_another_way(claim: str, source: str, support: bool) -> None:
    assert (check(claim, [source], facts=FACTS).support == "supported") is support
