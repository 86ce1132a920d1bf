"""Questions are asked on Wednesday, 15 June 2022 of a library of these outlets, made up or only named."""

from datetime import date
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.question.hints import Hint, hints
from tests.index.test_when import SAID

TODAY = date(2022, 6, 15)
OUTLETS = (
    *("CNN", "The Verge", "TechCrunch", "The Age", "Time", "People", "The Guardian", "The Week", "Reuters", "Nautilus", "WHO", "AP"),
    *("BBC News", "FOX News - Health", "FOX News - Lifestyle", "Cnbc | World Business News Leader", "Sporting News", "Field & Survey"),
    *("The New York Times", "Barron's", "usatoday.com", "CBSSports.com", "The Harbour Ledger", "The Sunday Times", "U.S. Wire Desk"),
)


def found(question: str, kind: str, outlets: tuple[str, ...] = OUTLETS) -> list[Hint]:
    return [hint for hint in hints(question, TODAY, outlets) if hint.kind == kind]


def sources(question: str) -> list[str]:
    return [hint.source for hint in found(question, "outlet")]


# Outlets


@pytest.mark.parametrize(
    ("question", "words", "source"),
    [
        ("What does CNN say about grain?", "CNN", "CNN"),
        ("what does cnn say about grain?", "cnn", "CNN"),
        ("What is CNN's figure?", "CNN", "CNN"),
        ("What is on CNN.com?", "CNN.com", "CNN"),
        ("What did techcrunch write?", "techcrunch", "TechCrunch"),
        ("According to The Verge, who won?", "The Verge", "The Verge"),
        ("According to the Verge, who won?", "the Verge", "The Verge"),
        ("Does a Verge article agree?", "Verge", "The Verge"),
        ("according to the verge, who won?", "the verge", "The Verge"),
        ("It fell, while The Age suggests it rose.", "The Age", "The Age"),
        ("Who won, as reported in Time?", "Time", "Time"),
        ("Which gadget did a Time story praise?", "Time", "Time"),
        ("Did Time report it?", "Time", "Time"),
        ("Who was chosen by People?", "People", "People"),
        ("What did The Guardian report?", "The Guardian", "The Guardian"),
        ("The Guardian said what?", "The Guardian", "The Guardian"),
        ("Was it in guardian newspaper?", "guardian", "The Guardian"),
        ("What did reuters say?", "reuters", "Reuters"),
        ("Is Reuters right?", "Reuters", "Reuters"),
        ("What does the WHO advise?", "WHO", "WHO"),
        ("What happened, according to AP?", "AP", "AP"),
        ("What did the BBC report?", "BBC", "BBC News"),
        ("What did BBC News report?", "BBC News", "BBC News"),
        ("Does CNBC expect a fall?", "CNBC", "Cnbc | World Business News Leader"),
        ("In Sporting News, who won?", "Sporting News", "Sporting News"),
        ("What did Field & Survey measure?", "Field & Survey", "Field & Survey"),
        ("What did the new york times print?", "the new york times", "The New York Times"),
        ("What did New York Times readers think?", "New York Times", "The New York Times"),
        ("What does Barron's expect?", "Barron's", "Barron's"),
        ("What does Barron’s expect?", "Barron’s", "Barron's"),
        ("What does USA Today say?", "USA Today", "usatoday.com"),
        ("Who scored, says CBSSports?", "CBSSports", "CBSSports.com"),
        ("Who ran aground, says the harbour ledger?", "the harbour ledger", "The Harbour Ledger"),
        ("who won, according to sporting news", "sporting news", "Sporting News"),
        ("What did the US Wire Desk send?", "US Wire Desk", "U.S. Wire Desk"),
        ("What did the Sunday Times print?", "the Sunday Times", "The Sunday Times"),
        ("What did “The Verge” say?", "The Verge", "The Verge"),
    ],
)
def test_an_outlet_is_known_by_its_name(question: str, words: str, source: str) -> None:
    assert [(hint.words, hint.source) for hint in found(question, "outlet")] == [(words, source)]


