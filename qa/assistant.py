"""One question, from its words to a checked answer: the generator behind page, command line, HTTP and evals."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import prompts
from index.articles import Articles
from index.problem import Problem
from index.search import checked_question
from index.types import Filters, Passage
from index.workers import workers
from qa import answers
from qa.attribution import Source, attribute, sources_of
from qa.condense import by_rules, condense
from qa.disagreement import with_disagreements
from qa.evidence import Evidence, choose
from qa.gate import HOPELESS, answerability
from qa.llm import Llm
from qa.model import Message, ModelTrouble, Usage
from qa.settings import AnswerSettings, Settings
from qa.support import Verdict, is_non_answer
from qa.types import Answer, Delta, Event, RefusalReason, Retrieved, Rewritten, Timings
from qa.wanted import beside_the_point
from qa.writing import Writer

log = logging.getLogger(__name__)

State = Literal["loading", "ready", "failed"]
History = Sequence[tuple[str, str]]
PROMPTS = ("answer_system", "answer", "answerable", "condense", "length/brief", "length/normal", "length/thorough")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known of a question by the time its evidence is in."""

    question: str
    standalone: str
    passages: tuple[Passage, ...]
    probability: float
    started: float
    retrieve_s: float
    manner: AnswerSettings
    leaning: float | None = None


