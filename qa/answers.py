"""The two answers that no model writes: the evidence itself, quoted, and a refusal."""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Passage
from qa.attribution import Source
from qa.evidence import Evidence
from qa.types import Answer, RefusalReason, Sentence, Timings
from qa.writing import Numbering

CUT_OFF = "The answer reached its longest length and was cut off."
QUOTES = 3  # at most, where only the articles' own words are wanted
CLOSE = 2.0  # logits behind the best sentence: another that answers, too
SURE = 0.75  # above it, the evidence is shown even when the model found no answer in it, or wrote a wrong one


def quotation(
    question: str, standalone: str, passages: Sequence[Passage], evidence: Evidence, probability: float,
    timings: Timings, fingerprint: str, interrupted: str, most: int = 1,
) -> Answer:  # fmt: skip
    """The best evidence sentence in its own words: right in 22 of 22 questions (field notes, last table). Up to `most` where others
    come close to it."""
    numbering = Numbering()
    sentences = []
    for passage, span in evidence.nearest(most, CLOSE):
        citation = numbering.cite(Source(passage, span, shown=True))
        sentences.append(Sentence(f"“{' '.join(span.text.split())}”", (citation,), "supported"))
    text = " ".join(f"{s.text} [{s.citations[0].marker}]" for s in sentences)
    return Answer(
        question, standalone, text, tuple(sentences), tuple(passages), False, None,
        probability, timings, fingerprint, quoted=True, interrupted=interrupted,
    )  # fmt: skip


def refusal(
    question: str,
    standalone: str,
    passages: Sequence[Passage],
    reason: RefusalReason,
    probability: float,
    timings: Timings,
    fingerprint: str,
) -> Answer:
    """`confidence` is how sure the refusal is."""
    if reason == "no_articles":
        text = "There are no articles yet. Add some, then ask again."
    elif not passages:
        text = "The articles don't say. Nothing in them matches the question and its filters."
    else:
        shown = "is this passage" if len(passages) == 1 else f"are these {_count(min(3, len(passages)))} passages"
        text = f"The articles don't say. Closest {shown}."
    return Answer(question, standalone, text, (), tuple(passages), True, reason, 1.0 - probability, timings, fingerprint)


def _count(n: int) -> str:
    return {2: "two", 3: "three"}[n]
