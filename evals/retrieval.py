"""Retrieval measures, by ir-measures: https://ir-measur.es."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DEPTH = 10  # the deepest rank any measure looks at, in articles
NAMES = (
    "retrieval.hit@1",
    "retrieval.hit@5",
    "retrieval.hit@10",
    "retrieval.recall@10",
    "retrieval.mrr@10",
    "retrieval.ndcg@10",
)


def score(ranked: Sequence[str], grades: Mapping[str, int]) -> dict[str, float]:
    """The measures of one question: article ids, best first, against the graded gold articles.

    An id counts at its best rank. A question that found nothing scores 0 everywhere.
    """
    import ir_measures  # pandas and pytrec_eval behind it: half a second

    docs = [ir_measures.ScoredDoc("q", doc, -float(rank)) for rank, doc in enumerate(dict.fromkeys(ranked))]
    qrels = [ir_measures.Qrel("q", doc, grade) for doc, grade in grades.items()]
    found = {str(m.measure): float(m.value) for m in ir_measures.iter_calc(list(_measures()), qrels, docs)}
    return {name: found.get(str(measure), 0.0) for measure, name in _measures().items()}


def _measures() -> dict[Any, str]:
    from ir_measures import RR, R, Success, nDCG

    return dict(zip((Success @ 1, Success @ 5, Success @ 10, R @ 10, RR @ 10, nDCG @ 10), NAMES, strict=True))