class Assistant:
    """Safe for many threads; the language model serves one question at a time, the others wait.

    `last_prompt` is what the model was last given, for measuring.
    """

    def __init__(self, settings: Settings, articles: Articles, llm: Llm) -> None:
        self.settings = settings
        self.articles = articles
        self.llm = llm
        self.last_prompt: list[Message] = []
        self.fingerprint = self._fingerprint(settings)
        self._state: tuple[State, str] = ("loading", "The models have not been loaded yet.")
        self._warming = threading.Lock()

    @property
    def model_name(self) -> str:
        return self.llm.name

    def state(self) -> tuple[State, str]:
        return self._state

    def warm(self) -> None:
        """Load every model, let the language model read what begins every prompt, and from now on tend the
        vector index. Never raises; `state` tells how it went."""
        with self._warming:
            if self._state[0] == "ready":
                return
            self._state = ("loading", "Loading the models. The first question can be asked already; it waits for them.")
            try:
                self.tend()
                self.articles.warm()
                self.llm.start()
                self.llm.complete([_system(self.settings.answer), ("user", "Hello")], 1)
                self._state = ("ready", "Ready.")
            except Problem as problem:
                self._state = ("failed", str(problem))
                log.warning("%s", problem)
            except Exception:
                self._state = ("failed", "The models could not be loaded because of a bug; the log has the details.")
                log.exception("loading the models failed")

    def tend(self) -> None:
        """From now on keep the vector index up to date, where no other process does."""
        try:
            self.articles.own()
        except Problem as problem:  # a Chroma server that is away, say: the library's own vectors answer until it is back
            log.warning("%s", problem)
        self.articles.keep_settled()

    def answer(self, question: str, history: History = (), filters: Filters = Filters(), today: date | None = None) -> Answer:
        """Ask and wait for the end."""
        *_, last = self.ask(question, history, filters, today)
        assert isinstance(last, Answer)
        return last

    def ask(
        self,
        question: str,
        history: History = (),
        filters: Filters = Filters(),
        today: date | None = None,
        stop: threading.Event | None = None,
        ignored: Sequence[str] = (),
        manner: AnswerSettings | None = None,
    ) -> Iterator[Event]:
        """Rewritten (when it was), Retrieved, Delta…, and an Answer last. Closing the iterator stops the model;
        so does `stop`, set from another thread, and the Answer is then what was written until there. `manner` is how
        this one is to be answered, where that is otherwise than in the settings.

        Raises Problem for a question that cannot be used. A model that fails is no Problem: the answer is
        then the evidence itself, quoted, and says so.
        """
        started = time.monotonic()
        question = checked_question(question)
        manner = manner or self.settings.answer
        if not self.articles.counts()[0]:
            asked = _Asked(question, question, (), 0.0, started, 0.0, manner)
            yield self._refusal(asked, "no_articles")
            return
        standalone = self._standalone(question, history, stop)
        if standalone != question:
            yield Rewritten(standalone)
        passages = tuple(self.articles.search(standalone, filters, today=today, ignored=ignored))
        retrieve_s = time.monotonic() - started
        hints = self.articles.hints(standalone, today)
        yield Retrieved(passages, retrieve_s, hints)
        evidence = choose(passages, manner.share * manner.evidence_tokens)
        usage, trouble, leaning = Usage(), "", None
        probability = answerability(passages)
        with closing(self._considered(standalone, evidence, today, usage, stop, manner)) as reply:
            try:
                if probability > HOPELESS:
                    leaning = _leaning(reply)
                    probability = answerability(passages, leaning)
            except ModelTrouble as silent:
                trouble = str(silent)
            asked = _Asked(question, standalone, passages, probability, started, retrieve_s, manner, leaning)
            if not passages or probability < manner.carefulness:
                yield self._refusal(asked, "no_evidence")
            elif trouble or manner.quotations_only:
                quoted = self._quotation(asked, evidence, Timings(retrieve_s, 0.0, time.monotonic() - started), trouble)
                yield self._to_the_point(asked, with_disagreements(quoted, sources_of(passages, evidence)))
            else:
                yield from self._written(asked, evidence, reply, usage, stop)

    def close(self) -> None:
        try:
            self.llm.close()
        finally:
            self.articles.close()

    def _standalone(self, question: str, history: History, stop: threading.Event | None) -> str:
        try:
            return condense(question, history, lambda messages, most: self.llm.complete(messages, most, stop))
        except ModelTrouble as trouble:
            log.warning("the follow-up was not rewritten: %s", trouble)
            return by_rules(question, history).text

    def leaning(self, question: str, evidence: Evidence, today: date | None = None) -> float | None:
        """How far the model leans to the evidence stating the answer; see `Llm.leaning`."""
        with workers().answering():
            return self.llm.leaning(self._prompt("answerable", question, evidence, today, self.settings.answer))

    def _considered(
        self, question: str, evidence: Evidence, today: date | None, usage: Usage, stop: threading.Event | None, manner: AnswerSettings
    ) -> Generator[float | str | None]:
        """That leaning, then the words of the answer: the two prompts share all but their last line, which the model reads once."""
        self.last_prompt = self._prompt("answer", question, evidence, today, manner)
        with workers().answering():  # adding waits meanwhile: beside it, the model writes at a third of its speed
            asking = self._prompt("answerable", question, evidence, today, manner)
            if manner.quotations_only:
                yield self.llm.leaning(asking, stop)
            else:
                most = manner.share * self.settings.llm.max_tokens
                yield from self.llm.considered([asking], self.last_prompt, usage, most, stop)

    def _written(
        self, asked: _Asked, evidence: Evidence, reply: Iterator[float | str | None], usage: Usage, stop: threading.Event | None
    ) -> Iterator[Event]:
        sources = sources_of(asked.passages, evidence)

        def attributed(sentence: str, hints: Sequence[int]) -> tuple[list[Source], Verdict]:
            if is_non_answer(sentence):
                return [], Verdict("unsupported", 0.0, "the model found no answer")
            return attribute(sentence, sources, asked.standalone, hints)

        writer = Writer(attributed)
        first_token = 0.0
        interrupted = ""
        try:
            for part in reply:
                for shown in writer.feed(part) if isinstance(part, str) else ():
                    first_token = first_token or time.monotonic() - asked.started
                    yield Delta(shown)
        except ModelTrouble as trouble:
            interrupted = str(trouble)
        for shown in writer.finish():
            yield Delta(shown)
        if stop and stop.is_set():
            interrupted = "Stopped before its end."
        elif usage.finish == "length":
            interrupted = answers.CUT_OFF
        timings = Timings(asked.retrieve_s, first_token, time.monotonic() - asked.started, usage.prompt_tokens, usage.completion_tokens)
        yield self._to_the_point(asked, with_disagreements(self._concluded(asked, evidence, writer, timings, interrupted), sources))

    def _prompt(self, name: str, question: str, evidence: Evidence, today: date | None, manner: AnswerSettings) -> list[Message]:
        # The fence keeps article text apart; the instruction stands after it again (A1, delimit and remind).
        told = f"Today is {today:%A}, {today.day} {today:%B %Y}. " if today else ""
        values = {"fence": evidence.fence, "evidence": evidence.text, "closest": evidence.closest, "question": told + question}
        length = {"length": _length(manner)} if name == "answer" else {}
        return [_system(manner), ("user", prompts.render(name, **values, **length))]

    def _concluded(self, asked: _Asked, evidence: Evidence, writer: Writer, timings: Timings, interrupted: str) -> Answer:
        """What was written, when a sentence of it is borne out and has nothing definitely wrong; the evidence itself, quoted, or
        a refusal when not: who asks is better served by the source's words than by an answer known to have another name or figure."""
        borne_out = [s for s in writer.sentences if s.support != "unsupported" and not s.faulty]
        if borne_out:
            share = sum({"supported": 1.0, "partly": 0.5, "unsupported": 0.0}[s.support] for s in writer.sentences) / len(writer.sentences)
            return Answer(
                asked.question, asked.standalone, writer.text, tuple(writer.sentences), asked.passages, False, None,
                asked.probability * (0.5 + 0.5 * share), timings, self._of(asked), interrupted=interrupted,
            )  # fmt: skip
        # The model's "no" alone refuses nothing, nor does a slip of its own; they do where the evidence was doubtful as well: there
        # the quotation was right in none of six, above in three of four (docs/evaluation.md).
        declined = bool(writer.sentences) and all(is_non_answer(s.text) for s in writer.sentences)
        if asked.probability < answers.SURE and (declined or (writer.sentences and asked.leaning is not None and not interrupted)):
            return replace(self._refusal(asked, "unsupported"), timings=timings)
        return self._quotation(asked, evidence, timings, interrupted)

    def _to_the_point(self, asked: _Asked, answer: Answer) -> Answer:
        """The answer, unless it is one to another question."""
        if not beside_the_point(answer, self.articles.get):
            return answer
        return replace(self._refusal(asked, "unsupported"), timings=answer.timings)

    def _quotation(self, asked: _Asked, evidence: Evidence, timings: Timings, interrupted: str) -> Answer:
        return answers.quotation(
            asked.question, asked.standalone, asked.passages, evidence, asked.probability, timings, self._of(asked), interrupted,
            answers.QUOTES if asked.manner.quotations_only else 1,
        )  # fmt: skip

    def _refusal(self, asked: _Asked, reason: RefusalReason) -> Answer:
        timings = Timings(asked.retrieve_s, 0.0, time.monotonic() - asked.started)
        return answers.refusal(asked.question, asked.standalone, asked.passages, reason, asked.probability, timings, self._of(asked))

    def _fingerprint(self, settings: Settings) -> str:
        return settings.fingerprint(**{f"prompt.{name}": prompts.digest(name) for name in PROMPTS})

    def _of(self, asked: _Asked) -> str:
        """The fingerprint of an answer made in this manner."""
        here = asked.manner == self.settings.answer
        return self.fingerprint if here else self._fingerprint(self.settings.model_copy(update={"answer": asked.manner}))


def _system(manner: AnswerSettings) -> Message:
    return "system", prompts.render("answer_system", length=_length(manner))


def _length(manner: AnswerSettings) -> str:
    return prompts.render(f"length/{manner.length}")


def open_articles(settings: Settings) -> Articles:
    """The library of these settings."""
    search = settings.search
    return Articles(
        settings.home, settings.models, embedding=search.embedding, chroma_url=settings.chroma_url,
        candidates=search.candidates, top_k=search.top_k, chunk_tokens=search.chunk_tokens,
        legs=search.legs, rerank=search.rerank,
    )  # fmt: skip


def open_assistant(settings: Settings) -> Assistant:
    """Everything wired; no model is loaded before `warm` or the first question."""
    return Assistant(settings, open_articles(settings), Llm(settings))


def _leaning(reply: Iterator[float | str | None]) -> float | None:
    told = next(reply, None)
    assert not isinstance(told, str)  # it comes first
    return told
