"""The articles on the left, the line that says what the page runs on, and the page before its first question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, Protocol

from index.types import Precision
from qa.page import tour, words
from qa.page.escape import attribute, text

SHOWN = 300  # articles listed at most; search finds the others


class Row(Protocol):
    """What is shown of one article (index.articles.Row has it, and more)."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def source(self) -> str | None: ...
    @property
    def published(self) -> date | None: ...
    @property
    def precision(self) -> Precision: ...
    @property
    def state(self) -> Any: ...


def shelf(rows: Sequence[Row]) -> str:
    """The list of articles, newest first; each opens in the Reader."""
    if not rows:
        return '<p class="quiet">No articles yet. Add files, or paste a text or links.</p>'
    ordered = sorted(rows, key=lambda r: (r.published or date.min, r.title), reverse=True)
    items = "".join(_item(r) for r in ordered[:SHOWN])
    more = len(rows) - SHOWN
    rest = f'<p class="quiet">and {more:,} more; questions search them all.</p>' if more > 0 else ""
    return f'<ul class="shelf">{items}</ul>{rest}'


def _item(row: Row) -> str:
    when = words.short_day(row.published, row.precision)
    pending = " · being indexed" if row.state == "pending" else ""
    return (
        f'<li><button type="button" class="item" data-article="{attribute(row.id)}"><span class="title">{text(row.title)}</span>'
        f'<span class="from">{text(row.source or "Outlet unknown")} · {when}{pending}</span></button></li>'
    )


def shelf_heading(articles: int) -> str:
    table = '<a href="library" title="Sort, search, collect and remove them">Library</a>' if articles else ""
    return f'<h2 id="shelf-heading">Articles<span class="count">{articles:,}</span>{table}</h2>'


def elsewhere(links: Sequence[tuple[str, str]]) -> str:
    """The way to other pages, at the foot of the shelf; each in a tab of its own, for a talk lives in its page."""
    return "".join(
        f'<a href="{attribute(address)}" target="_blank" rel="noopener" title="opens in a new tab">{text(name)} ↗</a>'
        for name, address in links
    )


def running(state: Literal["loading", "ready", "failed"], sentence: str, articles: int, model: str, local: bool) -> str:
    """The status line: what is loaded, or what we wait for."""
    if state == "loading":
        said = f'<span class="busy"><i></i>{text(sentence or words.LOADING)}</span>'
    elif state == "failed":
        said = f'<span class="failed" role="alert">{text(sentence)}</span>'
    else:
        where = "on this machine" if local else "on a model server"
        said = f'<span>{words.counted(articles, "article")}<span class="more"> · {text(model)} · {where}</span></span>'
    return f'<div class="running {state}" data-state="{state}" role="status">{said}</div>'


def welcome(articles: int, examples: Sequence[str]) -> str:
    """The page before the first question."""
    if not articles:
        lead = "Add an article first: drop a file, or paste a text or links under <b>Articles</b>. Then ask about it here."
    else:
        lead = (
            f"Ask, and every sentence of the answer leads to the words it rests on in {words.counted(articles, 'article')}. "
            "What they do not say is not answered."
        )
    buttons = "".join(f'<li><button type="button" class="example" data-ask="{attribute(e)}">{text(e)}</button></li>' for e in examples)
    offered = f'<p class="try">For example</p><ul class="examples">{buttons}</ul>' if buttons else ""
    return f'<section class="welcome"><h1>What would you like to know?</h1><p class="lead">{lead}</p>{offered}{tour.BUTTON}</section>'