@pytest.mark.parametrize(
    "question",
    [
        *("What time is it?", "Was it in time?", "Time flies, who said that?", "What did people say?", "People said what?"),
        *("according to people familiar with it", "Who mediated?", "Who said it?", "The people who reported it", "What age is he?"),
        *("Was it on the verge of collapse?", "guardian of the galaxy", "the week of the vote", "What happened in the week?"),
        *("nautilus shells", "Nautilus shells are what?", "Which app maps gaps?", "In a p.", "wire desk", "CNNs", "ICNN"),
        *("Wo ist der Verlag?", "news about sports", "ages and times", "the new, york times", "fox news"),
    ],
)
def test_a_word_that_need_not_be_an_outlet_is_none(question: str) -> None:
    assert sources(question) == []


@pytest.mark.parametrize(
    ("question", "filtered"),
    [
        ("What do articles from CNN say about grain?", ["CNN"]),
        ("Summarise the stories by The Verge.", ["The Verge"]),
        ("What do reports in Time say?", ["Time"]),
        ("Compare coverage by CNN and The Verge.", ["CNN", "The Verge"]),
        ("articles from CNN, TechCrunch or the BBC", ["CNN", "TechCrunch", "BBC News"]),
        ("articles published by the Guardian", ["The Guardian"]),
        ("What was sold, going by only CNN?", ["CNN"]),
        ("What was sold? Use only CNN articles.", ["CNN"]),
        ("What was sold? CNN only.", ["CNN"]),
        ("stories from Fox News about sleep", ["FOX News - Health", "FOX News - Lifestyle"]),
        ("According to CNN, what was sold?", []),
        ("What does the CNN article say?", []),
        ("What did the only CNN reporter see?", []),
        ("Only CNN reporters were there?", []),
        ("Do articles from CNN agree with The Verge?", []),
    ],
)
def test_only_a_question_for_an_outlets_articles_is_a_filter(question: str, filtered: list[str]) -> None:
    named = found(question, "outlet")
    assert named
    assert [hint.source for hint in named if hint.hard] == filtered


def test_a_name_that_may_mean_several_outlets_names_them_all() -> None:
    assert sources("What did Fox News say about sleep?") == ["FOX News - Health", "FOX News - Lifestyle"]


def test_a_name_of_its_own_is_no_short_name_of_another() -> None:
    named = found("What did the BBC say?", "outlet", ("BBC", "BBC News"))
    assert [hint.source for hint in named] == ["BBC"]


def test_an_outlet_named_twice_is_one_hint() -> None:
    assert sources("Does CNN say what CNN said?") == ["CNN"]


@pytest.mark.parametrize("outlets", [(), ("",), ("…",), ("   ", "-"), ("The",), ("https://www.",), ("昨日",)])
def test_odd_names_of_outlets_are_no_trouble(outlets: tuple[str, ...]) -> None:
    assert hints("What does the paper say?", TODAY, outlets) == ()


# Dates


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("What happened on November 24, 2021?", "24 November 2021"),
        ("What happened on 24 November?", "24 November 2021"),
        ("What happened on Friday, 10 June?", "10 June 2022"),
        ("What happened on 24/11/2021?", "24 November 2021"),
        ("What happened on Monday?", "Monday: 13 June 2022"),
        ("What happened in June?", "June 2022"),
        ("What happened last week?", "last week: 6–12 June 2022"),
        ("What happened in 2021?", "2021"),
        ("What happened last year?", "last year: 2021"),
        ("What happened in Q1 2022?", "Q1 2022: January–March 2022"),
        ("What happened in the summer of 2021?", "the summer of 2021: June–August 2021"),
        ("What happened in the winter of 2020-21?", "the winter of 2020-21: December 2020 – February 2021"),
        ("What happened in the past two weeks?", "the past two weeks: 1–15 June 2022"),
        ("What happened in the past month?", "the past month: 15 May – 15 June 2022"),
        ("What happened in the past year?", "the past year: 15 June 2021 – 15 June 2022"),
        ("What happened in the 1990s?", "the 1990s: 1990–1999"),
        ("What happened between May and July 2021?", "May–July 2021"),
        ("What happened from 2019 to 2021?", "2019–2021"),
        ("What happened since March 2022?", "since March 2022"),
        ("What happened since 5 May?", "since 5 May: from 5 May 2022"),
        ("What happened before 2020?", "before 2020"),
        ("What happened before 5 May?", "before 5 May: to 4 May 2022"),
    ],
)
def test_a_chip_shows_what_a_date_is_taken_for(question: str, label: str) -> None:
    (hint,) = hints(question, TODAY, OUTLETS)
    assert hint.kind == "date"
    assert hint.label == label


