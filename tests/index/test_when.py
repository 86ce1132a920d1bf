"""Questions are asked on Wednesday, 15 June 2022 unless a test says otherwise."""

from datetime import date
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.question.when import When, intervals

TODAY = date(2022, 6, 15)


def read(question: str, today: date = TODAY) -> list[tuple[str, str]]:
    return [(when.words, f"{when.start or ''}..{when.end or ''}") for when in intervals(question, today)]


DAYS = [
    ("What happened on 24 November 2023?", "24 November 2023", "2023-11-24"),
    ("What happened on November 24, 2023?", "November 24, 2023", "2023-11-24"),
    ("What happened on November 24 2023?", "November 24 2023", "2023-11-24"),
    ("the truce of 24 Nov 2023", "24 Nov 2023", "2023-11-24"),
    ("the truce of Nov. 24, 2023", "Nov. 24, 2023", "2023-11-24"),
    ("the truce of the 24th of November 2023", "the 24th of November 2023", "2023-11-24"),
    ("the truce of 24-Nov-2023", "24-Nov-2023", "2023-11-24"),
    ("trucks on 2023-11-24", "2023-11-24", "2023-11-24"),
    ("trucks on 2023/11/24", "2023/11/24", "2023-11-24"),
    ("trucks on 24/11/2023", "24/11/2023", "2023-11-24"),
    ("trucks on 11/24/2023", "11/24/2023", "2023-11-24"),
    ("trucks on 24.11.2023.", "24.11.2023", "2023-11-24"),
    ("trucks on 5/5/2022", "5/5/2022", "2022-05-05"),
    ("who won on friday, 10 june 2022", "friday, 10 june 2022", "2022-06-10"),
    ("Who won on Friday, June 10?", "Friday, June 10", "2022-06-10"),
    ("What happened on 24 November?", "24 November", "2021-11-24"),
    ("What happened on May 5?", "May 5", "2022-05-05"),
    ("What happened on May 5th?", "May 5th", "2022-05-05"),
    ("the vote of the 5th of May", "the 5th of May", "2022-05-05"),
    ("15 June", "15 June", "2022-06-15"),
    ("16 June", "16 June", "2021-06-16"),
    ("What happened on 29 February?", "29 February", "2020-02-29"),
    ("who died on 5 may 1821", "5 may 1821", "1821-05-05"),
    ("the July 4 weekend", "July 4", "2021-07-04"),
    ("What was it like before this Monday's vote?", "this Monday", "2022-06-13"),
    ("What happened today?", "today", "2022-06-15"),
    ("Today, what happened?", "Today", "2022-06-15"),
    ("What did he say yesterday?", "yesterday", "2022-06-14"),
    ("the day before yesterday", "the day before yesterday", "2022-06-13"),
    ("What was decided this morning?", "this morning", "2022-06-15"),
    ("What was found 5 days ago?", "5 days ago", "2022-06-10"),
    ("What was found three days ago?", "three days ago", "2022-06-12"),
    ("as of 5 June 2022", "5 June 2022", "2022-06-05"),
    ("Who resigned on Monday?", "Monday", "2022-06-13"),
    ("Who resigned on Wednesday?", "Wednesday", "2022-06-15"),
    ("who resigned on monday", "monday", "2022-06-13"),
    ("Who resigned last Friday?", "last Friday", "2022-06-10"),
    ("Who resigned last Wednesday?", "last Wednesday", "2022-06-08"),
    ("Who resigned this Monday?", "this Monday", "2022-06-13"),
    ("Who resigned on Tuesday of last week?", "Tuesday of last week", "2022-06-07"),
    ("Who resigned on Tuesday last week?", "Tuesday last week", "2022-06-07"),
    ("The queen died Thursday. Where?", "Thursday", "2022-06-09"),
    ("Who was missing early Thursday after the flood?", "early Thursday", "2022-06-09"),
    ("What did Tuesday’s debate end with?", "Tuesday", "2022-06-14"),
    ("Which player scored on Monday night?", "Monday", "2022-06-13"),
]
STRETCHES = [
    ("What happened in November 2023?", "November 2023", "2023-11-01..2023-11-30"),
    ("What happened in november 2023?", "november 2023", "2023-11-01..2023-11-30"),
    ("What happened in Nov 2023?", "Nov 2023", "2023-11-01..2023-11-30"),
    ("the flood of May 2021", "May 2021", "2021-05-01..2021-05-31"),
    ("the flood of February of 2020", "February of 2020", "2020-02-01..2020-02-29"),
    ("What did Article 50 March 2017 start?", "March 2017", "2017-03-01..2017-03-31"),
    ("sales in 2022-06", "2022-06", "2022-06-01..2022-06-30"),
    ("What happened in June?", "June", "2022-06-01..2022-06-30"),
    ("What happened in july?", "july", "2021-07-01..2021-07-31"),
    ("What happened in May?", "May", "2022-05-01..2022-05-31"),
    ("what happened in may?", "may", "2022-05-01..2022-05-31"),
    ("What happened in March, when they met?", "March", "2022-03-01..2022-03-31"),
    ("What happened last June?", "last June", "2021-06-01..2021-06-30"),
    ("What happened last April?", "last April", "2022-04-01..2022-04-30"),
    ("What happened this May?", "this May", "2022-05-01..2022-05-31"),
    ("Who won in 2022?", "2022", "2022-01-01..2022-12-31"),
    ("What was the word of the year for 2021?", "2021", "2021-01-01..2021-12-31"),
    ("the winner (2019) of the prize", "2019", "2019-01-01..2019-12-31"),
    ("Who won the 2018 World Cup?", "2018", "2018-01-01..2018-12-31"),
    ("Who won the 2020 presidential election?", "2020", "2020-01-01..2020-12-31"),
    ("in the year 1066", "1066", "1066-01-01..1066-12-31"),
    ("bands of the 1990s", "the 1990s", "1990-01-01..1999-12-31"),
    ("bands of the '90s", "the '90s", "1990-01-01..1999-12-31"),
    ("the early 1990s", "the early 1990s", "1990-01-01..1993-04-30"),
    ("railways in the 1800s", "the 1800s", "1800-01-01..1899-12-31"),
    ("the summer of 2021", "the summer of 2021", "2021-06-01..2021-08-31"),
    ("autumn 2021", "autumn 2021", "2021-09-01..2021-11-30"),
    ("fall of 2021", "fall of 2021", "2021-09-01..2021-11-30"),
    ("the winter of 2021", "the winter of 2021", "2020-12-01..2022-02-28"),
    ("the winter of 2021-22", "the winter of 2021-22", "2021-12-01..2022-02-28"),
    ("mid-June 2022", "mid-June 2022", "2022-06-11..2022-06-20"),
    ("in early June", "early June", "2022-06-01..2022-06-10"),
    ("in late May", "late May", "2022-05-21..2022-05-31"),
    ("What began early in 2021?", "early in 2021", "2021-01-01..2021-04-30"),
    ("mid-2021 figures", "mid-2021", "2021-05-01..2021-08-31"),
    ("late last year", "late last year", "2021-09-01..2021-12-31"),
    ("at the end of 2021", "the end of 2021", "2021-09-01..2021-12-31"),
    ("at the start of last month", "the start of last month", "2022-05-01..2022-05-10"),
    ("the first quarter of 2022", "the first quarter of 2022", "2022-01-01..2022-03-31"),
    ("Q4 2021 profits", "Q4 2021", "2021-10-01..2021-12-31"),
    ("the second half of 2021", "the second half of 2021", "2021-07-01..2021-12-31"),
    ("the first week of June", "the first week of June", "2022-06-01..2022-06-07"),
    ("the last week of May 2022", "the last week of May 2022", "2022-05-25..2022-05-31"),
    ("the week of 8 June 2022", "the week of 8 June 2022", "2022-06-06..2022-06-12"),
    ("the week of June 2021", "the week of June 2021", "2021-06-01..2021-06-30"),
    ("What happened this week?", "this week", "2022-06-13..2022-06-19"),
    ("What happened earlier this week?", "earlier this week", "2022-06-13..2022-06-19"),
    ("What happened last week?", "last week", "2022-06-06..2022-06-12"),
    ("What happened in the past week?", "the past week", "2022-06-08..2022-06-15"),
    ("What happened in the last week?", "the last week", "2022-06-08..2022-06-15"),
    ("What happened this month?", "this month", "2022-06-01..2022-06-30"),
    ("What happened last month?", "last month", "2022-05-01..2022-05-31"),
    ("What happened over the past month?", "the past month", "2022-05-15..2022-06-15"),
    ("this year's contest", "this year", "2022-01-01..2022-12-31"),
    ("How much was it last year?", "last year", "2021-01-01..2021-12-31"),
    ("How many over the last year?", "the last year", "2021-06-15..2022-06-15"),
    ("How many in the past 3 days?", "the past 3 days", "2022-06-12..2022-06-15"),
    ("How many in the last two weeks?", "the last two weeks", "2022-06-01..2022-06-15"),
    ("How many in the last 24 hours?", "the last 24 hours", "2022-06-14..2022-06-15"),
    ("How many in the past few days?", "the past few days", "2022-06-11..2022-06-15"),
    ("How many in the past decade?", "the past decade", "2012-06-15..2022-06-15"),
    ("What was it like a year ago?", "a year ago", "2021-01-01..2021-12-31"),
    ("Who met two weeks ago?", "two weeks ago", "2022-05-30..2022-06-05"),
    ("Who met three months ago?", "three months ago", "2022-03-01..2022-03-31"),
    ("Who met a few days ago?", "a few days ago", "2022-06-07..2022-06-13"),
    ("What happened last night?", "last night", "2022-06-14..2022-06-15"),
    ("Who played this weekend?", "this weekend", "2022-06-11..2022-06-12"),
    ("Who played over the weekend?", "over the weekend", "2022-06-11..2022-06-12"),
    ("Who toured last summer?", "last summer", "2021-06-01..2021-08-31"),
    ("Who tours this summer?", "this summer", "2022-06-01..2022-08-31"),
]
RANGES = [
    ("grain since March 2022", "since March 2022", "2022-03-01.."),
    ("grain since 24 February", "since 24 February", "2022-02-24.."),
    ("for the first time since 2017", "since 2017", "2017-01-01.."),
    ("since the summer of 2021", "since the summer of 2021", "2021-06-01.."),
    ("since last week", "since last week", "2022-06-06.."),
    ("from March onwards", "from March onwards", "2022-03-01.."),
    ("from 2019 on, what changed?", "from 2019 on", "2019-01-01.."),
    ("grain before 2020", "before 2020", "..2019-12-31"),
    ("grain before 5 May", "before 5 May", "..2022-05-04"),
    ("prior to June 2021", "prior to June 2021", "..2021-05-31"),
    ("grain after 5 May", "after 5 May", "2022-05-06.."),
    ("grain after 2020", "after 2020", "2021-01-01.."),
    ("grain until July 2021", "until July 2021", "..2021-07-31"),
    ("by the end of 2021", "by the end of 2021", "..2021-12-31"),
    ("by March 2022", "by March 2022", "..2022-03-31"),
    ("before the end of 2021", "before the end of 2021", "..2021-12-31"),
    ("between May and July 2021", "between May and July 2021", "2021-05-01..2021-07-31"),
    ("between November and January 2022", "between November and January 2022", "2021-11-01..2022-01-31"),
    ("between May 2020 and July 2021", "between May 2020 and July 2021", "2020-05-01..2021-07-31"),
    ("between 3 and 5 June", "3 and 5 June", "2022-06-03..2022-06-05"),
    ("between 2013 and 2017", "between 2013 and 2017", "2013-01-01..2017-12-31"),
    ("from 2019 to 2021", "from 2019 to 2021", "2019-01-01..2021-12-31"),
    ("from late 2020 to early 2021", "from late 2020 to early 2021", "2020-09-01..2021-04-30"),
    ("from 3 May to 5 July 2021", "from 3 May to 5 July 2021", "2021-05-03..2021-07-05"),
    ("from Monday to Wednesday", "from Monday to Wednesday", "2022-06-13..2022-06-15"),
    ("May to July 2021", "May to July 2021", "2021-05-01..2021-07-31"),
    ("May–July 2021", "May–July 2021", "2021-05-01..2021-07-31"),
    ("June 3–5, 2022", "June 3–5, 2022", "2022-06-03..2022-06-05"),
    ("3-5 June 2022", "3-5 June 2022", "2022-06-03..2022-06-05"),
    ("2019–2021", "2019–2021", "2019-01-01..2021-12-31"),
    ("the 2021-22 season", "2021-22", "2021-01-01..2022-12-31"),
    ("2019 to 2021", "2019 to 2021", "2019-01-01..2021-12-31"),
    ("after the 2020 election", "after the 2020 election", "2020-01-01.."),
    ("before the 2018 World Cup in Russia", "before the 2018 World Cup", "..2018-12-31"),
    ("since March 2021 until May 2022", "since March 2021 until May 2022", "2021-03-01..2022-05-31"),
]


