"""Does the cited text say what the sentence says? One function, from claim and spans to a verdict in words.

This is the model-free floor: figures, names, quotations, negation and content words. A trained checker
can stand behind the same function later.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.sentences import split_sentences
from qa.facts import beside, content, denied, figures, names, negated, plain_letters, quotations, stem, units
from qa.relations import GROUP, OPPOSITES, OTHER_NAMES, root
from qa.types import Support

SUPPORTED = 0.62  # of the content words, when nothing definite is missing
ENOUGH = 0.4  # of the score, likewise, for a source of a few sentences…
LONG = 0.3  # …and more for each doubling of its words over SHORT: a long text holds many by chance
SHORT = 60
PARTLY = 0.34

_SOURCES = r"(?:excerpts?|passages?|articles?|texts?|sources?|context|information (?:provided|given|available))"
_TELLS = r"(?:mention|stat|say|specif|provid|contain|giv|includ|indicat|answer|address|discuss|explain|tell)"
_TOLD = r"(?:mentioned|stated|specified|provided|given|available|included|clear|known|found|answered|discussed)"
_NON_ANSWER = re.compile(
    "|".join(
        (
            rf"\b{_SOURCES}(?: \w+){{0,4}}? (?:(?:do|does|did)(?: not|n[’']t) (?:\w+ ){{0,3}}?|fails? to ){_TELLS}",
            rf"\b(?:is|are|was|were)(?: not|n[’']t) (?:\w+ ){{0,2}}?{_TOLD}\b[^.]*"
            rf"\b(?:in|from|by|to|on) (?:(?:the|these|this) )?(?:\w+ )?{_SOURCES}",
            r"\b(?:is|are)(?: not|n[’']t) (?:explicitly |directly )?(?:mentioned|stated|specified)\b",
            rf"\bno (?:\w+ ){{0,2}}(?:information|mention|answer|evidence)\b[^.]*\b{_SOURCES}",
            rf"\b{_SOURCES}[^.]* (?:no|insufficient|not enough) (?:\w+ ){{0,2}}(?:information|mention|answer|detail)",
            rf"\b(?:cannot|can[’']t|could not|unable to|(?:not |im)possible to) (?:be )?(?:answer|determin|find|found|provid|tell|say)[^.]*"
            rf"\b(?:{_SOURCES}|question)",
            r"\bI(?:[’']m| am) (?:sorry|unable|not able)\b",
            r"\bI (?:do not|don[’']t|cannot|can[’']t|could not|couldn[’']t) (?:\w+ ){0,2}?"
            r"(?:know|have|answer|find|determine|provide|tell|say|see)",
        )
    ),
    re.IGNORECASE,
)
_PREVENTS = re.compile(
    r"\b(?:prevent|avoid|stop|keep|kept|bann?|prohibit|forbid|lack|fail|unable|exempt|exclud|except|unlike|instead)\w*", re.IGNORECASE
)
_MORE = "more than|over|at least|above"
_LESS = "less than|fewer than|under|up to|nearly|almost|below"
_ABOUT = re.compile(rf"\b(?:({_MORE})|({_LESS})|about|around|roughly|approximately|some|close to)\s*[$£€¥]?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`score` in 0-1 grows with support; `why` says in plain words what is missing, empty when nothing is."""

    support: Support
    score: float
    why: str = ""


