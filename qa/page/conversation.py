"""Turns as HTML: the stream while it is written, then the answer with its citations and its checks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from index.types import Precision
from qa.answers import CUT_OFF
from qa.page import chips, words
from qa.page.escape import attribute, cited, text
from qa.page.language import heard, say
from qa.page.sources import strip
from qa.page.turn import Turn
from qa.types import Answer, Citation, Sentence

_MARKER = re.compile(r"\s*\[(\d{1,3})\]")
_HALF_MARKER = re.compile(r"\s*\[\d{0,3}$")
_STAGES = {
    "waiting": "Waiting…",
    "searching": "Searching the articles…",
    "reading": "Reading the passages…",
    "writing": "Writing…",
    "checking": "Checking what was written…",
}


def past(turns: Sequence[Turn]) -> str:
    """The finished turns, oldest first. What they preferred is told, but no more changed: later turns lean on their answers."""
    return "".join(turn_html(t, newest=False) for t in turns)


def turn_html(turn: Turn, *, newest: bool = True) -> str:
    """One turn: the question, what was read into it, the answer, and how well it is borne out."""
    body = answer_html(turn.answer) + differing_html(turn.answer) if turn.answer else stream_html(turn.written)
    asides = [say("read as “{question}”", question=text(turn.standalone))] if turn.standalone and turn.standalone != turn.question else []
    if turn.filters:
        asides.append(text(words.narrowed(turn.filters, turn.about)))
    if turn.model:
        asides.append(say("by {model}", model=text(turn.model)))
    aside = f'<p class="aside">{" · ".join(asides)}</p>' if asides else ""
    return (
        f'<article class="turn {turn.stage}" data-turn="{turn.number}" data-talk="{attribute(turn.talk)}" data-stage="{turn.stage}">'
        f'<div class="asked"><h3 class="question">{text(turn.question)}</h3>{_edit(turn)}</div>'
        f"{aside}{strip(turn)}{chips.preferences(turn, newest=newest)}"
        f'<div class="answer">{body}</div><div class="under">{status_html(turn)}</div>{_deeds(turn, newest)}</article>'
    )


def stream_html(written: str) -> str:
    """The stream so far: markers as plain raised numbers, a marker still arriving not at all."""
    shown = _HALF_MARKER.sub("", written)
    parts, done = [], 0
    for found in _MARKER.finditer(shown):
        parts.append(f'{text(shown[done : found.start()])}<span class="cite plain">{found[1]}</span>')
        done = found.end()
    parts.append(text(shown[done:]))
    inner = "".join(parts)
    return f'<div class="words stream">{inner}</div>' if inner else ""


def answer_html(answer: Answer) -> str:
    """The finished answer: every sentence with its chips; what is not supported looks and says so."""
    if answer.refused:
        return f'<div class="words refusal">{text(heard(answer.text))}</div>'
    parts: list[str] = []
    precisions = {p.chunk.article_id: p.precision for p in answer.passages}
    for gap, sentence in zip(_gaps(answer), answer.sentences, strict=True):
        parts.append(f"{gap}{sentence_html(sentence, precisions)}")
    inner = "".join(parts) or text(answer.text)
    if answer.quoted:
        return f'<blockquote class="words quoted"><p class="lead">{say(words.QUOTED)}</p>{inner}</blockquote>'
    return f'<div class="words">{inner}</div>'


def differing_html(answer: Answer) -> str:
    """What other articles give in place of what the answer says, a line for each with its outlet, day and words; newest first."""
    precisions = {p.chunk.article_id: p.precision for p in answer.passages}
    tables = []
    for disagreement in answer.disagreements:
        lines = []
        for stated in disagreement.stated:
            precision = precisions.get(stated.citation.article_id, "day")
            where = words.origin(stated.citation.source, stated.citation.published, precision)
            lines.append(f'<tr><th scope="row">{text(stated.value)}</th><td>{text(where)}{chip(stated.citation, precision)}</td></tr>')
        tables.append(f'<table class="differing"><caption>{words.differing(disagreement)}</caption>{"".join(lines)}</table>')
    return "".join(tables)


def sentence_html(sentence: Sentence, precisions: Mapping[str, Precision] = MappingProxyType({})) -> str:
    """One sentence, its chips, and a word after it when it is not fully supported. `precisions` are of the articles' dates."""
    cites = "".join(chip(c, precisions.get(c.article_id, "day")) for c in _first_of_each(sentence.citations))
    if sentence.support == "supported":
        return f'<span class="sentence">{text(sentence.text)}{cites}</span>'
    word = say("partly supported" if sentence.support == "partly" else "not in the articles")
    why = words.doubts(sentence)
    return (
        f'<span class="sentence {sentence.support}" data-support="{sentence.support}">{text(sentence.text)}{cites}'
        f'<span class="flag" tabindex="0" data-why="{attribute(why)}" aria-label="{word}: {attribute(why)}">{word}</span></span>'
    )