@pytest.mark.parametrize(("question", "words", "days"), DAYS)
def test_a_day_is_read_as_it_is_said(question: str, words: str, days: str) -> None:
    assert read(question) == [(words, f"{days}..{days}")]


@pytest.mark.parametrize(("question", "words", "days"), STRETCHES + RANGES)
def test_a_stretch_of_time_is_read_as_it_is_said(question: str, words: str, days: str) -> None:
    assert read(question) == [(words, days)]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Was it in 2020 or 2021?", ["2020", "2021"]),
        ("the floods in May and July 2021", ["May", "July 2021"]),
        ("Did it rain on Monday and Tuesday?", ["Monday", "Tuesday"]),
        ("the congress of June/July 1754", ["June", "July 1754"]),
        ("Was more sold in 2021 than in 2020?", ["2021", "2020"]),
        ("On 5 May 2021 and since June 2021?", ["5 May 2021", "since June 2021"]),
    ],
)
def test_several_dates_are_several(question: str, found: list[str]) -> None:
    assert [words for words, _ in read(question)] == found


def test_a_month_takes_its_year_from_the_one_beside_it() -> None:
    assert read("the floods in May and July 2019")[0] == ("May", "2019-05-01..2019-05-31")


@pytest.mark.parametrize(
    "question",
    [
        *("May I ask who won?", "What may happen?", "Who is Theresa May?", "What happened after May said no?", "Who sat in May's cabinet?"),
        *("who may march on the capital?", "What was the March on Washington?", "Who joined the Women's March?", "an august body"),
        *("Who plays April O'Neil?", "Is June a name?", "Is it dry on Sundays?", "What opens every Monday?", "his Sunday best"),
        *("Who coaches Sheffield Wednesday?", "Is it cheap on Black Friday?", "What did the Sunday Times say?", "on Sunday Times paper"),
        *("Who plays Wednesday?", "Who watches Monday Night Football?", "1,500 people were moved", "in 1,500 homes", "2020 votes"),
        *("in 2020 votes were lost", "by 2000 votes", "over 2000 people", "of 2000 scientists", "a 2000-seat hall", "2000 BC", "$2022"),
        *("iPhone 14", "Boeing 737 Max", "Area 51", "COVID-19", "Windows 2000", "Blade Runner 2049", "Agenda 2030", "24/7", "9/11"),
        *("1/12/2023", "2005-06", "2022-13-45", "room 1984", "2001: A Space Odyssey", "call 555-2019-2020", "v2.2022", "12:30"),
        *("20 may still be missing", "May 20 people enter?", "66 million years ago", "2,000 years ago", "a million years ago"),
        *("next week", "next Friday", "next June", "later this year", "in three days", "tomorrow", "the next decade", "the next 3 days"),
        *(
            "What will be released on July 29?",
            "Notes set to expire at the end of September",
            "prices cut until July 4",
            "a storm expected this weekend",
        ),
        *("Is it more than last year?", "a rise compared with a year ago", "over 600 years ago"),
        *("the last week of her life", "the last three presidents", "the last man", "past performance", "the year of the rabbit"),
        *("What did USA Today say?", "Who hosts the Today programme?", "Who sang Yesterday?", "the Jan. 6 committee"),
        *("Will prices fall in summer?", "will this fall into place?", "Did the war end?", "early bird", "the second half", ""),
        *(
            "Was geschah letzte Woche am Sonntag?",
            "¿Qué pasó en mayo?",
            "Que s'est-il passé en mars ?",
            "昨日何が起きましたか",
            "ماذا حدث أمس؟",
        ),
        *("Что произошло вчера?", "Vad hände i går?", "कल क्या हुआ?", "Cosa è successo ieri?"),
    ],
)
def test_what_is_no_date_or_may_be_none_is_left_alone(question: str) -> None:
    assert read(question) == []


