"""What a language model is to the rest, embedded or behind a server."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.problem import Problem

Message = tuple[str, str]  # role, content


class ModelTrouble(Problem):
    """The model did not answer, or stopped half-way. What it had said stays good."""


@dataclass
class Usage:
    """Tokens as the model counted them; filled in when a reply ends. `finish` is its reason for ending."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    finish: str = ""


class Model(Protocol):
    """Asked in one event loop. What it raises is told by `Llm`; closing a generator stops the model."""

    def words(self, messages: Sequence[Message], max_tokens: int, usage: Usage) -> AsyncGenerator[str, None]:
        """The reply as it is written."""

    def leaning(self, messages: Sequence[Message]) -> AsyncGenerator[float | None, None]:
        """Once, how far the reply leans to "Yes" rather than "No": the difference of their log-probabilities, None where it is not told."""

    def considered(
        self, askings: Sequence[Sequence[Message]], telling: Sequence[Message], max_tokens: int, usage: Usage
    ) -> AsyncGenerator[float | str | None, None]:
        """The leaning of each of `askings`, then the reply to `telling`."""

    def trouble(self, error: BaseException) -> ModelTrouble:
        """What the person is told of an error that this model raised."""

    @property
    def advice(self) -> str:
        """What to do next when it is silent."""

    async def aclose(self) -> None:
        """Hang up."""