@pytest.mark.parametrize(
    ("question", "hard"),
    [
        ("What was published in June 2021 about grain?", [True]),
        ("What do articles from June 2021 say?", [True]),
        ("What is the news of last week?", [True]),
        ("What happened in June 2021?", [False]),
        ("What do articles from 2021 say about the 1990s?", [True, False]),
        ("What do articles published after May 2021 and published before March 2022 say?", [True, True]),
        ("Do articles from May 2021 agree with articles from June 2021?", [False, False]),
        ("Did the CNN article published on 5 May 2021 agree with The Verge?", [False]),
        ("What did the CNN article published on 5 May 2021 say?", [True]),
        ("What do articles from CNN and The Verge published in May 2021 say?", [True]),
    ],
)
def test_a_date_is_a_filter_only_where_it_can_hide_nothing_that_is_asked_for(question: str, hard: list[bool]) -> None:
    assert [hint.hard for hint in found(question, "date")] == hard


@pytest.mark.parametrize("question", ["Who will merge in 2024?", "by the end of 2030", "until today", "in December 2022"])
def test_a_preference_that_nothing_or_everything_meets_is_left_out(question: str) -> None:
    assert hints(question, TODAY, OUTLETS) == ()


def test_a_filter_that_nothing_meets_is_kept_so_that_it_can_be_seen() -> None:
    (hint,) = hints("What do articles from 2030 say?", TODAY, OUTLETS)
    assert hint == Hint("date", "2030", True, start=date(2030, 1, 1), end=date(2030, 12, 31))


# Latest


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is the latest count?", "latest"),
        ("the newest figures", "newest"),
        ("Who most recently resigned?", "most recently"),
        ("the most recent figures", "most recent"),
        ("Who recently resigned?", "recently"),
        ("Recent visitors got trapped where?", "Recent"),
        ("Who is currently in office?", "currently"),
        ("What is the current death toll?", "current"),
        ("How many died so far?", "so far"),
        ("How many have died as of now?", "as of now"),
        ("the up-to-date figures", "up-to-date"),
        ("How many were found to date?", "to date"),
        ("Where does the count now stand?", "now"),
        ("Who is now in charge?", "now"),
    ],
)
def test_a_question_for_the_latest_prefers_the_newest(question: str, words: str) -> None:
    (hint,) = hints(question, TODAY, OUTLETS)
    assert (hint.kind, hint.words, hint.hard, hint.label) == ("latest", words, False, "newest first")


@pytest.mark.parametrize(
    "question",
    [
        *("by noon at the latest", "What changed in recent years?", "Was it there until recently?", "How far is it, so far away?"),
        *("What is the current in the wire?", "Does the current flow?", "Now what?", "What do we know now?", "Who wanted to date him?"),
    ],
)
def test_words_that_only_look_like_the_latest_are_left_alone(question: str) -> None:
    assert found(question, "latest") == []


def test_as_of_a_day_is_a_date() -> None:
    (hint,) = hints("How many cases were there as of 5 June 2022?", TODAY, OUTLETS)
    assert (hint.kind, hint.start, hint.end) == ("date", date(2022, 6, 5), date(2022, 6, 5))


