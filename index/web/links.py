"""Links → drafts: of a page its article, of a feed or sitemap those of the pages it lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from index.html_article import read_article
from index.html_dates import Stated
from index.problem import Problem
from index.readers import read_drafts
from index.readers.draft import Draft
from index.readers.kinds import finished, is_confined
from index.readers.plain import read_plain
from index.web.address import SAVE, parse_address
from index.web.canonical import canonical, same_site, stated
from index.web.feeds import Listed, listing
from index.web.fetch import Fetcher, Reply
from index.web.robots import Manners

Read = tuple[str, Draft | str]

ITEMS = 50  # pages of a feed that are read
PLACES = 200  # pages of a sitemap, and of all the sitemaps it lists
SITEMAPS = 20  # how many of those are looked into


def read_links(urls: Sequence[str], fetcher: Fetcher | None = None, manners: Manners | None = None) -> Iterator[Read]:
    """(link, draft) or (link, why not), one page after another as they come; a feed or sitemap gives many.

    `draft.origin` and `draft.url` are the page's canonical link, the same however somebody came to it; `draft.published`
    is what the page says, or its feed, never the time of the fetch. A page asked for twice comes once.
    """
    fetcher = fetcher or Fetcher()
    reading = _Reading(fetcher, manners or Manners(fetcher))
    for url in urls:
        yield from reading.read(url.strip())


class _Reading:
    """One run over some links: what was asked for already, and the site's patience."""

    def __init__(self, fetcher: Fetcher, manners: Manners) -> None:
        self._fetcher = fetcher
        self._manners = manners
        self._seen: set[str] = set()

    def read(self, url: str) -> Iterator[Read]:
        try:
            reply = self._fetch(url)
            found = listing(reply.body, str(reply.address)) if reply else None
            if reply and found is None:
                yield url, _draft(reply)
        except Problem as problem:
            yield url, str(problem)
            return
        if reply and found:
            yield from self._listed(url, reply, *found)

    def _fetch(self, url: str) -> Reply | None:
        """None for what this run has had."""
        asked = canonical(url)
        if asked in self._seen:
            return None
        self._seen.add(asked)
        reply = self._fetcher.get(parse_address(asked), self._manners.before)
        self._seen.add(canonical(str(reply.address)))
        if reply.status in (429, 503):
            raise Problem(self._manners.rest(reply))
        if reply.status != 200:
            raise Problem(_refusal(reply.status))
        if not reply.body.strip():
            raise Problem(f"the site sent an empty page. Check the link in a browser. {SAVE}")
        return reply

    def _listed(self, url: str, reply: Reply, kind: str, found: list[Listed]) -> Iterator[Read]:
        what, most = ("feed", ITEMS) if kind == "feed" else ("sitemap", PLACES)
        pages: list[Listed] = []
        for one in found[:SITEMAPS] if kind == "index" else ():
            if len(pages) > PLACES:
                break
            if not _leads_to(one.link, reply):
                yield one.link, "it is a sitemap of another site, which was left out. Add it by itself."
                continue
            try:
                pages += self._below(one.link)
            except Problem as problem:
                yield one.link, str(problem)
        if kind != "index":
            pages = found
        elif len(found) > SITEMAPS and len(pages) <= PLACES:
            yield url, f"it lists {len(found):,} sitemaps; the {SITEMAPS} newest were looked into. Add the others by their links."
        here = [page for page in pages if _leads_to(page.link, reply)]
        if len(here) < len(pages):
            yield url, f"the {what} lists {len(pages) - len(here)} pages of other sites, which were left out. Add their links themselves."
        if len(here) > most:
            or_more = " or more" if kind == "index" else ""
            yield url, f"the {what} lists {len(here):,} pages{or_more}; the {most} newest were read. Add the others by their links."
        if not pages:
            yield url, f"the {what} lists no page."
        for page in here[:most]:
            yield from self._page(page)

    def _below(self, link: str) -> list[Listed]:
        """The pages of one of the sitemaps that a sitemap lists."""
        reply = self._fetch(link)
        found = listing(reply.body, str(reply.address)) if reply else None
        return found[1] if found and found[0] == "sitemap" else []

    def _page(self, page: Listed) -> Iterator[Read]:
        try:
            reply = self._fetch(page.link)
            if reply and listing(reply.body, str(reply.address)) is None:
                yield page.link, _dated(_draft(reply), page.published)
        except Problem as problem:
            yield page.link, str(problem)


def _leads_to(link: str, reply: Reply) -> bool:
    """Whether a listed link stays on the list's own site; nobody's feed shall send us elsewhere."""
    try:
        return same_site(parse_address(link).host, reply.address.host)
    except Problem:
        return False


def _draft(reply: Reply) -> Draft:
    url = str(reply.address)
    ending = {"application/pdf": ".pdf", "text/plain": ".txt"}.get(reply.kind, ".html")
    if is_confined(ending, len(reply.body)):
        draft = _confined(reply)
    elif ending == ".txt":
        draft = _whole(finished(read_plain(reply.body, reply.charset), url))
    else:
        draft = _whole(finished(read_article(reply.body, url, reply.charset), url))
    link = stated(draft.url, reply.address) or canonical(url)
    return replace(draft, url=link, origin=link, source=draft.source or reply.address.host.removeprefix("www."))


def _whole(item: Draft | tuple[str, str]) -> Draft:
    if isinstance(item, Draft):
        return item
    raise Problem(item[1])


def _confined(reply: Reply) -> Draft:
    """What could harm this process is read in one of its own, where it goes as a web archive of one record."""
    kind = reply.kind if reply.kind in ("application/pdf", "text/plain") else "text/html"
    head = [
        "WARC/1.0",
        "WARC-Type: resource",
        f"WARC-Target-URI: {reply.address}",
        f"Content-Type: {kind}" + (f"; charset={reply.charset}" if (reply.charset or "").isascii() and reply.charset else ""),
        f"Content-Length: {len(reply.body)}",
    ]
    with TemporaryDirectory() as folder:
        archive = Path(folder, "page.warc")
        archive.write_bytes("\r\n".join([*head, "", ""]).encode("ascii") + reply.body + b"\r\n\r\n")
        for item in read_drafts(archive):
            return _whole(item)
    raise Problem(f"the site sent nothing that can be read. {SAVE}")


def _dated(draft: Draft, published: Stated | None) -> Draft:
    """With the date of the feed where the page has none."""
    if draft.published or not published:
        return draft
    return replace(draft, published=published.day, precision=published.precision)


def _refusal(status: int) -> str:
    if status in (404, 410):
        return f"the site has no such page ({status}). Check the link."
    if status in (401, 402, 403, 407, 451):
        return f"the site does not show it to programs ({status}). Save the page in a browser and add the file."
    if status >= 500:
        return f"the site is out of order ({status}). Try again later, or save the page and add the file."
    return f"the site sent no page (it answered {status}). Check the link in a browser. {SAVE}"
