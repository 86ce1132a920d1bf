"""Books (.epub): one article a book, its chapters in the order of the spine."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import unquote

from index.problem import Problem
from index.readers.boxes import member, opened
from index.readers.draft import Draft, date_or_nothing
from index.readers.encoding import decode
from index.readers.markup import html_to_text, parse_xml

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_XENC = "{http://www.w3.org/2001/04/xmlenc#}"
LONGEST_BOOK = 20_000_000  # characters


def read_epub(data: bytes) -> Draft:
    """Raises Problem for what is no book, is damaged, protected or has no text."""
    with opened(data, "an EPUB book") as box:
        container = member(box, "META-INF/container.xml")
        if container is None:
            raise Problem("it is not an EPUB book (it has no META-INF/container.xml). Get the book again.")
        rootfile = parse_xml(container, "its container").find(f".//{_CONTAINER}rootfile")
        place = (rootfile.get("full-path") or "") if rootfile is not None else ""
        package = member(box, place)
        if package is None:
            raise Problem("its list of chapters is missing. Get the book again.")
        book = parse_xml(package, "its list of chapters")
        chapters = _chapters(book, posixpath.dirname(place))
        if _locked(member(box, "META-INF/encryption.xml")) & set(chapters):
            raise Problem("it is protected against copying (DRM), so it cannot be read. Get a copy without protection.")
        texts: list[str] = []
        for chapter in dict.fromkeys(chapters):
            html = member(box, chapter)
            if html:
                texts.append(html_to_text(decode(html)))
            if sum(map(len, texts)) > LONGEST_BOOK:
                raise Problem(f"its text is longer than {LONGEST_BOOK / 1e6:.0f} million characters. Split it.")
    text = "\n\n".join(filter(None, texts))
    if not text:
        raise Problem("there is no text in it. Is it made of pictures? Run it through text recognition (OCR) and add the result.")

    def facts(name: str) -> list[str]:
        return [said for e in book.iter(_DC + name) if (said := " ".join((e.text or "").split()))]

    published, precision = _published(book)
    return Draft(
        text,
        title=next(iter(facts("title")), ""),
        source=next(iter(facts("publisher")), None),
        author=", ".join(facts("creator")) or None,
        published=published,
        precision=precision,
        language=next(iter(facts("language")), None),
    )


def _chapters(book: Any, folder: str) -> list[str]:
    """The names of the archive's members with the text, in order."""
    places = {item.get("id"): item.get("href") or "" for item in book.iter(_OPF + "item")}
    read = [ref for ref in book.iter(_OPF + "itemref") if ref.get("linear") != "no"]
    hrefs = [unquote(places.get(ref.get("idref"), "")).partition("#")[0] for ref in read]
    return [posixpath.normpath(posixpath.join(folder, href)) for href in hrefs if href]


def _locked(data: bytes | None) -> set[str]:
    """What is encrypted; fonts often are, in a way that protects nothing else."""
    if not data:
        return set()
    return {unquote(e.get("URI") or "") for e in parse_xml(data, "its list of protected parts").iter(_XENC + "CipherReference")}


def _published(book: Any) -> tuple[Any, str]:
    """The date of publication where the book says so; a bare date is one too (EPUB 3), creation and change are not."""
    dates = [(e.get(_OPF + "event") or "", date_or_nothing((e.text or "").strip())) for e in book.iter(_DC + "date")]
    for wanted in ("publication", "original-publication", ""):
        for event, found in dates:
            if event == wanted and found[0]:
                return found
    return None, "day"
