"""Conversations as HTML: the list on the left, and one as a page to read, print and share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from qa.page import words
from qa.page.conversation import answer_html, differing_html, stream_html
from qa.page.escape import attribute, link, plain, text
from qa.page.language import heard, language, say
from qa.page.turn import Turn
from qa.talks import LONGEST_TITLE, Talk
from qa.types import Citation

SHOWN = 200  # conversations listed at most
LONGEST_EDITED = 60  # characters of the question by which a branch is known
_PRINT = (
    "body{font:17px/1.6 Georgia,serif;max-width:42em;margin:2.5em auto;padding:0 1em;color:#1f1d19;background:#fff}"
    "h1{font-size:1.5em;line-height:1.25}h2{font-size:1.15em;margin:2em 0 .4em}.quiet,small{color:#625d52;font:13px/1.5 sans-serif}"
    ".words{white-space:pre-line}.flag{font:12px sans-serif;color:#875300;margin-left:.4em}sup a{color:#1d4e6b;text-decoration:none}"
    "ol.notes{font-size:.87em;border-top:1px solid #ccc;padding-top:.6em}"
    ".cite{font:600 .65em sans-serif;vertical-align:super;padding:0 .2em}"
    "blockquote{margin:0;border-left:3px solid #ffe680;padding-left:1em}"
    "article{break-inside:avoid-page}a{color:#1d4e6b;overflow-wrap:anywhere}"
)


def listed(talks: Sequence[Talk]) -> str:
    """The list, pinned ones first; each opens, and has its own small menu."""
    if not talks:
        return f'<p class="quiet">{say("Your questions are kept here.")}</p>'
    today = datetime.now(UTC).astimezone().date()
    items = "".join(_item(talk, today == talk.changed.astimezone().date()) for talk in talks[:SHOWN])
    more = f'<p class="quiet">{say("and {count} older ones.", count=words.number(len(talks) - SHOWN))}</p>' if len(talks) > SHOWN else ""
    return f'<ul class="shelf talks">{items}</ul>{more}'


def _item(talk: Talk, today: bool) -> str:
    when = talk.changed.astimezone()
    said = f"{when:%H:%M}" if today else words.short_day(when.date())
    name, at = attribute(talk.title), attribute(talk.id)
    pin = "Unpin" if talk.pinned else "Pin"
    pinned = f"{say('pinned')} · " if talk.pinned else ""
    return (
        f'<li data-words="{attribute(" ".join((talk.title, *talk.questions)).casefold())}">'
        f'<button type="button" class="item" data-open="{at}">'
        f'<span class="title">{text(talk.title)}</span><span class="from">{pinned}{_branched(talk)}'
        f"{words.counted(len(talk.questions), 'question')} · {said}</span></button>"
        f'<details class="menu"><summary aria-label="{say("More about “{title}”", title=name)}">⋯</summary><div data-about="{at}">'
        f'<input name="title" value="{name}" maxlength="{LONGEST_TITLE}" aria-label="{say("Name")}">'
        f'<button type="button" data-talk-do="rename">{say("Rename")}</button>'
        f'<button type="button" data-talk-do="{pin.lower()}">{say(pin)}</button>'
        f'<a href="talks/{at}" target="_blank" rel="noopener">{say("Read-only page")}</a><a href="talks/{at}.md" download>Markdown</a>'
        f'<a href="talks/{at}.json" download>JSON</a><button type="button" data-talk-do="delete">{say("Delete")}</button>'
        '<p class="said" role="status"></p></div></details></li>'
    )


def _branched(talk: Talk) -> str:
    """What tells a branch from the conversation that it has its first questions from: the question that was edited."""
    if not 1 <= talk.branched <= len(talk.questions):
        return ""
    edited = plain(talk.questions[talk.branched - 1])
    shown = edited if len(edited) <= LONGEST_EDITED else f"{edited[:LONGEST_EDITED].rstrip()}…"
    return f"{say('branched: “{question}”', question=text(shown))} · "


def page_of(talk: Talk, turns: Sequence[Turn]) -> str:
    """One conversation as a page by itself: nothing to press, nothing fetched, every citation a note at its end."""
    body = "".join(_printed(turn) for turn in turns)
    when = words.day(talk.changed.astimezone().date())
    return (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta name="robots" content="noindex"><title>{text(talk.title)}</title><style>{_PRINT}</style></head>'
        f'<body><h1>{text(talk.title)}</h1><p class="quiet">article-qa · {when} · {say("read only")}</p>{body}</body></html>'
    )


def _printed(turn: Turn) -> str:
    answer = turn.answer
    if answer is None:
        body, notes = stream_html(turn.written), ""
        under = _unanswered(turn)
    else:
        body, notes = answer_html(answer) + differing_html(answer), _notes(answer.all_citations)
        under = heard(answer.interrupted) or (words.refusal(answer) if answer.refused else words.support(answer.sentences))
    return f'<article><h2>{text(turn.question)}</h2>{body}<p class="quiet">{text(under)}</p>{notes}</article>'


def _notes(citations: Sequence[Citation]) -> str:
    made = "".join(
        f'<li value="{c.marker}">“{text(c.quote)}” <small>{text(c.title)}, {text(words.origin(c.source, c.published))}'
        f"{' · ' + link(c.url, c.url or '') if link(c.url, '') else ''}</small></li>"
        for c in citations
    )
    return f'<ol class="notes">{made}</ol>' if made else ""


def markdown(talk: Talk, turns: Sequence[Turn]) -> str:
    """The conversation with a footnote for every citation, as plain text that any Markdown reader shows harmlessly."""
    lines = [f"# {_md(talk.title)}", ""]
    for turn in turns:
        lines += [f"## {_md(turn.question)}", ""]
        answer = turn.answer
        if answer is None:
            lines += [_md(turn.written), "", f"*{_md(_unanswered(turn))}*", ""]
            continue
        notes = {c: f"{turn.number}-{n}" for n, c in enumerate(answer.all_citations, start=1)}
        said = [
            _md(s.text)
            + "".join(f"[^{notes[c]}]" for c in s.citations)
            + (f" *({_md(words.doubts(s))})*" if s.support != "supported" else "")
            for s in answer.sentences
        ]
        lines += [" ".join(said) if said else _md(heard(answer.text)), ""]
        for disagreement in answer.disagreements:
            lines += [f"{words.differing(disagreement)}:", ""]
            lines += [
                f"- {_md(s.value)}, {_md(words.origin(s.citation.source, s.citation.published))}[^{notes[s.citation]}]"
                for s in disagreement.stated
            ]
            lines.append("")
        for c, name in notes.items():
            where = ", ".join(p for p in (c.title, words.origin(c.source, c.published), c.url or "") if p)
            lines.append(f"[^{name}]: “{_md(c.quote)}” — {_md(where)}")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _unanswered(turn: Turn) -> str:
    return say(words.STOPPED) if turn.written else heard(turn.note) or say("Not answered.")


def _md(value: str) -> str:
    """On one line, and nothing in it is markup."""
    line = " ".join(value.split())
    for sign in "\\`*_[]<>#|~!":
        line = line.replace(sign, f"\\{sign}")
    return line
