"""The embedded language model: CTranslate2 in this process, on a thread of its own, one prompt at a time."""

from __future__ import annotations

import asyncio
import atexit
import ctypes
import json
import os
import sys
import threading
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.converted import TEMPLATE, TOKENIZER, converted
from index.problem import Problem
from qa.model import Message, ModelTrouble, Usage
from qa.settings import EMBEDDED_CONTEXT

_running: dict[tuple[Path, int], Embedded] = {}
_lock = threading.Lock()
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h


def embedded(model: Path, threads: int = 0) -> Embedded:
    """Load the model of this GGUF file, or find it loaded already: one copy a process, 1.6 GB for the 1.5B.

    `threads` 0 takes every core where there are two, and leaves one free where there are more. Raises
    Problem when the weights cannot be loaded.
    """
    with _lock:
        found = _running.get((model, threads))
        if found is None:
            found = _running[(model, threads)] = Embedded(converted(model), threads or _threads())
        return found


def _keep_memory() -> None:
    """Let freed memory stay with the process: glibc gave back 800 MB a question and had it made anew, page by page, 0.7 s of it."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:  # not in musl
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        mallopt(_M_TRIM_THRESHOLD, 256 << 20)


def _threads() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores - 1 if cores > 2 else cores


@atexit.register
def _unload() -> None:
    for model in _running.values():  # destroyed with the interpreter, its threads would abort the process
        model.unload()


@dataclass(frozen=True, slots=True)
class _Step:
    """A token that was written for a prompt, by its place; for the first of two, how far it leans to "Yes"."""

    prompt: int
    token: int
    leaning: float | None = None


class Embedded:
    """A language model of index/converted.py, as `qa.llm.Llm` asks it. Greedy, so the same prompt has the same answer.

    What stands in a message is never read as one of the model's special tokens.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        # Late: 0.3 s of import and 1.6 GB, for nobody who only searches. Threads that spin while they wait for each other
        # starve beside other work (docs/performance.md); OpenMP reads this when it is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        _keep_memory()
        import ctranslate2
        from jinja2.sandbox import ImmutableSandboxedEnvironment
        from tokenizers import Tokenizer

        try:
            self._generator = ctranslate2.Generator(str(folder), device="cpu", compute_type="int8", intra_threads=threads)
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            told = json.loads((folder / TEMPLATE).read_text("utf-8"))
        except Exception as error:  # both raise what C++ and Rust give them
            raise Problem(f"The language model in {folder} cannot be loaded ({error}). Remove that folder; it is made anew.") from error
        self._template = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True).from_string(told["template"])
        self._end: str = told["end"]
        self._special: list[str] = told["special"]
        said: dict[str, list[int]] = {"yes": [], "no": []}
        for token, number in self._tokenizer.get_vocab().items():
            said.get(token.strip("Ġ▁ ").casefold(), []).append(number)
        self._yes, self._no = said["yes"], said["no"]
        self._pool = ThreadPoolExecutor(1, "embedded")

    def unload(self) -> None:
        """Let go of the weights; the model is of no use after."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._generator.unload_model()
        del self._generator

    async def words(self, messages: Sequence[Message], max_tokens: int, usage: Usage) -> AsyncGenerator[str, None]:
        """The reply as it is written."""
        writing = self._text()
        async for step in self._steps([messages], max_tokens, usage):
            if text := writing(step.token):
                yield text

    async def leaning(self, messages: Sequence[Message]) -> AsyncGenerator[float | None, None]:
        """How far the first token leans to "Yes" rather than "No": the difference of their log-probabilities."""
        async for step in self._steps([messages], 1, Usage(), asked=1):
            yield step.leaning

    async def considered(
        self, askings: Sequence[Sequence[Message]], telling: Sequence[Message], max_tokens: int, usage: Usage
    ) -> AsyncGenerator[float | str | None, None]:
        """The leaning of each of `askings`, then the reply to `telling`. What all begin with is read once."""
        writing, held = self._text(), ""
        leanings: dict[int, float | None] = {}
        told = 0
        async for step in self._steps([*askings, telling], max_tokens, usage, asked=len(askings)):
            if step.prompt < len(askings):
                leanings[step.prompt] = step.leaning
            else:
                held += writing(step.token)
            while told in leanings:  # in their order, whichever comes first
                yield leanings[told]
                told += 1
            if held and told == len(askings):
                yield held
                held = ""

    async def aclose(self) -> None:
        """Nothing to close: the weights stay for whoever asks next in this process."""

    @property
    def advice(self) -> str:
        return "ask again, or choose the smaller model with ARTICLE_QA_LLM__MODEL=qwen2.5-0.5b."

    def trouble(self, error: BaseException) -> ModelTrouble:
        return ModelTrouble(f"The model broke off ({error}); {self.advice}")

    def _text(self) -> Any:
        """A function from the next token to the text that is complete with it, which may be none: a letter may take several."""
        from tokenizers.decoders import DecodeStream

        stream = DecodeStream(skip_special_tokens=True)
        return lambda token: stream.step(self._tokenizer, token) or ""

    async def _steps(
        self, prompts: Sequence[Sequence[Message]], max_tokens: int, usage: Usage, asked: int = 0
    ) -> AsyncGenerator[_Step, None]:
        """The tokens as they are written; of the first `asked` prompts only one, with its leaning."""
        tokens = [self._tokens(messages) for messages in prompts]
        usage.prompt_tokens = len(tokens[-1])
        if usage.prompt_tokens + max_tokens > EMBEDDED_CONTEXT:
            raise ModelTrouble(
                f"The prompt is too long for the embedded model: {usage.prompt_tokens:,} tokens and {max_tokens} to write, where "
                f"{EMBEDDED_CONTEXT:,} fit. Ask a shorter question, or lower ARTICLE_QA_ANSWER__EVIDENCE_TOKENS."
            )
        shared = _shared(tokens) if len(tokens) > 1 else 0
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[_Step | None] = asyncio.Queue()
        gone = threading.Event()

        rows = sorted(range(len(tokens)), key=lambda n: -len(tokens[n]))  # CTranslate2 has the longest first, and its logits with it
        ended: list[int] = []  # the askings that are through: the rest move up, from the next step on

        told_last: Any = None  # of several that end at one step only the first is told the logits, of all of them

        def leaning(prompt: int, logits: Any) -> float | None:
            nonlocal told_last
            if logits.shape:
                told_last = np.array(logits)
            still = ended[: len(tokens) - len(told_last)]
            return self._lean(told_last[[n for n in rows if n not in still].index(prompt)])

        def told(step: Any) -> bool:
            first = step.batch_id < asked
            try:
                made = _Step(step.batch_id, step.token_id, leaning(step.batch_id, step.logits) if first else None)
                ended.extend([step.batch_id] * first)
                loop.call_soon_threadsafe(queue.put_nowait, made)
            except RuntimeError:  # the loop was closed meanwhile: nobody listens
                return True
            return first or gone.is_set()

        def work() -> int:
            if gone.is_set():
                return 0
            results = self._generator.generate_batch(
                [prompt[shared:] for prompt in tokens],
                # Read once for all prompts; not kept, for CTranslate2 would keep it for ever, 28 MB a question.
                static_prompt=tokens[0][:shared] or None,
                cache_static_prompt=False,
                include_prompt_in_result=False,
                end_token=self._end,
                max_length=max_tokens,
                return_logits_vocab=asked > 0,
                callback=told,
            )
            return len(results[-1].sequences_ids[0])

        running = loop.run_in_executor(self._pool, work)
        running.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while (step := await queue.get()) is not None:
                yield step
            usage.completion_tokens = await running
            usage.finish = "length" if usage.completion_tokens >= max_tokens else "stop"
        finally:
            gone.set()  # it stops at the next token; a prompt that is being read is read to its end

    def _tokens(self, messages: Sequence[Message]) -> list[str]:
        told = [{"role": role, "content": self._plain(content)} for role, content in messages]
        tokens: list[str] = self._tokenizer.encode(
            self._template.render(messages=told, add_generation_prompt=True), add_special_tokens=False
        ).tokens
        return tokens

    def _plain(self, text: str) -> str:
        for token in self._special:
            if token in text:
                text = text.replace(token, f"{token[0]} {token[1:]}")
        return text

    def _lean(self, logits: Any) -> float | None:
        """`logits` are one for each token there is."""
        if not (self._yes and self._no):
            return None
        return float(logits[self._yes].max() - logits[self._no].max())


def _shared(prompts: Sequence[Sequence[str]]) -> int:
    """How many tokens all begin with, and each has at least one more."""
    for n, column in enumerate(zip(*(prompt[:-1] for prompt in prompts), strict=False)):
        if len(set(column)) > 1:
            return n
    return min(map(len, prompts)) - 1
