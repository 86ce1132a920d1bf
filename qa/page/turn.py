"""One question and what has come of it so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from index.problem import Problem
from index.question.hints import Hint
from index.types import Filters, Passage
from qa.settings import AnswerSettings, Settings
from qa.types import Answer

UNREADABLE = "This answer was kept by another version of article-qa and cannot be shown. Ask again."
LENGTHS: tuple[Literal["brief", "normal", "thorough"], ...] = ("brief", "normal", "thorough")
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
    talk: str = ""  # the conversation it belongs to
    good: bool | None = None  # what the reader thinks of the answer
    about: str = ""  # the article that is asked about alone, by its title
    manner: AnswerSettings | None = None  # how it is to be answered, where that is otherwise than in the settings
    model: str = ""  # the one that is to answer, where that is not the usual one
    taken: bool = True  # False: it could not even be asked; nothing of it is kept, and the next question stands in its place

    @property
    def busy(self) -> bool:
        return self.stage not in ("done", "stopped", "failed")


def anew(turn: Turn) -> Turn:
    """The same question, not asked yet, as it was asked."""
    return Turn(
        turn.question, "searching", turn.number, turn.filters, turn.standalone, hints=turn.hints, ignored=turn.ignored, talk=turn.talk,
        about=turn.about, manner=turn.manner, model=turn.model,
    )  # fmt: skip


def wider(turn: Turn) -> Turn:
    """The same question, not asked yet, of the whole library."""
    return replace(anew(turn), filters=Filters(), about="")


def longer(turn: Turn, settings: Settings) -> Turn:
    """The same question, not asked yet, to be answered at the next greater length, where the model has room for that."""
    now = turn.manner or settings.answer
    manner = now.model_copy(update={"length": LENGTHS[min(LENGTHS.index(now.length) + 1, len(LENGTHS) - 1)]})
    try:
        settings.check_fits(manner)
    except Problem:
        return anew(turn)
    return replace(anew(turn), manner=manner)


def toggled(turn: Turn, words: str) -> Turn:
    """The same question, not asked yet, with what these words prefer left out, or put back. The chips stay where they are."""
    ignored = tuple(w for w in turn.ignored if w != words) if words in turn.ignored else (*turn.ignored, words)
    return replace(anew(turn), ignored=ignored)


def judged(turns: Sequence[Turn], opinions: Mapping[int, bool]) -> tuple[Turn, ...]:
    """The same turns, with what the reader thinks of each by its number."""
    return tuple(replace(turn, good=opinions.get(turn.number)) for turn in turns)


def history(turns: tuple[Turn, ...]) -> list[tuple[str, str]]:
    """The turns that were answered, as (question, answer) pairs, oldest first."""
    return [(t.question, t.answer.text) for t in turns if t.answer is not None]


def as_text(turn: Turn) -> str:
    """The whole of it, as it is kept."""
    return _adapter().dump_json(turn).decode()


def from_text(kept: Sequence[str], talk: str) -> tuple[Turn, ...]:
    """The turns of a conversation as they were kept. What was being answered when the server ended is stopped; what an older version
    kept in another shape is told with its question, where that can be read."""
    return tuple(_read(data, number, talk) for number, data in enumerate(kept, start=1))


def _read(data: str, number: int, talk: str) -> Turn:
    try:
        turn = _adapter().validate_json(data)
    except ValidationError:
        try:
            question = str(_loose().validate_json(data).get("question", ""))
        except ValidationError:
            question = ""
        return Turn(question or "(a question that cannot be read any more)", "failed", number, note=UNREADABLE, talk=talk)
    return replace(turn, stage="stopped", note="", number=number, talk=talk) if turn.busy else replace(turn, number=number, talk=talk)


@cache
def _adapter() -> TypeAdapter[Turn]:
    return TypeAdapter(Turn)


@cache
def _loose() -> TypeAdapter[dict[str, object]]:
    return TypeAdapter(dict[str, object])
