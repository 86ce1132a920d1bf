"""Hand-worked tables of what counts as the same answer."""

from __future__ import annotations

import pytest

from evals.matching import contains, exact, normal, readings, squad_normal, token_f1, without_markers


@pytest.mark.parametrize(
    ("said", "groups", "right"),
    [
        pytest.param("It was Neil Armstrong [1].", [["armstrong"]], 1, id="no case, no markers"),
        pytest.param("More than 14, 800 people.", [["14,800"]], 1, id="the small models' thousands"),
        pytest.param("About 14800 people.", [["14,800"]], 1, id="no separator"),
        pytest.param("The sum is 114,800.", [["14,800"]], 0, id="part of a figure is not the figure"),
        pytest.param("It rose by 33.0 minutes.", [["33"]], 1, id="33.0 is 33"),
        pytest.param("It rose by 33.5 minutes.", [["33"]], 0, id="33.5 is not"),
        pytest.param("About 12 per cent", [["12%"]], 1, id="per cent"),
        pytest.param("It has 5 layers.", [["five layers"]], 1, id="small numbers"),
        pytest.param("He was in Turkiye.", [["Türkiye"]], 1, id="accents"),
        pytest.param("Both empires fell.", [["empire"]], 1, id="plural"),
        pytest.param("newton-seconds", [["newton seconds"]], 1, id="hyphens"),
        pytest.param("Only 4,645.", [["4,645"], ["2,975"]], 0, id="each group is wanted"),
        pytest.param("4,645 and 2,975.", [["4,645"], ["2,975", "3,000"]], 1, id="any of a group"),
        pytest.param("Magnificent, desolate.", [["Magnificent desolation"]], 0, id="all the words"),
        pytest.param("desolation magnificent", [["magnificent desolation"]], 0, id="in a row"),
        pytest.param("", [["x"]], 0, id="nothing said"),
        pytest.param("Anything.", [], 0, id="no gold"),
    ],
)
def test_an_answer_contains_the_gold(said: str, groups: list[list[str]], right: int) -> None:
    assert contains(said, groups) == right


def test_markers_are_no_words_of_the_answer() -> None:
    assert without_markers("So it is [1][2]. Or not [3].") == "So it is. Or not."


def test_normal_words_are_in_one_spelling() -> None:
    assert normal("The Two ships carried 1,234,567 t of grain, 3.50%") == [
        "2",
        "ship",
        "carried",
        "1234567",
        "t",
        "of",
        "grain",
        "3.5",
        "percent",
    ]


@pytest.mark.parametrize(
    ("said", "groups", "em", "f1"),
    [
        pytest.param("the Norse", [["Norse"]], 1, 1.0, id="articles are dropped"),
        pytest.param("Norse!", [["norse"]], 1, 1.0, id="case and punctuation"),
        pytest.param("in the 10th century", [["10th century", "the tenth century"]], 0, 0.8, id="2 of 3 and 2 of 2: 2*2/5"),
        pytest.param("Denmark, Iceland", [["Denmark, Iceland and Norway"]], 0, 4 / 6, id="2 shared, 2 said, 4 gold"),
        pytest.param("France France", [["France"]], 0, 2 / 3, id="a word counts as often as the gold has it"),
        pytest.param("Rome", [["Paris"]], 0, 0.0, id="nothing shared"),
        pytest.param("64 and 2,975", [["64"], ["2,975"]], 0, 4 / 5, id="groups are joined: 2 shared, 3 said, 2 gold"),
        pytest.param("", [["Paris"]], 0, 0.0, id="nothing said"),
    ],
)
def test_exact_match_and_f1_follow_the_squad_script(said: str, groups: list[list[str]], em: int, f1: float) -> None:
    assert exact(said, groups) == em
    assert token_f1(said, groups) == pytest.approx(f1)


def test_squad_normal_is_the_official_order_case_punctuation_articles_space() -> None:
    assert squad_normal("  The U.S.A.,  an   ally ") == "usa ally"


def test_readings_choose_one_of_each_group() -> None:
    assert readings([["a", "b"], ["c"]]) == ["a c", "b c"]
    assert readings([]) == []
