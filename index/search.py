"""A question → ranked passages: words and vectors, fused, folded, reranked, best sentence marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

from index import words
from index.copies import fold
from index.dense import DenseLeg
from index.diversity import diverse
from index.embedding import Embedder
from index.library import Library
from index.problem import Problem
from index.question.hints import Hint, hints
from index.question.needs import merge, needs
from index.question.preferences import Preferences
from index.rerank import AGREEMENT, Reranker, relevance
from index.sentences import split_sentences
from index.text import clean
from index.types import Article, Chunk, Filters, Leg, Passage, ScoredSpan, Span

LEG = 50  # what each leg brings: hit@30 is .98 on SQuAD and .93 on news for either (field notes)
RRF = 31  # ranks count from 0 here: the k of 30 in the paper's terms; 60 and 10 are no better on three sets (docs/evaluation.md)
FAR_BEHIND = 8.0  # logits
LONGEST_QUESTION = 2_000  # characters
FRONT = 10  # of what a leg brings: here, it is a reason why a passage was found
PART = 10  # candidates of each part of a question that has several
Legs = Literal["both", "words", "vectors"]


def checked_question(question: str) -> str:
    """The question, cleaned. Raises Problem when there is nothing to look for, or far too much."""
    question = " ".join(clean(question).split())
    if not question:
        raise Problem("The question is empty. Ask something about the articles.")
    if len(question) > LONGEST_QUESTION:
        raise Problem(
            f"The question is {len(question):,} characters long; {LONGEST_QUESTION:,} are read. "
            "Shorten it, or add the text as an article and ask about it."
        )
    return question


class Search:
    """Both legs with the same filters. Safe to call from several threads."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        reranker: Reranker,
        dense: DenseLeg,
        candidates: int = 20,
        legs: Legs = "both",
        rerank: bool = True,
    ) -> None:
        """`legs` and `rerank` leave stages out, to measure what each is worth."""
        self._library = library
        self._embedder = embedder
        self._reranker = reranker
        self._dense = dense
        self._candidates = candidates
        self._legs = legs
        self._rerank = rerank
        self._outlets: tuple[int, list[str]] | None = None

    def passages(
        self,
        question: str,
        filters: Filters = Filters(),
        top_k: int = 6,
        *,
        sentences: bool = True,
        today: date | None = None,
        ignored: Sequence[str] = (),
    ) -> list[Passage]:
        """At most `top_k` passages, best first; the filters hold. Raises Problem for an unusable question.

        What the question says about where to look (`hints`) is followed, but for what is `ignored`, by its words or label. `today` is
        the day it is asked on, when that was told: then what is new comes first, and what is later last. Without `sentences`
        the passages are only ranked: no sentence is marked or scored, which halves the time.
        """
        question = checked_question(question)
        # Preferences all of them, the hard ones too: a filter that nobody sees, and can take back, would hide articles in silence.
        wish = Preferences(tuple(hint for hint in self.hints(question, today) if not hint.left_out(ignored)), today)
        if not self._rerank:
            found = self._ranked(question, filters, top_k, wish, read=sentences)
            return self._marked(question, found[:top_k]) if sentences and found else found[:top_k]
        most = max(self._candidates, top_k)
        searches = [self._ranked(part, filters, most if part == question else PART, wish) for part in needs(question)]
        found = merge(searches, sum(map(len, searches))) if len(searches) > 1 else searches[0]
        found = diverse(found, top_k, stories=self._library.stories([p.chunk.article_id for p in found]), filters=filters)
        return self._marked(question, found) if sentences and found else found

    def hints(self, question: str, today: date | None = None) -> tuple[Hint, ...]:
        """What the question says about where to look; its dates are counted from `today`, or else from the day it is."""
        revision = self._library.revision()
        if self._outlets is None or self._outlets[0] != revision:
            self._outlets = (revision, self._library.outlets())
        return hints(checked_question(question), today or date.today(), self._outlets[1])

    def _ranked(self, question: str, filters: Filters, most: int, wish: Preferences, *, read: bool = True) -> list[Passage]:
        """At most `most` passages in the order of the cross-encoder, the legs' agreement and the wishes; unless it reranks
        them, in the order of their agreement. Without `read` the cross-encoder does not see them."""
        legs = self._searched(question, filters)
        narrowed = wish.narrowed(filters)
        nearer = self._searched(question, narrowed) if narrowed else {}
        agreed, closer = fuse(list(legs.values())), fuse(list(nearer.values()))
        both = {number: agreed.get(number, 0.0) + closer.get(number, 0.0) for number in {**agreed, **closer}}
        # What is wished for may stand far down the legs; without a wish there is no use in reading further.
        pool = sorted(both, key=lambda n: (-both[n], n))[: None if wish else 2 * most]
        found = self._library.chunks(pool)
        days = sorted({article.published for _, article in found.values() if article.published})
        worth = {n: both[n] + wish.logits(article, chunk.text, days) / AGREEMENT for n, (chunk, article) in found.items()}
        numbers = sorted(worth, key=lambda n: (-worth[n], n))[: 2 * most]
        groups = self._folded([found[n] for n in numbers])[:most]
        if not groups:
            return []
        heads = [group[0] for group in groups]
        scores = [0.0] * len(groups)
        if read:
            # With the title in front: a chunk from the middle of an article seldom says what it is about.
            scores = self._reranker.scores(question, [f"{article.title}. {chunk.text}" for chunk, article in heads]).tolist()
        number_of = {chunk.id: number for number, (chunk, _) in found.items()}
        ranked = [(group, score, number_of[group[0][0].id]) for group, score in zip(groups, scores, strict=True)]
        if self._rerank:
            ranked.sort(key=lambda item: -(item[1] + AGREEMENT * worth[item[2]]))
        return [
            _passage(group, rank, score, agreed.get(number, 0.0), _brought(number, legs, nearer))
            for rank, (group, score, number) in enumerate(ranked, 1)
        ]

    def _searched(self, question: str, filters: Filters) -> dict[Leg, Sequence[int]]:
        """What each leg brings, the best first."""
        legs: dict[Leg, Sequence[int]] = {}
        if self._legs != "vectors":
            legs["words"] = words.search(self._library.connection, question, filters, LEG)
        if self._legs != "words":
            legs["meaning"] = self._dense.nearest(self._embedder.query(question), filters, LEG)
        return legs

    def _folded(self, items: list[tuple[Chunk, Article]]) -> list[list[tuple[Chunk, Article]]]:
        texts = [chunk.text for chunk, _ in items]
        wholes = {a.id: a.text for _, a in items}
        groups = fold(texts, [a.id for _, a in items], [a.published for _, a in items], wholes)
        return [[items[i] for i in group] for group in groups]

    def _marked(self, question: str, passages: list[Passage]) -> list[Passage]:
        """Each passage with its best sentence: by the cross-encoder for the passages that may answer, all in one
        go, by the question's words for those far behind the first (half of them, and nobody reads them first)."""
        spans = [split_sentences(p.chunk.text, p.chunk.start) for p in passages]
        top = max(p.score for p in passages)
        hopeful = [p.rank <= 3 or p.score > top - FAR_BEHIND for p in passages]
        asked = [span.text for group, hope in zip(spans, hopeful, strict=True) if hope for span in group]
        scores = iter(self._reranker.scores(question, asked).tolist())
        wanted = set(words.match_terms(question))
        marked = []
        for passage, group, hope in zip(passages, spans, hopeful, strict=True):
            if hope:
                scored = tuple(ScoredSpan(s.start, s.end, s.text, next(scores)) for s in group)
                best: Span = max(scored, key=lambda s: s.score)
            else:
                scored = ()
                best = max(group, key=lambda s: len(wanted.intersection(words.terms(s.text))))
            marked.append(replace(passage, sentences=scored, best_sentence=Span(best.start, best.end, best.text)))
        return marked


