"""A whole article with the cited words marked, as the fragment that the Reader shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from index.problem import Problem
from index.types import Article, Row, Version
from qa.page import facts, words
from qa.page.escape import attribute, link, marked, text
from qa.page.language import heard, say

_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_HEADING = re.compile(r"#{1,6}[^\S\n]+")
MOST_VERSIONS = 20  # shown
_CITED = '<mark class="cited">'
_GONE = "The words cited stand in no text of this article that was kept. This is how it reads now."


class Shelf(Protocol):
    """The part of `index.articles.Articles` that reading needs."""

    def get(self, article_id: str, version: int | None = None) -> Article: ...
    def cited(self, article_id: str, start: int, end: int, quote: str) -> tuple[Article, bool]: ...
    def versions(self, article_id: str) -> list[Version]: ...
    def story(self, article_id: str) -> list[Row]: ...
    def origins(self, article_id: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class About:
    """What stands around a text: why it is not the present one, its versions and which this is, who else tells the story, where it was
    read from."""

    note: str = ""
    old: bool = False
    others: Sequence[Row] = ()
    origins: Sequence[str] = ()
    editable: bool = False
    versions: Sequence[Version] = ()
    number: int = 0


def opened(
    shelf: Shelf, article_id: str, start: int | None, end: int | None, quote: str | None, version: int | None = None
) -> str:  # fmt: skip
    """The article as it was cited where there is a `quote`, in a `version` by its number, else as it is. Raises Problem when it is gone."""
    note, old = "", False
    versions = shelf.versions(article_id)
    number = version if version is not None and any(v.number == version for v in versions) else versions[0].number
    try:
        if number != versions[0].number:
            article, old, start, end = shelf.get(article_id, number), True, None, None
        elif quote and start is not None and end is not None:
            article, old = shelf.cited(article_id, start, end, quote)
        else:
            article = shelf.get(article_id)
    except Problem:
        article = shelf.get(article_id)  # raises where it is gone altogether
        note, start, end = say(_GONE), None, None
    if old and number != versions[0].number:
        note = say("This is an earlier text of this article.")
    elif old:
        was = next((v for v in versions if _is(shelf, v, article)), None)
        note = say("This is the text as it was cited; the article has changed since.")
        if was:
            number = was.number
            note = say("This is the text of {day} as it was cited; the article has changed since.", day=_since(was))
    others = [r for r in shelf.story(article_id) if r.id != article_id]
    about = About(note, old, others, shelf.origins(article_id), editable=not old, versions=versions, number=number)
    return fragment(article, start, end, about)


def _since(version: Version) -> str:
    return words.day(date.fromisoformat(version.since[:10])) if version.since else words.day(None)


def _is(shelf: Shelf, version: Version, article: Article) -> bool:
    """Whether `article` is that earlier version; lengths first, for texts are long."""
    return version.until is not None and version.chars == len(article.text) and shelf.get(article.id, version.number).text == article.text


def fragment(article: Article, start: int | None = None, end: int | None = None, about: About = About()) -> str:
    """`article` with `text[start:end]` marked; the first piece of the mark has the id `cited`."""
    updated = say("updated {day}", day=words.day(article.updated)) if article.updated else ""
    known = (words.outlet(article.source), words.day(article.published, article.precision), updated, article.author or "")
    facts_line = " · ".join(text(part) for part in known if part)
    span = (start, end) if start is not None and end is not None else (0, 0)
    body = "".join(_paragraphs(article.text, span)).replace(_CITED, '<mark class="cited" id="cited">', 1)
    out = link(article.url, say("Open the original"))
    return (
        f'{_note(article, about)}<p class="from">{facts_line}</p><h2 class="headline">{text(article.title)}</h2>'
        f"{f'<p class=original>{out}</p>' if out else ''}{_versions(article.id, about)}{_story(about.others)}{_origins(about.origins)}"
        f'{_alone(article, about.others)}{facts.form(article) if about.editable else ""}<div class="words body">{body}</div>'
    )


def _note(article: Article, about: About) -> str:
    if not about.note:
        return ""
    now = f" {_way(article.id, say('Read it as it is now'))}" if about.old else ""
    return f'<p class="version" role="note">{text(about.note)}{now}</p>'


def _versions(article_id: str, about: About) -> str:
    """The texts that the article has had, the present one first; each opens but the one that is shown."""
    if len(about.versions) < 2:
        return ""
    made = ", ".join(
        text(_since(v)) if v.number == about.number else _way(article_id, _since(v), version=v.number)
        for v in about.versions[:MOST_VERSIONS]
    )
    return f'<p class="story">{say("Versions:")} {made}</p>'


def _story(others: Sequence[Row]) -> str:
    """The outlets that carry nearly the same text, each leading to its own."""
    if not others:
        return ""
    names = ", ".join(_way(r.id, f"{r.source or r.title} ({words.short_day(r.published, r.precision)})", r.title) for r in others)
    return f'<p class="story">{say("The same story:")} {names}</p>'


def _way(article_id: str, said: str, title: str = "", version: int | None = None) -> str:
    """A button that opens an article here in the Reader."""
    more = (f' title="{attribute(title)}"' if title else "") + (f' data-version="{version}"' if version is not None else "")
    return f'<button type="button" class="plainly" data-article="{attribute(article_id)}"{more}>{text(said)}</button>'


def _alone(article: Article, others: Sequence[Row]) -> str:
    """The way to ask about this article, or this story, and nothing else."""
    asked = [(article.id, say("Ask about this article"))]
    if others:
        asked.append((" ".join([article.id, *(r.id for r in others)]), say("Ask about this story")))
    made = (f'<button type="button" class="plainly" data-scope="+only:{attribute(ids)}">{said}</button>' for ids, said in asked)
    return f'<p class="story alone">{" ".join(made)}</p>'


def _origins(origins: Sequence[str]) -> str:
    if len(origins) < 2:
        return ""
    places = ", ".join(link(o, o) or text(words.place(o)) for o in origins)
    return f'<p class="story">{say("Read from:")} {places}</p>'


def _paragraphs(whole: str, span: tuple[int, int]) -> Iterator[str]:
    begin = 0
    breaks = [(m.start(), m.end()) for m in _BLANK.finditer(whole)] + [(len(whole), len(whole))]
    for stop, after in breaks:
        piece = whole[begin:stop]
        if piece.strip():
            hashes = _HEADING.match(piece)
            skip = hashes.end() if hashes else 0
            heading = hashes or _stands_alone(piece)
            inner = marked(piece[skip:], [(span[0] - begin - skip, span[1] - begin - skip)], _CITED)
            yield f"<h3>{inner}</h3>" if heading else f"<p>{inner}</p>"
        begin = after


def _stands_alone(piece: str) -> bool:
    """A short line that ends no sentence: readers leave headings as such."""
    return len(piece) <= 70 and "\n" not in piece.strip() and piece.strip()[-1].isalnum()


def missing(message: str) -> str:
    """What the Reader says when the article cannot be shown."""
    return f'<p class="quiet">{text(heard(message))}</p>'


def shell() -> str:
    """The Reader before an article is opened in it."""
    return (
        f'<section id="reader" role="region" aria-label="{say("Reader")}" tabindex="-1" hidden>'
        '<div class="bar"><button type="button" class="close" data-close>'
        f'<span class="to-sources">‹ {say("Sources")}</span><span class="to-close">{say("Close")}</span></button>'
        f'<span class="steps" hidden><button type="button" data-step="-1" aria-label="{say("Previous citation")}">‹</button>'
        f'<span class="at"></span><button type="button" data-step="1" aria-label="{say("Next citation")}">›</button></span></div>'
        '<div class="page"></div></section>'
    )
