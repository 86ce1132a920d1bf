"""Figures, names, quotations and denials as they are read from a text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.facts import content, denied, figures, names, negated, plain_letters, quotations, units


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param("2,700 people", ["2700"], id="comma"),
        pytest.param("2, 700 people", ["2700"], id="the comma and space of small models"),
        pytest.param("2\u202f700 people", ["2700"], id="narrow space"),
        pytest.param("two thousand seven hundred", ["2700"], id="words"),
        pytest.param("two hundred and five", ["205"], id="and inside a number"),
        pytest.param("twenty-one and ninety", ["21", "90"], id="and between numbers"),
        pytest.param("In 2019, 300 people", ["2019", "300"], id="a year before a figure"),
        pytest.param("1.2 million", ["1200000"], id="million"),
        pytest.param("$1.2m", ["1200000"], id="m after a currency"),
        pytest.param("a 10m pit", ["10"], id="m is metres otherwise"),
        pytest.param("2.7bn", ["2700000000"], id="bn"),
        pytest.param("3,5 Prozent", ["3.5"], id="decimal comma"),
        pytest.param("0,125", ["0.125"], id="a leading zero is no thousand"),
        pytest.param("1.234.567", ["1234567"], id="points between thousands"),
        pytest.param("1.12.2023", ["1", "12", "2023"], id="date with points"),
        pytest.param("2023-12-01", ["2023", "12", "1"], id="ISO date"),
        pytest.param("01/12/2023", ["1", "12", "2023"], id="date with slashes"),
        pytest.param("10-12 days", ["10", "12"], id="range"),
        pytest.param("10–12 days", ["10", "12"], id="range with a dash"),
        pytest.param("-5 degrees", ["-5"], id="negative"),
        pytest.param("minus 5 degrees", ["-5"], id="minus in words"),
        pytest.param("−5", ["-5"], id="a real minus"),
        pytest.param("the third day", ["3"], id="ordinal"),
        pytest.param("the 21st", ["21"], id="ordinal in digits"),
        pytest.param("one of the first", [], id="vague words are no figures"),
        pytest.param("1. Boil water.\n2. Wait.", [], id="the numbers of a list"),
        pytest.param("as passage 2 says", [], id="the number of a passage"),
        pytest.param("", [], id="nothing"),
        pytest.param("9" * 500, [str(float("9" * 500))], id="longer than any number"),
    ],
)
def test_a_figure_is_its_plain_value(text: str, values: list[str]) -> None:
    assert list(figures(text)) == values


def test_a_figure_keeps_how_it_was_written() -> None:
    assert figures("£97m and 14,800") == {"97000000": "97 m", "14800": "14,800"}


@pytest.mark.parametrize(
    ("text", "unit"),
    [("£5", "£"), ("5%", "%"), ("5 per cent", "%"), ("five percent", "%"), ("5 euros", "€"), ("$5", "$"), ("5 cars", "")],
)
def test_a_figure_has_a_unit_where_one_is_written(text: str, unit: str) -> None:
    assert units(text) == {"5": {unit}}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("She met Bob Stone in Rome.", {"Bob", "Stone", "Rome"}, id="inside a sentence"),
        pytest.param("Officials met.", set(), id="the first word may be any"),
        pytest.param("Ann Stone met him.", {"Ann", "Stone"}, id="the first word before another name"),
        pytest.param("It was in May.", set(), id="months"),
        pytest.param("NATO met.", {"NATO"}, id="all capitals"),
        pytest.param("The U.S. rose.", {"U.S"}, id="with points"),
        pytest.param("Über Bjørn O’Neill schrieb.", {"Bjørn", "O’Neill", "Über"}, id="not only English letters"),
        pytest.param("שלום בירושלים", set(), id="a script without capitals"),
    ],
)
def test_names_are_capitalised_words(text: str, found: set[str]) -> None:
    assert set(names(text).values()) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He said “go away”.", ["go away"]),
        ('He said "go away," she said.', ["go away"]),
        ("“One two”, then “three four”", ["One two", "three four"]),
        ("“He said ‘no’ twice”", ["He said ‘no’ twice"]),
        ("no quotation", []),
        ("“unclosed", []),
    ],
)
def test_quotations_stand_between_double_marks(text: str, found: list[str]) -> None:
    assert quotations(text) == found


def test_quotations_are_compared_without_their_marks_and_case() -> None:
    assert plain_letters("He  said “don’t”") == plain_letters("he said 'don't'")


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("The council did not close the bridge.", {"close", "bridg"}),
        ("No one was hurt although two fell.", {"hurt"}),
        ("Not only rain fell.", set()),
        ("It was not until Monday that it opened.", set()),
        ("No fewer than 20 came.", set()),
        ("It opened.", set()),
    ],
)
def test_what_is_denied_stands_after_the_no(text: str, stems: set[str]) -> None:
    assert denied(text) == stems


def test_refusing_and_denying_are_negations_too() -> None:
    assert negated("He refused to go.") and negated("She denied it.") and not negated("He went.")


def test_content_leaves_out_how_it_is_said_and_how_many() -> None:
    assert content("According to the article, a total of two thousand bakers, 5 percent, were baking.") == ("baker", "bake")


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    figures(text), units(text), names(text), quotations(text), denied(text), content(text), negated(text)


@pytest.mark.parametrize(
    "text",
    ["1," * 30_000, "A" * 50_000, "Ab " * 20_000, "one " * 20_000, '"' * 50_000, "not " * 20_000, "1.1." * 10_000],
    ids=lambda t: t[:4],
)
def test_the_time_is_linear_on_hostile_text(text: str) -> None:
    started = time.process_time()
    figures(text), names(text), quotations(text), denied(text), content(text)
    assert time.process_time() - started < 3.0
