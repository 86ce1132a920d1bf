"""The events of one question. `Assistant.ask` yields them; the last is always an `Answer`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from index.question.hints import Hint
from index.types import Passage

Support = Literal["supported", "partly", "unsupported"]
RefusalReason = Literal["no_evidence", "unsupported", "no_articles"]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The question as it stands alone, once the conversation has been read into it."""

    question: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages found, best first, before the model has said a word."""

    passages: tuple[Passage, ...]
    seconds: float
    hints: tuple[Hint, ...] = ()  # what the question said about where to look, followed or `ignored`


@dataclass(frozen=True, slots=True)
class Delta:
    """More of the answer: `text` is appended to what was shown before."""

    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """Exact words of an article: `article.text[start:end] == quote`.

    `marker` is the number shown as `[n]`, given in order of first use; one number is one article
    in the whole answer.
    """

    marker: int
    article_id: str
    title: str
    source: str | None
    url: str | None
    published: date | None
    start: int
    end: int
    quote: str

    def as_json(self) -> dict[str, object]:
        return {
            "marker": self.marker,
            "article_id": self.article_id,
            "title": self.title,
            "source": self.source,
            "url": self.url,
            "published": self.published.isoformat() if self.published else None,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
        }


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, without markers, and how its citations bear it out.

    `why` says in plain words what is missing when `support` is not "supported"; `faulty`, that it is something definite.
    """

    text: str
    citations: tuple[Citation, ...]
    support: Support
    why: str = ""
    faulty: bool = False

    def as_json(self) -> dict[str, object]:
        return {
            "text": self.text,
            "support": self.support,
            "why": self.why,
            "citations": [c.as_json() for c in self.citations],
        }


@dataclass(frozen=True, slots=True)
class Stated:
    """A value as an article writes it ("2,975", "4 July 1900"), and the words it stands in."""

    value: str
    citation: Citation

    def as_json(self) -> dict[str, object]:
        return {"value": self.value, "citation": self.citation.as_json()}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What different articles give for the same thing, at least two, the newest article first; one of them is what the answer says."""

    stated: tuple[Stated, ...]

    def as_json(self) -> list[dict[str, object]]:
        return [s.as_json() for s in self.stated]


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds since the question was asked, and tokens as the model server counted them."""

    retrieve_s: float = 0.0
    first_token_s: float = 0.0
    total_s: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def as_json(self) -> dict[str, object]:
        return {
            "retrieve_s": round(self.retrieve_s, 4),
            "first_token_s": round(self.first_token_s, 4),
            "total_s": round(self.total_s, 4),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole outcome of one question: page, terminal, API, export and evals show this object.

    `text` is what was said with `[n]` markers. When `refused`, `sentences` is empty, `text` is the
    refusal and `passages` still holds the closest ones. `interrupted` says that the model was
    stopped or failed half-way, in plain words; `quoted` that the model's own words gave way to the
    evidence itself.
    """

    question: str
    standalone_question: str
    text: str
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]
    refused: bool
    refusal_reason: RefusalReason | None
    confidence: float
    timings: Timings
    fingerprint: str
    quoted: bool = False
    interrupted: str = ""
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(c for s in self.sentences for c in s.citations)

    @property
    def all_citations(self) -> tuple[Citation, ...]:
        """Those of its sentences, and of what other articles state instead; each once."""
        return tuple(dict.fromkeys((*self.citations, *(s.citation for d in self.disagreements for s in d.stated))))

    def as_json(self) -> dict[str, object]:
        """The answer of contract.md."""
        return {
            "question": self.question,
            "standalone_question": self.standalone_question,
            "refused": self.refused,
            "refusal_reason": self.refusal_reason,
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "sentences": [s.as_json() for s in self.sentences],
            "passages": [p.as_json() for p in self.passages],
            "timings": self.timings.as_json(),
            "fingerprint": self.fingerprint,
            "quoted": self.quoted,
            "interrupted": self.interrupted,
            "disagreements": [d.as_json() for d in self.disagreements],
        }


Event = Rewritten | Retrieved | Delta | Answer
