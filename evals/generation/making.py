"""The passages gone through, in an order drawn by a seed, until there are cases enough of either kind."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.generation.candidates import Candidate, answerable, unanswerable
from evals.generation.growing import Growing
from index.chunking import chunk
from index.problem import Problem
from index.text import count_tokens
from index.types import Article, Chunk
from qa.model import ModelTrouble

if TYPE_CHECKING:
    from qa.assistant import Assistant

GENERATED = "generated"
TAGS = [GENERATED, "review"]
SHORTEST = 15  # tokens; a heading by itself says nothing to be asked about
PATIENCE = 40  # passages in a row without a case: the model cannot do it
SILENCES = 3  # of the model, in a row


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of every passage tried. `dropped` counts by reason; `short` says why there are fewer than asked for."""

    answers: int
    refusals: int
    dropped: Mapping[str, int]
    short: tuple[str, ...] = ()

    def as_text(self) -> str:
        """A line for each count, the most frequent reason first."""
        tried = self.answers + self.refusals + sum(self.dropped.values())
        lines = [f"{tried} tries gave {self.answers} cases with an answer and {self.refusals} to refuse."]
        lines += [f"{n:>5} dropped: {why}" for why, n in sorted(self.dropped.items(), key=lambda item: -item[1])]
        return "\n".join([*lines, *self.short])


def make(
    assistant: Assistant,
    called: Mapping[str, str],
    out: Path,
    *,
    n: int,
    seed: int = 0,
    share: float = 0.3,
    shown: Callable[[int], None] = lambda made: None,
) -> tuple[list[dict[str, Any]], Tally]:
    """The cases of `out`, brought up to `n` generated ones of which about `share` are to be refused; and the tally.

    `called` is the name that a case gives an article, by its id; `shown` is told the number of cases as it grows.
    """
    if not 0.0 <= share <= 1.0:
        raise Problem(f"--unanswerable is {share:g}; a share from 0 to 1 is wanted, such as 0.3.")
    file = Growing(out)
    made = [bool(case.get("refuse")) for case in file.cases if GENERATED in case.get("tags", ())]
    kept = [turn for case in file.cases for turn in case["turns"]]
    known = {str(case["id"]) for case in file.cases} | {_id(c.passage, c.refuse) for c in file.candidates}
    wanted = {False: n - round(n * share), True: round(n * share)}
    waiting = {refuse: passages(assistant, seed + refuse) for refuse in wanted}
    barren = {False: 0, True: 0}
    draw = random.Random(seed)
    short: list[str] = []
    silences = 0
    while open_kinds := [refuse for refuse in waiting if made.count(refuse) < wanted[refuse]]:
        shown(len(made))
        refuse = open_kinds[0] if len(open_kinds) == 1 else draw.random() < share
        article, passage = next((pair for pair in waiting[refuse] if _id(pair[1].id, refuse) not in known), (None, None))
        if article is None or passage is None or barren[refuse] == PATIENCE:
            del waiting[refuse]
            short.append(_why_short(refuse, wanted[refuse] - made.count(refuse), used_up=article is None))
            continue
        try:
            candidate = (unanswerable if refuse else answerable)(assistant, article, passage, kept)
        except ModelTrouble:
            silences += 1
            if silences == SILENCES:
                raise
            continue  # not noted as tried: the next call tries it again
        silences = 0
        barren[refuse] = barren[refuse] + 1 if candidate.why else 0
        file.add(candidate, None if candidate.why else as_case(candidate, called[article.id]))
        if not candidate.why:
            made.append(refuse)
            kept.append(candidate.question)
    shown(len(made))
    return file.cases, _tally(file.candidates, short)


def passages(assistant: Assistant, seed: int) -> Iterator[tuple[Article, Chunk]]:
    """Every passage worth asking about: one of each article before a second of any, in an order drawn by `seed`."""
    articles, tokens = assistant.articles, assistant.settings.search.chunk_tokens
    ids = sorted(row.id for row in articles.list())
    random.Random(seed).shuffle(ids)
    for turn in count():
        more: list[str] = []
        for article_id in ids:
            article = articles.get(article_id)
            chunks = [c for c in chunk(article, tokens) if count_tokens(c.text) >= SHORTEST]
            random.Random(f"{seed} {article_id}").shuffle(chunks)
            if turn < len(chunks):
                yield article, chunks[turn]
            if turn + 1 < len(chunks):
                more.append(article_id)
        ids = more
        if not ids:
            return


def as_case(candidate: Candidate, article: str) -> dict[str, Any]:
    """A line of our JSONL (contract.md). A case to refuse names the article that it is near to."""
    return {
        "id": _id(candidate.passage, candidate.refuse),
        "turns": [candidate.question],
        "articles": [article],
        "quotes": [candidate.quote] if candidate.quote else [],
        "answers": [[candidate.answer]] if candidate.answer else [],
        "refuse": candidate.refuse,
        "tags": TAGS,
    }


def _id(passage: str, refuse: bool) -> str:
    return f"{'beyond' if refuse else GENERATED}-{passage[:16]}"


def _tally(candidates: Sequence[Candidate], short: Sequence[str]) -> Tally:
    kept = Counter(c.refuse for c in candidates if not c.why)
    return Tally(kept[False], kept[True], Counter(c.why for c in candidates if c.why), tuple(short))


def _why_short(refuse: bool, missing: int, used_up: bool) -> str:
    what = f"{missing} fewer {'to refuse' if refuse else 'with an answer'} than asked for:"
    if used_up:
        return f"{what} every passage has been tried. Add articles, or ask for fewer with --n."
    return f"{what} {PATIENCE} passages in a row gave none. Another model may do better: ARTICLE_QA_LLM__MODEL."
