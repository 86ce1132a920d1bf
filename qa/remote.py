"""A language model behind an OpenAI-compatible server. Provider names stand nowhere else."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from qa.model import Message, ModelTrouble, Usage
from qa.settings import LlmSettings

log = logging.getLogger(__name__)

_UNREACHABLE = ("APIConnectionError", "APITimeoutError", "ConnectError")


class Remote:
    """Never tries again by itself: a question asked twice costs twice, and a reply half said cannot be unsaid."""

    def __init__(self, llm: LlmSettings) -> None:
        # Late: the client brings openai and llama-index's core, 2.5 s of import.
        import httpx
        from llama_index.llms.openai_like import OpenAILike

        self._llm = llm
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(llm.total_timeout, connect=5.0), trust_env=False)
        self._client: Any = OpenAILike(
            model=llm.model,
            api_base=llm.base_url.rstrip("/"),
            api_key=llm.api_key.get_secret_value(),
            is_chat_model=True,
            is_function_calling_model=False,
            context_window=4096,
            temperature=0.0,
            max_tokens=None,  # set here, it would win over what each call asks for
            timeout=llm.total_timeout,
            max_retries=0,  # openai's own default would be two more tries of ten minutes each (A5)
            async_http_client=self._http,
            additional_kwargs={"stream_options": {"include_usage": True}},
        )

    async def words(self, messages: Sequence[Message], max_tokens: int, usage: Usage) -> AsyncGenerator[str, None]:
        """The reply as it comes."""
        replies: AsyncGenerator[Any, None] = await self._client.astream_chat(_told(messages), max_tokens=max_tokens)
        async for reply in replies:
            _count(reply.raw, usage)
            if reply.delta:
                yield reply.delta
        if not usage.finish:
            raise ConnectionError("the stream broke off")

    async def leaning(self, messages: Sequence[Message]) -> AsyncGenerator[float | None, None]:
        """None from a server that knows no log-probabilities. One that cannot be reached raises: it is of no use for the answer either."""
        found = None
        try:
            reply = await self._client.achat(_told(messages), max_tokens=1, logprobs=True, top_logprobs=20)
            found = _leaning(reply.raw.choices[0].logprobs)
        except Exception as error:  # openai, httpx and json errors alike
            if type(error).__name__ in _UNREACHABLE:
                raise
            log.info("no leaning was told: %s", error)  # it may answer yet
        yield found

    async def considered(
        self, askings: Sequence[Sequence[Message]], telling: Sequence[Message], max_tokens: int, usage: Usage
    ) -> AsyncGenerator[float | str | None, None]:
        """One after the other: a server that keeps what it read does not read the beginning twice."""
        for asking in askings:
            async for found in self.leaning(asking):
                yield found
        async for word in self.words(telling, max_tokens, usage):
            yield word

    async def aclose(self) -> None:
        await self._http.aclose()

    @property
    def advice(self) -> str:
        return f"check the server at {self._llm.base_url} and ARTICLE_QA_LLM__MODEL, then ask again."

    def trouble(self, error: BaseException) -> ModelTrouble:
        status = getattr(error, "status_code", None)
        if status in (401, 403):
            return ModelTrouble(f"The model server refused the key ({status}). Set ARTICLE_QA_LLM__API_KEY.")
        if status == 404:
            return ModelTrouble(f"The model server does not know {self._llm.model!r} (404). Set ARTICLE_QA_LLM__MODEL.")
        if status == 429:
            return ModelTrouble("The model server is busy (429). Wait a little, then ask again.")
        if status:
            return ModelTrouble(f"The model server failed ({status}); {self.advice}")
        what = "cannot be reached" if type(error).__name__ in _UNREACHABLE else f"broke off ({error})"
        return ModelTrouble(f"The model server {what}; {self.advice}")


def _told(messages: Sequence[Message]) -> list[Any]:
    from llama_index.core.base.llms.types import ChatMessage

    return [ChatMessage(role=role, content=content) for role, content in messages]


def _leaning(logprobs: Any) -> float | None:
    if logprobs is None or not logprobs.content:
        return None
    likely = {t.token.strip().casefold(): t.logprob for t in reversed(logprobs.content[0].top_logprobs)}
    if not {"yes", "no"} & likely.keys():
        return None
    floor = min(likely.values())
    return float(likely.get("yes", floor) - likely.get("no", floor))


def _count(raw: Any, usage: Usage) -> None:
    counted = getattr(raw, "usage", None)
    if counted is not None:
        usage.prompt_tokens = counted.prompt_tokens or 0
        usage.completion_tokens = counted.completion_tokens or 0
    for choice in getattr(raw, "choices", None) or ():
        usage.finish = choice.finish_reason or usage.finish
