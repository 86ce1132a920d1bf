"""What is wrong with a claim, in words: figures, names and quotations that are missing or stand elsewhere, denials, opposites."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from qa.facts import beside, content, denied, figures, names, negated, plain_letters, quotations, stem, units
from qa.relations import OPPOSITES, root
from qa.said import Said, Source, exactness

_PREVENTS = re.compile(
    r"\b(?:prevent|avoid|stop|keep|kept|bann?|prohibit|forbid|lack|fail|unable|exempt|exclud|except|unlike|instead)\w*", re.IGNORECASE
)
_MORE = "more than|over|at least|above"
_LESS = "less than|fewer than|under|up to|nearly|almost|below"
_ABOUT = re.compile(rf"\b(?:({_MORE})|({_LESS})|about|around|roughly|approximately|some|close to)\s*[$£€¥]?$", re.IGNORECASE)
_AFTERNOON = re.compile(r"\d ?p\.?m\b", re.IGNORECASE)
_MOST_FIGURES = 30  # compared with one another


def wrong_figures(claim: str, source: Source, allowed: frozenset[str] = frozenset()) -> list[str]:
    """Each figure of the claim that the source has not, or has with another unit; `allowed` are never wrong."""
    wrong: list[str] = []
    known, meant = source.figures, units(claim)
    for value, written in figures(claim).items():
        if value in allowed:
            continue
        if value not in known:
            if not near(claim, written, value, source) and not _half_day(value, claim, source):
                wrong.append(f"the figure {written} is not in the source")
        elif "" not in known[value] and "" not in meant[value] and not meant[value] & known[value]:
            wrong.append(f"the source has {written} with another unit")
        elif known[value] == {"%"} and "%" not in meant[value]:
            wrong.append(f"the source has {written} as a percentage")
    return wrong


def _half_day(value: str, claim: str, source: Source) -> bool:
    """ "5pm" of a claim for "at 5 in the afternoon"."""
    return value.isdigit() and 12 < int(float(value)) < 24 and str(int(value) - 12) in source.figures and bool(_AFTERNOON.search(claim))


def near(claim: str, written: str, value: str, source: Source) -> bool:
    """So "more than 100" for 116, "nearly 50" for 48.7."""
    at = claim.replace(",", "").find(written.replace(",", "").partition(" ")[0])
    hedge = _ABOUT.search(claim.replace(",", "")[max(0, at - 20) : max(0, at)].rstrip())
    if not hedge:
        return False
    number = float(value)
    low, high = (1.0, 1.25) if hedge.group(1) else (0.8, 1.0) if hedge.group(2) else (0.9, 1.1)
    # Rounded, not merely near: "about 22" is not what "about 20" says.
    exact = exactness(value)
    first = bisect_left(source.numbers, (low * number, 0))
    return any(known <= high * number and digits > exact for known, digits in source.numbers[first : first + _MOST_FIGURES])


def wrong_quotes(claim: str, source: str, said: Said) -> list[str]:
    """What is quoted but not said so. Up to three words may be a title or a term, as long as the source has each."""
    quotes = quotations(claim)
    plain = plain_letters(source) if quotes else ""
    wrong: list[str] = []
    for quote in quotes:
        parts = [p for p in (plain_letters(p).strip(" ,.;:!?") for p in re.split(r"…|\.{3}|\[[^\]]*\]", quote)) if p]
        if not all(p in plain for p in parts) and (len(quote.split()) > 3 or not all(map(said.word, content(quote)))):
            wrong.append(quote)
    return wrong


def wrong_names(claim: str, asked: set[str], said: Said) -> list[str]:
    return [name for key, name in names(claim).items() if key not in asked and not said.name(key) and not said.parts(name)]


def figures_exchanged(claim: str, sources: Sequence[str]) -> list[str]:
    """Two figures of the claim that stand with each other's words in the source: "5 killed, 20 hurt" for its reverse."""
    mine = beside(claim)
    if len(mine) < 2:
        return []
    for sentence in sources:
        theirs = beside(sentence)
        both = [v for v in mine if v in theirs][:_MOST_FIGURES]
        for i, a in enumerate(both):
            for b in both[i + 1 :]:
                straight = _fit(mine[a], theirs[a]) + _fit(mine[b], theirs[b])
                if _fit(mine[a], theirs[b]) and _fit(mine[b], theirs[a]) and _fit(mine[a], theirs[b]) + _fit(mine[b], theirs[a]) > straight:
                    return [f"the source gives {figures(claim)[a]} and {figures(claim)[b]} the other way round"]
    return []


def _fit(mine: tuple[frozenset[str], ...], theirs: tuple[frozenset[str], ...]) -> int:
    return len(mine[0] & theirs[0]) + len(mine[1] & theirs[1])


def turned(claim: str, sources: Sequence[str], said: Said) -> list[str]:
    """The claim denies what the source does not, says what it denies, or says the opposite word."""
    told = set(content(claim))
    shared = [len(told.intersection(content(s))) for s in sources]
    best = max(shared, default=0)
    if not best:
        return []
    close = [s for s, n in zip(sources, shared, strict=True) if n >= 0.6 * best]
    mine = denied(claim)
    if negated(claim):
        about = [s for s in sources if mine.intersection(content(s))] if mine else []
        return [] if any(negated(s) for s in about or close) else ["the source does not deny this"]
    # Only where the two truly speak of the same: a denial beside it is often of something else.
    same = [] if _PREVENTS.search(claim) else [s for s, n in zip(sources, shared, strict=True) if n == best and n >= 0.6 * len(told)]
    theirs = {w for s in same for w in denied(s)} & (told | set(figures(claim)))
    if theirs and theirs - {w for s in sources for w in {*content(s), *figures(s)} - denied(s)}:
        return ["the source denies this"]
    return _opposite(claim, close, said)


def _opposite(claim: str, close: Sequence[str], said: Said) -> list[str]:
    for word in re.findall(r"[^\W\d_]+", claim.casefold()):
        key = root(word)
        if key not in OPPOSITES or said.word(stem(word)):
            continue
        there = {root(w): w for s in close for w in re.findall(r"[^\W\d_]+", s.casefold())}
        if key not in there and (other := next((there[o] for o in OPPOSITES[key] if o in there), "")):
            return [f"the source says “{other}”, not “{word}”"]
    return []
