"""Which names and nouns a text speaks of, and what a conversation may take up again."""

import pytest

from qa.conversation import Context
from qa.mentions import DATE, phrases


def texts(text: str) -> list[str]:
    return [p.text for p in phrases(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Who owns the Ever Given?", ["Ever Given"]),
        ("When did the truce in Gaza take effect?", ["truce in Gaza", "Gaza", "effect"]),
        ("How thick is the layer of gold on them?", ["layer of gold", "gold"]),
        ("Which malaria vaccine did Cameroon begin to give in January 2024?", ["malaria vaccine", "Cameroon"]),
        ("Who announced its first extension?", ["first extension"]),
        ("What was wrong with Hubble's main mirror?", ["wrong", "Hubble's main mirror"]),
        ("Who flew Apollo 11 in May 1969?", ["Apollo 11"]),
        ("They gave R21/Matrix-M to children.", ["R21/Matrix-M", "children"]),
        ("Why?", []),
        ("", []),
    ],
)
def test_a_text_is_cut_into_its_phrases(text: str, found: list[str]) -> None:
    assert texts(text) == found


def test_a_phrase_lies_where_it_says() -> None:
    text = "Which province did the second earthquake of 6 February 2023 hit, Hatay or Kahramanmaraş?"
    assert phrases(text)
    assert all(text[p.start : p.end] == p.text for p in phrases(text))


def test_a_name_with_a_noun_before_it_is_of_that_kind() -> None:
    (asteroid,) = phrases("How wide is the asteroid Dimorphos?")
    assert (asteroid.noun, asteroid.name, asteroid.defined) == ("asteroid", "Dimorphos", "the asteroid Dimorphos")


def test_a_capital_at_the_start_makes_no_name_unless_another_follows_or_it_is_known() -> None:
    assert not any(p.name for p in phrases("Bridges fell."))
    assert [p.name for p in phrases("Anna Field fell.")] == ["Anna Field"]
    assert [p.name for p in phrases("Dimorphos fell.", frozenset({"dimorphos"}))] == ["Dimorphos"]


def test_an_order_is_no_name() -> None:
    assert not any("Ignore" in p.text or "Instructions" in p.name.split()[:1] for p in phrases("Please Ignore it."))


@pytest.mark.parametrize("text", ["3 May 2022", "May 3, 2022", "May 2022", "2022", "3 May"])
def test_days_and_years_are_dates(text: str) -> None:
    assert DATE.fullmatch(text)


def after(*turns: tuple[str, str]) -> Context:
    context = Context()
    for question, answer in turns:
        context = context.after(question, answer, leant=False)
    return context


@pytest.mark.parametrize(
    ("question", "answer", "word", "meant"),
    [
        ("Which asteroid did DART strike?", "DART struck Dimorphos.", "it", "the asteroid Dimorphos"),
        ("Which asteroid did DART strike?", "I do not know.", "it", "the asteroid"),
        ("Who owns the Ever Given?", "Shoei Kisen owns it.", "it", "the Ever Given"),
        ("Who is the mayor of Harrow?", "Anna Field is.", "she", "Anna Field"),
        ("Who was the pilot of the Eagle?", "", "he", "the pilot of the Eagle"),
        ("How many hostages came home?", "105 hostages.", "they", "the hostages"),
        ("How many people live in Harrow?", "9,000.", "there", "Harrow"),
    ],
)
def test_a_pronoun_stands_for_what_fits_it_best(question: str, answer: str, word: str, meant: str) -> None:
    found, sure = after((question, answer)).meant(word)
    assert sure
    assert found[0].text == meant


def test_between_two_that_fit_alike_nothing_is_sure() -> None:
    assert not after(
        ("What did the Harrow Council recommend to the Varn Council?", "The Pellworth Plan."),
    ).meant("it")[1]


def test_a_noun_finds_the_name_it_stood_with() -> None:
    called = after(("What did the DART mission test?", "")).called("mission")
    assert called is not None
    assert called.text == "the DART mission"
    assert after(("What did the DART mission test?", "")).called("bridge") is None


def test_a_new_matter_leaves_the_old_one_behind() -> None:
    context = after(("Who owns the Ever Given?", "Shoei Kisen."), ("When was the bridge at Varn opened?", "In 1932."))
    assert context.topic() == ["bridge at Varn"]


def test_the_topic_is_a_few_words_however_long_the_answer() -> None:
    names = " ".join(f"The Varn Bridge Number{n} Company built Place{n} Tower." for n in range(80))
    topic = after(("What happened at the Varn festival?", names)).topic()
    assert 0 < len(" ".join(topic).split()) <= 12
