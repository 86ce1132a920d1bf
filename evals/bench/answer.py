"""From asking to sources, and from there to the first word, beside the bare model given the same prompt."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evals import datasets
from evals.bench import Measured, Row, middle, p95
from evals.session import opened
from qa.model import Usage
from qa.settings import Settings
from qa.types import Answer, Delta, Retrieved

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.llm import Llm
    from qa.model import Message

QUESTIONS = 20
SPACER: list[Message] = [("user", "List the months of the year, each with its number of days, and nothing else.")]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the asking: sources shown, first word (None where the model said none), all said."""

    sources: float
    first_word: float | None
    total: float


def measure(settings: Settings) -> Measured:
    """Asks each question of the assistant, then its very prompt of the bare model, turn by turn.

    The embedded model keeps nothing of a prompt. A server may: another prompt is put between the two, and where
    it keeps several prompts aside the second, which is the bare one, is flattered.
    """
    dataset = datasets.seed_cases()
    questions = [c.question for c in dataset.cases if not c.refuse and len(c.turns) == 1][::2][:QUESTIONS]
    with opened(dataset, settings) as asker:
        asker.ready()
        assistant = asker.assistant
        assert assistant is not None
        llm, limit = assistant.llm, settings.llm.max_tokens
        _timed(assistant, questions[-1])  # every lazy import and buffer, once
        ours: list[Times] = []
        words: list[tuple[float, float, float]] = []  # ours from sources, ours from asking, bare
        read = written = 0
        spent = 0.0
        for question in questions:
            times = _timed(assistant, question)
            ours.append(times)
            if times.first_word is None:
                continue
            if settings.llm.provider != "embedded":
                first_word(llm, SPACER, 1)
            usage = Usage()
            started = time.perf_counter()
            seconds = first_word(llm, assistant.last_prompt, limit, usage)
            words.append((times.first_word - times.sources, times.first_word, seconds))
            read, written = read + usage.prompt_tokens, written + usage.completion_tokens - 1
            spent += time.perf_counter() - started - seconds
    reading = sum(bare for _, _, bare in words)
    speeds = f"The bare model read {read / reading:.0f} tokens a second and wrote {written / spent:.1f}." if reading and spent else ""
    return Measured("answer", tuple(_rows(ours, words)), (speeds,))


def first_word(llm: Llm, messages: list[Message], max_tokens: int, usage: Usage | None = None) -> float:
    """Seconds until the first word of a reply, which is heard to its end; 0 where there was none."""
    started, first = time.perf_counter(), 0.0
    for _ in llm.stream(messages, usage or Usage(), max_tokens):
        first = first or time.perf_counter() - started
    return first


def _timed(assistant: Assistant, question: str) -> Times:
    sources = 0.0
    first: float | None = None
    started = time.perf_counter()
    for event in assistant.ask(question):
        now = time.perf_counter() - started
        if isinstance(event, Retrieved):
            sources = now
        elif isinstance(event, Delta) and event.text and first is None:
            first = now
        elif isinstance(event, Answer) and (event.refused or event.interrupted):
            first = None  # what was shown, if anything, was no word of the model's
    return Times(sources, first, time.perf_counter() - started)


def _rows(ours: list[Times], words: list[tuple[float, float, float]]) -> list[Row]:
    sources = [t.sources for t in ours]
    rows = [middle("asking to sources, median", sources), Row("asking to sources, 95 %", p95(sources), len(sources))]
    if words:
        from_sources, from_asking, bare = ([w[i] for w in words] for i in range(3))
        rows.append(middle("sources to first word, median", from_sources, bare, "first word of the bare model"))
        rows.append(middle("asking to first word, median", from_asking, bare, "first word of the bare model"))
        rows.append(middle("asking to the checked answer, median", [t.total for t in ours if t.first_word is not None]))
    return rows
