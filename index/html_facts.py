"""What a page states of itself: title, outlet, author, when it was published and when updated, link and language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from index.html_dates import Precision, Stated, date_in_link, dates_in, stated_date


@dataclass(frozen=True, slots=True)
class Facts:
    """Of what is not stated, None; the dates are the outlet's, never those of the fetch.

    `published` is as exact as `precision` says ("2023-12" is the 1st with precision "month"). `updated` is there only
    where it is later. `canonical` is as the page writes it, so anybody's claim. `free` is False for what the outlet
    says it sells. `body` is the text that the page's JSON-LD gives, which its readers do not see.
    """

    title: str = ""
    source: str | None = None
    author: str | None = None
    published: date | None = None
    precision: Precision = "day"
    updated: date | None = None
    canonical: str | None = None
    language: str | None = None
    free: bool | None = None
    body: str | None = None


_ARTICLES = frozenset(
    "Article NewsArticle ReportageNewsArticle AnalysisNewsArticle OpinionNewsArticle BackgroundNewsArticle ReviewNewsArticle "
    "AskPublicNewsArticle BlogPosting LiveBlogPosting TechArticle ScholarlyArticle SocialMediaPosting Report Review".split()
)
_PUBLISHED = (
    "article:published_time og:article:published_time og:published_time datepublished article:published article.published publishdate "
    "publish-date publish_date published_time_telegram pubdate published-date parsely-pub-date sailthru.date dcterms.created "
    "dcterms.issued dcterms.date dc.date.issued dc.date.created dc.date citation_publication_date citation_date "
    "article_date_original cxenseparse:recs:publishtime rnews:datepublished date"
).split()
_UPDATED = (
    "article:modified_time og:article:modified_time og:updated_time datemodified article:modified dcterms.modified dc.date.modified "
    "lastmod last-modified revised article.updated"
).split()
_AUTHORS = "author article:author parsely-author sailthru.author dc.creator dcterms.creator citation_author byl".split()
_TITLES = "og:title twitter:title parsely-title dc.title citation_title".split()
_SOURCES = "og:site_name application-name publisher dc.publisher citation_journal_title".split()
_DATED = re.compile(
    r"date|publish|posted|timestamp|byline|entry-meta|article-meta|post-meta|article-info|(?:^|[-_ ])time(?:$|[-_ ])", re.IGNORECASE
)
_OF_UPDATE = re.compile(
    r"updat|modif|revis|aktualisiert|geändert|mis à jour|mise à jour|actualiz|atualiza|aggiorn|bijgewerkt|更新", re.IGNORECASE
)
_ELSEWHERE = "aside|nav|footer|li|a"
_NOT_A_NAME = re.compile(r"https?:|www\.|^@|^admin$|^staff$|^editor$|\.(?:com|org|net)\b", re.IGNORECASE)


def facts(tree: Any, url: str | None = None) -> Facts:
    """The facts of a page (an lxml tree, before anything is taken out of it) that was read from `url`.

    The page's JSON-LD first, then its meta elements, then what its readers see, then the link itself.
    """
    ld = _json_ld(tree)
    meta = _meta(tree)
    canonical = _first(tree.xpath("//link[translate(@rel, 'CANOIL', 'canoil')='canonical']/@href")) or meta.get("og:url")
    shown = list(_shown_dates(tree))
    published = (
        stated_date(ld.get("datePublished") or ld.get("dateCreated"))
        or _first(stated_date(meta[n]) for n in _PUBLISHED if n in meta)
        or _first(stated for stated, update in shown if not update)
        or date_in_link(urlsplit(url or canonical or "").path)
    )
    updated = (
        stated_date(ld.get("dateModified"))
        or _first(stated_date(meta[n]) for n in _UPDATED if n in meta)
        or _first(stated for stated, update in shown if update)
    )
    source = _text(_first(meta[n] for n in _SOURCES[:1] if n in meta)) or _names(ld.get("publisher"))
    source = source or _first(_text(meta[n]) for n in _SOURCES if n in meta)
    free = ld.get("isAccessibleForFree")
    return Facts(
        title=_title(tree, ld, meta, source),
        source=source,
        author=_author(tree, ld, meta),
        published=published.day if published else None,
        precision=published.precision if published else "day",
        updated=updated.day if updated and _later(updated, published) else None,
        canonical=canonical or _link(ld),
        language=_language(_first(tree.xpath("/html/@lang | /html/@xml:lang")) or ld.get("inLanguage") or meta.get("og:locale")),
        free=None if free is None else str(free).strip().lower() not in ("false", "no", "0", "http://schema.org/false"),
        body=ld["articleBody"] if isinstance(ld.get("articleBody"), str) else None,
    )


def _json_ld(tree: Any) -> dict[str, Any]:
    """The one object of a page's JSON-LD that is the article; empty where there is none."""
    for script in tree.xpath("//script[contains(@type, 'ld+json')]"):
        text = re.sub(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>|;)\s*$", "", script.text or "")
        try:
            read = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _things(read):
            kinds = thing.get("@type")
            if not _ARTICLES.isdisjoint(kinds if isinstance(kinds, list) else [kinds]):
                return thing
    return {}


