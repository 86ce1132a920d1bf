"""What a person removed, kept for a day in a file of its own, to be had back: text, versions, origins, collections."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import numpy as np

from index.articles import Articles
from index.library import Library
from index.problem import Problem

FILE = "removed.sqlite"
BACK_WITHIN = timedelta(days=1)
_MARK = "removed:"  # of the facts that say when an article was removed


def discard(articles: Articles, article_ids: Sequence[str]) -> int:
    """Remove articles, to be had back for a day; what was removed before that goes for good. How many went.

    Raises Problem, and removes none, when one is not in the library.
    """
    library, wanted = articles.library, list(dict.fromkeys(article_ids))
    going = [(library.get(article_id), (), np.zeros((0, 1), np.float32)) for article_id in wanted]
    with closing(Library(articles.home / FILE)) as kept:
        _sweep(kept)
        kept.remove([i for i in wanted if kept.find(article_id=i)])
        kept.put(going)
        kept.take_past(library, wanted)
        now = datetime.now(UTC).isoformat()
        kept.notes({_MARK + article_id: now for article_id in wanted})
    return articles.remove(wanted)


def restore(articles: Articles, article_ids: Sequence[str]) -> int:
    """Have back what was discarded, as it was, under the same ids. How many came.

    Raises Problem when one is gone for good; where its text was added again meanwhile, that stays.
    """
    if not (articles.home / FILE).exists():
        raise Problem("Nothing was removed lately. What was removed more than a day ago is gone.")
    with closing(Library(articles.home / FILE)) as kept:
        found = [kept.find(article_id=i) for i in dict.fromkeys(article_ids)]
        coming = [article for article in found if article]
        if len(coming) < len(found):
            raise Problem("That article is gone for good: it was removed more than a day ago. Add it again from its file or link.")
        report = articles.add_articles(coming, keep=True)
        articles.library.take_past(kept, [article.id for article in coming])
    if report.failed:
        raise Problem("\n".join(f"{origin}: {why}" for origin, why in report.failed))
    return len(coming)


def _sweep(kept: Library) -> None:
    oldest = (datetime.now(UTC) - BACK_WITHIN).isoformat()
    kept.remove([row.id for row in kept.rows() if kept.fact(_MARK + row.id) < oldest])
