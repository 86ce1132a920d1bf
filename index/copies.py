"""Near-copies among what was found: one story printed by several outlets counts once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from index.text import words

# True copies of wire stories share only about 30 % of their 3-grams by Jaccard, since one is often
# an abridgement (reliability-and-speed A6); containment in the shorter one sees them.
SHINGLE = 4
CONTAINED = 0.55
DAYS = 3  # between two copies, at most: told again later with new figures, it is news


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Every run of four words."""
    found = words(text)
    return frozenset(tuple(found[i : i + SHINGLE]) for i in range(max(1, len(found) - SHINGLE + 1)))


def containment(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """The share of the smaller set that is in the larger, 0-1."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0


def fold(
    texts: Sequence[str], owners: Sequence[str], dates: Sequence[date | None], wholes: Mapping[str, str] | None = None
) -> list[list[int]]:
    """Groups of near-copies, in the order of their first member, which is the best ranked.

    `wholes` are the articles' texts by id: two outlets cut one story at different places, so a passage is a
    copy when it stands in the other passage or anywhere in its article.

    `owners` are article ids: two passages of one article are never copies of each other. Nor are
    passages of different articles whose dates are known and more than three days apart: a story that
    is told again with new figures is news.
    """
    sets = [shingles(t) for t in texts]
    known = {owner: shingles(whole) for owner, whole in (wholes or {}).items()}
    groups: list[list[int]] = []
    for i, mine in enumerate(sets):
        for group in groups:
            first = group[0]
            if owners[first] == owners[i] or not _near(dates[first], dates[i]):
                continue
            whole = known.get(owners[first], sets[first])
            if max(containment(sets[first], mine), containment(whole, mine)) >= CONTAINED:
                group.append(i)
                break
        else:
            groups.append([i])
    return groups


def _near(one: date | None, other: date | None) -> bool:
    return one is None or other is None or abs((one - other).days) <= DAYS
