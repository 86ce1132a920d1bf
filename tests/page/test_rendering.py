"""Whatever a model, an article or a reader writes, the page contains only tags that we wrote ourselves."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import qa.page
from index.problem import Problem
from index.question.hints import Hint
from index.types import AddReport, Article, Chunk, Failure, Filters, Passage, Row
from qa.page import adding, conversation, escape, reader, shelf, sources, tour, words
from qa.page.dates import typed_date
from qa.page.turn import Turn
from qa.types import Answer, Citation, Disagreement, Sentence, Stated, Timings
from tests.page.fakes import HOSTILE, span

_PLACE = {"data-article", "data-start", "data-end", "data-cited"}
_BOX = {"class", "role", "tabindex", "title", "aria-label"}
ALLOWED = {
    "a": _BOX | _PLACE | {"data-quote", "data-from", "href", "target", "rel"},
    "article": {"class", "data-turn", "data-talk", "data-stage"}, "b": set(),
    "blockquote": {"class"},
    "button": {"type", "class", "title", "aria-label", "aria-pressed", "aria-haspopup"} | _PLACE
    | {f"data-{what}" for what in "ask hint save copy again good scope edit tour tour-end version seeds".split()},
    "details": {"class"}, "div": _BOX | _PLACE | {"data-state", "data-facts"}, "h1": set(),
    "h2": {"class", "id", "tabindex", "autofocus"}, "h3": {"class"}, "i": set(),
    "input": {"type", "name", "value", "placeholder", "autocomplete"}, "label": set(), "li": set(), "mark": {"class", "id"},
    "ol": _BOX, "p": _BOX,
    "progress": {"max", "value", "aria-label"}, "s": {"title"}, "section": _BOX,
    "span": _BOX | {"data-support", "data-why"}, "summary": set(), "table": {"class"}, "caption": set(), "tr": set(), "th": {"scope"},
    "td": set(), "ul": _BOX, "dialog": {"id", "aria-labelledby"}, "dl": set(), "dt": set(), "dd": set(),
}  # fmt: skip
ATTACKS = [
    HOSTILE,
    "![x](https://evil.example/a.png)",
    "![x][r]\n\n[r]: https://evil.example/a.png",
    "<img src=x onerror=alert(1)>",
    "<div style=\"background:url('https://evil.example/')\">",
    "<svg><image href=https://evil.example/></svg>",
    "<video src=https://evil.example/><audio src=//evil.example>",
    "<iframe src=https://evil.example></iframe><object data=//evil.example>",
    "<link rel=stylesheet href=https://evil.example><style>@import '//evil.example'</style>",
    "<form action=https://evil.example><button>ok</button></form>",
    "[click](javascript:alert(1))",
    '" onmouseover="alert(1)" x="',
    "' onfocus='alert(1)",
    "</div></article><script>alert(1)</script>",
    "<!-- --><![CDATA[<b>]]>",
    "${alert(1)} {{constructor.constructor('alert(1)')()}} `${1}`",
    "&lt;script&gt; &#x3c;img src=x&#x3e;",
    "\u202egnp.exe \u200b\ufeff\U000e0041hidden \x00\x1b[2J",
    "text [1] more [2](https://evil.example) [^1] [[3]] [1",
]


class Tags(HTMLParser):
    """Fails on anything that is not allowed; keeps what a reader sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, f"<{tag}> got through"
        for name, value in attrs:
            assert name in ALLOWED[tag], f"{name}={value!r} got through on <{tag}>"
            if name == "href":
                assert value and value.startswith(("http://", "https://"))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment got through: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration got through: {decl}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration got through: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction got through: {data}")

    def handle_data(self, data: str) -> None:
        self.seen.append(data)


def visible(markup: str) -> str:
    tags = Tags()
    tags.feed(markup)
    tags.close()
    return "".join(tags.seen)


def passage(text: str = "One. Two is best. Three.", best: str = "Two is best.", **facts: Any) -> Passage:
    chunk = Chunk("c", "a1", 0, 5, 5 + len(text), text)
    return replace(Passage(chunk, "A title", "Outlet", None, date(2023, 12, 1), 1, 0.9, span("....." + text, best)), **facts)


def answer(*sentences: Sentence, **facts: Any) -> Answer:
    text = " ".join(s.text for s in sentences)
    made = Answer("Q?", "Q?", text, sentences, (passage(),), False, None, 0.8, Timings(total_s=2.0), "f")
    return replace(made, **facts)


def citation(marker: int = 1, **facts: Any) -> Citation:
    return replace(Citation(marker, "a1", "A title", "Outlet", None, date(2023, 12, 1), 3, 9, "quoted words"), **facts)


