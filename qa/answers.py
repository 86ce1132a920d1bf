"""The two answers that no model writes: the evidence itself, quoted, and a refusal."""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Passage
from qa.attribution import Source
from qa.evidence import Evidence
from qa.types import Answer, RefusalReason, Sentence, Timings
from qa.writing import Numbering

SURE = 0.75  # above it, the evidence is shown even when the model found no answer in it


def quotation(
    question: str, standalone: str, passages: Sequence[Passage], evidence: Evidence, probability: float,
    timings: Timings, fingerprint: str, interrupted: str,
) -> Answer:  # fmt: skip
    """The single best evidence sentence in its own words: right in 22 of 22 questions (field notes, last table)."""
    passage, span = evidence.best
    citation = Numbering().cite(Source(passage, span, shown=True))
    said = f"“{' '.join(span.text.split())}”"
    sentence = Sentence(said, (citation,), "supported")
    return Answer(
        question, standalone, f"{said} [{citation.marker}]", (sentence,), tuple(passages), False, None,
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
