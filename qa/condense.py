"""A follow-up question → one that can be understood alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from index.search import LONGEST_QUESTION
from prompts import render
from qa.facts import content, figures, names, stem

Complete = Callable[[Sequence[tuple[str, str]], int], str]  # messages, max tokens → reply

_LEANING = re.compile(
    r"\b(?:he|him|his|she|hers?|it|its|they|them|their|theirs|this|these|those|that one|there|then|one)\b"
    r"|\bthe (?:same|other|former|latter|first|second) (?:one)?\b"
    r"|^(?:and|but|so|also|or)\b|^(?:what|how) about\b"
    r"|^(?:why|when|where|who|how|how many|how much|which(?: one)?|since when|by whom)\s*\?*$"
    r"|\b(?:else|instead|as well|too)\s*\?*$",
    re.IGNORECASE,
)
# "It" and "there" that stand for nothing said before: "Is it true that", "How many are there".
_EMPTY = re.compile(
    r"\b(?:is|was|are|were) there\b|\bis it (?:true|known|possible|clear)\b|\bthere (?:is|are|was|were)\b"
    r"|\bthis (?:year|month|week|morning)\b|\bthat (?:is|was|the)\b",
    re.IGNORECASE,
)
_FEW = 3  # content words; "How many children?" says little alone, "Who won the 2022 World Cup?" enough


def leans(question: str) -> bool:
    """Whether the question needs the conversation to be understood. A self-contained one is left untouched."""
    rest = _EMPTY.sub(" ", question)
    if _LEANING.search(rest):
        return True
    named = [n for n in names(question) if n not in ("i",)]
    return len(content(question)) + len(figures(question)) < _FEW and not named


def condense(question: str, history: Sequence[tuple[str, str]], complete: Complete) -> str:
    """The question as it stands alone; the model rewrites it only when it leans on the conversation.

    A rewrite that loses words of the question or brings in words from nowhere is not used: then the
    question before is put in front of it, which finds the same articles. `history` is (question, answer)
    pairs, the last one last.
    """
    if not history or not leans(question):
        return question
    before, answer = history[-1]
    answer = re.sub(r"\s*\[\d+\]", "", answer)[:400]
    reply = complete([("user", render("condense", question=question, before=before[:400], answer=answer))], 60)
    rewritten = reply.strip().partition("\n")[0].strip().strip('"“”')
    return rewritten if _faithful(rewritten, question, f"{before} {answer}") else beside(question, before)


def beside(question: str, before: str) -> str:
    """The question with the one before it, short enough to be searched: it finds the same articles."""
    return f"{question} ({before.strip()[:400]})"[:LONGEST_QUESTION]


def _faithful(rewritten: str, question: str, history: str) -> bool:
    if not rewritten or len(rewritten) > 300 or rewritten.casefold().strip("?") == question.casefold().strip("?"):
        return False
    new, own, known = set(content(rewritten)), set(content(question)), set(content(history))
    kept = len(own & new) / len(own) if own else 1.0
    strange = {w for w in new - own - known if w not in _HARMLESS}
    return kept >= 0.6 and not strange and set(figures(rewritten)) <= set(figures(f"{question} {history}"))


_HARMLESS = {stem(w) for w in "happen many much people person time date year day place reason".split()}
