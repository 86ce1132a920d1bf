"""A whole article with the cited words marked, as the fragment that the Reader shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.types import Article
from qa.page import words
from qa.page.escape import link, marked, text

_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_HEADING = re.compile(r"#{1,6}[^\S\n]+")
_CITED = '<mark class="cited">'


def fragment(article: Article, start: int | None = None, end: int | None = None) -> str:
    """`article` with `text[start:end]` marked; the first piece of the mark has the id `cited`."""
    facts = " · ".join(
        text(part) for part in (article.source or "Outlet unknown", words.day(article.published), article.author or "") if part
    )
    span = (start, end) if start is not None and end is not None else (0, 0)
    body = "".join(_paragraphs(article.text, span)).replace(_CITED, '<mark class="cited" id="cited">', 1)
    out = link(article.url, "Open the original")
    return (
        f'<p class="from">{facts}</p><h2 class="headline">{text(article.title)}</h2>'
        f'{f"<p class=original>{out}</p>" if out else ""}<div class="words body">{body}</div>'
    )


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
    return f'<p class="quiet">{text(message)}</p>'


SHELL = (
    '<section id="reader" role="region" aria-label="Reader" tabindex="-1" hidden>'
    '<div class="bar"><button type="button" class="close" data-close>'
    '<span class="to-sources">‹ Sources</span><span class="to-close">Close</span></button>'
    '<span class="steps" hidden><button type="button" data-step="-1" aria-label="Previous citation">‹</button>'
    '<span class="at"></span><button type="button" data-step="1" aria-label="Next citation">›</button></span></div>'
    '<div class="page"></div></section>'
)
