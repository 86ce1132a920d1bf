"""An article's facts, put right by a person: the form in the Reader, and what it changes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field

from index.problem import Problem
from index.types import Article, dated
from qa.page.dates import typed_date, typed_precision
from qa.page.escape import attribute, link, plain
from qa.page.language import say

Fact = Annotated[str, Field(max_length=2_000)]


class Facts(BaseModel):
    """As typed; empty is unknown. `published` is a day, a month or a year: 2023-12-01, 2023-12 or 2023."""

    model_config = ConfigDict(extra="forbid")

    title: Fact = ""
    source: Fact = ""
    author: Fact = ""
    published: Fact = ""
    url: Fact = ""


class Edited(Protocol):
    """The part of `index.articles.Articles` that editing needs."""

    def get(self, article_id: str) -> Article: ...
    def edit(self, article_id: str, **facts: str | date | None) -> Article: ...


def edit(articles: Edited, article_id: str, typed: Facts) -> list[str]:
    """Puts right what was changed in the form, and names it. Raises Problem.

    What was not touched stays with the outlet: a fact that a person has set is never again taken from the article.
    """
    before = _shown(articles.get(article_id))
    after = {name: plain(value) for name, value in typed.model_dump().items()}
    changed: dict[str, str | date | None] = {n: v or None for n, v in after.items() if v != before[n]}
    if "published" in changed:
        changed["published"] = typed_date(after["published"])
        changed["precision"] = typed_precision(after["published"]) if after["published"] else "day"
    if changed.get("url") and not link(after["url"], "x"):
        raise Problem("The link is not a web address. It begins with http:// or https://.")
    if changed:
        articles.edit(article_id, **changed)
    return [n for n in changed if n != "precision"]


def form(article: Article) -> str:
    """No <form>: page.js sends it, and nothing happens without."""
    shown = _shown(article)
    rows = "".join(
        f'<label>{say(name)}<input type="text" name="{fact}" value="{attribute(shown[fact])}" placeholder="{say(hint)}" autocomplete="off">'
        "</label>"
        for fact, name, hint in (
            ("title", "Title", ""), ("source", "Outlet", "unknown"), ("author", "Author", "unknown"),
            ("published", "Published", "2023-12-01, 2023-12 or 2023"), ("url", "Link", "none"),
        )
    )  # fmt: skip
    return (
        f'<details class="facts"><summary>{say("Edit facts")}</summary><div class="fields" data-facts="{attribute(article.id)}">{rows}'
        f'<button type="button" data-save>{say("Save")}</button><p class="said" role="status"></p></div></details>'
    )


def _shown(article: Article) -> dict[str, str]:
    values = {
        "title": article.title, "source": article.source, "author": article.author,
        "published": dated(article.published, article.precision), "url": article.url,
    }  # fmt: skip
    return {name: plain(value or "") for name, value in values.items()}
