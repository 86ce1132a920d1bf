"""A question → the searches it needs: itself, and each part of a comparison or of several questions in one.

By rules, since a part that is split wrongly costs one search in vain, and a model costs seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from index.question.comparisons import compared, each
from index.question.coordination import masked
from index.types import Passage
from index.words import STOP_WORDS, terms

HEARD = 5  # passages: what an answer is mostly written from
PARTS = 4  # beside the whole question; each costs a search
LONGEST = 1_200  # characters: what is longer is a text, and no question with parts
_ASKING = r"(?:who|whom|whose|what|when|where|why|how|which|in what|in which)"
_VERB = r"(?:is|was|are|were|has|had|have|did|does|do|can|could|will|would|should)"
_NAME = r"[A-Z0-9][\w.’'&-]*(?: (?:\| )?(?:(?:of|the|and|for|on) )?[A-Z0-9][\w.’'&-]*){0,5}"
_KIND = r"(?:articles?|reports?|reporting|pieces?|story|coverage|review|interview|post|column|analysis)"
_ARTICLE = re.compile(
    rf"(?:\b[Tt]he |\b[Aa]n? |\b[Aa]nother )?(?:(?<![\w.]){_NAME}(?:['’]s?)?) (?:\w+ )?{_KIND}\b"
    rf"|(?:\b[Tt]he |\b[Aa]n? |\b[Aa]nother )?\b(?:\w+ )?{_KIND} (?:\w+ ){{0,2}}(?:from|by|in|of|at) (?:[Tt]he )?{_NAME}"
)
_SHARED = re.compile(
    r",?\s+\b(?:both|each|agree|disagree|differ|align|contrast|contradict|concur|report the same|have in common|consistent|similar)\b(.*)$"
)
_LOOSE = re.compile(
    r"^(?:[\s,;:]|\b(?:and|but|or|while|whereas|both|between|that|when|does|did|do|with)\b)+"
    r"|(?:[\s,;:.?]|\b(?:and|but|or|while|whereas|when|both|between|with|to|versus|before|after|compared|published|the|an?|in)\b)+$",
    re.IGNORECASE,
)
_CONTRAST = re.compile(
    r"[,;]\s+while\s+|[,;]?\s+(?:whereas|as opposed to|in contrast to|(?:as )?compared (?:to|with)|versus|vs\.?)\s+", re.IGNORECASE
)
_WHILE = re.compile(r"(?<=\w)\s+while\s+(?!\w+ing\b)", re.IGNORECASE)
_ASKED = re.compile(
    rf"(?:\W|and\b|but\b|also\b|or\b)*(?:{_ASKING}|{_VERB}|tell|explain|describe|give|list|name|show|compare)\b", re.IGNORECASE
)
_ASKS = re.compile(rf"(?:^{_VERB}|\b{_ASKING})\b", re.IGNORECASE)
_CLAUSE = re.compile(rf"[,;]?\s+(?:and|but|or)\s+(?=(?:also\s+|then\s+)?(?:{_ASKING}|did|does)\b)|;\s+(?={_ASKING}\b)", re.IGNORECASE)
_ORDER = re.compile(r",?\s+\b(?:before|after|prior to|earlier than|later than)\s+", re.IGNORECASE)
_PREDICATE = re.compile(rf",\s+(?:and\s+)?(?:also\s+)?(?={_VERB}\b)|\s+and\s+(?:also\s+)?(?=(?:is|was|has|had|are|were)\b)", re.IGNORECASE)
_HEAD = re.compile(rf"(?:who|(?:which|what)\s+(?:\w[\w’'-]*\s+){{1,4}}?)(?=\s*\b(?:{_VERB}|that|who)\b)", re.IGNORECASE)
_LEANING = re.compile(r"\b(?:he|him|his|she|hers?|it|its|they|them|their|theirs|this|these|those|ones?|so)\b", re.IGNORECASE)
_PROPER = re.compile(rf"(?<!^)(?<![.?!] )\b{_NAME}")


def needs(question: str) -> tuple[str, ...]:
    """The question itself, then at most four parts of it that can be searched for apart; itself alone where it has one need.

    "How did A and B each rate C?" needs "How did A rate C?" and "How did B rate C?". Never raises.
    """
    said = " ".join(question.split())
    if len(said) > LONGEST:
        return (question,)
    for split in _RULES:
        parts = [part for part in split(said) if _content(part)]
        kept = list({" ".join(terms(part)): part for part in reversed(parts) if terms(part) != terms(said)}.values())[::-1]
        if len(kept) > 1:
            return (question, *kept[:PARTS])
    return (question,)


def merge(rankings: Sequence[Sequence[Passage]], top_k: int) -> list[Passage]:
    """What the searches for the needs of one question found, as one ranking of at most `top_k`, ranked anew.

    In the order of the first search, the whole question's, and behind it what only the others found, by relevance. The best
    of each other search stands among the first `HEARD` all the same: no part of a question is without a source because
    another part has many. A passage that several found has its highest relevance.
    """
    best: dict[str, Passage] = {}
    for passage in (p for ranking in rankings for p in ranking):
        known = best.get(passage.chunk.id)
        if known is None or passage.relevance > known.relevance:
            best[passage.chunk.id] = passage
    order = list(dict.fromkeys(p.chunk.id for p in (rankings[0] if rankings else ())))
    order += sorted(best.keys() - set(order), key=lambda i: (-best[i].relevance, i))
    missing = {ranking[0].chunk.id for ranking in rankings if ranking}
    size = min(max(HEARD, len(missing)), top_k)
    head: list[str] = []
    for i in order:
        if i in missing or len(head) + len(missing) < size:
            head.append(i)
            missing.discard(i)
    order = [*head, *(i for i in order if i not in set(head))]
    return [replace(best[i], rank=rank) for rank, i in enumerate(order[: max(0, top_k)], 1)]


def _content(text: str) -> list[str]:
    return [word for word in terms(text) if word not in STOP_WORDS]


def _cut(text: str, at: re.Pattern[str], most: int = PARTS) -> list[str]:
    """The text between the matches; what stands in names and quotes is no match."""
    found, start = [], 0
    for gap in list(at.finditer(masked(text)))[: most - 1]:
        found.append(text[start : gap.start()])
        start = gap.end()
    return [*found, text[start:]]


def _alone(parts: Sequence[str], least: int = 2) -> list[str]:
    """The parts as they stand alone: one that says "he" or "it" gets what was said before. None where one says too little."""
    found: list[str] = []
    for part in (p.strip(" ,;") for p in parts):
        leans = bool(found) and bool(_LEANING.search(part))
        if len(_content(part)) < (1 if leans else least):
            return []
        found.append(f"{part.rstrip('?. ')} ({_said(found, part)})?" if leans else part)
    return found


def _said(before: Sequence[str], part: str) -> str:
    """What a part that leans leans on: the names, and all words that tell something where it has few of its own."""
    names = [re.sub(r"['’]s$", "", n[0]) for text in before for n in _PROPER.finditer(text) if n[0] != "I"]
    if names and len(_content(part)) > 2:
        return ", ".join(dict.fromkeys(names[:3]))
    return " ".join([word for word in re.findall(r"[\w’'.-]+", before[0]) if _content(word)][:8])


def _sentences(question: str) -> list[str]:
    """Who won A? Who lost B?"""
    asked = [part.strip(" ?") for part in _cut(question, re.compile(r"\?+(?:\s+|$)"), most=10)]
    return _alone([f"{part}?" for part in asked if _ASKED.match(part)])


def _articles(question: str) -> list[str]:
    """… the article from A on X and the report by B on Y …"""
    told = list(_ARTICLE.finditer(question))
    told = [found for n, found in enumerate(told) if not n or found.start() - told[n - 1].start() > 12]
    if len(told) < 2:
        return []
    ends = [*(found.start() for found in told[1:]), len(question)]
    shared = _SHARED.search(question, told[-1].end())
    of_all = ""
    if shared:
        ends[-1] = shared.start()
        of_all = shared[1].strip(" ,?.") if len(_content(shared[1])) > 1 else ""
    asked = " ".join(_content(question[: told[0].start()]))
    about = _LOOSE.sub("", question[told[-1].end() : ends[-1]])
    parts = []
    for found, end in zip(told, ends, strict=True):
        part = _LOOSE.sub("", question[found.start() : end])
        if not _content(question[found.end() : end]):  # the outlet alone: what it is asked about stands elsewhere
            part = " ".join(filter(None, (part, about, asked)))
        parts.append(f"{part} {of_all}".strip())
    return parts if all(len(_content(part)) > 2 for part in parts) else []


def _contrasted(question: str) -> list[str]:
    """Did X say …, while Y …?"""
    if not _ASKED.match(question):
        return []
    parts = _cut(question, _CONTRAST)
    if len(parts) < 2 and re.match(rf"{_VERB}\b", question, re.IGNORECASE):
        parts = _cut(question, _WHILE)
    return _alone(parts, 3)


def _clauses(question: str) -> list[str]:
    """Who won A and who lost B?"""
    parts = _cut(question, _CLAUSE)
    return _alone(parts) if _ASKS.search(parts[0]) else []  # else what stands first is told, not asked


def _ordered(question: str) -> list[str]:
    """Did A happen before B?"""
    if not re.match(r"(?:did|was|were|has|had|have)\b", question, re.IGNORECASE):
        return []
    return _alone(_cut(question, _ORDER, 2), 3)


def _predicates(question: str) -> list[str]:
    """Which company was sued for X, has bought Y and is Z?"""
    head = _HEAD.match(question)
    if not head:
        return []
    first, *others = _cut(question, _PREDICATE)
    return _alone([first, *(f"{head[0].strip()} {other}" for other in others)], 3) if others else []


_RULES: tuple[Callable[[str], list[str]], ...] = (
    _sentences, _articles, _contrasted, _clauses, compared, each, _ordered, _predicates,
)  # fmt: skip
