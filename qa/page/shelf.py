"""The articles on the left, the line that says what the page runs on, and the page before its first question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, Protocol

from index.types import Precision
from qa.page import tour, words
from qa.page.escape import attribute, text
from qa.page.language import heard, say

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
        return f'<p class="quiet">{say("No articles yet. Add files, or paste a text or links.")}</p>'
    ordered = sorted(rows, key=lambda r: (r.published or date.min, r.title), reverse=True)
    items = "".join(_item(r) for r in ordered[:SHOWN])
    more = len(rows) - SHOWN
    rest = f'<p class="quiet">{say("and {count} more; questions search them all.", count=words.number(more))}</p>' if more > 0 else ""
    return f'<ul class="shelf">{items}</ul>{rest}'


def _item(row: Row) -> str:
    when = words.short_day(row.published, row.precision)
    pending = f" · {say('being indexed')}" if row.state == "pending" else ""
    return (
        f'<li><button type="button" class="item" data-article="{attribute(row.id)}"><span class="title">{text(row.title)}</span>'
        f'<span class="from">{text(words.outlet(row.source))} · {when}{pending}</span></button></li>'
    )


def shelf_heading(articles: int) -> str:
    table = f'<a href="library" title="{say("Sort, search, collect and remove them")}">{say("Library")}</a>' if articles else ""
    return f'<h2 id="shelf-heading">{say("Articles")}<span class="count">{words.number(articles)}</span>{table}</h2>'


def elsewhere(links: Sequence[tuple[str, str]]) -> str:
    """The way to other pages, at the foot of the shelf; each in a tab of its own, for a talk lives in its page."""
    return "".join(
        f'<a href="{attribute(address)}" target="_blank" rel="noopener" title="{say("opens in a new tab")}">{text(say(name))} ↗</a>'
        for name, address in links
    )


def running(state: Literal["loading", "ready", "failed"], sentence: str, articles: int, model: str, local: bool) -> str:
    """The status line: what is loaded, or what we wait for."""
    if state == "loading":
        said = f'<span class="busy"><i></i>{text(heard(sentence) or say(words.LOADING))}</span>'
    elif state == "failed":
        said = f'<span class="failed" role="alert">{text(heard(sentence))}</span>'
    else:
        where = say("on this machine" if local else "on a model server")
        said = f'<span>{words.counted(articles, "article")}<span class="more"> · {text(model)} · {where}</span></span>'
    return f'<div class="running {state}" data-state="{state}" role="status">{said}</div>'


def welcome(articles: int, examples: Sequence[str], seeds: int = 0) -> str:
    """The page before the first question. `seeds` are the articles that come along, to try it with."""
    if not articles:
        lead = say(
            "Add an article first: drop a file, or paste a text or links under {articles}. Then ask about it here.",
            articles=f"<b>{say('Articles')}</b>",
        )
    else:
        lead = say(
            "Ask, and every sentence of the answer leads to the words it rests on in {articles}. What they do not say is not answered.",
            articles=words.counted(articles, "article"),
        )
    buttons = "".join(f'<li><button type="button" class="example" data-ask="{attribute(e)}">{text(e)}</button></li>' for e in examples)
    offered = f'<p class="try">{say("For example")}</p><ul class="examples">{buttons}</ul>' if buttons else ""
    if seeds and not articles:
        offer = say("Or try it with the {count} articles that come along", count=words.number(seeds))
        offered = f'<p class="how"><button type="button" data-seeds>{offer}</button></p>'
    asked = say("What would you like to know?")
    return f'<section class="welcome"><h1>{asked}</h1><p class="lead">{lead}</p>{offered}{tour.button()}</section>'
