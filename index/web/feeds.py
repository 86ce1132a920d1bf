"""Feeds and sitemaps as lists of links, the newest first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from index.html_dates import Stated, stated_date
from index.readers.markup import parse_xml

_ROOT = re.compile(rb"<([A-Za-z][\w.-]*:)?([A-Za-z]+)[\s>]")
_KINDS = {b"rss": "feed", b"RDF": "feed", b"feed": "feed", b"urlset": "sitemap", b"sitemapindex": "index"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A link in a list; `published` is what the list says of the page, `changed` orders it."""

    link: str
    published: Stated | None = None
    changed: Stated | None = None


def listing(data: bytes, base: str) -> tuple[str, list[Listed]] | None:
    """ "feed", "sitemap" or "index" (a list of sitemaps) with its links, the newest first; None for any other page.

    `base` is where it was fetched. Raises Problem where it is damaged.
    """
    root_name = _ROOT.search(data[:20_000])
    kind = _KINDS.get(root_name[2]) if root_name else None
    if kind is None:
        return None
    root = parse_xml(data, f"the {'feed' if kind == 'feed' else 'sitemap'}")
    found = [Listed(urljoin(base, one.link), one.published, one.changed) for one in (_items(root) if kind == "feed" else _places(root))]
    # Where dates are missing, the order in which they stand says more: feeds put the newest first.
    days = [one.changed.day for one in found if one.changed]
    if len(days) == len(found):
        found = [one for _, one in sorted(zip(days, found, strict=True), key=lambda pair: pair[0], reverse=True)]
    return kind, found


def _items(root: Any) -> Iterator[Listed]:
    for item in root.iter("{*}item", "{*}entry"):
        said = {_name(child): child for child in reversed(item) if _name(child) != "link"}
        links = [child for child in item if _name(child) == "link" and child.get("rel", "alternate") == "alternate"]
        link = next((found for child in links if (found := (child.get("href") or child.text or "").strip())), "")
        guid = said.get("guid")
        if not link and guid is not None and guid.get("isPermaLink", "true") == "true":
            link = (guid.text or "").strip()
        published = _first(said, "pubDate", "published", "issued", "date")
        if link:
            yield Listed(link, published, published or _first(said, "updated", "modified"))


def _places(root: Any) -> Iterator[Listed]:
    for place in root.iter("{*}url", "{*}sitemap"):
        said = {_name(child): child for child in place.iter()}
        link = (said["loc"].text or "").strip() if "loc" in said else ""
        published = _first(said, "publication_date")
        if link:
            yield Listed(link, published, published or _first(said, "lastmod"))


def _first(said: dict[str, Any], *names: str) -> Stated | None:
    return next((date for name in names if name in said and (date := stated_date(said[name].text))), None)


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