def _things(read: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if isinstance(read, list) and depth < 4:
        for one in read:
            yield from _things(one, depth + 1)
    elif isinstance(read, dict):
        yield {k: v for k, v in read.items() if isinstance(k, str)}
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            if depth < 4:
                yield from _things(read.get(name), depth + 1)


def _meta(tree: Any) -> dict[str, str]:
    """Name, property or itemprop in lower case → the first content that is not empty."""
    found: dict[str, str] = {}
    for element in tree.xpath("//meta[@content]"):
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = (element.get(attribute) or "").strip().lower()
            if name and element.get("content").strip():
                found.setdefault(name, element.get("content").strip())
    return found


def _shown_dates(tree: Any) -> Iterator[tuple[Stated, bool]]:
    """Dates that readers see about the article, not in it, each with whether it is that of an update."""
    marked = "self::time or @itemprop='datePublished' or @itemprop='dateModified' or @pubdate or @class or @id"
    unmarked: list[Stated] = []
    for element in tree.xpath(f"//body//*[{marked}][not(ancestor-or-self::*[{' or '.join(f'self::{n}' for n in _ELSEWHERE.split('|'))}])]"):
        about = " ".join(element.get(n, "") for n in ("itemprop", "class", "id", "pubdate"))
        text = " ".join(element.text_content().split()) if len(element) < 12 else ""
        if element.tag == "time":
            stated = stated_date(element.get("datetime") or element.get("content") or text)
            before = " ".join(
                ((element.getprevious() is not None and element.getprevious().tail) or element.getparent().text or "").split()
            )
            if stated is None:
                continue
            if _OF_UPDATE.search(f"{about} {before[-40:]}"):
                yield stated, True
            elif _DATED.search(about) or "pubdate" in element.attrib or _DATED.search(before[-40:]):
                yield stated, False
            else:
                unmarked.append(stated)
        elif _DATED.search(about) and len(text) <= 160:
            machine = stated_date(element.get("content") or element.get("datetime"))
            start = 0
            for place, stated in [(len(text), machine)] if machine else dates_in(text):
                yield stated, bool(_OF_UPDATE.search(text[start:place] or about))
                start = place
    # A <time> that nothing names is the article's where it is the only one; several may be a story's own or other stories'.
    if len({stated.day for stated in unmarked}) == 1:
        yield unmarked[0], False


def _title(tree: Any, ld: dict[str, Any], meta: dict[str, str], source: str | None) -> str:
    headings = tree.xpath("//h1")
    whole = _text(_first(tree.xpath("//head/title/text()")))
    title = _text(ld.get("headline")) or _first(_text(meta[n]) for n in _TITLES if n in meta)
    title = title or (_text(headings[0].text_content()) if len(headings) == 1 else None) or whole or _text(ld.get("name")) or ""
    if source:  # "The bridge at Varn | Tidewater Courier"
        title = re.sub(rf"\s+[|–—·-]\s+{re.escape(source)}$", "", title, flags=re.IGNORECASE)
    return title


def _author(tree: Any, ld: dict[str, Any], meta: dict[str, str]) -> str | None:
    stated: list[str | None] = [_names(ld.get("author"))]
    stated += [meta[n] for n in _AUTHORS if n in meta]
    stated += [_text(e.text_content()) for e in tree.xpath("//body//*[@rel='author' or @itemprop='author']")[:1]]
    names = (re.sub(r"^(?:by|von|par|por|di|door)\s+", "", _text(name) or "", flags=re.IGNORECASE) for name in stated)
    return next((name for name in names if name and len(name) <= 200 and not _NOT_A_NAME.search(name)), None)


def _names(value: Any) -> str | None:
    """A person, an organisation or several, in any of the ways JSON-LD writes them."""
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(name for one in value[:20] if (name := _names(one)))) or None
    if isinstance(value, dict):
        return _names(value.get("name"))
    return _text(value)


def _link(ld: dict[str, Any]) -> str | None:
    page = ld.get("mainEntityOfPage")
    found = page.get("@id") if isinstance(page, dict) else page
    return next((link for link in (found, ld.get("url")) if isinstance(link, str) and link.startswith("http")), None)


def _language(value: Any) -> str | None:
    match = re.match(r"([A-Za-z]{2,3})(?:[-_].*)?$", value.strip()) if isinstance(value, str) else None
    return match[1].lower() if match else None


def _later(updated: Stated, published: Stated | None) -> bool:
    if published is None:
        return True
    return updated.day > published.day and (published.precision == "day" or updated.day.isoformat()[:7] != published.day.isoformat()[:7])


def _text(value: Any) -> str | None:
    return (" ".join(value.split()) or None) if isinstance(value, str) else None


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value), None)
