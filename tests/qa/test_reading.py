"""The things of a sentence, and whether they stand where a source has them."""

import pytest

from qa.exchanges import Place, exchanges
from qa.reading import read


@pytest.mark.parametrize(
    ("sentence", "things"),
    [
        pytest.param("It met Ann Lowe in Varn.", [("name", "Ann Lowe"), ("name", "Varn")], id="names"),
        pytest.param("The Bank of England met.", [("name", "Bank of England")], id="a name with of"),
        pytest.param("It fell on 3 March 2021.", [("date", "3 March 2021")], id="a date"),
        pytest.param("It fell on March 3, 2021.", [("date", "March 3 2021")], id="the month first"),
        pytest.param("It fell on 2021-03-03.", [("date", "3 March 2021")], id="an ISO date"),
        pytest.param("It fell on 3.3.2021.", [("date", "3 March 2021")], id="a date with points"),
        pytest.param("It fell on Friday, 5 March.", [("date", "Friday 5 March")], id="a weekday"),
        pytest.param("It may fall in 2021.", [("date", "2021")], id="may is no month, 2021 a year"),
        pytest.param("They paid £30 for 14 bolts.", [("figure", "£30"), ("figure", "14")], id="figures"),
        pytest.param("the cat sat", [], id="nothing"),
        pytest.param("", [], id="no words"),
    ],
)
def test_names_dates_and_figures_are_the_things_of_a_sentence(sentence: str, things: list[tuple[str, str]]) -> None:
    assert [(thing.kind, thing.written) for thing in read(sentence).things] == things


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("met Ann Lowe", "met Lowe", True),
        ("met Mayor Lowe", "met Ann Lowe", True),
        ("met Governor Stone", "met Governor Lowe", False),
        ("on 3 March", "in March 2021", True),
        ("on 3 March", "on 4 March", False),
        ("in March 2020", "in March 2021", False),
        ("of 14", "of fourteen", True),
        ("of 14", "of 15", False),
    ],
)
def test_two_ways_of_writing_may_be_one_thing(one: str, other: str, same: bool) -> None:
    assert read(one).things[0].same(read(other).things[0]) is same


def test_the_passive_reads_as_the_active() -> None:
    (ann, bob), (bob_first, ann_last) = read("It was Ann Lowe hit Bob Stone.").things, read("It was Bob Stone was hit by Ann Lowe.").things
    assert ann.right[0] == ann_last.right[0] and bob.left[0] == bob_first.left[0]


@pytest.mark.parametrize(
    ("claim", "source", "found"),
    [
        pytest.param("Varn Rovers beat Pell United.", "Varn Rovers beat Pell United 3-1.", [], id="as it is"),
        pytest.param("Pell United were beaten by Varn Rovers.", "Varn Rovers beat Pell United 3-1.", [], id="passive"),
        pytest.param(
            "Pell United beat Varn Rovers.",
            "Varn Rovers beat Pell United 3-1.",
            [("Pell United", "Varn Rovers"), ("Varn Rovers", "Pell United")],
            id="who beat whom",
        ),
        pytest.param(
            "Varn Rovers were beaten by Pell United.",
            "Varn Rovers beat Pell United 3-1.",
            [("Varn Rovers", "Pell United"), ("Pell United", "Varn Rovers")],
            id="who beat whom, passive",
        ),
        pytest.param(
            "The arch fell in 1951.",
            "The arch fell in 1932. A new road came in 1951.",
            [("1951", "1932")],
            id="the year of another sentence",
        ),
        pytest.param("On 3 May the arch fell, Ann Lowe said.", "Ann Lowe said the arch fell on 3 May.", [], id="another order of the same"),
        pytest.param("The arch fell in 1951.", "A flood took the arch. It was 1951.", [], id="two sentences, nothing else in its place"),
        pytest.param("Engineers found 14 cracks.", "14 cracks were found by engineers.", [], id="no name, since it is written small"),
    ],
)
def test_what_stands_in_anothers_place_is_found(claim: str, source: str, found: list[tuple[str, str]]) -> None:
    from qa.said import sentences

    place = Place(sentences(source))
    reading = read(claim)
    assert [(e.said.written, e.there.written) for e in exchanges(reading, place, place.nearest(reading))] == found


def test_what_is_known_of_the_article_is_in_nobodys_place() -> None:
    place = Place(["The arch fell in 1932.", "A new road came in 1951."])
    reading = read("The arch fell in 1951.")
    assert exchanges(reading, place, place.nearest(reading))
    assert not exchanges(reading, place, place.nearest(reading), read("Varn Courier, 1951").things)
