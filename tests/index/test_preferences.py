"""What a question says of itself moves passages, and hides none."""

from __future__ import annotations

from datetime import date

import pytest

from index.articles import Articles
from index.question.hints import Hint
from index.question.preferences import AFTER, DATED, FRESH, LATER, LATEST, OUTLET, PHRASE, Preferences
from index.types import Article, Filters

TODAY = date(2023, 12, 10)


def article(published: date | None = None, source: str | None = "Orbit Desk") -> Article:
    return Article("a", "Title", "Words.", source, published=published)


def logits(hint: Hint, of: Article, text: str = "Words.", days: tuple[date, ...] = ()) -> float:
    return Preferences((hint,)).logits(of, text, days)


def test_no_wish_adds_nothing() -> None:
    assert not Preferences()
    assert Preferences().logits(article(TODAY), "Words.", [TODAY]) == 0.0


@pytest.mark.parametrize(("source", "added"), [("orbit desk", OUTLET), ("Field & Survey", 0.0), (None, 0.0)])
def test_an_outlet_that_is_named_comes_first(source: str | None, added: float) -> None:
    assert logits(Hint("outlet", "Orbit Desk", False, source="Orbit Desk"), article(source=source)) == added


@pytest.mark.parametrize(
    ("published", "added"),
    [
        (date(2023, 11, 30), 0.0),
        (date(2023, 12, 1), DATED),
        (date(2023, 12, 1 + AFTER), DATED),
        (date(2023, 12, 2 + AFTER), 0.0),
        (None, 0.0),
    ],
)
def test_what_happened_on_a_day_is_told_from_then_on_for_a_week(published: date | None, added: float) -> None:
    day = date(2023, 12, 1)
    assert logits(Hint("date", "1 December", False, start=day, end=day), article(published)) == added


def test_what_happened_in_a_year_is_told_for_good() -> None:
    year = Hint("date", "in 2021", False, start=date(2021, 1, 1), end=date(2021, 12, 31))
    assert logits(year, article(TODAY)) == DATED
    assert logits(year, article(date(2020, 12, 31))) == 0.0


def test_a_quoted_phrase_wants_its_words() -> None:
    assert logits(Hint("phrase", "general average", False, phrase="general average"), article(), "General average was declared.") == PHRASE


def test_the_latest_is_the_newest_of_what_was_found() -> None:
    days = (date(2021, 1, 1), date(2022, 1, 1), TODAY)
    assert [logits(Hint("latest", "latest", False), article(day), days=days) for day in days] == [0.0, LATEST / 2, LATEST]


def test_with_the_day_told_what_is_new_comes_first_and_what_is_later_last() -> None:
    asked = Preferences(today=TODAY)
    today, week, later, unknown = (asked.logits(article(d), "", ()) for d in (TODAY, date(2023, 12, 3), date(2023, 12, 11), None))
    assert today == FRESH > week > unknown == 0.0 > later == LATER


def test_a_demand_in_the_question_hides_no_article(articles: Articles) -> None:
    sources = {p.source for p in articles.search("articles from Orbit Desk about the stone bridge at Varn")}
    assert "Tidewater Courier" in sources


def wide(*hints: Hint, today: date | None = None, filters: Filters = Filters()) -> Filters | None:
    return Preferences(hints, today).narrowed(filters)


YEAR = Hint("date", "in 2021", False, start=date(2021, 1, 1), end=date(2021, 12, 31))
DAY = Hint("date", "on 1 March 2021", False, start=date(2021, 3, 1), end=date(2021, 3, 1))
WEEK = Hint("date", "this week", False, start=date(2023, 12, 4), end=date(2023, 12, 10))
ORBIT = Hint("outlet", "orbit desk", False, source="Orbit Desk")


def test_what_is_recent_is_looked_for_apart_when_the_day_is_told() -> None:
    assert wide() is None
    lately = Filters(published_from=date(2023, 11, 26), published_to=TODAY)
    assert wide(today=TODAY) == lately
    assert wide(WEEK, today=TODAY) == lately, "this week's news may be told of some days before"


def test_what_the_question_names_is_looked_for_apart() -> None:
    assert wide(DAY) == Filters(published_from=date(2021, 3, 1), published_to=date(2021, 3, 8))
    assert wide(YEAR) == Filters(published_from=date(2021, 1, 1))
    assert wide(ORBIT) == Filters(sources=("Orbit Desk",))
    assert wide(DAY, ORBIT, today=TODAY) == Filters(("Orbit Desk",), date(2021, 3, 1), date(2021, 3, 8))


def test_what_is_looked_for_apart_never_leaves_the_filters() -> None:
    assert wide(ORBIT, filters=Filters(("Field & Survey",))) is None
    assert wide(ORBIT, filters=Filters(("ORBIT DESK", "Field & Survey"))) == Filters(("Orbit Desk",))
    assert wide(DAY, filters=Filters(published_from=date(2022, 1, 1))) is None
    assert wide(YEAR, filters=Filters(published_to=date(2021, 6, 1))) == Filters(
        published_from=date(2021, 1, 1), published_to=date(2021, 6, 1)
    )
    assert wide(DAY, filters=Filters(articles=("a",))) == Filters((), date(2021, 3, 1), date(2021, 3, 8), ("a",))


def test_of_long_ago_what_is_new_is_no_better() -> None:
    assert Preferences((DAY,), TODAY).logits(article(TODAY), "", ()) == 0.0
    assert Preferences((WEEK,), TODAY).logits(article(TODAY), "", ()) == FRESH + DATED


@pytest.mark.parametrize("day", [date.min, date.max])
def test_there_is_a_first_and_a_last_day(day: date) -> None:
    hint = Hint("date", "then", False, start=day, end=day)
    for asked in (Preferences((hint,), day), Preferences((), day), Preferences((hint,), TODAY)):
        asked.logits(article(day), "", ())
        asked.narrowed(Filters())
