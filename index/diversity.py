"""Several articles among the first passages, rather than one told six times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from index.types import Filters, Passage

FIRST = 6  # passages, which is what the page shows and an answer is written from
HOPEFUL = 4.0  # logits behind the best: what is further behind says nothing of what the question is about
ONE = 0.8  # of the hopeful passages, at least three: the question is about one article


def diverse(
    passages: Sequence[Passage],
    top_k: int,
    per_article: int = 2,
    stories: Mapping[str, int] | None = None,
    filters: Filters = Filters(),
) -> list[Passage]:
    """The first `top_k`, ranked anew: among the first six at most `per_article` of an article and one of a story.

    What is left out of the six moves behind them and is never lost; the six are filled up from it where there is
    nothing else. A question about one article, one that `filters` name or that nearly all good passages are of, is left
    as it is. `stories` gives the story of each article id (`stories_of`); one that no other article tells limits nothing.
    """
    if filters.articles or _about_one(passages):
        return _ranked(passages, top_k)
    told = stories or {}
    shared = {story for story, n in Counter(told[i] for i in {p.chunk.article_id for p in passages} if i in told).items() if n > 1}
    first: list[Passage] = []
    behind: list[Passage] = []
    articles: Counter[str] = Counter()
    seen: set[int] = set()
    for passage in passages:
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
    return _ranked([*first, *behind], top_k)


def _about_one(passages: Sequence[Passage]) -> bool:
    if not passages:
        return False
    best = max(p.score for p in passages)
    hopeful = Counter(p.chunk.article_id for p in passages[:FIRST] if p.score > best - HOPEFUL)
    most = max(hopeful.values(), default=0)
    return most >= 3 and most >= ONE * hopeful.total()


def _ranked(passages: Sequence[Passage], top_k: int) -> list[Passage]:
    return [replace(passage, rank=rank) for rank, passage in enumerate(passages[: max(0, top_k)], 1)]
