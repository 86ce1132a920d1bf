"""The library as a page of its own: a table to sort, search and narrow; articles are put right, collected, removed and had back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from index.articles import Articles
from index.ledger import COLUMNS, Column, State, Wanted
from index.problem import Problem
from index.types import Filters, Row
from qa.page import reader, words
from qa.page.dates import typed_date
from qa.page.escape import attribute, text
from qa.page.language import choice, heard, language, say, script

PREFIX = "/library"
SHOWN = 100  # articles on a page of the table
_HERE = Path(__file__).parent
_HEADS: tuple[tuple[Column, str], ...] = (
    ("title", "Title"), ("outlet", "Outlet"), ("published", "Published"), ("added", "Added"), ("chars", "Length"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the page says, as it was typed."""

    q: str = ""
    outlet: str = ""
    since: str = ""
    until: str = ""
    collection: str = ""
    state: str = ""
    story: str = ""
    copied: str = ""
    order: str = "added"
    down: str = "1"
    page: str = "1"

    def wanted(self) -> Wanted:
        """Raises Problem for a date that is none."""
        first, last = typed_date(self.since), typed_date(self.until, last=True)
        if first and last and first > last:
            raise Problem("The first date is after the last. Swap them.")
        outlet, collection = self.outlet.strip(), self.collection.strip()
        filters = Filters((outlet,) if outlet else (), first, last, collection=collection)
        state = cast("State", self.state if self.state in ("pending", "indexed") else "")
        order: Column = next((column for column in COLUMNS if column == self.order), "added")
        return Wanted(self.q, filters, state, self.story, bool(self.copied), order, self.down != "0")

    @property
    def number(self) -> int:
        """Of the page of the table, from 1 on."""
        return max(1, int(self.page)) if self.page.isdecimal() and len(self.page) < 10 else 1

    def address(self, **other: str) -> str:
        """Of the same table but for `other`, as a relative link; what is as usual is left out."""
        asked, usual = replace(self, **other), Asked()
        told = {n: getattr(asked, n) for n in self.__dataclass_fields__ if getattr(asked, n) != getattr(usual, n)}
        return f"library?{urlencode(told)}" if told else "library"


def document(articles: Articles, asked: Asked) -> str:
    """The whole page."""
    style = (_HERE / "style.css").read_text("utf-8") + (_HERE / "ledger.css").read_text("utf-8")
    code = (_HERE / "page.js").read_text("utf-8") + (_HERE / "ledger.js").read_text("utf-8")
    return (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{say("Library")} · article-qa</title><style>{style}</style></head>'
        '<body><script>document.body.classList.toggle("dark", matchMedia("(prefers-color-scheme: dark)").matches)</script>'
        '<div id="room" class="ledger"><div id="masthead"><header><a class="name" href="./">article-qa</a>'
        f'<a class="back" href="./">‹ {say("Questions")}</a>{choice()}</header></div>'
        f'<main id="ledger"><h1>{say("Library")}</h1>{_form(articles, asked)}'
        f'<div id="rows" aria-live="polite">{table(articles, asked)}</div>'
        '<button type="button" id="refresh" hidden></button></main>'
        f'<div id="side">{reader.shell()}</div></div><script>{script()}{code}</script></body></html>'
    )


def _form(articles: Articles, asked: Asked) -> str:
    outlets = "".join(f'<option value="{attribute(o)}">' for o in articles.library.outlets())
    known = articles.library.collections()
    collections = "".join(
        f'<option value="{attribute(name)}"{" selected" if name == asked.collection else ""}>{text(name)} ({words.number(count)})</option>'
        for name, count in known.items()
    )
    states = "".join(
        f'<option value="{value}"{" selected" if value == asked.state else ""}>{say(said)}</option>'
        for value, said in (("", "Any"), ("indexed", "Ready"), ("pending", "Being indexed"))
    )
    kept = "".join(
        f'<input type="hidden" name="{n}" value="{attribute(getattr(asked, n))}">'
        for n in ("order", "down", "story")
        if getattr(asked, n) != getattr(Asked(), n)
    )
    copied = " checked" if asked.copied else ""
    return (
        f'<form id="sought" method="get" action="library" role="search">{kept}'
        f'<label class="wide">{say("Search")}<input type="search" name="q" value="{attribute(asked.q)}" '
        f'placeholder="{say("Title, outlet or author")}" '
        'autocomplete="off"></label>'
        f'<label>{say("Outlet")}<input name="outlet" value="{attribute(asked.outlet)}" list="outlets" placeholder="{say("any")}" '
        'autocomplete="off"></label>'
        f'<datalist id="outlets">{outlets}</datalist>'
        f'<label>{say("From")}<input name="since" value="{attribute(asked.since)}" placeholder="2023-12-01" autocomplete="off"></label>'
        f'<label>{say("To")}<input name="until" value="{attribute(asked.until)}" placeholder="2023-12" autocomplete="off"></label>'
        f'<label>{say("Collection")}<select name="collection"><option value="">{say("Any")}</option>{collections}</select></label>'
        f'<label>{say("State")}<select name="state">{states}</select></label>'
        f'<label class="tick"><input type="checkbox" name="copied" value="1"{copied}> {say("Told by several outlets")}</label>'
        f'<button type="submit">{say("Show")}</button><a href="library">{say("All")}</a></form>'
    )