@pytest.mark.parametrize(
    ("question", "today", "days"),
    [
        ("this weekend", date(2022, 6, 18), "2022-06-18..2022-06-19"),
        ("this weekend", date(2022, 6, 19), "2022-06-18..2022-06-19"),
        ("last weekend", date(2022, 6, 19), "2022-06-11..2022-06-12"),
        ("last weekend", date(2022, 6, 20), "2022-06-18..2022-06-19"),
        ("last week", date(2022, 6, 13), "2022-06-06..2022-06-12"),
        ("last week", date(2022, 1, 1), "2021-12-20..2021-12-26"),
        ("last month", date(2022, 1, 31), "2021-12-01..2021-12-31"),
        ("the past month", date(2022, 3, 31), "2022-02-28..2022-03-31"),
        ("the past year", date(2024, 2, 29), "2023-02-28..2024-02-29"),
        ("this winter", date(2022, 1, 10), "2021-12-01..2022-02-28"),
        ("last winter", date(2022, 1, 10), "2020-12-01..2021-02-28"),
        ("this summer", date(2022, 10, 1), "2022-06-01..2022-08-31"),
    ],
)
def test_what_is_told_from_today_turns_with_it(question: str, today: date, days: str) -> None:
    assert read(question, today) == [(question, days)]


