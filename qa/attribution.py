"""A sentence of an answer → the smallest set of exact spans that carries it, and how well they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.chunking import day_in_words
from index.sentences import split_sentences
from index.types import Passage, Span
from qa.evidence import Evidence
from qa.facts import content, figures
from qa.support import Verdict, check

MOST = 3  # spans for one sentence
ADDS = 0.06  # of probability, at least, or a further span is not worth citing


@dataclass(frozen=True, slots=True)
class Source:
    """One sentence of a passage, as something to cite. `shown` says that the model read it."""

    passage: Passage
    span: Span
    shown: bool

    @property
    def facts(self) -> str:
        """What is known of the article beside its words."""
        passage = self.passage
        return " ".join(f for f in (passage.title, passage.source, day_in_words(passage.published)) if f)


def attribute(sentence: str, sources: Sequence[Source], question: str = "", hinted: Sequence[int] = ()) -> tuple[list[Source], Verdict]:
    """The sources that support the sentence together, the best first, and the verdict on them.

    Greedy: the one that supports it best, then another only while it adds what is still missing; once it is supported, what the
    question said itself is not missing. Of
    equals, one of a passage the model pointed to (`hinted`, passage ranks), then one it read, then the
    better ranked. Empty when nothing shares a content word or figure with the sentence.

    A sentence with a wrong date is best borne out by whatever else has that date; so what the model read beside it in the
    same articles is heard as well, and has the last word where it has another date, figure or name in that place.
    """
    told, asked = _told(sentence), _told(question)
    pool = [s for s in sources if told & _told(s.span.text)]
    chosen: list[Source] = []
    best = Verdict("unsupported", 0.0, "nothing in the sources speaks of this")
    while pool and len(chosen) < MOST:
        useful = pool
        if best.support == "supported":  # what is still to be cited is what neither the question nor a citation said
            new = told - asked - {key for s in chosen for key in _told(f"{s.span.text} {s.facts}")}
            useful = [s for s in pool if new & _told(s.span.text)]
            if not useful:
                break
        tried = [(*chosen, s) for s in useful]
        verdicts = [check(sentence, [s.span.text for s in group], question, "\n".join(s.facts for s in group)) for group in tried]
        scored = list(zip(verdicts, useful, strict=True))
        verdict, source = max(
            scored, key=lambda pair: (_worth(pair[0]), pair[1].passage.rank in hinted, pair[1].shown, -pair[1].passage.rank)
        )
        if _worth(verdict) <= _worth(best) + (ADDS if chosen else 0.0):
            break
        chosen.append(source)
        pool.remove(source)
        best = verdict
        if best.support == "supported" and best.score >= 0.999:
            break
    return chosen, _heard_beside(sentence, chosen, sources, question, best)


def _heard_beside(sentence: str, chosen: Sequence[Source], sources: Sequence[Source], question: str, verdict: Verdict) -> Verdict:
    articles = {s.passage.chunk.article_id for s in chosen}
    group = [s for s in sources if s in chosen or (s.shown and s.passage.chunk.article_id in articles)]
    if verdict.faulty or verdict.score >= 0.999 or len(group) == len(chosen):
        return verdict
    wider = check(sentence, [s.span.text for s in group], question, "\n".join(dict.fromkeys(s.facts for s in group)))
    return wider if wider.faulty else verdict


def _told(text: str) -> set[str]:
    return {*content(text), *figures(text)}


def _worth(verdict: Verdict) -> float:
    return verdict.score + {"supported": 1.0, "partly": 0.3, "unsupported": 0.0}[verdict.support]


def sources_of(passages: Sequence[Passage], evidence: Evidence) -> list[Source]:
    """Every sentence of every passage found, those the model read first."""
    read = {(p.chunk.id, s.start) for p, spans in evidence.blocks for s in spans}
    every = [
        Source(p, span, (p.chunk.id, span.start) in read)
        for p in passages
        for span in (p.sentences or split_sentences(p.chunk.text, p.chunk.start))
    ]
    return sorted(every, key=lambda s: not s.shown)
