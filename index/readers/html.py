"""A saved web page: its main text and the facts it states of itself."""

from __future__ import annotations

from dataclasses import replace

from index.readers.draft import Draft


def read_html(data: bytes, url: str | None = None, charset: str | None = None) -> Draft:
    """Without menus, comments and whatever a reader of the page would not see.

    `url` is where the page was fetched and `charset` what its server declared, where they are known.
    Raises Problem when there is no article in it.
    """
    # Late: trafilatura and lxml cost 0.5 s, and most libraries hold no page.
    from index.html_article import read_article

    draft = read_article(data, url, charset)
    return replace(draft, url=draft.url or url)
