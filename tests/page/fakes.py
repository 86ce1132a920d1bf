"""An assistant that says what it is told to, in the shape of the real one.

The sentences it cites stand at the offsets it names. Answers that a
real model gives only sometimes (a refusal, a half-supported sentence) are asked for by a word in the question.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from index.types import Article, Filters, Passage, Span
from qa.settings import AnswerSettings, Settings
from qa.types import Answer, Citation, Delta, Disagreement, Event, Retrieved, Rewritten, Sentence, Stated, Timings
from tests.page.fake_articles import ALL, FakeArticles

if TYPE_CHECKING:
    from qa.assistant import Assistant

__all__ = ["HOSTILE", "FakeArticles", "FakeAssistant", "real", "seeds", "span"]

HOSTILE = (
    "The vault holds ![x](https://evil.example/md.png) seven keys. <img src=https://evil.example/i.png onerror=alert(1)>\n\n"
    "<script>fetch('https://evil.example/s')</script><style>body{background:url(https://evil.example/c)}</style>\n\n"
    "[ref]: https://evil.example/r\n![ref][ref] <svg><image href='https://evil.example/v'/></svg> "
    "<video src=https://evil.example/w>"
    "<form action=https://evil.example/f><input name=q></form> "
    "${fetch('https://evil.example/t')} {{constructor}} <b onclick=1>bold</b> \u202egnp.exe"
)


class FakeAssistant:
    """Answers with the best sentences of what it found. `gate` holds back the first word, `pace` each later one."""

    def __init__(self, articles: FakeArticles, home: Path, *, loading: bool = False) -> None:
        self.settings = Settings(home=home)
        self.model_name = "qwen2.5-1.5b"
        self.closed = threading.Event()
        self.begin(articles, loading=loading)

    def begin(self, articles: FakeArticles, *, loading: bool = False) -> None:
        """As if new, with these articles."""
        self.articles = articles
        self.ready = threading.Event()
        if not loading:
            self.ready.set()
        self.failure = ""
        self.gate = threading.Event()
        self.gate.set()
        self.pace = threading.Semaphore(10_000)
        self.manners: list[AnswerSettings | None] = []
        self.stopped = threading.Event()  # the generator was closed, or told to stop, before its end
        self.stop: threading.Event | None = None  # what the last question can be stopped with
        self.asked: list[tuple[str, list[tuple[str, str]], Filters]] = []
        self.told: list[tuple[date | None, tuple[str, ...]]] = []  # with each of them: the day, what to ignore

    def warm(self) -> None:
        self.ready.wait()

    def state(self) -> tuple[Literal["loading", "ready", "failed"], str]:
        if self.failure:
            return "failed", self.failure
        return ("ready", "") if self.ready.is_set() else ("loading", "Loading the models…")

    def close(self) -> None:
        self.closed.set()

    def answer(self, question: str, history: Sequence[tuple[str, str]] = (), filters: Filters = ALL, today: date | None = None) -> Answer:
        *_, last = self.ask(question, history, filters, today)
        assert isinstance(last, Answer)
        return last

    def ask(
        self,
        question: str,
        history: Sequence[tuple[str, str]] = (),
        filters: Filters = ALL,
        today: date | None = None,
        stop: threading.Event | None = None,
        ignored: Sequence[str] = (),
        manner: AnswerSettings | None = None,
    ) -> Iterator[Event]:
        self.manners.append(manner)
        self.asked.append((question, list(history), filters))
        self.told.append((today, tuple(ignored)))
        self.stop = stop
        if "crash" in question:
            raise RuntimeError("a bug, on purpose")
        finished = False
        try:
            finished = yield from self._events(question, history, filters, today, ignored)
        finally:
            if not finished:
                self.stopped.set()

    def _events(
        self, question: str, history: Sequence[tuple[str, str]], filters: Filters, today: date | None, ignored: Sequence[str]
    ) -> Generator[Event, None, bool]:
        alone, stop = question, self.stop
        if history and re.search(r"\b(it|they)\b", question):
            alone = f"{question} ({history[-1][0]})"
            yield Rewritten(alone)
        passages = tuple(self.articles.search(alone, filters, today=today, ignored=ignored))
        yield Retrieved(passages, 0.05, self.articles.hints(alone, today))
        self.gate.wait(20)
        answer = self._answer(question, alone, passages)
        for piece in re.findall(r"\S+\s*", answer.text if not answer.refused else "It was not the "):
            held = time.monotonic()
            while not self.pace.acquire(timeout=0.05):  # looked up each time: a test may put another in its place
                if (stop and stop.is_set()) or time.monotonic() - held > 20:
                    return False
            yield Delta(piece)
        yield answer
        return True

    def _answer(self, question: str, alone: str, passages: tuple[Passage, ...]) -> Answer:
        made = Answer(question, alone, "", (), passages, False, None, 0.86, Timings(0.05, 0.9, 3.2, 325, 41), "f" * 16)
        if "weather" in question or not passages:
            reason: Any = "no_evidence" if self.articles.kept else "no_articles"
            return replace(made, text="The articles don’t say.", refused=True, refusal_reason=reason, confidence=0.1)
        numbers: dict[str, int] = {}
        sentences = []
        for passage in passages[: 3 if "doubt" in question else 2]:
            best, article = passage.best_sentence, self.articles.get(passage.chunk.article_id)
            number = numbers.setdefault(article.id, len(numbers) + 1)
            cited = Citation(
                number,
                article.id,
                article.title,
                article.source,
                article.url,
                article.published,
                best.start,
                best.end,
                best.text,
            )
            sentences.append(Sentence(best.text, (cited,), "supported"))
        if "doubt" in question:
            sentences[1] = replace(sentences[1], support="partly", why="The articles name the month, not the day.")
            sentences[-1] = Sentence(
                "It followed heavy talks between all the parties.", (), "unsupported", "“heavy talks” is in no passage."
            )
        text = " ".join(f"{s.text}{''.join(f' [{c.marker}]' for c in s.citations)}" for s in sentences)
        interrupted = "The model server stopped half-way. Ask again for the rest." if "halfway" in question else ""
        stated = [Stated(c.quote.split()[0], c) for s in sentences for c in s.citations] if "differ" in question else []
        disagreements = (Disagreement(tuple(stated)),) if stated else ()
        quoted = "quote" in question
        return replace(made, text=text, sentences=tuple(sentences), quoted=quoted, interrupted=interrupted, disagreements=disagreements)


def real(fake: FakeAssistant) -> Assistant:
    """The fake where the real one is asked for."""
    return cast("Assistant", fake)


def span(text: str, words: str) -> Span:
    start = text.index(words)
    return Span(start, start + len(words), words)


def seeds(folder: Path) -> list[Article]:
    """The seed articles, read the short way: `key: value` lines between two rules, then the text."""
    made = []
    for path in sorted(folder.glob("*.md")):
        if path.stem == "README":
            continue
        _, front, text = path.read_text("utf-8").split("---\n", 2)
        facts = dict(line.split(": ", 1) for line in front.strip().splitlines() if ": " in line)
        made.append(
            Article(
                path.stem,
                facts["title"],
                text.strip(),
                facts["source"],
                facts.get("author"),
                facts.get("url"),
                date.fromisoformat(facts["published"]),
            )
        )
    return made
