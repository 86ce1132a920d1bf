"""Is a name, date or figure where the source has it, or has another taken its place?

The source says "33 minutes, not the first 32"; a claim of "32 minutes" with the words of the first finds every figure
in the source, and is wrong. So each thing is looked for with the words beside it and in the sentence that tells most of
the claim; where another of its kind fits there better, that one is what the source says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa.reading import Reading, Thing, read

NEAREST = 8  # source sentences looked at for one sentence of a claim, those that share most with it
MOST_THINGS = 40  # of a sentence: more are in lists and tables, and would cost their square
LONGEST = 60  # sentences of a claim that are looked at; an answer's is one
COMMON = 60  # source sentences: a word in more of them does not say which is meant
SHARED = 2.0  # what a sentence that shares every word is worth, in words beside the thing
MARGIN = 0.6  # by which another must fit better for it to count…
SURE = 1.0  # …for it to be said that the claim is wrong
LEAST = 0.6  # of its own words beside it


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the claim says and the source has in its place, and by how much that fits better."""

    said: Thing
    there: Thing
    margin: float

    @property
    def sure(self) -> bool:
        return self.margin >= SURE


class Place:
    """The sentences of a source, to be looked up by their words."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.readings = [read(sentence) for sentence in sentences]
        # What stands anywhere in small letters is no name: "Remove" at the head of a line.
        self.plain = frozenset().union(*(reading.plain for reading in self.readings))
        # "6 February" has a 6 as well, though not one of six people.
        self._parts = {key[1:] for r in self.readings for thing in r.things if thing.kind == "date" for key in thing.keys}
        self._where: dict[str, list[int]] = {}
        for number, reading in enumerate(self.readings):
            for key in reading.where:
                found = self._where.setdefault(key, [])
                if len(found) < COMMON:
                    found.append(number)

    def has(self, thing: Thing) -> bool:
        return not thing.keys.isdisjoint(self._where) or (thing.kind == "figure" and not thing.keys.isdisjoint(self._parts))

    def nearest(self, reading: Reading) -> list[tuple[float, Reading]]:
        """The sentences that share most with `reading`, with the share of its words that each has, best first."""
        shared: Counter[int] = Counter()
        for keys in reading.words:
            shared.update({number for key in keys for number in self._where.get(key, ())})
        return [(count / len(reading.words), self.readings[number]) for number, count in shared.most_common(NEAREST)]


def exchanges(claim: Reading, place: Place, nearest: Sequence[tuple[float, Reading]], known: Sequence[Thing] = ()) -> list[Exchange]:
    """The things that the source has, but not where the claim has them: there it has another. `known` are true anywhere."""
    found: list[Exchange] = []
    for said in claim.things[:MOST_THINGS]:
        if not place.has(said) or any(said.same(thing) for thing in known) or said.keys & place.plain or said.keys & claim.plain:
            continue
        own, best, other = -1.0, -1.0, said
        for share, reading in nearest:
            for thing in reading.things[:MOST_THINGS]:
                if thing.kind != said.kind or thing.keys & place.plain:
                    continue
                beside = said.fit(thing)
                fit = beside + SHARED * share
                if said.same(thing):
                    own = max(own, fit)
                elif fit > best and beside >= LEAST:
                    best, other = fit, thing
        if other is not said and best - max(own, 0.0) > MARGIN:
            found.append(Exchange(said, other, best - max(own, 0.0)))
    return found