def table(articles: Articles, asked: Asked) -> str:
    """The rows that are asked for, with what can be done with them; or why there are none."""
    try:
        rows, total = articles.library.page(asked.wanted(), (asked.number - 1) * SHOWN, SHOWN)
    except Problem as problem:
        return f'<p class="failed" role="alert">{text(heard(str(problem)))}</p>'
    if not total:
        every = articles.counts()[0]
        said = say("None of {articles} is like that.", articles=words.counted(every, "article"))
        if not every:
            said = say("No articles yet. Add some on the page of questions.")
        return f'<p class="quiet">{said}</p>'
    if not rows:
        none = say("There is no page {number}.", number=words.number(asked.number))
        return f'<p class="quiet">{none} <a href="{attribute(asked.address(page="1"))}">{say("To the first")}</a></p>'
    heads = "".join(_head(asked, column, name) for column, name in _HEADS)
    size = _story_sizes(articles, rows)
    body = "".join(_row(articles, asked, row, size.get(row.id, 1)) for row in rows)
    count = words.counted(total, "article")
    count = say("{articles} of one story", articles=count) if asked.story else count
    return (
        f'<p class="count">{count}</p>{_deeds(articles, asked)}'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{say("Articles")}"><table>'
        f'<thead><tr><th class="pick"><input type="checkbox" id="all" aria-label="{say("Choose all of this page")}"></th>{heads}'
        f"</tr></thead><tbody>{body}</tbody></table></div>{_pages(asked, total)}"
    )


def _head(asked: Asked, column: Column, name: str) -> str:
    now = asked.wanted().order == column
    down = asked.down != "0"
    turned = ("0" if down else "1") if now else ("1" if column in ("published", "added", "chars") else "0")
    sorting = f' aria-sort="{"descending" if down else "ascending"}"' if now else ""
    link = asked.address(order=column, down=turned, page="1")
    return f'<th scope="col" class="{column}"{sorting}><a href="{attribute(link)}">{say(name)}</a></th>'


def _row(articles: Articles, asked: Asked, row: Row, copies: int) -> str:
    several = ""
    if copies > 1 and not asked.story:
        link = attribute(Asked(story=row.id).address())
        several = f' <a class="more" href="{link}">{words.counted(copies, "outlet")}</a>'
    said = [f'<span class="collection">{text(name)}</span>' for name in articles.library.collected(row.id)]
    if row.state == "pending":
        said.append(f'<span class="pending">{say("being indexed")}</span>')
    return (
        f'<tr><td class="pick"><input type="checkbox" name="article" value="{attribute(row.id)}" aria-label="{attribute(row.title)}"></td>'
        f'<th scope="row" class="title"><button type="button" data-article="{attribute(row.id)}">{text(row.title)}</button>{several}'
        f'{"".join(said)}</th><td class="outlet">{text(row.source or say("unknown"))}</td>'
        f'<td class="published">{words.short_day(row.published, row.precision) if row.published else say("unknown")}</td>'
        f'<td class="added">{text(row.added[:10])}</td><td class="chars">{words.number(row.chars)}</td></tr>'
    )


def _story_sizes(articles: Articles, rows: Sequence[Row]) -> dict[str, int]:
    sizes = articles.library.story_sizes({row.story for row in rows if row.story is not None})
    return {row.id: sizes[row.story] for row in rows if row.story in sizes}


def _deeds(articles: Articles, asked: Asked) -> str:
    """What is done with the articles that are chosen; shown by the script once some are."""
    known = "".join(f'<option value="{attribute(name)}">' for name in articles.library.collections())
    leave = ""
    if asked.collection:
        name = attribute(asked.collection)
        leave = (
            f'<button type="button" data-deed="leave" data-name="{name}">'
            f"{say('Take out of “{name}”', name=text(asked.collection))}</button>"
            f'<button type="button" data-deed="dissolve" data-name="{name}" data-always>{say("Dissolve the collection")}</button>'
        )
    named = say("Name of a collection")
    return (
        f'<div id="deeds"><span class="chosen" role="status">{say("None chosen")}</span>'
        f'<span class="into"><input id="into" list="collections" placeholder="{named}" aria-label="{named}" '
        f'maxlength="80" autocomplete="off"><datalist id="collections">{known}</datalist>'
        f'<button type="button" data-deed="collect">{say("Put in")}</button></span>{leave}'
        f'<button type="button" data-deed="remove">{say("Remove")}</button><p class="said" role="status"></p></div>'
    )


def _pages(asked: Asked, total: int) -> str:
    last = -(-total // SHOWN)
    if last == 1:
        return ""
    ways = [
        f'<a href="{attribute(asked.address(page=str(number)))}" rel="{rel}">{say(said)}</a>'
        for number, rel, said in ((asked.number - 1, "prev", "‹ Previous"), (asked.number + 1, "next", "Next ›"))
        if 1 <= number <= last
    ]
    here = say("page {number} of {last}", number=words.number(asked.number), last=words.number(last))
    return f'<nav class="pages" aria-label="{say("Pages")}">{" ".join(ways)}<span>{here}</span></nav>'