def fuse(legs: Sequence[Sequence[int]]) -> dict[int, float]:
    """Reciprocal rank fusion (Cormack et al. 2009): each number once, with 1 for each leg that has it first, less further down."""
    scores: dict[int, float] = {}
    for leg in legs:
        for rank, number in enumerate(leg):
            scores[number] = scores.get(number, 0.0) + RRF / (RRF + rank)
    return scores


def _brought(number: int, *searches: Mapping[Leg, Sequence[int]]) -> tuple[Leg, ...]:
    """The legs that have it well in front; those that have it at all, where none does."""
    for first in (FRONT, LEG):
        if found := tuple(dict.fromkeys(leg for legs in searches for leg, numbers in legs.items() if number in numbers[:first])):
            return found
    return ()


def _passage(group: list[tuple[Chunk, Article]], rank: int, score: float, agreement: float, found_by: tuple[Leg, ...]) -> Passage:
    chunk, article = group[0]
    copies = dict.fromkeys(a.source or a.title for _, a in group[1:])
    whole = Span(chunk.start, chunk.end, chunk.text)
    return Passage(
        chunk,
        article.title,
        article.source,
        article.url,
        article.published,
        rank,
        relevance(score, agreement),
        whole,
        tuple(copies),
        score,
        precision=article.precision,
        found_by=found_by,
    )