def check(claim: str, spans: Sequence[str], question: str = "", facts: str = "") -> Verdict:
    """How far `spans` together bear out `claim`.

    `facts` are what is known of the cited articles beside their words (title, outlet, date); names and
    dates may come from there, and names from the `question`, since an answer repeats what was asked.
    """
    source = "\n".join(spans)
    around = f"{source}\n{facts}"
    told = content(claim)
    if not told and not figures(claim):
        return Verdict("unsupported", 0.0, "it says nothing that can be checked")
    missing: list[str] = []
    wrong_figures = _wrong_figures(claim, source, around)
    missing += wrong_figures
    said = _Said({w for span in (*spans, facts) for w in content(span)})
    wrong_quotes = _wrong_quotes(claim, f"{source}\n{question}", said)
    missing += [f"“{q}” is not a quotation from the source" for q in wrong_quotes]
    asked = set(content(question)).intersection(names(claim))
    wrong_names = [name for key, name in names(claim).items() if key not in asked and not said.name(key) and not said.parts(name)]
    missing += [f"“{name}” is not in the source" for name in wrong_names]
    lost = [w for w in told if w not in asked and not said.word(w)]
    share = 1.0 - len(lost) / len(told) if told else 1.0
    close = share - 0.5 * sum(1 for w in told if w not in asked and said.alike(w)) / len(told) if told else 1.0
    turned = [found for sentence in _sentences(claim) if not is_non_answer(sentence) for found in _turned(sentence, spans, said)]
    missing += turned
    # Each strange word is one more thing that may be wrong, however long the claim around it.
    # What is wrong multiplies, so that of two bad sources the better one still shows.
    kept = 0.6 ** len(wrong_figures) * 0.85 ** len(wrong_quotes) * 0.75 ** len(wrong_names) * 0.7 ** len(turned)
    score = max(0.0, close) / (1.0 + 0.05 * len(set(lost))) * kept
    if not missing and share >= SUPPORTED and score >= _enough(len(said.words)):
        return Verdict("supported", score)
    if not missing:
        some = list(dict.fromkeys(lost))[:3]
        missing.append("the source does not speak of " + ", ".join(f"“{_as_written(w, claim)}”" for w in some))
    if wrong_figures and len(wrong_figures) == len(figures(claim)):
        return Verdict("unsupported", min(score, PARTLY / 2), "; ".join(missing))
    support: Support = "partly" if score >= PARTLY else "unsupported"
    return Verdict(support, score, "; ".join(missing))


def is_non_answer(sentence: str) -> bool:
    """The model's own word that it cannot answer: nothing an article says."""
    return bool(_NON_ANSWER.search(sentence))


def _enough(words: int) -> float:
    return min(0.8, ENOUGH + LONG * max(0.0, math.log2(max(words, 1) / SHORT)))


def _wrong_figures(claim: str, source: str, around: str) -> list[str]:
    """In words, each figure of the claim that the source has not, or has with another currency or percent."""
    # The source's "rooms 12, 300 and 450" may be read in both ways; a claim is read in one.
    known: Mapping[str, frozenset[str]] = units(around)
    if ", " in source:
        known = {**units(source.replace(", ", " , ")), **known}
    wrong: list[str] = []
    meant = units(claim)
    for value, written in figures(claim).items():
        if value not in known:
            if not _near(claim, written, value, known):
                wrong.append(f"the figure {written} is not in the source")
        elif "" not in known[value] and "" not in meant[value] and not meant[value] & known[value]:
            wrong.append(f"the source has {written} with another unit")
        elif known[value] == {"%"} and not any("%" in u for u in meant.values()):
            wrong.append(f"the source has {written} as a percentage")
    return wrong or [found for sentence in _sentences(claim) for found in _exchanged(sentence, source)]


def _wrong_quotes(claim: str, source: str, said: _Said) -> list[str]:
    """What is quoted but not said so. Up to three words may be a title or a term, as long as the source has each."""
    plain = plain_letters(source)
    wrong: list[str] = []
    for quote in quotations(claim):
        parts = [p for p in (plain_letters(p).strip(" ,.;:!?") for p in re.split(r"…|\.{3}|\[[^\]]*\]", quote)) if p]
        if not all(p in plain for p in parts) and (len(quote.split()) > 3 or not all(map(said.word, content(quote)))):
            wrong.append(quote)
    return wrong


def _near(claim: str, written: str, value: str, known: Mapping[str, frozenset[str]]) -> bool:
    """So "more than 100" for 116, "nearly 50" for 48.7."""
    at = claim.replace(",", "").find(written.replace(",", "").partition(" ")[0])
    hedge = _ABOUT.search(claim.replace(",", "")[: max(0, at)].rstrip())
    if not hedge:
        return False
    number = float(value)
    low, high = (1.0, 1.25) if hedge.group(1) else (0.8, 1.0) if hedge.group(2) else (0.9, 1.1)
    # Rounded, not merely near: "about 22" is not what "about 20" says.
    exact = len(value.strip("-0.").replace(".", ""))
    return any(low * number <= float(k) <= high * number and len(k.strip("-0.").replace(".", "")) > exact for k in known)