# Phrases


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ("What does “general average” mean?", ["general average"]),
        ('What does "general average" mean?', ["general average"]),
        ("What does «general average» mean?", ["general average"]),
        ("Who joined “Funny Girl.” And when?", ["Funny Girl"]),
        ('Is it "one two" or "three four"?', ["one two", "three four"]),
        ("What does 'general average' mean?", []),
        ("It's the ship's owners' turn, isn't it?", []),
        ('What does "average" mean?', []),
        ("“one two three four five six seven eight nine ten eleven twelve thirteen”, who said?", []),
        ('A 55" and a 65" screen, which sold?', []),
        ('"What did CNN say of it?"', []),
        ('Who said "let it be', []),
        ('""" "  " “” «a»', []),
    ],
)
def test_quoted_words_are_a_phrase(question: str, phrases: list[str]) -> None:
    assert [hint.phrase for hint in found(question, "phrase")] == phrases


def test_a_phrase_is_shown_in_quotation_marks() -> None:
    (hint,) = hints('What is "general average"?', TODAY, OUTLETS)
    assert (hint.words, hint.label, hint.hard) == ("general average", "“general average”", False)


# Together


def test_hints_come_in_the_order_of_the_question() -> None:
    told = hints("What is the latest that articles from CNN say about “general average” since March 2022?", TODAY, OUTLETS)
    assert [hint.label for hint in told] == ["newest first", "CNN", "“general average”", "since March 2022"]


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("What does USA Today say?", ["outlet"]),
        ("What did the Sunday Times print?", ["outlet"]),
        ("Who sang “back in the summer of 1969” on stage?", ["phrase"]),
        ("What happened in “June 2021”?", ["date"]),
        ("Who wrote “The Verge”?", ["outlet"]),
    ],
)
def test_where_two_overlap_the_longer_wins_and_a_name_or_a_date_before_a_phrase(question: str, kinds: list[str]) -> None:
    assert [hint.kind for hint in hints(question, TODAY, OUTLETS)] == kinds


@pytest.mark.parametrize(
    "question", ["", "   ", "?", "der die das", "Was sagt die Zeitung gestern?", "昨日のニュースは?", "ما أحدث الأخبار؟", "\ud800"]
)
def test_a_question_that_says_nothing_of_the_kind_has_no_hints(question: str) -> None:
    assert hints(question, TODAY, OUTLETS) == ()


NAMED = st.lists(
    st.sampled_from([*OUTLETS, "articles from", "only", "according to", "“", "”", '"', "latest", "so far", "the", "said"]) | SAID
)


@given(NAMED.map(" ".join) | st.text(), st.dates(), st.lists(st.text(max_size=12), max_size=4))
def test_any_question_on_any_day_of_any_library_has_whole_hints(question: str, today: date, outlets: list[str]) -> None:
    for hint in hints(question, today, [*OUTLETS, *outlets]):
        assert hint.words and hint.words in question
        assert hint.label
        assert (hint.kind == "outlet") == bool(hint.source)
        assert (hint.kind == "phrase") == bool(hint.phrase)
        assert (hint.kind == "date") == bool(hint.start or hint.end)
        assert hint.start is None or hint.end is None or hint.start <= hint.end


def test_hints_of_a_question_take_less_than_a_millisecond_with_500_outlets() -> None:
    outlets = [*OUTLETS, *(f"The {n}th Courier" for n in range(500))]
    question = (
        "According to The 77th Courier, how many trucks crossed between May and July 2021, and what is the latest “aid count” since Monday?"
    )
    assert len(hints(question, TODAY, outlets)) == 5
    spent = []
    for _ in range(20):
        started = thread_time()
        hints(question, TODAY, outlets)
        spent.append(thread_time() - started)
    assert min(spent) < 0.002  # 0.0005 s on a quiet machine


@pytest.mark.parametrize("ignored", ["last week", "LAST WEEK", " last week ", "last week: 6–12 June 2022"])
def test_a_hint_is_left_out_by_its_words_or_its_label(ignored: str) -> None:
    (hint,) = hints("What happened last week?", date(2022, 6, 15), [])
    assert hint.left_out([ignored])
    assert not hint.left_out(["week", ""]) and not hint.left_out([])
