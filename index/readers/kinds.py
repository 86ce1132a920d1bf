"""The kinds of files: which reader reads each, how large it may be, and which are read in a process of their own."""

from __future__ import annotations

import logging
import posixpath
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO
from zipfile import BadZipFile

from index.problem import Problem
from index.readers.docx import read_docx
from index.readers.draft import Draft, Item
from index.readers.encoding import mend, too_many_unreadable
from index.readers.epub import read_epub
from index.readers.feeds import LARGEST_FEED, read_feed
from index.readers.html import read_html
from index.readers.mail import LARGEST_MAIL, read_mail, read_mbox
from index.readers.markdown import read_markdown
from index.readers.pdf import read_pdf
from index.readers.plain import read_plain
from index.readers.records import read_csv, read_json, read_jsonl, read_jsonl_gz

log = logging.getLogger(__name__)

One = Callable[[bytes], Draft]
Many = Callable[[BinaryIO, str, Mapping[str, str]], Iterator[Item]]

ONE: dict[str, One] = {
    ".txt": read_plain,
    ".text": read_plain,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".epub": read_epub,
    ".eml": read_mail,
}
MANY: dict[str, Many] = {
    ".json": read_json,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".jsonl.gz": read_jsonl_gz,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".mbox": read_mbox,
    ".xml": read_feed,
    ".rss": read_feed,
    ".atom": read_feed,
}
ARCHIVES = (".zip", ".warc", ".warc.gz")  # read in parts, by the worker alone
ENDINGS = (*ONE, *MANY, *ARCHIVES)
_STREAMED = (".json", ".jsonl", ".ndjson", ".jsonl.gz", ".csv", ".tsv", ".mbox", *ARCHIVES)

MB = 1024 * 1024
ANY_SIZE = 1 << 50
# Bytes. A book is one or two MB of text; pages and documents may hold pictures.
LARGEST: dict[str, int] = dict.fromkeys(ONE, 20 * MB) | dict.fromkeys((".pdf", ".docx", ".epub"), 200 * MB) | {".eml": LARGEST_MAIL}
LARGEST |= dict.fromkeys(MANY, LARGEST_FEED) | dict.fromkeys(_STREAMED, ANY_SIZE)

_COMPLEX = (".pdf", ".docx", ".epub", *ARCHIVES)
_SIMPLE = (".txt", ".text", ".jsonl", ".ndjson", ".jsonl.gz", ".csv", ".tsv", ".mbox")  # bounded in time and memory at any size
_SMALL = MB
LONGEST_TEXT = 20_000_000  # characters
_PART_TITLE = 100


def kind_of(name: str) -> str:
    """A file's ending in small letters, ".warc.gz" and ".jsonl.gz" whole."""
    name = posixpath.basename(name.lower())
    whole = next((e for e in (".warc.gz", ".jsonl.gz") if name.endswith(e)), None)
    return whole or posixpath.splitext(name)[1]


def is_confined(kind: str, size: int) -> bool:
    """Whether a file is read in a process of its own, where it can do no harm to this one."""
    return kind in _COMPLEX or (size > _SMALL and kind not in _SIMPLE)


def is_passed_over(name: str) -> bool:
    """Hidden files, and READMEs: a README is about its folder, not an article in it."""
    parts = name.replace("\\", "/").split("/")
    return (
        any(p.startswith(".") or p == "__MACOSX" for p in parts if p not in (".", "..")) or parts[-1].partition(".")[0].upper() == "README"
    )


def title_of(stem: str) -> str:
    """A file's name as a title, for an article that has none."""
    return stem.replace("_", " ").replace("-", " ").strip()


def read_stream(stream: BinaryIO, kind: str, where: str, mapping: Mapping[str, str]) -> Iterator[Item]:
    """Every article of a file that is no archive; whatever fails is named, and nothing is raised."""
    try:
        if kind in ONE:
            data = stream.read(LARGEST[kind] + 1)
            if len(data) > LARGEST[kind]:
                raise Problem(f"it is larger than {LARGEST[kind] / 1e6:.0f} MB. Split it into articles.")
            if not data.strip():
                raise Problem("it is empty.")
            yield finished(ONE[kind](data), where)
        else:
            for item in MANY[kind](stream, where, mapping):
                yield finished(item, where) if isinstance(item, Draft) else item
    except Problem as problem:
        yield where, str(problem)
    except (BadZipFile, zlib.error, EOFError):  # of the archive that it is a member of
        yield where, "it is damaged or cut off. Pack the archive anew."
    except MemoryError:
        yield where, TOO_MUCH_MEMORY
    except OSError as error:
        yield where, f"it cannot be read ({error.strerror or error})."
    except Exception as error:  # a bug of ours or of a library's: logged as one, and the other files are read
        log.exception("Reading %s failed", where)
        yield where, f"reading it failed ({type(error).__name__}); the log says where. Save its text as .txt and add that."


TOO_MUCH_MEMORY = "reading it takes more memory than is allowed. Split it, or save its text as .txt and add that."


def finished(draft: Draft, where: str) -> Item:
    """Garbled letters mended, and a part of a file with a title of its own; (where, why) for what is no text."""
    if too_many_unreadable(draft.text):
        return draft.origin or where, "too many of its letters are unreadable. Save its text as .txt in UTF-8 and add that."
    if len(draft.text) > LONGEST_TEXT:
        return draft.origin or where, f"its text is longer than {LONGEST_TEXT / 1e6:.0f} million characters. Split it into articles."
    if not draft.pages:  # offsets of pages would move
        draft = replace(draft, text=mend(draft.text), title=mend(draft.title))
    if draft.origin and not draft.title:
        line = draft.text.strip().partition("\n")[0]
        draft = replace(draft, title=line if len(line) <= _PART_TITLE else line[:_PART_TITLE].rsplit(" ", 1)[0] + " …")
    return draft
