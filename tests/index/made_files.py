"""Small valid files of every kind that is read, made here so that no test needs a file of somebody else's."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Mapping, Sequence

STORY = "The stone bridge at Varn was opened in May 1932, and it carries the road to Harrow across the river. " * 3
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(pages: Sequence[Sequence[str]], info: Mapping[str, str] = {}) -> bytes:
    """One text object a line, as a typesetter writes them."""
    objects: list[bytes] = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    kids = []
    for lines in pages:
        shown = b"".join(b"BT /F1 11 Tf 72 %d Td (%s) Tj ET\n" % (760 - 14 * n, _escaped(line)) for n, line in enumerate(lines))
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(shown), shown))
        objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>" % len(objects))
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(kids), len(kids))
    objects.append(b"<<%s>>" % b"".join(b"/%s(%s)" % (k.encode(), _escaped(v)) for k, v in info.items()))
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size %d/Root 1 0 R/Info %d 0 R>>" % (len(objects) + 1, len(objects))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s%s\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, table, trailer, len(out))


def _escaped(text: str) -> bytes:
    return text.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name, data in members.items():
            box.writestr(name, data)
    return out.getvalue()


def docx(body: str, core: str = "", **parts: str) -> bytes:
    """`body` is what stands within <w:body>; `core` within the core properties; `parts` are further members of word/."""
    members = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f'<w:document xmlns:w="{W}" {MC}><w:body>{body}</w:body></w:document>',
    }
    if core:
        members["docProps/core.xml"] = (
            f'<cp:coreProperties xmlns:cp="urn:x" xmlns:dc="http://purl.org/dc/elements/1.1/">{core}</cp:coreProperties>'
        )
    return zipped(members | {f"word/{name}.xml": f'<w:notes xmlns:w="{W}">{inner}</w:notes>' for name, inner in parts.items()})


MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def paragraph(text: str, style: str = "", run: str = "") -> str:
    facts = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{facts}<w:r><w:rPr>{run}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def epub(chapters: Sequence[str], facts: str = "<dc:title>The bridges</dc:title>", extra: Mapping[str, str] = {}) -> bytes:
    items = "".join(f'<item id="c{n}" href="text/c%20{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:opf="http://www.idpf.org/2007/opf" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>{facts}</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>',
    }
    doctype = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">'
    for n, chapter in enumerate(chapters):
        members[f"OEBPS/text/c {n}.xhtml"] = (
            f'<?xml version="1.0" encoding="utf-8"?>{doctype}<html><head><title>x</title></head><body>{chapter}</body></html>'
        )
    return zipped(members | dict(extra))


def mail(body: bytes, kind: str = "text/plain; charset=utf-8", **headers: str) -> bytes:
    told = {"From": "Ada Quill <ada@tidewater.example>", "Subject": "The bridge", "Date": "Thu, 04 Mar 2021 08:00:00 +0100"} | headers
    told = {k.replace("_", "-"): v for k, v in told.items()} | {"Content-Type": kind}
    return "".join(f"{k}: {v}\r\n" for k, v in told.items()).encode() + b"\r\n" + body


def rss(items: str, head: str = "<title>Tidewater Courier</title>") -> bytes:
    names = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {names}><channel>{head}{items}</channel></rss>'.encode()


def page(title: str = "The bridge at Varn", story: str = STORY) -> bytes:
    return (
        f'<html lang="en"><head><title>{title}</title><meta property="og:site_name" content="Tidewater Courier">'
        '<meta property="article:published_time" content="2021-03-04T08:00:00Z"></head>'
        f"<body><nav><a href='/'>Home</a></nav><article><h1>{title}</h1><p>{story}</p>"
        f"<p>{story.replace('bridge', 'tower')}</p></article></body></html>"
    ).encode()


def warc(
    pages: Mapping[str, bytes], kind: str = "text/html; charset=utf-8", status: str = "200 OK", packed: bool = True, **more: str
) -> bytes:
    """A record a page, each packed by itself, as crawlers write them; `more` are headers of the pages."""
    out = b""
    for url, data in pages.items():
        told = {"Content-Type": kind} | {k.replace("_", "-"): v for k, v in more.items()}
        headers = "".join(f"{k}: {v}\r\n" for k, v in told.items())
        answer = f"HTTP/1.1 {status}\r\n{headers}\r\n".encode() + data
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n"
        record = (
            f"{head}Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
            + answer
            + b"\r\n\r\n"
        )
        out += gzip.compress(record) if packed else record
    return out


def lines(*records: object) -> bytes:
    return "".join(json.dumps(r) + "\n" for r in records).encode()