def test_the_summer_to_come_is_no_date() -> None:
    assert read("Who tours this summer?", date(2022, 3, 1)) == []


@pytest.mark.parametrize("today", [date.min, date(1, 1, 8), date(1, 12, 31), date(9999, 1, 1), date.max])
def test_the_ends_of_the_calendar_are_no_trouble(today: date) -> None:
    for question, *_ in DAYS + STRETCHES + RANGES:
        for when in intervals(question, today):
            assert when.start is None or when.end is None or when.start <= when.end


@pytest.mark.parametrize(
    "question",
    [
        "What do articles from June 2021 say about grain?",
        "Which articles about grain were published in June 2021?",
        "What was published in June 2021 about grain?",
        "What has been written since June 2021?",
        "Summarise the stories printed on 5 June 2021.",
        "Which reports since June 2021 mention grain?",
        "What is the news of last week?",
        "What is in last week's news?",
        "the articles of June 2021",
        "articles this week",
        "grain exports published since June 2021",
        "Tell me about grain, published between May and July 2021.",
        "How many trucks crossed, as reported on 5 June 2021?",
        "Was there anything reported in June 2021?",
        "Published in June 2021: who won?",
    ],
)
def test_a_question_for_articles_of_a_time_is_one(question: str) -> None:
    assert [when.published for when in intervals(question, TODAY)] == [True]


