"""The language model, whichever it is, behind one stream of words. Provider names stand nowhere else."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from concurrent.futures import wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from index.models import model_path, models
from index.problem import Problem
from qa.embedded import Served, serve_embedded
from qa.settings import Settings

log = logging.getLogger(__name__)

_UNREACHABLE = ("APIConnectionError", "APITimeoutError", "ConnectError")

Message = tuple[str, str]  # role, content
LONGEST_TOKEN = 64  # characters; a server that does not keep to max_tokens is stopped by this


class ModelTrouble(Problem):
    """The model did not answer, or stopped half-way. What it had said stays good."""


@dataclass
class Usage:
    """Tokens as the server counted them; filled in when a stream ends. `finish` is its reason for ending."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    finish: str = ""


class Llm:
    """Safe to call from several threads. Nothing is started before `start` or the first call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._starting = threading.Lock()
        self._client: Any = None
        self._http: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._busy = threading.Lock()
        self.served: Served | None = None

    @property
    def name(self) -> str:
        return self._settings.llm.model

    def start(self) -> None:
        """Load the embedded model, or make the client of the server. Raises Problem when the weights are not here."""
        with self._starting:
            if self._client is not None:
                return
            llm = self._settings.llm
            if llm.provider == "embedded":
                if llm.model not in models() or models()[llm.model].kind != "llm":
                    known = ", ".join(m.name for m in models().values() if m.kind == "llm")
                    raise Problem(f"There is no embedded model called {llm.model!r}. ARTICLE_QA_LLM__MODEL may be {known}.")
                self.served = serve_embedded(model_path(llm.model, self._settings.models), self._settings.threads)
            else:
                self.served = Served(llm.base_url.rstrip("/"), llm.api_key.get_secret_value())
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="llm", daemon=True)
            self._thread.start()
            self._client = self._make_client(self.served)

    def stream(self, messages: Sequence[Message], usage: Usage, max_tokens: int = 0, stop: threading.Event | None = None) -> Iterator[str]:
        """The words of the reply as they come. Closing the iterator stops the model; so does `stop`, set from
        another thread, within a tenth of a second even while the model reads the prompt.

        Raises ModelTrouble when the server cannot be reached, is silent for too long, fails or breaks off.
        Never tried again after the first word.
        """
        self.start()
        assert self._loop is not None
        llm = self._settings.llm
        parts: queue.Queue[str | BaseException | None] = queue.Queue()
        room = LONGEST_TOKEN * (max_tokens or llm.max_tokens)
        with self._turn(stop):
            feeding = asyncio.run_coroutine_threadsafe(self._feed(messages, usage, max_tokens or llm.max_tokens, parts), self._loop)
            deadline = time.monotonic() + llm.total_timeout
            patience = time.monotonic() + llm.first_token_timeout
            try:
                while not (stop and stop.is_set()):
                    left = min(patience, deadline) - time.monotonic()
                    if left <= 0:
                        raise ModelTrouble(self._too_long(deadline <= patience))
                    try:
                        part = parts.get(timeout=min(left, 0.1))
                    except queue.Empty:
                        continue
                    if part is None:
                        return
                    if isinstance(part, BaseException):
                        raise self._trouble(part) from part
                    yield part[:room]
                    room -= len(part)
                    if room <= 0:
                        raise ModelTrouble("The model wrote on far past its longest answer and was stopped. Check the server's own limit.")
                    patience = time.monotonic() + llm.idle_timeout  # from here: whoever listens may take their time
            finally:
                feeding.cancel()

    @contextmanager
    def _turn(self, stop: threading.Event | None) -> Iterator[None]:
        """The embedded model has one place: the clocks of those who wait start when it is theirs, not before."""
        mine = False
        if self._settings.llm.provider == "embedded":
            while not (mine or (stop and stop.is_set())):
                mine = self._busy.acquire(timeout=0.1)
        try:
            yield
        finally:
            if mine:
                self._busy.release()

    def close(self) -> None:
        """Hang up and end the thread; what is being written breaks off. The next call starts anew."""
        with self._starting:
            loop, thread, http = self._loop, self._thread, self._http
            self._loop = self._thread = self._client = self._http = None
        if loop is None or thread is None:
            return

        async def end() -> None:
            tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await http.aclose()
            await asyncio.get_running_loop().shutdown_asyncgens()

        wait([asyncio.run_coroutine_threadsafe(end(), loop)], timeout=5.0)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5.0)
        loop.close()

    def complete(self, messages: Sequence[Message], max_tokens: int, stop: threading.Event | None = None) -> str:
        """The whole reply at once. Raises ModelTrouble."""
        return "".join(self.stream(messages, Usage(), max_tokens, stop)).strip()

    def leaning(self, messages: Sequence[Message], stop: threading.Event | None = None) -> float | None:
        """How far the reply leans to "Yes" rather than "No": the difference of their log-probabilities.

        None when the server does not tell log-probabilities, and when `stop` is set meanwhile. Raises ModelTrouble
        when it is silent or cannot be reached: then there is no use in asking it for the answer either.
        """
        self.start()
        assert self._loop is not None
        with self._turn(stop):
            asking = asyncio.run_coroutine_threadsafe(self._first_token(messages), self._loop)
            deadline = time.monotonic() + self._settings.llm.first_token_timeout
            try:
                while not (stop and stop.is_set()):
                    if wait([asking], timeout=0.1).done:
                        return asking.result()
                    if time.monotonic() > deadline:
                        raise ModelTrouble(self._too_long(False))
            except ModelTrouble:
                raise
            except Exception as error:  # openai, httpx and json errors alike
                if type(error).__name__ in _UNREACHABLE:
                    raise self._trouble(error) from error
                log.info("no leaning was told: %s", error)  # a server that knows no log-probabilities, say: it may answer yet
            finally:
                asking.cancel()
        return None

    async def _first_token(self, messages: Sequence[Message]) -> float | None:
        from llama_index.core.base.llms.types import ChatMessage

        told = [ChatMessage(role=role, content=content) for role, content in messages]
        reply = await self._client.achat(told, max_tokens=1, logprobs=True, top_logprobs=20)
        logprobs = reply.raw.choices[0].logprobs
        if logprobs is None or not logprobs.content:
            return None
        likely = {t.token.strip().casefold(): t.logprob for t in reversed(logprobs.content[0].top_logprobs)}
        if not {"yes", "no"} & likely.keys():
            return None
        floor = min(likely.values())
        return float(likely.get("yes", floor) - likely.get("no", floor))

    async def _feed(self, messages: Sequence[Message], usage: Usage, max_tokens: int, parts: queue.Queue[Any]) -> None:
        # In a loop of its own, because a task can be cancelled while it waits for the first token, and
        # cancelling closes the connection, on which the server frees its slot (field notes).
        from llama_index.core.base.llms.types import ChatMessage

        try:
            told = [ChatMessage(role=role, content=content) for role, content in messages]
            replies: AsyncGenerator[Any, None] = await self._client.astream_chat(told, max_tokens=max_tokens)
            async for reply in replies:
                _count(reply.raw, usage)
                if reply.delta:
                    parts.put(reply.delta)
            if not usage.finish:
                raise ConnectionError("the stream broke off")
            parts.put(None)
        except asyncio.CancelledError:
            parts.put(ConnectionError("it was closed"))  # for whoever still listens when `close` is called
            raise
        except Exception as error:  # openai, httpx and json errors alike: told apart in _trouble
            parts.put(error)

    def _make_client(self, served: Served) -> Any:
        # Late: the client brings openai and llama-index's core, 2.5 s of import.
        import httpx
        from llama_index.llms.openai_like import OpenAILike

        llm = self._settings.llm
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(llm.total_timeout, connect=5.0), trust_env=False)
        return OpenAILike(
            model=llm.model,
            api_base=served.base_url,
            api_key=served.api_key,
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

    @property
    def _advice(self) -> str:
        if self._settings.llm.provider == "embedded":
            return "ask again, or choose the smaller model with ARTICLE_QA_LLM__MODEL=qwen2.5-0.5b."
        return f"check the server at {self._settings.llm.base_url} and ARTICLE_QA_LLM__MODEL, then ask again."

    def _too_long(self, whole: bool) -> str:
        if whole:
            seconds = f"{self._settings.llm.total_timeout:g} s"
            return f"The model took longer than {seconds} for its answer. Raise ARTICLE_QA_LLM__TOTAL_TIMEOUT, or {self._advice}"
        return f"The model has been silent for too long. It may be overloaded; {self._advice}"

    def _trouble(self, error: BaseException) -> ModelTrouble:
        status = getattr(error, "status_code", None)
        if status in (401, 403):
            return ModelTrouble(f"The model server refused the key ({status}). Set ARTICLE_QA_LLM__API_KEY.")
        if status == 404:
            return ModelTrouble(f"The model server does not know {self._settings.llm.model!r} (404). Set ARTICLE_QA_LLM__MODEL.")
        if status == 429:
            return ModelTrouble("The model server is busy (429). Wait a little, then ask again.")
        if status:
            return ModelTrouble(f"The model server failed ({status}); {self._advice}")
        what = "cannot be reached" if type(error).__name__ in _UNREACHABLE else f"broke off ({error})"
        return ModelTrouble(f"The model server {what}; {self._advice}")


def _count(raw: Any, usage: Usage) -> None:
    counted = getattr(raw, "usage", None)
    if counted is not None:
        usage.prompt_tokens = counted.prompt_tokens or 0
        usage.completion_tokens = counted.completion_tokens or 0
    for choice in getattr(raw, "choices", None) or ():
        usage.finish = choice.finish_reason or usage.finish
