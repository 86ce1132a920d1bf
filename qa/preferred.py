"""What a question prefers, as people are told it: on the page, in the terminal and over HTTP, never in silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.question.hints import Hint
from qa.types import Answer, Event, Retrieved


@dataclass(frozen=True, slots=True)
class Preferred:
    """Something that is preferred because the question's `words` say so; `ignored` when the person wants that left out.

    Words that may mean several outlets are one, since they are left out as one: "The Times or New York Times".
    """

    words: str
    label: str
    ignored: bool

    def as_json(self) -> dict[str, object]:
        return {"words": self.words, "label": self.label, "ignored": self.ignored}


def preferred(hints: Sequence[Hint], ignored: Sequence[str] = ()) -> tuple[Preferred, ...]:
    """In order of the question, what is ignored in its place among the others."""
    labels: dict[tuple[str, bool], list[str]] = {}
    for hint in hints:
        labels.setdefault((hint.words, hint.left_out(ignored)), []).append(hint.label)
    return tuple(Preferred(words, " or ".join(dict.fromkeys(told)), out) for (words, out), told in labels.items())


def unmatched(hints: Sequence[Hint], ignored: Sequence[str]) -> list[str]:
    """What was to be ignored, but is nothing that the question says."""
    return [words for words in ignored if not any(hint.left_out([words]) for hint in hints)]


def answer_json(events: Iterable[Event], ignored: Sequence[str] = ()) -> dict[str, object]:
    """The answer at the end of these events as the contract has it, and beside it what was `preferred`."""
    hints: tuple[Hint, ...] = ()
    for event in events:
        if isinstance(event, Retrieved):
            hints = event.hints
        elif isinstance(event, Answer):
            return event.as_json() | {"preferred": [one.as_json() for one in preferred(hints, ignored)]}
    raise AssertionError("the last event is always an Answer")
