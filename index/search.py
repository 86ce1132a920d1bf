"""A question → ranked passages: words and vectors, fused, folded, reranked, best sentence marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index import words
from index.copies import fold
from index.dense import DenseLeg
from index.embedding import Embedder
from index.library import Library
from index.problem import Problem
from index.rerank import Reranker, relevance
from index.sentences import split_sentences
from index.text import clean
from index.types import Article, Chunk, Filters, Passage, ScoredSpan, Span

LEG = 50  # what each leg brings: hit@30 is .98 on SQuAD and .93 on news for either (field notes)
RRF = 60
FAR_BEHIND = 8.0  # logits
LONGEST_QUESTION = 2_000  # characters


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

    def __init__(self, library: Library, embedder: Embedder, reranker: Reranker, dense: DenseLeg, candidates: int = 20) -> None:
        self._library = library
        self._embedder = embedder
        self._reranker = reranker
        self._dense = dense
        self._candidates = candidates

    def passages(self, question: str, filters: Filters = Filters(), top_k: int = 6) -> list[Passage]:
        """At most `top_k` passages, best first; the filters hold. Raises Problem for an unusable question."""
        question = checked_question(question)
        by_word = words.search(self._library.connection, question, filters, LEG)
        by_vector = self._dense.nearest(self._embedder.query(question), filters, LEG)
        most = max(self._candidates, top_k)
        numbers = fuse([by_word, by_vector])[: 2 * most]
        found = self._library.chunks(numbers)
        groups = self._folded([found[n] for n in numbers if n in found])[:most]
        if not groups:
            return []
        scores = self._reranker.scores(question, [group[0][0].text for group in groups])
        ranked = sorted(zip(groups, scores, strict=True), key=lambda pair: -pair[1])[:top_k]
        passages = [_passage(group, rank, float(score)) for rank, (group, score) in enumerate(ranked, 1)]
        return self._marked(question, passages)

    def _folded(self, items: list[tuple[Chunk, Article]]) -> list[list[tuple[Chunk, Article]]]:
        texts = [chunk.text for chunk, _ in items]
        wholes = {a.id: a.text for _, a in items}
        groups = fold(texts, [a.id for _, a in items], [a.published for _, a in items], wholes)
        return [[items[i] for i in group] for group in groups]

    def _marked(self, question: str, passages: list[Passage]) -> list[Passage]:
        """Each passage with its best sentence: by the cross-encoder for the passages that may answer, all in one
        go, by the question's words for those far behind the first (half of them, and nobody reads them first)."""
        spans = [split_sentences(p.chunk.text, p.chunk.start) for p in passages]
        hopeful = [p.rank <= 3 or p.score > passages[0].score - FAR_BEHIND for p in passages]
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


def fuse(legs: Sequence[Sequence[int]]) -> list[int]:
    """Reciprocal rank fusion (Cormack et al. 2009): best first, each number once."""
    scores: dict[int, float] = {}
    for leg in legs:
        for rank, number in enumerate(leg, 1):
            scores[number] = scores.get(number, 0.0) + 1.0 / (RRF + rank)
    return sorted(scores, key=lambda n: (-scores[n], n))


def _passage(group: list[tuple[Chunk, Article]], rank: int, score: float) -> Passage:
    chunk, article = group[0]
    copies = dict.fromkeys(a.source or a.title for _, a in group[1:])
    whole = Span(chunk.start, chunk.end, chunk.text)
    return Passage(
        chunk, article.title, article.source, article.url, article.published, rank, relevance(score), whole, tuple(copies), score
    )