def _exchanged(claim: str, source: str) -> list[str]:
    """Two figures of the claim that stand with each other's words in the source: "5 killed, 20 hurt" for its reverse."""
    mine = beside(claim)
    if len(mine) < 2:
        return []
    for sentence in _sentences(source):
        theirs = beside(sentence)
        both = [v for v in mine if v in theirs]
        for i, a in enumerate(both):
            for b in both[i + 1 :]:
                straight = _fit(mine[a], theirs[a]) + _fit(mine[b], theirs[b])
                if _fit(mine[a], theirs[b]) and _fit(mine[b], theirs[a]) and _fit(mine[a], theirs[b]) + _fit(mine[b], theirs[a]) > straight:
                    return [f"the source gives {figures(claim)[a]} and {figures(claim)[b]} the other way round"]
    return []


def _fit(mine: tuple[frozenset[str], ...], theirs: tuple[frozenset[str], ...]) -> int:
    return len(mine[0] & theirs[0]) + len(mine[1] & theirs[1])


def _turned(claim: str, spans: Sequence[str], said: _Said) -> list[str]:
    """In words: the claim denies what the source does not, says what it denies, or says the opposite word."""
    told = set(content(claim))
    sentences = [s for span in spans for s in _sentences(span)]
    shared = [len(told.intersection(content(s))) for s in sentences]
    best = max(shared, default=0)
    if not best:
        return []
    close = [s for s, n in zip(sentences, shared, strict=True) if n >= 0.6 * best]
    mine = denied(claim)
    if negated(claim):
        about = [s for s in sentences if mine.intersection(content(s))] if mine else []
        return [] if any(negated(s) for s in about or close) else ["the source does not deny this"]
    # Only where the two truly speak of the same: a denial beside it is often of something else.
    same = [] if _PREVENTS.search(claim) else [s for s, n in zip(sentences, shared, strict=True) if n == best and n >= 0.6 * len(told)]
    theirs = {w for s in same for w in denied(s)} & (told | set(figures(claim)))
    asserted = {w for s in sentences for w in {*content(s), *figures(s)} - denied(s)}
    if theirs - asserted:
        return ["the source denies this"]
    return _opposite(claim, told, close, said)


def _opposite(claim: str, told: set[str], close: Sequence[str], said: _Said) -> list[str]:
    for word in re.findall(r"[^\W\d_]+", claim.casefold()):
        key = root(word)
        if key not in OPPOSITES or said.word(stem(word)):
            continue
        there = {root(w): w for s in close for w in re.findall(r"[^\W\d_]+", s.casefold())}
        if key not in there and (other := next((there[o] for o in OPPOSITES[key] if o in there), "")):
            return [f"the source says “{other}”, not “{word}”"]
    return []


@lru_cache(maxsize=4096)
def _sentences(text: str) -> tuple[str, ...]:
    return tuple(s.text for s in split_sentences(text))


class _Said:
    """The stems of a source, and what is near enough to them."""

    def __init__(self, words: set[str]) -> None:
        self.words = words
        self._begun = {w[:4] for w in words if len(w) >= 4}
        self._groups = {GROUP[key] for w in words if (key := root(w)) in GROUP}

    def word(self, key: str) -> bool:
        """So "robbery" for "robbed", "Mexico" for "Mexican": the first four letters are one. Or a word that means the same."""
        return self._kin(key) or self.alike(key)

    def alike(self, key: str) -> bool:
        """Only another word of the same meaning is there."""
        return GROUP.get(root(key)) in self._groups and not self._kin(key)

    def _kin(self, key: str) -> bool:
        return key in self.words or (len(key) >= 4 and key[:4] in self._begun)

    def parts(self, name: str) -> bool:
        """So "Hamas-run" for "run by Hamas"."""
        found = [stem(part) for part in re.split(r"[-/]", name) if part]
        return len(found) > 1 and all(self.name(part) or self.word(part) for part in found)

    def name(self, key: str) -> bool:
        """So "Israeli" for "Israel", "U.S." for "US"; never "Austria" for "Australia"."""
        short = key.replace(".", "")
        if key in self.words or short in self.words or any(o in self.words for o in OTHER_NAMES.get(short, ())):
            return True
        return len(short) >= 4 and short[:4] in self._begun and any(_same_name(short, w) for w in self.words if w[:4] == short[:4])


_ENDINGS = frozenset(["", *"a e i o y n s an en er es ia ian ean ish ese ic ain and land man".split()])


def _same_name(one: str, other: str) -> bool:
    common = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        common += 1
    return one[common:] in _ENDINGS and other[common:] in _ENDINGS


def _as_written(stemmed: str, text: str) -> str:
    return next((w for w in re.findall(r"[^\W\d_]+(?:[’'][^\W\d_]+)*", text) if stem(w) == stemmed), stemmed)
