"""What other articles state in place of a value that an answer gives: another toll, another date, another length."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.types import Passage, ScoredSpan
from qa.attribution import Source
from qa.facts import MONTHS, units
from qa.reading import Keys, Reading, Thing, read
from qa.relations import GROUP, root
from qa.said import exactness
from qa.types import Answer, Disagreement, Stated
from qa.writing import Numbering

BEHIND = 4.0  # logits behind the cited sentence, by the cross-encoder: one that answers the question, too…
ANSWERS = 0.0  # …as does one above this
CITED_COVERS = 0.7  # of the question's content words, by the cited sentence and its article's title
COVERS = 0.6  # …by the other sentence, what stands around it, and its title
BESIDE = 1.0  # what the words beside a value are worth together: one that was asked about, or two others
OTHER_WORD = 0.6
MOST = 4  # values shown for one thing
ABOVE = 1.25  # "more than 3,000" may be 3,700, and not 4,000
CLOSE = 0.03
_HEDGE = re.compile(
    r"\b(?:(?P<more>more than|over|at least|above|exceed\w*|pass(?:ed|es)?)|(?P<less>no more than|less than|fewer than|under|up to|nearly|"
    r"almost|below)|about|around|roughly|approximately|some|close to)\s*[$£€¥]?$",
    re.IGNORECASE,
)
# "5 to 9 December": the 5 is a day as well.
_RANGE = re.compile(rf"\b\d{{1,2}} ?(?:to|and|or|-|–) ?(?=\d{{1,2}} (?:{'|'.join(MONTHS)})\b)", re.IGNORECASE)
_WHEN = re.compile(r"\b(?:when|(?:what|which) (?:day|days|date|dates|month|year))\b", re.IGNORECASE)
_FIGURE = re.compile(r"\b(?:how (?!come\b|did\b|do\b|does\b|was\b|were\b|is\b|are\b|can\b|could\b)\w+|what|which)\b", re.IGNORECASE)
# Words of a question that a sentence need not have to answer it.
_ASKING = frozenset(
    map(root, "toll count number figure total latest newest official officially current now today many much people".split())
)
_COUNTED = frozenset(map(root, "people lives persons dead".split()))  # "69 people lay dead" for "the dead came to 91"


@dataclass(frozen=True, slots=True)
class _Told:
    """A value where it stands."""

    thing: Thing
    unit: frozenset[str]
    hedge: str
    source: Source


def with_disagreements(answer: Answer, sources: Sequence[Source]) -> Answer:
    """The answer, with what other articles among `sources` state in place of its values, newest first.

    A value is another's rival where its sentence, by the cross-encoder, answers the question as well; where it is of the same kind
    and unit, among the same words; and where nothing says that another subject or another time is meant.
    """
    numbering = Numbering(answer.citations)
    found = tuple(_found(answer, sources, numbering))
    return replace(answer, disagreements=found) if found else answer


def _found(answer: Answer, sources: Sequence[Source], numbering: Numbering) -> Iterator[Disagreement]:
    by_place = {(s.passage.chunk.article_id, s.span.start): s for s in sources}
    asked = read(answer.standalone_question)
    shown: set[str] = set()
    for sentence in answer.sentences:
        cited = [
            s for c in sentence.citations if (s := by_place.get((c.article_id, c.start))) and _covers(_sentence(s), asked, CITED_COVERS)
        ]
        for told in _values(sentence.text, cited, answer.standalone_question):
            rivals = [] if told.thing.written in shown else _rivals(told, cited, sources, asked)
            if rivals:
                every = [told, *rivals[: MOST - 1]]
                shown.update(value.thing.written for value in every)
                stated = [Stated(value.thing.written, numbering.cite(value.source)) for value in every]
                yield Disagreement(tuple(sorted(stated, key=lambda s: s.citation.published or date.min, reverse=True)))


def _values(sentence: str, cited: Sequence[Source], question: str) -> Iterator[_Told]:
    """What the sentence says in answer to the question, a figure or a date, where it stands in what it cites."""
    asked, said = read(question), read(sentence).things
    kind = "date" if _WHEN.search(question) else "figure" if _FIGURE.search(question) else ""
    wanted = _keys(asked)
    for source in cited:
        told = [
            value
            for value in _told(source)
            if value.thing.kind == kind and any(value.thing.same(t) for t in said) and not any(value.thing.same(t) for t in asked.things)
        ]
        # Of several, that which stands among the words of the question: "86 Israelis and 24 others, a total of 110".
        worth = [len(_beside(value.thing) & wanted) for value in told]
        yield from (value for value, shared in zip(told, worth, strict=True) if shared == max(worth))


def _told(source: Source) -> Iterator[_Told]:
    text = _RANGE.sub("", source.span.text)
    measured = units(text)
    for thing in read(text).things:
        if thing.kind == "name":
            continue
        at = text.find(thing.written)
        hedge = _HEDGE.search(text[max(0, at - 20) : at].rstrip()) if at >= 0 else None
        unit = measured.get(next(iter(thing.keys)), frozenset()) if thing.kind == "figure" else frozenset()
        yield _Told(thing, unit, (hedge.lastgroup or "about") if hedge else "", source)


def _rivals(told: _Told, cited: Sequence[Source], sources: Sequence[Source], asked: Reading) -> list[_Told]:
    """One of each other article, the best ranked first; none of an article that has the value as well."""
    home = {s.passage.chunk.article_id for s in cited}
    rivals: dict[str, _Told] = {}
    agreeing: set[str] = set()
    for source in sources:
        article = source.passage.chunk.article_id
        if article in home:
            continue
        there = [other for other in _told(source) if other.thing.kind == told.thing.kind]
        if any(_one(told, other) for other in there):
            agreeing.add(article)
        elif article not in rivals and _answers_too(told.source, source, asked) and (rival := _rival(told, there, asked)):
            rivals[article] = rival
    return [rival for article, rival in rivals.items() if article not in agreeing]


def _sentence(source: Source) -> set[str]:
    return _keys(read(source.span.text)) | _keys(read(source.facts))


def _answers_too(cited: Source, other: Source, asked: Reading) -> bool:
    """Whether the other sentence answers the same question, of the same subject and the same time."""
    if _logit(other) < min(_logit(cited) - BEHIND, ANSWERS):
        return False
    return _covers(_around(other), asked, COVERS) and _one_subject(cited, other, asked) and _one_time(other, asked)


def _covers(told: set[str], asked: Reading, least: float) -> bool:
    """Whether what is told has the question's words, but for a few."""
    wanted = [keys for keys in asked.words if not keys & _ASKING]
    return sum(bool(keys & told) for keys in wanted) >= least * len(wanted)


