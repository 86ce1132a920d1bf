"""RSS, RDF and Atom feeds, and sitemaps: articles where the feed holds them whole, or else where they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from index.problem import Problem
from index.readers.draft import Draft, Item, date_or_nothing
from index.readers.encoding import mend
from index.readers.markup import html_to_text, looks_marked_up, parse_xml
from index.readers.records import Origins

LARGEST_FEED = 50 * 1024 * 1024  # bytes; also the most a sitemap may have (sitemaps.org)
ONLY_A_SUMMARY = "only a summary of it is in the feed; add the link itself."
ONLY_A_LINK = "only its link is in the sitemap; add the link itself."
_WHOLE = 150  # words; a description shorter than that is a teaser
_CUT_OFF = re.compile(r"(?:…|\.\.\.|\[[.…]+\]|(?:read|continue|mehr)\W*(?:more|reading|on)?)\W*$", re.IGNORECASE)
_FEEDBURNER = "{http://rssnamespace.org/feedburner/ext/1.0}origLink"


def read_feed(stream: BinaryIO, where: str, mapping: Mapping[str, str]) -> Iterator[Item]:
    """The items of a feed that are there with their text; the others as (link, why). A sitemap has links only.

    Raises Problem for XML that is neither.
    """
    data = stream.read(LARGEST_FEED + 1)
    if len(data) > LARGEST_FEED:
        raise Problem(f"it is larger than {LARGEST_FEED / 1e6:.0f} MB. Split it.")
    root = parse_xml(data, "it")
    kind = _name(root)
    if kind in ("urlset", "sitemapindex"):
        yield from ((link, ONLY_A_LINK) for link in _locations(root))
    elif kind in ("rss", "RDF", "feed"):
        yield from _items(root, where)
    else:
        raise Problem(f"it is XML, but neither a feed nor a sitemap (its root is <{kind[:40]}>). Save its text as .txt.")


def _items(root: Any, where: str) -> Iterator[Item]:
    channel = root if _name(root) == "feed" else next((c for c in root if _name(c) == "channel"), root)
    outlet, language = _said(channel, "title"), _said(channel, "language") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    origins = Origins(where)
    for number, entry in enumerate(_entries(root), 1):
        link, key = _link(entry), _said(entry, "guid", "id")
        whole, teaser = _markup(entry, "encoded", "content"), _markup(entry, "description", "summary")
        text = html_to_text(whole) if whole else ""
        if len(teaser) > len(whole):
            text = max(text, html_to_text(teaser), key=len)
        if not text.strip() or (link and (_CUT_OFF.search(text[-40:]) or (not whole and len(text.split()) < _WHOLE))):
            yield (link, ONLY_A_SUMMARY) if link else (f"{where}, item {number}", "it has neither a text nor a link.")
            continue
        published, precision = date_or_nothing(_said(entry, "pubDate", "published", "issued", "date"))
        draft = Draft(
            text,
            title=mend(html_to_text(_said(entry, "title"))),
            source=_said(entry, "source") or outlet or None,
            author=_authors(entry),
            url=link or None,
            published=published,
            precision=precision,
            updated=date_or_nothing(_said(entry, "updated", "modified"))[0],
            language=language or None,
        )
        # The page's own address, so that it is the same article when its link is added.
        yield replace(draft, origin=link) if link else origins.named(draft, key)


def _entries(root: Any) -> Iterator[Any]:
    return (e for e in root.iter() if _name(e) in ("item", "entry"))


def _locations(root: Any) -> Iterator[str]:
    return (_words(e) for e in root.iter() if _name(e) == "loc" and _is_link(_words(e)))


def _link(entry: Any) -> str:
    """Where the article is: an address on the web, or ""."""
    original = entry.find(_FEEDBURNER)
    found = [_words(original)] if original is not None else []
    for element in entry:
        if _name(element) == "link":
            if element.get("rel", "alternate") == "alternate":
                found += [element.get("href") or "", _words(element)]
        elif _name(element) == "guid" and element.get("isPermaLink", "true") == "true":
            found.append(_words(element))
    return next(filter(_is_link, found), "")


def _is_link(text: str) -> bool:
    return re.match(r"https?://[^\s<>\"]+$", text, re.IGNORECASE) is not None


def _authors(entry: Any) -> str | None:
    """RSS has "creator" or "address (name)", Atom <author><name>."""
    names = []
    for element in entry:
        if _name(element) in ("creator", "author"):
            name = next((_words(e) for e in element if _name(e) == "name"), "") or _words(element)
            bracketed = re.fullmatch(r"\S+@\S+ \((.+)\)", name)
            names.append(bracketed.group(1) if bracketed else name)
    return ", ".join(dict.fromkeys(filter(None, names))) or None


def _markup(entry: Any, *names: str) -> str:
    """The longest of the elements of these names, as HTML."""
    from html import escape

    from lxml import etree

    found = []
    for element in entry:
        if _name(element) not in names or element.get("src"):
            continue
        if len(element):  # Atom's type="xhtml"
            found.append(etree.tostring(element, encoding="unicode", with_tail=False))
        else:
            said = element.text or ""
            found.append(said if looks_marked_up(said) or element.get("type") == "html" else escape(said).replace("\n\n", "<p>"))
    return max(found, key=len, default="")


def _said(element: Any, *names: str) -> str:
    """What the first child of the first of these names says."""
    for name in names:
        for child in element:
            if _name(child) == name and (said := _words(child)):
                return said
    return ""


def _words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
