from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.html_dates import Stated, date_in_link, dates_in, stated_date

FIRST = date(2023, 12, 1)


@pytest.mark.parametrize(
    "said",
    [
        "2023-12-01",
        "2023-12-01T23:30:00-05:00",
        "2023-12-01 10:00",
        "2023/12/01",
        "2023.12.1",
        "20231201",
        "20231201T100000Z",
        "20231201100000",
        "Fri, 01 Dec 2023 10:00:00 GMT",
        "1 December 2023",
        "1st December, 2023",
        "December 1, 2023",
        "Dec. 1, 2023 at 10.30pm",
        "Published on Friday, December 1st 2023",
        "1. Dezember 2023",
        "1er décembre 2023",
        "1 de diciembre de 2023",
        "1 dicembre 2023",
        "1 december 2023",
        "1.12.2023",
        "2023年12月1日",
        " 01-Dec-2023 ",
    ],
)
def test_a_day_is_read_as_it_is_written(said: str) -> None:
    assert stated_date(said) == Stated(FIRST, "day")


@pytest.mark.parametrize("said", ["2023-12", "December 2023", "Dec. 2023", "décembre 2023"])
def test_a_month_stays_a_month(said: str) -> None:
    assert stated_date(said) == Stated(FIRST, "month")


def test_a_year_stays_a_year() -> None:
    assert stated_date("2023") == Stated(date(2023, 1, 1), "year")


@pytest.mark.parametrize("said", ["25/12/2023", "12/25/2023"])
def test_day_and_month_are_told_apart_where_they_can_be(said: str) -> None:
    assert stated_date(said) == Stated(date(2023, 12, 25), "day")


@pytest.mark.parametrize(
    "said",
    [
        *("", None, 2023, "1/12/2023", "2023-13-01", "31 February 2023", "yesterday", "mayor 2023", "10:30", "2 hours ago"),
        *("call 020 2023 1201", "1970-01-01T00:00:00Z", "0001-01-01", "123456789012345"),
        (date.today() + timedelta(days=3)).isoformat(),
    ],
)
def test_what_is_no_date_or_cannot_be_true_is_unknown(said: object) -> None:
    assert stated_date(said) is None


def test_all_dates_of_a_line_are_found_in_order() -> None:
    found = [stated.day for _, stated in dates_in("Published 1 December 2023, updated Dec 3, 2023 at 10:00")]
    assert found == [FIRST, date(2023, 12, 3)]


@pytest.mark.parametrize(
    ("path", "stated"),
    [
        ("/2023/12/01/bridge", Stated(FIRST, "day")),
        ("/news/2023-12-01-bridge", Stated(FIRST, "day")),
        ("/20231201/bridge", Stated(FIRST, "day")),
        ("/world/2023/dec/01/bridge", Stated(FIRST, "day")),
        ("/2023/12/bridge", Stated(FIRST, "month")),
        ("/2023/bridge", None),
        ("/article-2023120199", None),
        ("/2023/99/99/bridge", None),
    ],
)
def test_a_date_in_a_link_is_read(path: str, stated: Stated | None) -> None:
    assert date_in_link(path) == stated


@given(st.text(max_size=80) | st.from_regex(r"[0-9./ -]{1,30}|[0-9]{1,2} (may|mar|déc)[a-z.]{0,4} [0-9]{4}", fullmatch=True))
def test_any_text_gives_a_possible_date_or_none(said: str) -> None:
    stated = stated_date(said)
    assert stated is None or 1500 <= stated.day.year <= date.today().year + 1
