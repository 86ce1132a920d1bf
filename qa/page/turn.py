"""One question and what has come of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from index.types import Filters, Passage
from qa.types import Answer

Stage = Literal["waiting", "searching", "reading", "writing", "checking", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question on the page. `written` is the stream so far; `answer` replaces it once it is there.

    `note` is a sentence for people: why we wait, or what failed.
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

    @property
    def busy(self) -> bool:
        return self.stage not in ("done", "stopped", "failed")


def history(turns: tuple[Turn, ...]) -> list[tuple[str, str]]:
    """The turns that were answered, as (question, answer) pairs, oldest first."""
    return [(t.question, t.answer.text) for t in turns if t.answer is not None]
