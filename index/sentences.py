"""Sentences with exact offsets: `text[start:end]` is the sentence, always."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.types import Span

# Full stops that end no sentence. Followed by a capital they still may not: "Dr. Ada", "Gen. Grant".
_TITLES = frozenset("mr mrs ms dr prof st gen col lt sgt capt cmdr adm maj rep sen gov pres rev hon messrs mme mlle fr".split())
_ABBREVIATIONS = frozenset(
    "vs etc e.g i.e cf al approx est no nos vol fig figs pp p ed eds inc ltd co corp dept univ assn bros jr sr "
    "jan feb mar apr jun jul aug sept sep oct nov dec mon tue wed thu fri sat sun a.m p.m ave blvd rd mt ft "
    "u.s u.k u.n e.u d.c ph.d b.c a.d".split()
)
_BEFORE_FIGURES = frozenset("no nos fig vol pp p jan feb aug sep sept oct nov dec".split())  # "No. 5", but "She said no. He"
_MAY_END = frozenset("a.m p.m etc inc u.s u.k u.n e.u d.c b.c a.d ph.d co corp ltd jr sr sat sun wed ave blvd rd ft".split())
# Tried only where a run of stops begins, and never given back: "....." by the thousand stays linear.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s|$)|[。！？]+[”’」』）]*")
_BREAK = re.compile(r"\n[ \t]*\n\s*|\n(?=[ \t]*(?:[-*•–—]|\d+[.)]|#{1,6})[ \t])")
_OPENER = re.compile(r"[\"'“‘«(\[]*([^\W_]|[¿¡$£€#@])")
_LAST_WORD = re.compile(r"([^\s\"'“‘(\[]+)$")
_LONGEST_WORD = 24  # characters looked at before a stop; the longest abbreviation has five


def split_sentences(text: str, offset: int = 0) -> list[Span]:
    """The sentences of a text in order, without the space between them; `offset` is added to each end.

    A blank line always ends a sentence, so a heading stands for itself. Every character that is not
    white space lies in exactly one sentence.
    """
    return [
        Span(offset + start, offset + end, text[start:end])
        for block_start, block_end in _blocks(text)
        for start, end in _within(text, block_start, block_end)
    ]


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _BREAK.finditer(text):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def _within(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for stop in _END.finditer(text, start, end):
        if _ends_sentence(text, begin, stop, end):
            yield from _trimmed(text, begin, stop.end())
            begin = stop.end()
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if piece.strip():
        yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _ends_sentence(text: str, begin: int, stop: re.Match[str], end: int) -> bool:
    mark = stop.group()
    if mark[0] in "。！？" or stop.end() >= end:
        return True
    rest = text[stop.end() : min(end, stop.end() + 40)].lstrip()
    opener = _OPENER.match(rest)
    if not rest or not opener:
        return True
    follows_small = opener.group(1).islower()
    if mark[0] != ".":
        return not follows_small
    if follows_small:
        return False
    before = _LAST_WORD.search(text, max(begin, stop.start() - _LONGEST_WORD), stop.start())
    word = before.group(1).casefold() if before else ""
    if mark != ".":  # ".)" or '."' closes something: the sentence is over unless the next word is small
        return True
    if before and word.isdigit() and not text[begin : before.start()].strip():  # "1. The first point"
        return False
    if word in _TITLES or (len(word) == 1 and word.isalpha() and word != "i"):
        return False
    if word in _BEFORE_FIGURES:
        return not opener.group(1).isdigit()
    return word not in _ABBREVIATIONS or (word in _MAY_END and _starts_anew(rest))


def _starts_anew(rest: str) -> bool:
    """After "in the U.S. The …" a new sentence begins; after "the U.S. Senate" it does not."""
    first = re.match(r"[\"'“‘«(\[]*([^\W\d_]+)", rest)
    return first is not None and first.group(1) in _SENTENCE_STARTERS


_SENTENCE_STARTERS = frozenset(
    "The A An In On At It Its He She They We I You But And Or So Yet If When While After Before As By For From "
    "This That These Those There Then Now His Her Their Our To With Both Some Many Most No Not Since Under".split()
)
