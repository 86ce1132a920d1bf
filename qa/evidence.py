"""Passages → the few sentences the model reads: the best first, with their neighbours, within a budget."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.chunking import day_in_words
from index.text import count_tokens
from index.types import Passage, ScoredSpan

BEST = 10  # sentences; what the answer needs stands in 93 % of the seed cases' evidence, in 82 % with six (docs/evaluation.md)
NEIGHBOURS = 4  # the best so many bring the sentences beside them, for what "he" or "it" stands for, and how it went on
BEFORE, AFTER = 1, 2
HEADER = 24  # tokens, about, for a passage's title, outlet and date
FAR_BEHIND = 8.0  # logits behind the best: no evidence, only a distraction and seconds of reading

# Hides the fence from whoever writes an article, and keeps it the same for the same evidence, so that
# the model server's prompt cache still fits.
_SECRET = secrets.token_bytes(16)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the model reads: for each passage the sentences chosen from it, in the order they stand in."""

    blocks: tuple[tuple[Passage, tuple[ScoredSpan, ...]], ...]

    @property
    def best(self) -> tuple[Passage, ScoredSpan]:
        """The single best evidence sentence."""
        return max(((p, s) for p, spans in self.blocks for s in spans), key=lambda pair: pair[1].score)

    def nearest(self, most: int, within: float) -> list[tuple[Passage, ScoredSpan]]:
        """The best evidence sentence, then up to `most` in all that are at most so many logits `within` it."""
        scored = sorted(((p, s) for p, spans in self.blocks for s in spans), key=lambda pair: -pair[1].score)
        return [(p, s) for p, s in scored if s.score >= scored[0][1].score - within][:most]

    @property
    def text(self) -> str:
        """As the prompt shows it: numbered by passage rank, with title, outlet and date."""
        return "\n\n".join(f"{_header(p)}\n{_joined(spans)}" for p, spans in self.blocks)

    @property
    def closest(self) -> str:
        """The best sentence once more. A small model that reads eight sentences answers from the wrong one now
        and then; the best alone was right in 22 of 22 (field notes)."""
        return " ".join(self.best[1].text.split())

    @property
    def fence(self) -> str:
        """A mark that nothing inside the evidence can know."""
        return "#" + hmac.digest(_SECRET, self.text.encode("utf-8", "replace"), "sha256").hex()[:8]


def choose(passages: Sequence[Passage], budget: int) -> Evidence:
    """The best sentences of the passages in at most about `budget` tokens; at least one sentence.

    Blocks come in the order of article and place, not of score, so that a second question over the same
    passages finds most of its prompt read already.
    """
    scored = sorted(((s, p) for p in passages for s in p.sentences), key=lambda pair: -pair[0].score)
    if not scored:
        return Evidence(())
    top = scored[0][0].score
    chosen: dict[tuple[str, int], tuple[Passage, ScoredSpan]] = {}
    spent = 0

    def take(passage: Passage, span: ScoredSpan) -> None:
        nonlocal spent
        key = (passage.chunk.article_id, span.start)
        header = 0 if any(p.chunk.id == passage.chunk.id for p, _ in chosen.values()) else HEADER
        cost = count_tokens(span.text) + header
        if key not in chosen and (not chosen or spent + cost <= budget):
            chosen[key] = (passage, span)
            spent += cost

    picked = [(s, p) for s, p in scored if s.score > top - FAR_BEHIND][:BEST]
    for place, (span, passage) in enumerate(picked):
        take(passage, span)
        if place < NEIGHBOURS:
            at = passage.sentences.index(span)
            for neighbour in passage.sentences[max(0, at - BEFORE) : at + 1 + AFTER]:
                take(passage, neighbour)
    return Evidence(_blocks(list(chosen.values())))


def _blocks(chosen: list[tuple[Passage, ScoredSpan]]) -> tuple[tuple[Passage, tuple[ScoredSpan, ...]], ...]:
    by_passage: dict[str, tuple[Passage, list[ScoredSpan]]] = {}
    for passage, span in chosen:
        by_passage.setdefault(passage.chunk.id, (passage, []))[1].append(span)
    ordered = sorted(by_passage.values(), key=lambda b: (b[0].chunk.article_id, b[0].chunk.start))
    return tuple((passage, tuple(sorted(spans, key=lambda s: s.start))) for passage, spans in ordered)


def _header(passage: Passage) -> str:
    facts = ", ".join(f for f in (passage.source, day_in_words(passage.published)) if f)
    return f"[{passage.rank}] {passage.title}" + (f" ({facts})" if facts else "")


def _joined(spans: Sequence[ScoredSpan]) -> str:
    text = spans[0].text
    for before, span in pairwise(spans):
        # A gap is shown, so that two sentences that do not touch are not read as one thought.
        text += (" " if span.start - before.end <= 2 else " … ") + span.text
    return " ".join(text.split())
