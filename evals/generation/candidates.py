"""One case made from one passage: what the model wrote, and whether it may stay."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import prompts
from evals.matching import contains, normal
from index.sentences import split_sentences
from index.types import Article, Chunk
from qa.evidence import choose
from qa.facts import content, figures, names
from qa.gate import answerability

if TYPE_CHECKING:
    from index.articles import Articles
    from qa.assistant import Assistant

LONGEST_REPLY = 100  # tokens
LONGEST_ANSWER = 10  # words: a longer one hardly stands in an answer that is worded otherwise
FEWEST_WORDS, MOST_WORDS = 4, 40  # of a question
FIRST = 5  # articles among which the search has to find the one asked about
SIMILAR = 0.7  # of the words of two questions, and they are one

# Why a candidate is dropped, in the order in which it is looked at.
UNREADABLE = "the model's reply was not a question (with its answer)"
LEANING = "the question does not stand alone"
ELSEWHERE = "the question names nothing of the article"
ALIKE = "much like a question that is kept already"
LONG = "the answer says nothing, or is too long"
GIVEN = "the answer stands in the question"
ABSENT = "the answer stands in no sentence of the passage"
NOT_FOUND = f"searching with it does not find the article among the first {FIRST}"
ANSWERED = "the articles seem to answer it after all"

_LABEL = r"^[\W\d_]*{}[\W\d_]*?:[\W_]*?([^\W_].*)$"
# "its" and the like lean on nothing where a name stands before them in the same question.
_OWNED = re.compile(r"\b(?:its|his|her|their)\b", re.IGNORECASE)
_SAID_BEFORE = re.compile(
    r"\b(?:he|him|his|she|hers?|it|its|they|them|their|theirs|this|these|those|that(?=\?)|that (?:one|day|time|year)|then(?!-)|here|we|our"
    r"|the (?:same|other|former|latter)|there(?<!\bis there)(?<!\bare there)(?<!\bwas there)(?<!\bwere there))\b",
    re.IGNORECASE,
)
_EMPTY_IT = re.compile(r"\b(?:is|was) it (?:true|known|possible|clear)\b", re.IGNORECASE)
_THE_TEXT = re.compile(
    r"\b(?:the|an?|this|that|your)\s(?:\w+\s)?(?:article|text|passage|excerpt|paragraph|snippet|author|writer|document|report|story)s?\b"
    r"(?!\s(?:of|by|on|from|about|for)\b)|\b(?:mentioned|described|given) (?:above|below|here)\b|\bmentioned(?=\?)",
    re.IGNORECASE,
)
_ASKS = frozenset("who whom whose what which when where why how many much long far old".split())


@dataclass(frozen=True, slots=True)
class Candidate:
    """What came of one passage. `why` it was dropped, empty when it is kept; `quote` is the sentence, in the article's
    exact words, that holds the answer; a question to `refuse` has neither quote nor answer."""

    passage: str
    refuse: bool
    question: str = ""
    answer: str = ""
    quote: str = ""
    why: str = ""


def answerable(assistant: Assistant, article: Article, chunk: Chunk, kept: Sequence[str]) -> Candidate:
    """A question that the passage answers. `kept` are the questions there are already. Raises ModelTrouble."""
    reply = _reply(assistant, "generate/question", article, chunk)
    question, answer = read_field("question", reply), read_field("answer", reply).rstrip(".")
    quote = holding(chunk, question, answer)

    def faults() -> Iterator[tuple[str, bool]]:
        yield UNREADABLE, not (question and answer)
        yield from _wording(question, article, kept)
        yield LONG, not (content(answer) or figures(answer)) or len(normal(answer)) > LONGEST_ANSWER
        yield GIVEN, set(normal(answer)) <= set(normal(question))
        yield ABSENT, not quote
        yield NOT_FOUND, not _finds(assistant.articles, question, article)

    return Candidate(chunk.id, False, question, answer, quote, _first(faults()))


def unanswerable(assistant: Assistant, article: Article, chunk: Chunk, kept: Sequence[str]) -> Candidate:
    """A question about the same things that no article answers, as far as search, gate and model can tell. Raises ModelTrouble."""
    question = read_field("question", _reply(assistant, "generate/beyond", article, chunk))

    def faults() -> Iterator[tuple[str, bool]]:
        yield UNREADABLE, not question
        yield from _wording(question, article, kept)
        yield ANSWERED, _evidence(assistant, question)

    return Candidate(chunk.id, True, question, why=_first(faults()))


def read_field(name: str, reply: str) -> str:
    """What a line "Name: …" of the reply says, without quotation marks and the like around it; "" where there is none."""
    found = re.search(_LABEL.format(name), reply, re.IGNORECASE | re.MULTILINE)
    return " ".join(found.group(1).split()).strip(" *_`\"“”'") if found else ""


def stands_alone(question: str) -> bool:
    """Whether one who has read nothing else knows what is asked."""
    if not question.endswith("?") or question.count("?") > 1 or not FEWEST_WORDS <= len(question.split()) <= MOST_WORDS:
        return False
    named = [question.find(name) for name in names(question).values()]
    told = _EMPTY_IT.sub(" ", question)
    if named:
        told = told[: min(named)] + _OWNED.sub(" ", told[min(named) :])
    return not (_SAID_BEFORE.search(told) or _THE_TEXT.search(told))


def is_about(question: str, article: Article) -> bool:
    """Whether half of what the question speaks of is in the article, a name or two other words at least."""
    known = {*content(article.text), *content(article.title)}
    asked = set(content(question))
    shared = asked & known
    return 2 * len(shared) >= len(asked) and (len(shared) > 1 or bool(names(question).keys() & known))


def alike(one: str, other: str) -> bool:
    """Whether two questions ask the same in about the same words."""
    mine, theirs = _asked(one), _asked(other)
    return len(mine & theirs) >= SIMILAR * len(mine | theirs)


def holding(chunk: Chunk, question: str, answer: str) -> str:
    """The sentence of the passage that holds the answer; of several, the one most like the question; "" where none does."""
    spans = [span.text for span in split_sentences(chunk.text, chunk.start) if contains(span.text, ((answer,),))]
    asked = set(content(question))
    return max(spans, key=lambda text: len(asked.intersection(content(text))), default="")


def _wording(question: str, article: Article, kept: Sequence[str]) -> Iterator[tuple[str, bool]]:
    yield LEANING, not stands_alone(question)
    yield ELSEWHERE, not is_about(question, article)
    yield ALIKE, any(alike(question, other) for other in kept)


def _first(faults: Iterator[tuple[str, bool]]) -> str:
    """The first fault that is one; what costs a search comes last and is looked at only then."""
    return next((why for why, is_so in faults if is_so), "")


def _asked(question: str) -> set[str]:
    return {*content(question), *figures(question), *_ASKS.intersection(question.casefold().replace("?", "").split())}


def _reply(assistant: Assistant, prompt: str, article: Article, chunk: Chunk) -> str:
    fence = f"#{secrets.token_hex(4)}"  # unknown to whoever wrote the article
    told = prompts.render(prompt, fence=fence, title=article.title, passage=chunk.text)
    return assistant.llm.complete([("user", told)], LONGEST_REPLY)


def _finds(articles: Articles, question: str, article: Article) -> bool:
    """Whether the article, or a near-copy it was folded into, is among the first."""
    found = articles.search(question, top_k=2 * FIRST)  # an article may be found by several passages
    first = list(dict.fromkeys(p.chunk.article_id for p in found))[:FIRST]
    copies = {copy for p in found if p.chunk.article_id in first for copy in p.copies}
    return article.id in first or (article.source or article.title) in copies


def _evidence(assistant: Assistant, question: str) -> bool:
    """Whether the articles may answer the question: by the gate alone, or else by the model, when it can tell."""
    found = assistant.articles.search(question)
    settings = assistant.settings.answer
    if answerability(found) >= settings.carefulness:
        return True
    evidence = choose(found, settings.evidence_tokens)
    leaning = assistant.leaning(question, evidence) if evidence.blocks else None
    return leaning is not None and leaning >= 0.0
