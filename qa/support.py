"""Does the cited text say what the sentence says? One function, from claim and spans to a probability and reasons in words.

This is the model-free floor: figures, names, dates, quotations, denial, what stands in another's place, content words.
A trained checker can stand behind the same function later.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa import findings
from qa.days import is_one_of, unknown_dates
from qa.exchanges import Exchange, exchanges
from qa.facts import WEEKDAYS, content, figures, names, stem
from qa.reading import read
from qa.relations import LIGHT
from qa.said import Source, sentences, source
from qa.types import Support
from qa.weighing import MOST, Signals, probability, reordered

SUPPORTED = 0.5  # when nothing definite is missing
PARTLY = 0.1
FAULTY = 0.49  # at most, when something definite is missing
_SHORT = 3  # content words: a sentence of no more leans on the question
_SENTENCES = 60  # of a claim that are looked at one by one; the rest count as one

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


@dataclass(frozen=True, slots=True)
class Verdict:
    """`score` is the probability, 0-1, that the source says it; `why` says in plain words what is missing, empty when nothing is.

    `faulty` where that is something definite: another figure, name or date than the source has, its opposite, a quotation that is none.
    """

    support: Support
    score: float
    why: str = ""
    faulty: bool = False


def check(claim: str, spans: Sequence[str], question: str = "", facts: str = "") -> Verdict:
    """How far `spans` together bear out `claim`.

    `facts` are what is known of the cited articles beside their words (title, outlet, date); names and
    dates may come from there, and names from the `question`, since an answer repeats what was asked.
    """
    told = content(claim)
    if not told and not figures(claim):
        return Verdict("unsupported", 0.0, "it says nothing that can be checked")
    held_against = source(tuple(spans), facts)
    if set(sentences(claim)) <= set(held_against.sentences):
        return Verdict("supported", 1.0)  # the source's own words
    weighed, looked, missing = _weighed(claim, held_against, question)
    score = probability(weighed)
    if not missing and score >= SUPPORTED:
        return Verdict("supported", score)
    faulty = bool(missing)
    if not missing:
        lost = list(dict.fromkeys(word for found in looked for word in found.lost))[:3]
        spoken = ", ".join(f"“{_as_written(word, claim)}”" for word in lost)
        missing.append(
            f"the source does not speak of {spoken}" if lost else "the source has these words, but says something else with them"
        )
    score = min(score, FAULTY)
    all_wrong = bool(figures(claim)) and sum(found.wrong_figures for found in looked) >= len(figures(claim))
    support: Support = "partly" if score >= PARTLY and not all_wrong else "unsupported"
    return Verdict(support, score, "; ".join(dict.fromkeys(missing)), faulty)


def signals(claim: str, spans: Sequence[str], question: str = "", facts: str = "") -> list[Signals]:
    """What `check` weighs: the signals of each sentence that claims something. For fitting the weights."""
    return _weighed(claim, source(tuple(spans), facts), question)[0]


def _weighed(claim: str, source: Source, question: str) -> tuple[list[Signals], list[_Found], list[str]]:
    """The signals that count, what each sentence came to, and all that is definitely missing."""
    parts = sentences(claim)
    if len(parts) > _SENTENCES:
        parts = (*parts[: _SENTENCES - 1], " ".join(parts[_SENTENCES - 1 :]))
    wrong = findings.wrong_quotes(claim, f"{source.text}\n{question}", source.said)
    missing = [f"“{quote}” is not a quotation from the source" for quote in wrong]
    looked = [_looked_at(part, source, question) for part in parts]
    missing += [reason for found in looked for reason in found.missing]
    # What the model says it cannot answer is no claim about the world, and a heading is none at all.
    weighed = [found.signals for part, found in zip(parts, looked, strict=True) if found.told and not is_non_answer(part)]
    weighed = weighed or [found.signals for found in looked]
    weighed[0] = replace(weighed[0], quotes=min(MOST, float(len(wrong))))
    return weighed, looked, missing


@dataclass(frozen=True, slots=True)
class _Found:
    """What one sentence of a claim came to."""

    signals: Signals
    missing: Sequence[str]
    lost: Sequence[str]
    told: int  # content words and figures
    wrong_figures: int


def _looked_at(sentence: str, source: Source, question: str) -> _Found:
    said = source.said
    reading = read(sentence)
    dated = [thing for thing in reading.things if thing.kind == "date" and is_one_of(thing, source.days)]
    days = {key[0]: key[1:] for thing in dated for key in thing.keys}
    wrong = findings.wrong_figures(sentence, source, frozenset(days[part] for part in "dy" if part in days))
    dates = unknown_dates(reading, source.dated, source.days)
    weekdays = {stem(day) for day, number in WEEKDAYS.items() if days.get("w") == str(number)}
    asked = set(content(question)).intersection(names(sentence))
    strangers = findings.wrong_names(sentence, asked | weekdays, said)
    # A short answer is found by the words of its question: "Five." to "How many bolts were cracked?"
    nearest = source.place.nearest(reading if len(reading.words) > _SHORT else read(f"{sentence} {question}"))
    near = [beside for _, beside in nearest]
    turned = findings.turned(sentence, source.sentences, said) if not is_non_answer(sentence) else []
    swapped = [] if wrong else findings.figures_exchanged(sentence, source.sentences)
    taken = exchanges(reading, source.place, nearest, source.known)
    # What is not in the source at all is told of already, and so are two figures that changed places.
    told_already = {"date", "figure"} if wrong or dates else {"figure"} if swapped else set()
    taken = [exchange for exchange in taken if exchange.said.kind not in told_already]
    told = [word for word in content(sentence) if word not in LIGHT]
    lost = [word for word in told if word not in asked and not said.word(word)]
    missing = [*wrong, *(f"the date {thing.written} is not in the source" for thing in dates)]
    missing += [f"“{name}” is not in the source" for name in strangers]
    missing += [*swapped, *turned, *(_in_words(exchange) for exchange in taken if exchange.sure)]
    found = Signals(
        lost=max(0.0, 2.0 * len(lost) / len(told) - 1.0) if len(lost) > 1 else 0.0,
        # Another word of the same meaning is half a strange one: "hit" for "struck" is seldom all that is new.
        strange=math.log1p(len(set(lost)) + 0.5 * sum(said.alike(word) for word in set(told) - asked)),
        reordered=reordered(reading, near),
        figures=min(MOST, float(len(wrong) + len(dates) + len(swapped))),
        names=min(MOST, float(len(strangers))),
        turned=min(MOST, float(len(turned))),
        exchanged=min(MOST, sum(min(2.0, exchange.margin) for exchange in taken)),
    )
    return _Found(found, missing, lost, len(told) + len(figures(sentence)), len(wrong))


def _in_words(exchange: Exchange) -> str:
    return f"the source has “{exchange.there.written}” where this says “{exchange.said.written}”"


def is_non_answer(sentence: str) -> bool:
    """The model's own word that it cannot answer: nothing an article says."""
    return bool(_NON_ANSWER.search(sentence))


def _as_written(stemmed: str, text: str) -> str:
    return next((w for w in re.findall(r"[^\W\d_]+(?:[’'][^\W\d_]+)*", text) if stem(w) == stemmed), stemmed)
