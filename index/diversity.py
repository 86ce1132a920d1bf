"""Several articles among the first passages, rather than one told six times."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from index.types import Filters, Passage

FIRST = 6  # passages, which is what the page shows and an answer is written from
HOPEFUL = 1.5  # log-odds behind the best: what is further behind says nothing of what the question is about
ONE = 0.8  # of the hopeful passages, at least three: the question is about one article


def diverse(
    passages: Sequence[Passage],
    top_k: int,
    per_article: int = 2,
    stories: Mapping[str, int] | None = None,
    filters: Filters = Filters(),
) -> list[Passage]:
    """The first `top_k`, ranked anew: among the first six at most `per_article` of an article and one of a story.

    What is left out of the six moves behind those that are about as good and is never lost. A question about one
    article, one that `filters` name or that nearly all good passages are of, is left
    as it is. `stories` gives the story of each article id (`stories_of`); one that no other article tells limits nothing.
    """
    if filters.articles or _about_one(passages):
        return _ranked(passages, top_k)
    told = stories or {}
    near, rest = _near(passages)
    shared = {story for story, n in Counter(told[i] for i in {p.chunk.article_id for p in near} if i in told).items() if n > 1}
    first: list[Passage] = []
    behind: list[Passage] = []
    articles: Counter[str] = Counter()
    seen: set[int] = set()
    for passage in near:
        article = passage.chunk.article_id
        story = told.get(article)
        fits = articles[article] < per_article and story not in seen
        if len(first) == FIRST or not fits:
            behind.append(passage)
            continue
        first.append(passage)
        articles[article] += 1
        if story in shared:
            seen.add(story)
    return _ranked([*first, *behind, *rest], top_k)


def _near(passages: Sequence[Passage]) -> tuple[list[Passage], list[Passage]]:
    """Up to the last that is about as good as the best, and the others: a second article that says nothing is no diversity.

    What stands before it stays before it, however likely it answers: it was preferred for its date or its outlet.
    """
    best = max((_odds(p) for p in passages), default=0.0)
    end = max((n for n, p in enumerate(passages, 1) if _odds(p) > best - HOPEFUL), default=0)
    return list(passages[:end]), list(passages[end:])


def _about_one(passages: Sequence[Passage]) -> bool:
    hopeful = Counter(p.chunk.article_id for p in _near(passages)[0][:FIRST])
    most = max(hopeful.values(), default=0)
    return most >= 3 and most >= ONE * hopeful.total()


def _odds(passage: Passage) -> float:
    """The logarithm of the odds that it answers."""
    share = min(max(passage.relevance, 1e-9), 1 - 1e-9)
    return math.log(share / (1 - share))


def _ranked(passages: Sequence[Passage], top_k: int) -> list[Passage]:
    return [replace(passage, rank=rank) for rank, passage in enumerate(passages[: max(0, top_k)], 1)]
