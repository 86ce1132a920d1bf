"""Which spans carry a sentence: as few as do, and the best of equals."""

from datetime import date

import pytest

from index.types import Chunk, Passage, Span
from qa.attribution import MOST, Source, attribute


def source(
    text: str, rank: int = 1, shown: bool = True, title: str = "Title", outlet: str | None = None, published: date | None = None
) -> Source:
    span = Span(0, len(text), text)
    chunk = Chunk(f"c{rank}", f"a{rank}", 0, 0, len(text), text)
    return Source(Passage(chunk, title, outlet, None, published, rank, 0.9, span), span, shown)


OPENED = source("The bridge was opened in May 1932.", 1)
REBUILT = source("Masons rebuilt its arch within a year.", 2)
FLOOD = source("A flood took the northern arch in 1951.", 3)
BREAD = source("Bakers feed the starter each morning.", 4)
ALL = [BREAD, FLOOD, REBUILT, OPENED]


def cited(sentence: str, sources=ALL, question: str = "", hinted=()) -> list[Source]:
    return attribute(sentence, sources, question, hinted)[0]


def test_one_span_is_cited_when_one_carries_it() -> None:
    chosen, verdict = attribute("The bridge was opened in 1932.", ALL)
    assert (chosen, verdict.support) == ([OPENED], "supported")


def test_a_second_span_is_cited_when_it_adds_what_is_missing() -> None:
    chosen, verdict = attribute("A flood took the northern arch in 1951 and masons rebuilt it within a year.", ALL)
    assert chosen == [FLOOD, REBUILT]
    assert verdict.support == "supported"


def test_nothing_is_cited_when_nothing_speaks_of_it() -> None:
    chosen, verdict = attribute("Kangaroos hop.", ALL)
    assert chosen == []
    assert (verdict.support, verdict.why) == ("unsupported", "nothing in the sources speaks of this")


def test_without_sources_nothing_is_cited() -> None:
    assert attribute("The bridge was opened.", [])[0] == []


def test_no_more_than_three_are_cited() -> None:
    sources = [source(f"The {word} closed.", n) for n, word in enumerate("bridge school bakery harbour station".split(), 1)]
    assert len(cited("The bridge, the school, the bakery, the harbour and the station closed.", sources)) == MOST


@pytest.mark.parametrize(
    ("sources", "hinted", "rank"),
    [
        pytest.param([source("It closed.", 2), source("It closed.", 1)], (), 1, id="the better ranked"),
        pytest.param([source("It closed.", 1, shown=False), source("It closed.", 2)], (), 2, id="one that the model read"),
        pytest.param([source("It closed.", 1), source("It closed.", 2)], (2,), 2, id="one that the model pointed to"),
        pytest.param([source("It closed in May.", 1), source("The bridge closed.", 2)], (1,), 2, id="one that fits better than the hint"),
    ],
)
def test_of_equals_one_is_preferred(sources: list[Source], hinted: tuple[int, ...], rank: int) -> None:
    assert [s.passage.rank for s in cited("The bridge closed.", sources, hinted=hinted)] == [rank]


def test_the_facts_of_the_article_count_as_its_words() -> None:
    told = source("The bridge closed.", outlet="Tidewater Courier", published=date(2021, 3, 4))
    assert attribute("The Tidewater Courier reported on 4 March 2021 that the bridge closed.", [told])[1].support == "supported"


def test_the_facts_of_two_articles_do_not_run_into_each_other() -> None:
    one = source("A flood took the arch.", 1, published=date(1951, 2, 3))
    other = source("Masons rebuilt it.", 2, title="7 masons", published=date(1952, 2, 3))
    assert attribute("A flood took the arch in 1951 and 7 masons rebuilt it in 1952.", [one, other])[1].support == "supported"


def test_a_wrong_figure_is_not_carried_by_any_span() -> None:
    assert attribute("The bridge was opened in 1847.", ALL)[1].support == "unsupported"


def test_what_only_the_question_said_needs_no_citation_of_its_own() -> None:
    captain = source("Ann Lowe was the captain, and her brother kept the log.", 1, title="The crew of the Heron")
    heron = source("The Heron left the harbour of Varn in May.", 2, title="A ship leaves")
    sentence = "Ann Lowe was the captain of the Heron."
    assert cited(sentence, [captain, heron], "Who was the captain of the Heron?") == [captain]
    assert cited("Ann Lowe was the captain of the Heron, which left Varn in May.", [captain, heron], "Who was the captain?") == [
        heron,
        captain,
    ]
