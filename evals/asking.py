"""Cases put to the assistant, or to the search alone; each once, until something that decides the answer changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from evals import retrieval
from evals.cache import Cache, code_digest, key_of
from evals.library import Library
from evals.types import Case
from index.types import Passage
from qa.types import Answer

if TYPE_CHECKING:
    from qa.assistant import Assistant

# An article counts at its best passage: more passages than articles are asked for. The cross-encoder reads 20 anyway.
PASSAGES = 2 * retrieval.DEPTH


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a search found, best first, and how long it took with every model loaded."""

    passages: tuple[Passage, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What asking a case came to: the answer, where one was asked for, and the ranking its question has.
    `known`: nobody had to be asked."""

    answer: Answer | None
    ranking: Ranking | None
    known: bool


class Asker:
    """Safe for several threads. What is kept depends on `corpus` and `searching` (settings of the search), and for answers on the
    assistant's fingerprint."""

    def __init__(
        self,
        library: Library,
        assistant: Assistant | None = None,
        *,
        kept: Cache | None = None,
        corpus: str = "",
        searching: str = "",
        warm: Callable[[], None] = lambda: None,
        passages: int = PASSAGES,
    ) -> None:
        self.library = library
        self.assistant = assistant
        self._kept = kept
        self._answering = (corpus, assistant.fingerprint if assistant else "", code_digest())
        self._ranking_by = (corpus, searching, code_digest(), passages)
        self._warm = warm
        self._warming = threading.Lock()
        self._is_warm = False
        self._passages = passages

    def __call__(self, case: Case) -> Outcome:
        answer, known = None, True
        question = " ".join(case.turns)  # without a model a follow-up is searched together with what came before
        if self.assistant:
            answer, known = self._answer(self.assistant, case.turns, case.today)
            question = answer.standalone_question
        if not case.articles or case.refuse or case.hostile:
            return Outcome(answer, None, known)
        ranking, ranked = self._ranking(question, case.today)
        return Outcome(answer, ranking, known and ranked)

    def ready(self) -> None:
        """Load the models, if that was not done yet. Raises Problem when they cannot be."""
        with self._warming:
            if not self._is_warm:
                self._warm()
                self._is_warm = True

    def _answer(self, assistant: Assistant, turns: Sequence[str], today: date | None) -> tuple[Answer, bool]:
        """The answer to the last turn, after the turns before it were truly asked; and whether it was known."""
        history: list[tuple[str, str]] = []
        known, answer = False, None
        for place, turn in enumerate(turns, 1):
            key = key_of("answer", self._answering, tuple(turns[:place]), today)
            answer = self._read(key, Answer)
            known = answer is not None
            if answer is None:
                self.ready()  # only now: a run whose every answer is known loads no model
                answer = _slim(assistant.answer(turn, history, today=today))
                if not interrupted(answer):
                    self._keep(key, Answer, answer)
            history.append((turn, answer.text))
        assert answer is not None  # a case has a turn
        return answer, known

    def _ranking(self, question: str, today: date | None) -> tuple[Ranking, bool]:
        key = key_of("ranking", self._ranking_by, question, today)
        found: Ranking | None = self._read(key, Ranking)
        if found is not None:
            return found, True
        self.ready()
        started = time.perf_counter()
        passages = tuple(self.library.articles.search(question, top_k=self._passages, sentences=False, today=today))
        ranking = Ranking(passages, time.perf_counter() - started)
        self._keep(key, Ranking, ranking)
        return ranking, False

    def _read(self, key: str, kind: Any) -> Any:
        text = self._kept.get(key) if self._kept else None
        try:
            return None if text is None else _adapter(kind).validate_json(text)
        except ValidationError:  # of another version, or damaged: it is asked again
            return None

    def _keep(self, key: str, kind: Any, value: Any) -> None:
        if self._kept:
            self._kept.put(key, _adapter(kind).dump_json(value).decode())


def interrupted(answer: Answer | None) -> str:
    """Why the answer broke off; empty when it did not. One cut at its longest stands as it is: there the server came
    to count its tokens."""
    return answer.interrupted if answer and not answer.timings.completion_tokens else ""


def _slim(answer: Answer) -> Answer:
    """Without the scored sentences of every passage: the bulk of an answer, and nothing scores them."""
    return replace(answer, passages=tuple(replace(p, sentences=()) for p in answer.passages))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
