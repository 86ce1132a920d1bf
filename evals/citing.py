"""Citations by ALCE's definitions (princeton-nlp/ALCE, eval.py, `compute_autoais`), whoever the judge is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Cited = TypeVar("Cited")


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of an article: `text[start:end]`."""

    article_id: str
    start: int
    end: int


def alce(sentences: Sequence[Sequence[Cited]], bears_out: Callable[[int, Sequence[Cited]], bool]) -> tuple[float, float]:
    """Recall and precision of the citations of an answer, given sentence by sentence.

    Recall: the share of sentences that all their citations together bear out; a sentence without
    any counts 0. Precision: the share of citations that are needed, where a citation of a borne out
    sentence counts when it alone bears the sentence out or the others without it do not; the
    citations of a sentence not borne out count 0. `bears_out(i, cited)` judges sentence i.
    """
    recalled = needed = cited = 0
    for i, citations in enumerate(sentences):
        cited += len(citations)
        if not citations or not bears_out(i, citations):
            continue
        recalled += 1
        for j, citation in enumerate(citations):
            others = [*citations[:j], *citations[j + 1 :]]
            needed += not others or bears_out(i, [citation]) or not bears_out(i, others)
    return (recalled / len(sentences) if sentences else 0.0, needed / cited if cited else 0.0)


def locate(article_id: str, text: str, quote: str) -> list[Place]:
    """Every place where the quote stands in the article, word for word."""
    places: list[Place] = []
    at = text.find(quote) if quote else -1
    while at >= 0:
        places.append(Place(article_id, at, at + len(quote)))
        at = text.find(quote, at + 1)
    return places


def covers(cited: Sequence[Place], quote: Place) -> bool:
    """Whether the cited places hold at least half of the quote's characters.

    Half, because a quote may run over a clause that a shorter citation rightly leaves out.
    """
    held: set[int] = set()
    for place in cited:
        if place.article_id == quote.article_id:
            held.update(range(max(place.start, quote.start), min(place.end, quote.end)))
    return 2 * len(held) >= quote.end - quote.start
