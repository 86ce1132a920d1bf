"""Does the cited text say what the sentence says? One function, from claim and spans to a verdict in words.

This is the model-free floor: figures, names, quotations, negation and content words. A trained checker
can stand behind the same function later.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.facts import content, figures, names, negated, plain_letters, quotations, stem
from qa.types import Support

SUPPORTED = 0.62  # of the content words, when nothing definite is missing
PARTLY = 0.34

_NON_ANSWER = re.compile(
    r"\b(?:(?:do|does|did|is|are|was|were)(?: not|n[’']t) (?:\w+ ){0,3}?(?:mention|state|say|specif|provid|contain|give|includ|indicat|answer|explicit|available|stated|given|known|clear)"
    r"|no (?:\w+ ){0,2}(?:information|mention|answer|evidence) |cannot (?:be )?(?:answer|determin|find|provid)|I (?:do not|don[’']t|cannot|can[’']t) )",
    re.IGNORECASE,
)
_ABOUT_SOURCES = re.compile(r"\b(?:excerpts?|passages?|articles?|text|information|question|sources?|context|I)\b", re.IGNORECASE)


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
    missing: list[str] = []
    known = figures(around)
    wrong_figures = [written for value, written in figures(claim).items() if value not in known]
    missing += [f"the figure {w} is not in the source" for w in wrong_figures]
    wrong_quotes = [q for q in quotations(claim) if plain_letters(q) not in plain_letters(source)]
    missing += [f"“{q}” is not a quotation from the source" for q in wrong_quotes]
    said = set(content(around)) | {stem(n) for n in names(question)}
    wrong_names = [name for key, name in names(claim).items() if key not in said and not _part_of(key, said)]
    missing += [f"“{name}” is not in the source" for name in wrong_names]
    told = content(claim)
    share = sum(1.0 for w in told if w in said) / len(told) if told else (1.0 if not missing and figures(claim) else 0.0)
    if claim_negates := negated(claim) != negated(source) and negated(claim):
        missing.append("the source does not deny this")
    score = max(0.0, share - 0.35 * len(wrong_figures) - 0.35 * len(wrong_quotes) - 0.2 * len(wrong_names) - 0.25 * claim_negates)
    if not told and not figures(claim):
        return Verdict("unsupported", 0.0, "it says nothing that can be checked")
    if not missing and share >= SUPPORTED:
        return Verdict("supported", score)
    if not missing:
        lost = list(dict.fromkeys(w for w in told if w not in said))[:3]
        missing.append("the source does not speak of " + ", ".join(f"“{_as_written(w, claim)}”" for w in lost))
    if wrong_figures and not set(figures(claim)) & set(known):
        return Verdict("unsupported", min(score, PARTLY / 2), "; ".join(missing))
    support: Support = "partly" if score >= PARTLY else "unsupported"
    return Verdict(support, score, "; ".join(missing))


def is_non_answer(sentence: str) -> bool:
    """The model's own word that it cannot answer: nothing an article says."""
    return bool(_NON_ANSWER.search(sentence)) and bool(_ABOUT_SOURCES.search(sentence))


def _part_of(key: str, said: set[str]) -> bool:
    """"Israeli" for "Israel", "U.S." for "US"."""
    short = key.replace(".", "")
    return len(short) >= 4 and any(s.startswith(short[:5]) or short.startswith(s) for s in said if len(s) >= 4) or short in said


def _as_written(stemmed: str, text: str) -> str:
    return next((w for w in re.findall(r"[^\W\d_]+(?:[’'][^\W\d_]+)*", text) if stem(w) == stemmed), stemmed)
