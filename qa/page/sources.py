"""The passages of one question as cards: shown before the model has said a word."""

from __future__ import annotations

from collections.abc import Mapping

from index.types import Passage
from qa.page import words
from qa.page.escape import attribute, cited, marked, text
from qa.page.language import say
from qa.page.turn import Turn
from qa.types import Answer

CLOSEST = 3  # passages shown with a refusal (qa/answers.py says the number)
BEFORE, AFTER = 140, 160  # characters of the passage shown around its best sentence


def column(turn: Turn | None) -> str:
    """The Sources column for the newest question."""
    if turn is None:
        return _quiet("The passages an answer rests on appear here, before its first word.")
    if not turn.passages:
        if turn.busy:
            return _quiet("Searching the articles…")
        if turn.answer is not None:
            return _quiet("No passage was found.")
        return _quiet("Nothing was searched.")
    refused = turn.answer is not None and turn.answer.refused
    markers = _markers(turn.answer)
    shown = _shown(turn)
    cards = "".join(card(p, markers) for p in shown)
    heading = say("Closest passages" if refused else "Sources")
    return _pane(heading, f'<ol class="cards">{cards}</ol>', words.counted(len(shown), "passage"))


def card(passage: Passage, markers: Mapping[str, int]) -> str:
    """One passage: title, outlet, date, relevance, and its best sentence marked."""
    chunk, best = passage.chunk, passage.best_sentence
    marker = markers.get(chunk.article_id)
    number = (
        f'<span class="number cited" title="{say("cited as {number}", number=marker)}">{marker}</span>'
        if marker
        else '<span class="number"></span>'
    )
    strength = words.relevance(passage.relevance)
    also = ""
    if passage.copies:
        also = f'<p class="also">{say("also in: {outlets}", outlets=text(", ".join(passage.copies)))}</p>'
    return (
        f'<li><div class="card" role="button" tabindex="0" data-article="{attribute(chunk.article_id)}"'
        f"{cited(best.start, best.end, best.text)}>{number}"
        f'<p class="title">{text(passage.title)}</p>'
        f'<p class="from">{text(words.origin(passage.source, passage.published, passage.precision))}'
        f'<span class="relevance {strength}" title="{say("relevance {value}", value=words.number(passage.relevance, 2))}">'
        f"<i></i>{say(strength)}{words.reasons(passage)}</span></p>"
        f'<p class="extract">{extract(passage)}</p>{also}</div></li>'
    )


def extract(passage: Passage) -> str:
    """The best sentence marked, with a little of the passage on either side."""
    whole = passage.chunk.text
    start = max(0, passage.best_sentence.start - passage.chunk.start)
    end = min(len(whole), passage.best_sentence.end - passage.chunk.start)
    left = start - BEFORE
    left = 0 if left <= 0 else whole.find(" ", left, start) + 1 or start
    right = end + AFTER
    right = len(whole) if right >= len(whole) else max(end, whole.rfind(" ", end, right))
    shown = marked(whole[left:right], [(start - left, end - left)])
    return f"{'… ' if left else ''}{shown}{' …' if right < len(whole) else ''}"


def strip(turn: Turn) -> str:
    """The same passages in one line under the question, where there is no column beside."""
    markers = _markers(turn.answer)
    items = "".join(_slip(p, markers) for p in _shown(turn))
    return f'<ol class="strip" aria-label="{say("Sources")}">{items}</ol>' if items else ""


def _shown(turn: Turn) -> tuple[Passage, ...]:
    """All that was found; of a refusal only the closest, which is what its text speaks of."""
    return turn.passages[:CLOSEST] if turn.answer is not None and turn.answer.refused else turn.passages


def _slip(passage: Passage, markers: Mapping[str, int]) -> str:
    best, article = passage.best_sentence, passage.chunk.article_id
    return (
        f'<li><button type="button" class="slip" data-article="{attribute(article)}"{cited(best.start, best.end, best.text)}>'
        f"<b>{_number(markers.get(article))}{text(passage.title)}</b>"
        f"<span>{text(words.outlet(passage.source))} · {words.short_day(passage.published, passage.precision)}</span></button></li>"
    )


def _number(marker: int | None) -> str:
    return f'<span class="number cited">{marker}</span>' if marker else ""


def _markers(answer: Answer | None) -> dict[str, int]:
    return {c.article_id: c.marker for c in answer.citations} if answer else {}


def _quiet(said: str) -> str:
    return _pane(say("Sources"), f'<p class="quiet">{say(said)}</p>')


def _pane(heading: str, body: str, count: str = "") -> str:
    aside = f'<span class="count">{count}</span>' if count else ""
    return f'<section class="sources" aria-label="{say("Sources")}"><h2>{heading}{aside}</h2>{body}</section>'
