"""What a faithful sentence may change, and what it may not."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.support import check, is_non_answer

BRIDGE = (
    "The council closed Hill Bridge on 3 March 2021 after engineers found cracks in 14 of its 120 bolts. Mayor Ann Lowe said the repair "
    "would cost £2.7m and take two years. No one was hurt. Traffic rose by 12% on the ring road. “We had no choice at all,” said Lowe."
)
BLAST = "Five people were killed and 20 were injured in the blast. The plant in Austria was not closed. It was -4 degrees that night."


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        pytest.param("Hill Bridge was closed by the council on 3 March 2021.", BRIDGE, id="passive"),
        pytest.param("Engineers discovered cracks in 14 of the bridge's 120 bolts, so the council shut it.", BRIDGE, id="other words"),
        pytest.param("The repair is expected to cost £2.7 million, according to the mayor.", BRIDGE, id="million for m"),
        pytest.param("Ann Lowe said repairing it would cost 2.7 million pounds and take 2 years.", BRIDGE, id="digits for words"),
        pytest.param("Nobody was hurt.", BRIDGE, id="nobody for no one"),
        pytest.param("There were no injuries.", BRIDGE, id="no injuries for no one hurt"),
        pytest.param("Traffic on the ring road increased by 12 percent.", BRIDGE, id="increased for rose"),
        pytest.param("Lowe said “we had no choice at all”.", BRIDGE, id="a true quotation"),
        pytest.param("Hill Bridge has more than 100 bolts, and 14 had cracks.", BRIDGE, id="more than 100 for 120"),
        pytest.param("The bridge was closed in March 2021.", BRIDGE, id="less exact"),
        pytest.param("20 people were injured and 5 were killed.", BLAST, id="another order"),
        pytest.param("The Austrian plant was not closed.", BLAST, id="Austrian for Austria"),
        pytest.param("It was minus 4 degrees.", BLAST, id="minus in words"),
        pytest.param("The visit will last 10 to 12 days.", "The visit will last 10-12 days.", id="a range in words"),
        pytest.param("It happened on 1 December 2023.", "It happened on 1.12.2023, December.", id="a date in words"),
        pytest.param("The bridge has 14, 800 bolts.", "The bridge has 14,800 bolts.", id="a space in a figure"),
        pytest.param("Two thousand bolts were found.", "Engineers found 2,000 bolts; 2,000 were found.", id="words for digits"),
        pytest.param("The talks begin at 5 p.m.", "The talks begin at 17:00.", id="5 p.m. for 17:00"),
        pytest.param("The talks begin at 17:30.", "The talks begin at 5.30pm.", id="17:30 for 5.30pm"),
        pytest.param("The arch was broken by the flood.", "The flood broke the arch.", id="passive with another form"),
        pytest.param("The note [1] says the lamp failed.", "The note [1] says the lamp failed.", id="an article with [1] of its own"),
        pytest.param("Der Rat schloss die Brücke im März.", "Der Rat schloss die Brücke im März 2021.", id="another language"),
        pytest.param("הגשר נסגר בשנת 1951", "הגשר נסגר בשנת 1951 אחרי שיטפון.", id="right to left"),
    ],
)
def test_a_faithful_sentence_is_supported(claim: str, source: str) -> None:
    verdict = check(claim, [source])
    assert (verdict.support, verdict.why) == ("supported", "")


@pytest.mark.parametrize(
    ("claim", "source", "why"),
    [
        pytest.param("Hill Bridge was closed on 5 March 2021.", BRIDGE, "figure 5", id="another day"),
        pytest.param("The repair will cost £2.7bn.", BRIDGE, "figure 2.7 bn", id="bn for m"),
        pytest.param("The repair would cost $2.7m.", BRIDGE, "another unit", id="another currency"),
        pytest.param("Traffic rose by 12 cars on the ring road.", BRIDGE, "percentage", id="cars for percent"),
        pytest.param("Engineers found cracks in 120 of its 14 bolts.", BRIDGE, "the other way round", id="exchanged of"),
        pytest.param("Twenty people were killed and 5 were injured.", BLAST, "the other way round", id="exchanged in words"),
        pytest.param("20 people were killed and 5 were injured.", BLAST.replace("Five", "5"), "the other way round", id="exchanged"),
        pytest.param("It was 4 degrees that night.", BLAST, "figure 4", id="the minus is lost"),
        pytest.param("The plant in Australia was not closed.", BLAST, "“Australia”", id="a name that begins the same"),
        pytest.param("The plant in Austria was closed.", BLAST, "denies", id="the not is lost"),
        pytest.param("The council did not close Hill Bridge.", BRIDGE, "does not deny", id="a not is added"),
        pytest.param("The wall is 160 kilometres long.", "The wall is 160 metres long.", "another unit", id="another unit"),
        pytest.param("The talks took 11 days.", "The talks took 11 hours, on 11 May.", "another unit", id="another unit, and a date"),
        pytest.param("The talks begin at 5am.", "The talks begin at 5pm.", "figure 5", id="morning for evening"),
        pytest.param("The arch fell in May.", "The arch fell in March.", "date May", id="another month"),
        pytest.param("The arch fell on 3 May.", "It fell on 3 March. In May a road came.", "date 3 May", id="a date of two halves"),
        pytest.param("Pell United beat Varn Rovers.", "Varn Rovers beat Pell United.", "where this says", id="who beat whom"),
        pytest.param("Varn Rovers were beaten by Pell United.", "Varn Rovers beat Pell United.", "where this says", id="by whom"),
        pytest.param(
            "The arch fell in 1951.", "The arch fell in 1932. A road came in 1951.", "“1932” where", id="the year of something else"
        ),
        pytest.param("Someone was hurt.", BRIDGE, "denies", id="no one becomes someone"),
        pytest.param("Traffic fell by 12% on the ring road.", BRIDGE, "not “fell”", id="the opposite"),
        pytest.param("The council opened Hill Bridge on 3 March 2021.", BRIDGE, "not “opened”", id="another opposite"),
        pytest.param("Bob Stone said the repair would take two years.", BRIDGE, "“Bob” is not", id="another name"),
        pytest.param("Lowe said “it was a wonderful day”.", BRIDGE, "not a quotation", id="an invented quotation"),
        pytest.param("Kangaroos live in deserts.", BRIDGE, "does not speak of", id="another subject"),
        pytest.param("Die Brücke wurde gesperrt.", BRIDGE, "is not in the source", id="another language than the source"),
        pytest.param("It was so.", BRIDGE, "nothing that can be checked", id="nothing said"),
    ],
)
def test_an_unfaithful_sentence_is_not_supported_and_says_why(claim: str, source: str, why: str) -> None:
    verdict = check(claim, [source])
    assert verdict.support != "supported"
    assert why in verdict.why


def test_a_wrong_figure_alone_makes_a_sentence_unsupported() -> None:
    assert check("The council closed Hill Bridge in 1999.", [BRIDGE]).support == "unsupported"


def test_a_right_and_a_wrong_figure_make_it_partly_supported() -> None:
    assert check("Engineers found cracks in 14 of its 130 bolts.", [BRIDGE]).support == "partly"


def test_the_facts_of_an_article_bear_out_names_and_dates() -> None:
    claim = "The Tidewater Courier said on 4 March 2021 that the bridge closed."
    assert check(claim, ["The bridge closed."]).support != "supported"
    assert check(claim, ["The bridge closed."], facts="The bridge at Varn, Tidewater Courier, 4 March 2021").support == "supported"


def test_names_may_come_from_the_question_in_any_case() -> None:
    assert check("Hill Bridge closed in Varn.", ["It closed; hill and bridge."]).support != "supported"
    assert (
        check("Hill Bridge closed in Varn.", ["It closed; hill and bridge."], question="when did hill bridge in varn close?").support
        == "supported"
    )


def test_two_spans_bear_out_what_neither_does_alone() -> None:
    spans = ["The comet passes every 76 years.", "Astronomers at Pellworth saw it."]
    claim = "Astronomers at Pellworth saw the comet, which passes every 76 years."
    assert check(claim, spans[:1]).support != "supported" != check(claim, spans[1:]).support
    assert check(claim, spans).support == "supported"


def test_nothing_bears_out_nothing() -> None:
    assert check("The bridge closed.", []).support == "unsupported"
    assert check("", [BRIDGE]).support == "unsupported"


@pytest.mark.parametrize(
    "sentence",
    [
        "The excerpts do not mention the cause.",
        "The provided excerpts don’t say who won.",
        "The text does not specify how many soldiers were killed.",
        "The name is not mentioned in the article.",
        "It is not stated how many soldiers were killed.",
        "There is no information about soldiers in the excerpts.",
        "The article gives no information on this.",
        "I cannot answer this question.",
        "I'm sorry, but that is unclear.",
        "The question cannot be answered from the excerpts.",
        "It is not possible to determine this from the passages.",
    ],
)
def test_the_model_s_own_no_is_recognised(sentence: str) -> None:
    assert is_non_answer(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Police did not provide any information about the suspect.",
        "The minister did not answer the question.",
        "The cause of the fire is not known.",
        "She did not say when the text would be published.",
        "The council did not close the bridge.",
        "No evidence of fraud was found.",
        "“I do not agree,” said Lowe.",
        "It does not include batteries.",
    ],
)
def test_what_an_article_says_is_no_non_answer(sentence: str) -> None:
    assert not is_non_answer(sentence)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_can_be_compared(claim: str, source: str) -> None:
    verdict = check(claim, [source], source, claim)
    assert 0.0 <= verdict.score <= 1.0
    assert (verdict.support == "supported") == (not verdict.why)


def test_a_sentence_of_some_length_is_its_own_proof() -> None:
    assert check(BRIDGE, [BRIDGE]).score == 1.0


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Abx Bcy Cdz " * 2000, "Cdz Abx Bcy. " * 2000),
        (" ".join(f"about {n} cars" for n in range(3000)), ". ".join(f"{7 * n} cars hit" for n in range(3000))),
        ("not a. " * 5000, "No b. " * 5000),
        ("3 May 2020. " * 3000, "4 May 2021. " * 3000),
        ('"abcd efg hij klm" ' * 3000, "x y. " * 5000),
        ("the cat sat. " * 4000, "the cat sat down. " * 4000),
        ("a1b2 " * 10_000, "b " * 10_000),
    ],
    ids=["names", "figures", "denials", "dates", "quotations", "the same again", "no sentence"],
)
def test_the_time_is_not_the_square_of_a_hostile_text(claim: str, source: str) -> None:
    started = time.process_time()
    check(claim, [source])
    assert time.process_time() - started < 5.0


def quickest(run: Callable[[], object]) -> float:
    """Seconds of processor time, the best of five: a shared machine can take a second from any one of them."""
    taken = []
    for _ in range(5):
        started = time.process_time()
        run()
        taken.append(time.process_time() - started)
    return min(taken)


def test_a_context_of_five_thousand_words_takes_a_tenth_of_a_second() -> None:
    source = " ".join(f"The council number {n} closed bridge {n} in the town of Varn after a flood." for n in range(330))
    claims = iter(f"The council closed the bridge in Varn after the flood of 195{n}." for n in range(5))  # nothing is remembered
    assert quickest(lambda: check(next(claims), [source])) < 0.5


def test_a_check_takes_under_five_milliseconds() -> None:
    spans = [f"{s}." for s in BRIDGE.split(". ")]
    check("Hill Bridge was closed by the council in 2021.", spans)
    numbers = iter(range(500))
    assert quickest(lambda: [check(f"Hill Bridge was closed by the council in {next(numbers)}.", spans) for _ in range(100)]) < 0.5


def test_something_definite_is_told_from_words_that_are_only_strange() -> None:
    source = ["The stone bridge at Varn was opened in May 1932 before a large crowd.", "A flood took its northern arch in 1951."]
    assert check("The stone bridge at Varn was opened in 1951.", source).faulty
    strange = check("The stone bridge at Varn was opened in May 1932 amid cheerful singing, generous toasts and fireworks.", source)
    assert (strange.support != "supported", strange.faulty) == (True, False)
    assert not check(source[0], source).faulty
