"""One question and what has come of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from index.question.hints import Hint
from index.types import Filters, Passage
from qa.types import Answer

Stage = Literal["waiting", "searching", "reading", "writing", "checking", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question on the page. `written` is the stream so far; `answer` replaces it once it is there.

    `note` is a sentence for people: why we wait, or what failed. `hints` are what the question says about where to look,
    `ignored` the words of those that are not to be followed.
    """

    question: str
    stage: Stage
    number: int = 1
    filters: Filters = field(default_factory=Filters)
    standalone: str = ""
    passages: tuple[Passage, ...] = ()
    written: str = ""
    answer: Answer | None = None
    note: str = ""
    hints: tuple[Hint, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def busy(self) -> bool:
        return self.stage not in ("done", "stopped", "failed")


def toggled(turn: Turn, words: str) -> Turn:
    """The same question, not asked yet, with what these words prefer left out, or put back. The chips stay where they are."""
    ignored = tuple(w for w in turn.ignored if w != words) if words in turn.ignored else (*turn.ignored, words)
    return Turn(turn.question, "searching", turn.number, turn.filters, turn.standalone, hints=turn.hints, ignored=ignored)


def history(turns: tuple[Turn, ...]) -> list[tuple[str, str]]:
    """The turns that were answered, as (question, answer) pairs, oldest first."""
    return [(t.question, t.answer.text) for t in turns if t.answer is not None]
