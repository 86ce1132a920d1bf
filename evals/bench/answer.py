"""From asking to sources, and from there to the first word, beside the bare model server given the same prompt."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evals import datasets
from evals.bench import Measured, Row, middle, p95
from evals.session import opened
from index.problem import Problem
from qa.settings import Settings
from qa.types import Answer, Delta, Retrieved

if TYPE_CHECKING:
    from qa.assistant import Assistant

QUESTIONS = 20
SPACER = [{"role": "user", "content": "List the months of the year, each with its number of days, and nothing else."}]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the asking: sources shown, first word (None where the model said none), all said."""

    sources: float
    first_word: float | None
    total: float


@dataclass(frozen=True, slots=True)
class Server:
    """A bare OpenAI-compatible server."""

    base_url: str
    api_key: str
    model: str


def measure(settings: Settings) -> Measured:
    """Asks each question of the assistant, then its very prompt of a bare server, turn by turn.

    With the embedded model the bare server is a second one of the same weights and threads, which hears
    the same prompts in the same order: the prompt cache of both is in the same state. Otherwise there
    is only one server; then another prompt is put between the two, and where the server keeps several
    prompts aside the second, which is the bare one, is flattered.
    """
    dataset = datasets.seed_cases()
    questions = [c.question for c in dataset.cases if not c.refuse and len(c.turns) == 1][::2][:QUESTIONS]
    with opened(dataset, settings) as asker:
        asker.ready()
        assistant = asker.assistant
        assert assistant is not None
        bare, second = _bare(assistant, settings)
        limit = settings.llm.max_tokens
        _timed(assistant, questions[-1])  # every lazy import and buffer, once, and the same prompt on the other side
        first_word(bare, _as_messages(assistant.last_prompt), limit)
        ours: list[Times] = []
        words: list[tuple[float, float, float]] = []  # ours from sources, ours from asking, bare
        cached = told = 0
        for question in questions:
            times = _timed(assistant, question)
            ours.append(times)
            if times.first_word is None:
                continue
            if not second:
                first_word(bare, SPACER, 1)
            seconds, prompt_tokens, from_cache = first_word(bare, _as_messages(assistant.last_prompt), limit)
            words.append((times.first_word - times.sources, times.first_word, seconds))
            told, cached = told + prompt_tokens, cached + from_cache
    return Measured("answer", tuple(_rows(ours, words)), _notes(second, told, cached))


def first_word(server: Server, messages: Sequence[dict[str, str]], max_tokens: int) -> tuple[float, int, int]:
    """Seconds until the first word of a streamed reply, read to its end; prompt tokens, and how many were cached."""
    import httpx

    body = {
        "model": server.model,
        "messages": list(messages),
        "stream": True,
        "temperature": 0,
        "max_tokens": max_tokens,
        "stream_options": {"include_usage": True},
    }
    headers = {"Authorization": f"Bearer {server.api_key}"}
    first = 0.0
    usage: dict[str, Any] = {}
    with httpx.Client(timeout=300, trust_env=False) as client:
        started = time.perf_counter()
        with client.stream("POST", f"{server.base_url}/chat/completions", json=body, headers=headers) as response:
            if response.status_code != 200:
                raise Problem(f"The model server {server.base_url} answered {response.status_code}.")
            for line in response.iter_lines():
                if not line.startswith("data: ") or line == "data: [DONE]":
                    continue
                part = json.loads(line[6:])
                said = any((choice.get("delta") or {}).get("content") for choice in part.get("choices") or ())
                first = first or (time.perf_counter() - started if said else 0.0)
                usage = part.get("usage") or usage
    details = usage.get("prompt_tokens_details") or {}
    return first, int(usage.get("prompt_tokens") or 0), int(details.get("cached_tokens") or 0)


def _bare(assistant: Assistant, settings: Settings) -> tuple[Server, bool]:
    """A server to measure against, and whether it is a second one with a prompt cache of its own."""
    if settings.llm.provider != "embedded" or settings.threads:
        served = assistant.llm.served
        assert served is not None  # the assistant is warm
        return Server(served.base_url, served.api_key, settings.llm.model), False
    from qa.llm import Llm

    # A process starts one server for each number of threads that is asked for; 0 is asked for already.
    cores = os.cpu_count() or 1
    llm = Llm(settings.model_copy(update={"threads": cores - 1 if cores > 2 else cores}))
    llm.start()
    assert llm.served is not None
    return Server(llm.served.base_url, llm.served.api_key, settings.llm.model), True


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
        rows.append(middle("sources to first word, median", from_sources, bare, "first word of the bare server"))
        rows.append(middle("asking to first word, median", from_asking, bare, "first word of the bare server"))
        rows.append(middle("asking to the checked answer, median", [t.total for t in ours if t.first_word is not None]))
    return rows


def _notes(second: bool, told: int, cached: int) -> tuple[str, ...]:
    where = "a second server of the same model and threads" if second else "the same server, another prompt in between"
    share = f"; it had {cached} of {told} prompt tokens cached" if told else ""
    return (f"The bare server is {where}{share}.",)


def _as_messages(prompt: Sequence[Any]) -> list[dict[str, str]]:
    return [m if isinstance(m, dict) else {"role": m[0], "content": m[1]} for m in prompt]
