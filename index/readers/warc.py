"""Saved web archives (.warc, .warc.gz): every page in them, under the address it was fetched from."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from index.problem import Problem
from index.readers.draft import Draft, Item, Mark
from index.readers.html import read_html
from index.readers.pdf import read_pdf
from index.readers.plain import read_plain

LARGEST_PAGE = 20 * 1024 * 1024  # bytes, unpacked
_PAGES = frozenset(("text/html", "application/xhtml+xml"))
_READ = _PAGES | {"text/plain", "application/pdf"}
_UNPACKED = frozenset(("", "identity", "gzip", "x-gzip", "deflate", "br"))


def read_warc(stream: BinaryIO, where: str, mapping: Mapping[str, str], after: int | None = None) -> Iterator[Item | Mark]:
    """Pages, texts and PDF documents that were fetched well; pictures, scripts and errors are passed over.

    The time of fetching is not taken for the date. `after` is the mark of the record that brought an
    earlier reading down.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    if after is not None:
        stream.seek(after)
    count = 0
    records = ArchiveIterator(stream)
    try:
        for record in records:
            count += 1
            if after is not None:
                after = None
                continue
            link = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> ").partition("#")[0]
            kind, charset = _kind(record)
            if kind not in _READ or not link.startswith(("http://", "https://")):
                continue
            at = records.offset  # it moves on as the record is read
            yield Mark(at, link)
            try:
                yield _page(record, link, kind, charset)
            except Problem as problem:
                yield link, str(problem)
            yield Mark(at, "")
    except ArchiveLoadFailed as error:
        if "non-chunked" in str(error):
            raise Problem(
                "it is packed as one piece, which cannot be read record by record. Unpack it with gunzip and add the .warc."
            ) from None
        raise Problem(f"it is damaged after {count} records, or is no web archive. Fetch it again.") from None
    except (OSError, EOFError, zlib.error, ValueError, AttributeError, TypeError, IndexError, KeyError) as error:
        raise Problem(f"it is damaged after {count} records ({type(error).__name__}). Fetch it again.") from error
    if not count:
        raise Problem("there are no records in it.")
    if records.err_count:
        raise Problem(f"it is damaged in {records.err_count} places, where pages may be missing; the others were read. Fetch it again.")


def _kind(record: Any) -> tuple[str, str | None]:
    """What a record holds, "" for what is not read, and the charset its server declared."""
    if record.rec_type == "response" and record.http_headers is not None:
        headers = record.http_headers
        if headers.get_statuscode() != "200":
            return "", None
    elif record.rec_type in ("resource", "conversion"):
        headers = record.rec_headers
    else:
        return "", None
    said = (headers.get_header("Content-Type") or "").lower()
    charset = said.partition("charset=")[2].strip(" \"'").partition(";")[0].strip(" \"'")
    return said.partition(";")[0].strip(), charset or None


def _page(record: Any, link: str, kind: str, charset: str | None) -> Draft:
    packing = ((record.http_headers.get_header("Content-Encoding") or "") if record.http_headers else "").strip().lower()
    if packing not in _UNPACKED:
        raise Problem(f"it was saved packed as {packing[:20]!r}, which is not read. Add its link.")
    data = record.content_stream().read(LARGEST_PAGE + 1)
    if len(data) > LARGEST_PAGE:
        raise Problem(f"it is larger than {LARGEST_PAGE / 1e6:.0f} MB.")
    record.raw_stream.read(1 << 16)  # what its packing leaves at the end
    if record.raw_stream.limit > 0:
        raise Problem("it is cut off: the archive ends within it, or was damaged there. Fetch it again.")
    if not data.strip():
        raise Problem("it is empty.")
    if kind == "application/pdf":
        draft = read_pdf(data)
    elif kind == "text/plain":
        draft = read_plain(data, charset)
    else:
        draft = read_html(data, link, charset)
    return replace(draft, origin=link, url=draft.url or link)