def chip(citation: Citation, precision: Precision = "day") -> str:
    """A raised number that opens the article at the cited words."""
    where = words.origin(citation.source, citation.published, precision)
    named = say("Citation {number}", number=citation.marker)
    return (
        f'<a class="cite" role="button" tabindex="0" data-article="{attribute(citation.article_id)}"'
        f'{cited(citation.start, citation.end, citation.quote)} data-quote="{attribute(citation.quote)}"'
        f' data-from="{attribute(where)}"'
        f' aria-label="{named}: {attribute(citation.title)}, {attribute(where)}">{citation.marker}</a>'
    )


def status_html(turn: Turn) -> str:
    """The quiet line under an answer."""
    if turn.busy:
        # page.js announces this line to screen readers; the text as it streams is not announced.
        return f'<p class="status busy"><i></i>{text(heard(turn.note) or say(_STAGES[turn.stage]))}</p>'
    if turn.stage == "stopped":
        return f'<p class="status stopped">{say(words.STOPPED if turn.written else "Stopped.")}</p>'
    if turn.answer is None:
        return f'<p class="status failed">{text(heard(turn.note))}</p>'
    answer = turn.answer
    lines = []
    if answer.interrupted:
        lines.append(f'<p class="status partly">{text(heard(answer.interrupted))}</p>')
    if answer.refused:
        lines.append(f'<p class="status refused">{words.refusal(answer)}</p>')
    elif answer.sentences:
        worst = _worst(answer.sentences)
        lines.append(
            f'<p class="status {worst}" title="{_measured(answer)}">'
            f'<i></i>{words.support(answer.sentences)}<span class="took">{words.number(answer.timings.total_s, 1)} s</span></p>'
        )
    return "".join(lines)


def _edit(turn: Turn) -> str:
    """The way to ask otherwise; what was not even taken is still in the box below."""
    if turn.busy or not turn.taken:
        return ""
    named = say("Edit “{question}”", question=attribute(turn.question))
    return f'<button type="button" class="edit" data-edit aria-label="{named}">{say("Edit")}</button>'


def _deeds(turn: Turn, newest: bool) -> str:
    """What can be done with a finished turn: take its words away, or have it asked again."""
    if turn.busy or not turn.taken:
        return ""
    made = []
    if turn.answer and not turn.answer.refused:
        made += [
            f'<button type="button" data-copy="plain">{say("Copy")}</button>',
            f'<button type="button" data-copy="cited">{say("Copy with citations")}</button>',
        ]
    if turn.answer:
        made += [
            f'<button type="button" data-good="{good}" aria-pressed="{str(turn.good is (good == "yes")).lower()}">{say(word)}</button>'
            for good, word in (("yes", "Good"), ("no", "Bad"))
        ]
    if newest:
        whole = turn.stage == "done" and turn.answer and not turn.answer.interrupted
        if turn.filters and turn.answer and turn.answer.refused:
            made.append(f'<button type="button" data-again="wider">{say("Ask all articles")}</button>')
        if turn.answer and turn.answer.interrupted == CUT_OFF and (turn.manner is None or turn.manner.length != "thorough"):
            made.append(f'<button type="button" data-again="longer">{say("Answer at greater length")}</button>')
        made.append(f'<button type="button" data-again>{say("Ask again" if whole else "Try again")}</button>')
    return f'<p class="deeds">{"".join(made)}</p>' if made else ""


def _measured(answer: Answer) -> str:
    t = answer.timings
    return say(
        "confidence {confidence}; passages after {found} s, first word after {first} s; {read} tokens read, {written} written",
        confidence=words.number(answer.confidence, 2), found=words.number(t.retrieve_s, 1), first=words.number(t.first_token_s, 1),
        read=t.prompt_tokens, written=t.completion_tokens,
    )  # fmt: skip


def _worst(sentences: Sequence[Sentence]) -> str:
    found = {s.support for s in sentences}
    return "unsupported" if "unsupported" in found else "partly" if "partly" in found else "supported"


def _first_of_each(citations: Sequence[Citation]) -> list[Citation]:
    """One chip for each number; more quotes under the same number keep their own chip only if they are elsewhere."""
    seen: set[tuple[int, int, int]] = set()
    kept = []
    for citation in citations:
        key = (citation.marker, citation.start, citation.end)
        if key not in seen:
            seen.add(key)
            kept.append(citation)
    return kept


def _gaps(answer: Answer) -> list[str]:
    """The white space before each sentence as it stands in the text: line breaks stay, all else is one space."""
    gaps, done = [], 0
    for index, sentence in enumerate(answer.sentences):
        at = answer.text.find(sentence.text, done)
        between = answer.text[done:at] if at >= 0 else " "
        done = at + len(sentence.text) if at >= 0 else done
        gaps.append("" if index == 0 else "\n\n" if "\n\n" in between else "\n" if "\n" in between else " ")
    return gaps