def done(made: Answer) -> Turn:
    return Turn("Q?", "done", answer=made, passages=made.passages)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_foreign_markup_survives_anywhere_on_the_page(attack: str) -> None:
    cited = citation(title=attack, source=attack, quote=attack, article_id=attack, url=attack)
    found = passage(attack + " tail", attack, title=attack, source=attack, url=attack, copies=(attack,))
    said = answer(
        Sentence(attack, (cited,), "supported"), Sentence(attack, (cited,), "partly", attack), Sentence(attack, (), "unsupported", attack),
        passages=(found,), standalone_question=attack, interrupted=attack,
        disagreements=(Disagreement((Stated(attack, cited), Stated(attack, citation(2)))),),
    )  # fmt: skip
    hints = (Hint("outlet", attack, False, source=attack), Hint("phrase", "its words", False, phrase=attack))
    turn = replace(done(said), question=attack, standalone=attack + "!", filters=Filters(sources=(attack,)), hints=hints)
    row = Row(attack, attack, attack, attack, attack, None, "", 1, 1, "pending", attack)
    for markup in (
        conversation.turn_html(turn),
        conversation.turn_html(replace(turn, ignored=(attack, "its words"))),
        conversation.past([turn]),
        conversation.turn_html(replace(turn, answer=replace(said, quoted=True))),
        conversation.turn_html(replace(turn, answer=replace(said, refused=True, refusal_reason="unsupported", text=attack, sentences=()))),
        conversation.turn_html(Turn(attack, "failed", note=attack, written=attack)),
        conversation.turn_html(Turn(attack, "waiting", note=attack)),
        sources.column(turn),
        reader.fragment(Article(attack, attack, attack * 2, attack, attack, attack), 1, len(attack)),
        reader.fragment(
            Article(attack, attack, attack, attack, url=attack), 1, 2, reader.About(attack, True, [row], [attack, attack], True)
        ),
        reader.missing(attack),
        adding.told(AddReport(1, failed=((attack, attack),), articles=(("a", attack, 2),))),
        adding.failures([Failure(attack, attack, attack, attack)]),
        shelf.shelf([row]),
        shelf.running("failed", attack, 3, attack, True),
        shelf.running("ready", attack, 3, attack, False),
        shelf.welcome(3, [attack]),
        tour.dialog(),
    ):
        visible(markup)


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_prefix_of_a_hostile_stream_is_harmless(attack: str) -> None:
    for end in range(len(attack) + 1):
        visible(conversation.turn_html(Turn("Q?", "writing", written=attack[:end])))


def test_invisible_and_direction_changing_characters_are_not_shown() -> None:
    assert escape.text("a\u202eb\u200bc\x00d\U000e0041e\nf") == "abcde\nf"
    assert escape.text("می\u200cخواهم 👩\u200d🚀") == "می\u200cخواهم 👩\u200d🚀", "joiners belong to scripts and pictures"


@pytest.mark.parametrize(
    "url",
    [None, "", "javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://e.example/", "https://", "https://u:p@e.example/",
     " https://e.example", "https://e.example/\nx", "JaVaScRiPt:alert(1)", "https://[bad", "/articles/1"],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(url: str | None) -> None:
    assert escape.link(url, "words") == ""


def test_a_link_leaves_without_opener_or_referrer() -> None:
    made = escape.link('https://e.example/a?b=1&c="2', "Open")
    assert made.count('"') == 8
    assert 'rel="noopener noreferrer nofollow"' in made
    assert "&amp;c=&quot;2" in made


def test_the_reader_marks_exactly_the_cited_words() -> None:
    text = "First <b>paragraph</b>.\n\nThe & cited words.\n\nLast."
    start = text.index("& cited")
    markup = reader.fragment(Article("a", "T", text), start, start + len("& cited"))
    assert '<mark class="cited" id="cited">&amp; cited</mark>' in markup
    assert visible(markup).endswith("First <b>paragraph</b>.The & cited words.Last.")


def test_a_mark_over_a_paragraph_break_is_cut_in_two_and_named_once() -> None:
    text = "One two.\n\nThree four."
    markup = reader.fragment(Article("a", "T", text), 4, 15)
    assert markup.count("<mark") == 2
    assert markup.count('id="cited"') == 1
    assert ">two.</mark>" in markup
    assert ">Three</mark>" in markup


def test_offsets_out_of_range_mark_nothing_and_break_nothing() -> None:
    for start, end in ((-5, 2), (50, 90), (3, 3), (9, 2)):
        assert visible(reader.fragment(Article("a", "T", "Some text."), start, end)).endswith("Some text.")


def test_the_best_sentence_of_a_card_is_marked_and_its_surroundings_shortened() -> None:
    long = "x" * 3 + " word" * 80
    card = sources.card(passage(f"{long} The best one. {long}", "The best one."), {})
    assert "<mark>The best one.</mark>" in card
    assert card.count("…") == 2
    assert len(visible(card)) < 460


def test_a_card_shows_title_outlet_date_relevance_and_copies() -> None:
    shown = visible(sources.card(passage(copies=("Tidewater Courier",), relevance=0.5, found_by=("words", "meaning")), {}))
    for part in ("A title", "Outlet · 1 December 2023", "good · words + meaning + story", "also in: Tidewater Courier"):
        assert part in shown


def test_a_card_carries_the_number_of_its_citation_once_there_is_an_answer() -> None:
    before = Turn("Q?", "reading", passages=(passage(),))
    assert "number cited" not in sources.column(before)
    said = answer(Sentence("Yes.", (citation(4),), "supported"))
    assert 'title="cited as 4">4<' in sources.column(done(said))


def test_stream_markers_are_raised_numbers_and_a_half_marker_waits() -> None:
    assert visible(conversation.stream_html("It is so. [1] And [")) == "It is so.1 And"
    assert '<span class="cite plain">1</span>' in conversation.stream_html("It is so. [1]")


def test_the_answer_reads_like_the_stream_did_so_that_nothing_jumps() -> None:
    sentences = (Sentence("It is so.", (citation(1),), "supported"), Sentence("And so.", (citation(2),), "supported"))
    said = answer(*sentences, text="It is so. [1]\n\nAnd so. [2]")
    assert visible(conversation.answer_html(said)) == visible(conversation.stream_html(said.text)) == "It is so.1\n\nAnd so.2"


def test_a_bracketed_number_of_the_model_is_text_and_not_a_citation() -> None:
    assert "cite" not in conversation.answer_html(answer(Sentence("See [1] there.", (), "supported")))


def test_what_is_not_supported_says_so_in_words_and_why_on_hover() -> None:
    markup = conversation.sentence_html(Sentence("Maybe.", (), "unsupported", "No one says “maybe”."))
    assert visible(markup) == "Maybe.not in the articles"
    assert 'data-why="No one says “maybe”."' in markup
    assert "partly supported" in visible(conversation.sentence_html(Sentence("Maybe.", (), "partly")))


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ("s", "The sentence is supported"), ("sss", "Every sentence is supported"), ("p", "This sentence is only partly supported"),
        ("u", "This sentence is not in the articles"), ("ssp", "1 of 3 sentences is only partly supported"),
        ("pps", "2 of 3 sentences are only partly supported"),
        ("spu", "1 of 3 sentences is only partly supported; 1 of 3 sentences is not in the articles"),
    ],
)  # fmt: skip
def test_the_support_line_counts(kinds: str, said: str) -> None:
    names = {"s": "supported", "p": "partly", "u": "unsupported"}
    assert words.support([Sentence("x", (), names[k]) for k in kinds]) == said  # type: ignore[arg-type]