def _around(source: Source) -> set[str]:
    return _keys(read(source.passage.chunk.text)) | _keys(read(source.facts))


def _keys(reading: Reading) -> set[str]:
    return {key for keys in reading.words for key in keys}


def _logit(source: Source) -> float:
    return source.span.score if isinstance(source.span, ScoredSpan) else source.passage.score


def _one_subject(cited: Source, other: Source, asked: Reading) -> bool:
    """The names of the question stand in both; where it has none, a name of the one article's title stands in the other."""
    here, there = _around(cited), _around(other)
    wanted = [thing.keys for thing in asked.things if thing.kind == "name"]
    if wanted:
        return all(keys & here and keys & there for keys in wanted)
    titles = [_named(s.passage) for s in (cited, other)]
    return not all(titles) or any(keys & there for keys in titles[0]) or any(keys & here for keys in titles[1])


def _named(passage: Passage) -> list[Keys]:
    """The names in its title; a first word that the text writes small is none."""
    first = passage.title.partition(" ")[0]
    title = passage.title[len(first) :] if first.casefold() in passage.chunk.text else passage.title
    return [thing.keys for thing in read(title).things if thing.kind == "name"]


def _one_time(other: Source, asked: Reading) -> bool:
    """A question about a day is not answered by what is told of another."""
    told = [thing for thing in read(other.span.text).things if thing.kind == "date"]
    wanted = [thing for thing in asked.things if thing.kind == "date"]
    return not told or all(any(day.same(there) for there in told) for day in wanted)


def _rival(told: _Told, there: Sequence[_Told], asked: Reading) -> _Told | None:
    """The value that stands among the words that `told` stands among; where there is one alone with its unit, that is enough."""
    alike = [
        other
        for other in there
        if told.unit == other.unit and _parts(told.thing) == _parts(other.thing) and not any(other.thing.same(t) for t in asked.things)
    ]
    if len(alike) == 1 and (told.unit - {""} or told.thing.kind == "date"):
        return alike[0]
    wanted = _keys(asked)
    best, rival = max(((_fit(told.thing, other.thing, wanted), other) for other in alike), key=lambda pair: pair[0], default=(0.0, None))
    return rival if best >= BESIDE else None


def _parts(thing: Thing) -> set[str]:
    """Day, month, year of a date: a year is no rival of a day."""
    return {key[0] for key in thing.keys} if thing.kind == "date" else set()


def _fit(mine: Thing, theirs: Thing, wanted: set[str]) -> float:
    """How much of what stands beside one stands beside the other, on either side: "31,643 deaths", "the dead number 53,537"."""
    both = _beside(mine) & _beside(theirs)
    both |= {key for key in _beside(theirs) if key in wanted and key in _COUNTED}
    once = {key for key in both if key.startswith("~") or f"~{GROUP.get(key)}" not in both}
    return sum(1.0 if key in wanted else OTHER_WORD for key in once)


def _beside(thing: Thing) -> set[str]:
    """The words, without dates and figures: these say when, and how many of something else."""
    return {key for keys in (*thing.left, *thing.right) for key in keys if key[0] == "~" or not any(map(str.isdigit, key))}


def _one(mine: _Told, theirs: _Told) -> bool:
    """Whether both may be the same value, told more or less exactly."""
    if mine.thing.same(theirs.thing) or mine.thing.kind != "figure":
        return mine.thing.same(theirs.thing)
    (a,), (b,) = mine.thing.keys, theirs.thing.keys
    one, two = float(a), float(b)
    return _may_be(mine.hedge, one, exactness(a), two) or _may_be(theirs.hedge, two, exactness(b), one)


def _may_be(hedge: str, said: float, digits: int, value: float) -> bool:
    """Whether `value` may be what is said: "more than 3,000" for 3,419, "about 400" and "1.2 million" for what rounds to it."""
    if hedge == "more":
        return said <= value <= ABOVE * said
    if hedge == "less":
        return said / ABOVE <= value <= said
    if hedge and abs(said - value) <= CLOSE * said:
        return True
    return (bool(hedge) or abs(said) >= 1000) and float(f"{value:.{max(digits, 1)}g}") == said
