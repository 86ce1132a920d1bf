"""The language model, whichever it is, behind one stream of words: its turn, its clocks, and how it is stopped."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import wait
from contextlib import contextmanager
from typing import Any

from index.models import model_path, models
from index.problem import Problem
from qa.model import Message, Model, ModelTrouble, Usage
from qa.settings import Settings

LONGEST_TOKEN = 64  # characters; a server that does not keep to max_tokens is stopped by this
_END = object()


class Llm:
    """Safe to call from several threads. Nothing is started before `start` or the first call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._starting = threading.Lock()
        self._model: Model | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._busy = threading.Lock()

    @property
    def name(self) -> str:
        return self._settings.llm.model

    def start(self) -> None:
        """Load the embedded model, or make the client of the server. Raises Problem when the weights are not here."""
        with self._starting:
            if self._model is not None:
                return
            model = self._opened()
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="llm", daemon=True)
            self._thread.start()
            self._model = model

    def stream(self, messages: Sequence[Message], usage: Usage, max_tokens: int = 0, stop: threading.Event | None = None) -> Iterator[str]:
        """The words of the reply as they come. Closing the iterator stops the model; so does `stop`, set from
        another thread, within a tenth of a second even while the model reads the prompt.

        Raises ModelTrouble when the server cannot be reached, is silent for too long, fails or breaks off.
        Never tried again after the first word.
        """
        most = max_tokens or self._settings.llm.max_tokens
        return self._heard(lambda model: model.words(messages, most, usage), most, stop)

    def leaning(self, messages: Sequence[Message], stop: threading.Event | None = None) -> float | None:
        """How far the reply leans to "Yes" rather than "No": the difference of their log-probabilities.

        None when the server does not tell log-probabilities, and when `stop` is set meanwhile. Raises ModelTrouble
        when it is silent or cannot be reached: then there is no use in asking it for the answer either.
        """
        return next(self._heard(lambda model: model.leaning(messages), 1, stop), None)

    def considered(
        self, askings: Sequence[Sequence[Message]], telling: Sequence[Message], usage: Usage, max_tokens: int = 0,
        stop: threading.Event | None = None,
    ) -> Iterator[float | str | None]:  # fmt: skip
        """First the leaning of each of `askings`, as `leaning` tells it, then the words of the reply to `telling`, as `stream` does.

        Prompts that begin alike cost the embedded model little more than one of them. Empty when `stop` is set at once.
        """
        most = max_tokens or self._settings.llm.max_tokens
        return self._heard(lambda model: model.considered(askings, telling, most, usage), most, stop)

    def complete(self, messages: Sequence[Message], max_tokens: int, stop: threading.Event | None = None) -> str:
        """The whole reply at once. Raises ModelTrouble."""
        return "".join(self.stream(messages, Usage(), max_tokens, stop)).strip()

    def close(self) -> None:
        """Hang up and end the thread; what is being written breaks off. The next call starts anew."""
        with self._starting:
            loop, thread, model = self._loop, self._thread, self._model
            self._loop = self._thread = self._model = None
        if loop is None or thread is None or model is None:
            return

        async def end() -> None:
            tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await model.aclose()
            await asyncio.get_running_loop().shutdown_asyncgens()

        wait([asyncio.run_coroutine_threadsafe(end(), loop)], timeout=5.0)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5.0)
        loop.close()

    def _opened(self) -> Model:
        llm = self._settings.llm
        if llm.provider != "embedded":
            from qa.remote import Remote

            return Remote(llm)
        if llm.model not in models() or models()[llm.model].kind != "llm":
            known = ", ".join(m.name for m in models().values() if m.kind == "llm")
            raise Problem(f"There is no embedded model called {llm.model!r}. ARTICLE_QA_LLM__MODEL may be {known}.")
        from qa.embedded import embedded

        return embedded(model_path(llm.model, self._settings.models), self._settings.threads)

    def _heard(self, asked: Callable[[Model], AsyncGenerator[Any, None]], most: int, stop: threading.Event | None) -> Iterator[Any]:
        """What the model says, here, while it says it there: in a loop of its own, where it can be stopped while one waits for it."""
        self.start()
        loop, model = self._loop, self._model
        assert loop is not None
        assert model is not None
        llm = self._settings.llm
        parts: queue.Queue[Any] = queue.Queue()
        room = LONGEST_TOKEN * most
        with self._turn(stop):
            feeding = asyncio.run_coroutine_threadsafe(_feed(asked(model), parts), loop)
            deadline = time.monotonic() + llm.total_timeout
            patience = time.monotonic() + llm.first_token_timeout
            try:
                while not (stop and stop.is_set()):
                    left = min(patience, deadline) - time.monotonic()
                    if left <= 0:
                        raise ModelTrouble(self._too_long(model, deadline <= patience))
                    try:
                        part = parts.get(timeout=min(left, 0.1))
                    except queue.Empty:
                        continue
                    if part is _END:
                        return
                    if isinstance(part, BaseException):
                        raise part if isinstance(part, ModelTrouble) else model.trouble(part) from part
                    if not isinstance(part, str):  # the leaning; the words are waited for as long as any first word
                        yield part
                        patience = time.monotonic() + llm.first_token_timeout
                        continue
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

    def _too_long(self, model: Model, whole: bool) -> str:
        if whole:
            seconds = f"{self._settings.llm.total_timeout:g} s"
            return f"The model took longer than {seconds} for its answer. Raise ARTICLE_QA_LLM__TOTAL_TIMEOUT, or {model.advice}"
        return f"The model has been silent for too long. It may be overloaded; {model.advice}"


async def _feed(saying: AsyncGenerator[Any, None], parts: queue.Queue[Any]) -> None:
    # A task can be cancelled while it waits for the first token; that closes the connection of a server, which frees its
    # slot then (field notes), and tells the embedded model to stop.
    try:
        async for part in saying:
            parts.put(part)
        parts.put(_END)
    except asyncio.CancelledError:
        parts.put(ConnectionError("it was closed"))  # for whoever still listens when `close` is called
        raise
    except Exception as error:  # whatever the model raises: told apart in its `trouble`
        parts.put(error)
    finally:
        await saying.aclose()
