"""A follow-up question → one that can be understood alone: by rules where they are sure, by the model where not."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Sequence

from index.search import LONGEST_QUESTION
from index.sentences import split_sentences
from index.text import clean
from prompts import render
from qa.conversation import Context
from qa.facts import content, figures, stem
from qa.rewriting import Rewriting, rewrite

Complete = Callable[[Sequence[tuple[str, str]], int], str]  # messages, max tokens → reply

TURNS = 6  # of the conversation that are read, the last ones
QUESTION, ANSWER = 400, 800  # characters read of each
_MARKERS = re.compile(r"\s*\[\d+\]")
_SECRET = secrets.token_bytes(16)  # the fence is a mark that nobody who writes an article can know
# An answer quotes articles that anyone may have written.
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|reveal|print|repeat|output|obey|pretend)\b.*\b(?:instructions?|prompts?|rules|above|previous|system)\b",
    re.IGNORECASE | re.DOTALL,
)
_ADDED = 12  # words that a rewrite may add


def needs_context(question: str, history: Sequence[tuple[str, str]]) -> bool:
    """Whether the question leans on what was said before. One that does not is left untouched."""
    return rewrite(question, _read(history)).leans


def condense(question: str, history: Sequence[tuple[str, str]], complete: Complete) -> str:
    """The question as it stands alone; the model rewrites it only where it leans and the rules are not sure.

    A rewrite that loses words of the question, brings in words from nowhere or more than a few of the
    conversation is not used: the rules' own reading is. `history` is (question, answer) pairs, the last one last.
    """
    if not history:
        return question
    context = _read(history)
    ruled = rewrite(question, context)
    if not ruled.leans or ruled.sure:
        return _kept_short(ruled.text, question)
    before, answer = context.turns[0].question, _said(history[-1][1])[:QUESTION]
    fence = "#" + hmac.digest(_SECRET, f"{before}\n{answer}".encode("utf-8", "replace"), "sha256").hex()[:8]
    asked = render("condense", fence=fence, question=question, before=before, answer=answer)
    reply = complete([("user", asked)], 60)
    rewritten = reply.strip().partition("\n")[0].strip().strip('"“”')
    return rewritten if _faithful(rewritten, question, f"{before} {answer}") else _kept_short(ruled.text, question)


def by_rules(question: str, history: Sequence[tuple[str, str]]) -> Rewriting:
    """What the rules alone make of the question."""
    return rewrite(question, _read(history))


def beside(question: str, before: str) -> str:
    """The question with the names and nouns of the one before it, short enough to be searched."""
    topic = Context().after(_said(before)[:QUESTION], "", leant=False).topic(question)
    return f"{question} ({', '.join(topic)})"[:LONGEST_QUESTION] if topic else question


def _read(history: Sequence[tuple[str, str]]) -> Context:
    """The conversation, each of its questions made to stand alone in its turn."""
    context = Context()
    for question, answer in history[-TURNS:]:
        asked = _said(question)[:QUESTION]
        told = rewrite(asked, context)
        context = context.after(told.text, _said(answer), leant=told.leans, kept=told.kept)
    return context


def _said(text: str) -> str:
    """One line of what was said, without markers and without sentences that order about whoever reads them.
    Cut before it is cleaned: a history can hold megabytes."""
    told = _MARKERS.sub("", clean(text[: 2 * ANSWER]))
    return " ".join(" ".join(s.text for s in split_sentences(told) if not _ORDER.search(s.text)).split())[:ANSWER]


def _kept_short(text: str, question: str) -> str:
    return text if len(text) <= LONGEST_QUESTION else question


def _faithful(rewritten: str, question: str, history: str) -> bool:
    if not rewritten or len(rewritten) > 300 or rewritten.casefold().strip("?") == question.casefold().strip("?"):
        return False
    new, own, known = set(content(rewritten)), set(content(question)), set(content(history))
    kept = len(own & new) / len(own) if own else 1.0
    strange = {w for w in new - own - known if w not in _HARMLESS}
    return kept >= 0.6 and not strange and len(new - own) <= _ADDED and set(figures(rewritten)) <= set(figures(f"{question} {history}"))


_HARMLESS = {stem(w) for w in "happen many much people person time date year day place reason".split()}