@pytest.mark.parametrize(
    "question",
    [
        "What happened in June 2021?",
        "Which novel was published in 1925?",
        "The Great Gatsby, published in 1925, tells of whom?",
        "Which laws published in 2019 were struck down?",
        "Was his debut published in 2001?",
        "How many cases were reported in June 2021?",
        "What did the study published in 2019 find?",
        "Which magazine, first published in 1923, closed?",
        "How much did Fox News in 2020 pay?",
        "Who was in the news in June 2021?",
        "What do the articles say about June 2021?",
        "a letter written in 1963",
        "Which story of 2021 won?",
    ],
)
def test_a_question_for_what_happened_then_is_not_for_articles_of_then(question: str) -> None:
    assert [when.published for when in intervals(question, TODAY)] == [False]


WORDS = (
    "in on since before after by until between from to and the of early mid- late end last this next past may May March june Sunday Monday "
    "24 5th 2022 1999 1990s 31 February 29 week weekend month year winter Q1 first quarter days ago today yesterday 2022-23 "
    "24/11/2023 published articles - – , ? 0 0000 9999 0001 few two"
).split()
SAID = st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=14).map(" ".join)


@given(SAID | st.text(), st.dates())
def test_any_words_on_any_day_give_whole_intervals(question: str, today: date) -> None:
    for when in intervals(question, today):
        assert isinstance(when, When) and when.words
        assert question[when.begin : when.begin + len(when.words)] == when.words
        assert when.start or when.end
        assert when.start is None or when.end is None or when.start <= when.end


@pytest.mark.parametrize("part", ["24 ", "2022 ", "May ", "in 2022 and ", "the ", "a few ", " ", "9-", "last "])
def test_a_long_question_takes_time_in_proportion(part: str) -> None:
    question = (part * 2_000)[:2_000]
    started = thread_time()
    intervals(question, TODAY)
    assert thread_time() - started < 0.5  # 0.02 s on a quiet machine at the most