def test_a_refusal_says_why_and_keeps_the_closest_passages() -> None:
    refused = answer(refused=True, refusal_reason="no_evidence", text="The articles don’t say.")
    shown = visible(conversation.turn_html(done(refused)))
    assert "The articles don’t say." in shown
    assert "No passage is close enough" in shown
    assert "Closest passages" in visible(sources.column(done(refused)))


def test_what_articles_give_for_the_same_thing_stands_below_the_answer_a_line_each() -> None:
    newer = citation(2, article_id="a2", source="Courier", published=date(2024, 2, 6), quote="it killed 2,975")
    made = answer(Sentence("It killed 64.", (citation(1),), "supported"))
    assert "differing" not in conversation.turn_html(done(made))
    made = replace(made, disagreements=(Disagreement((Stated("2,975", newer), Stated("64", citation(1)))),))
    shown = conversation.turn_html(done(made))
    assert "The articles differ, newest first2,975Courier · 6 February 2024264Outlet · 1 December 20231" in visible(shown)
    assert shown.count('class="cite"') == 3
    assert [c.marker for c in made.all_citations] == [1, 2]


def test_an_interrupted_answer_keeps_its_text_and_says_so() -> None:
    said = answer(Sentence("Half.", (), "supported"), interrupted="The model stopped half-way.")
    shown = visible(conversation.turn_html(done(said)))
    assert "Half." in shown
    assert "The model stopped half-way." in shown


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [("", None, None), ("2023", date(2023, 1, 1), date(2023, 12, 31)), ("2024-2", date(2024, 2, 1), date(2024, 2, 29)),
     (" 2023-12-01 ", date(2023, 12, 1), date(2023, 12, 1))],
)  # fmt: skip
def test_dates_may_be_a_year_a_month_or_a_day(typed: str, first: date | None, last: date | None) -> None:
    assert (typed_date(typed), typed_date(typed, last=True)) == (first, last)


@pytest.mark.parametrize("typed", ["yesterday", "2023-13", "2023-02-30", "12/01/2023", "0000"])
def test_what_is_not_a_date_is_a_problem(typed: str) -> None:
    with pytest.raises(Problem, match="not a date"):
        typed_date(typed)


def test_the_measured_times_are_all_counted_from_the_question() -> None:
    said = replace(answer(Sentence("Yes.", (citation(1),), "supported")), timings=Timings(1.5, 2.5, 3.5, 10, 5))
    assert "passages after 1.5 s, first word after 2.5 s" in conversation.turn_html(done(said))


def test_only_the_modules_that_the_docstring_names_import_gradio() -> None:
    importing = {p.name for p in Path(qa.page.__file__).parent.glob("*.py") if re.search(r"^\s*import gradio", p.read_text("utf-8"), re.M)}
    assert importing == set(re.findall(r"\w+\.py", qa.page.__doc__ or ""))
