"""Mails and newsletters: .eml, one a file, and .mbox, many."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from typing import BinaryIO

from index.problem import Problem
from index.readers.draft import Draft, Item, date_or_nothing
from index.readers.encoding import decode
from index.readers.markup import html_to_text
from index.readers.records import Origins

LARGEST_MAIL = 50 * 1024 * 1024
_STUB = 500  # characters; a newsletter's plain part is often no more than "view this in your browser"


def read_mail(data: bytes) -> Draft:
    """Subject, sender and date of a mail, and its words: the plain text, or else the HTML."""
    # compat32: the newer policy parses headers by a grammar that some malformed ones bring down.
    message = message_from_bytes(data, policy=policy.compat32)
    if not message.keys():
        raise Problem("it is not a mail: it has no headers. Save it from the mail program as .eml.")
    plain, html = _bodies(message)
    shown = html_to_text(html)
    text = shown if len(plain) < _STUB and len(shown) > 3 * len(plain) else plain
    if not text.strip():
        held = ", ".join(filter(None, (part.get_filename() for part in message.walk()))) if message.is_multipart() else ""
        also = f" Its attachments are {held[:200]}: save them and add those." if held else ""
        raise Problem(f"there is no text in the mail.{also}")
    name, address = parseaddr(_header(message, "From"))
    sender = name or address or None
    bulk = any(message[h] for h in ("List-Id", "List-Unsubscribe"))  # a newsletter's sender is its outlet
    published, precision = date_or_nothing(_header(message, "Date"))
    return Draft(
        text,
        title=_header(message, "Subject"),
        source=sender if bulk else None,
        author=None if bulk else sender,
        published=published,
        precision=precision,
    )


def read_mbox(stream: BinaryIO, where: str, mapping: Mapping[str, str]) -> Iterator[Item]:
    """Every mail of a mailbox file, one in memory at a time."""
    origins = Origins(where)
    for number, (size, data) in enumerate(_mails(stream), 1):
        place = f"{where}, mail {number}"
        if size > LARGEST_MAIL:
            yield place, f"it is larger than {LARGEST_MAIL / 1e6:.0f} MB."
            continue
        try:
            draft = read_mail(data)
        except Problem as problem:
            yield place, str(problem)
            continue
        found = re.search(rb"^message-id:\s*<([^>\s]{1,250})>", data[: 64 * 1024], re.IGNORECASE | re.MULTILINE)
        yield origins.named(draft, found.group(1).decode("ascii", "replace") if found else "")


def _mails(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The size and the bytes of each; no more bytes than are read. A mail begins after a line "From …";
    such a line within one has a ">" before it."""
    if not stream.readline(LARGEST_MAIL).startswith(b"From "):
        raise Problem('it is not a mailbox: its first line does not begin with "From ".')
    lines: list[bytes] = []
    size = 0
    blank = True
    while line := stream.readline(LARGEST_MAIL):
        if blank and line.startswith(b"From "):
            yield size, b"".join(lines)
            lines, size = [], 0
            continue
        blank = not line.strip()
        size += len(line)
        if size <= LARGEST_MAIL:
            lines.append(re.sub(rb"^>(>*From )", rb"\1", line))
    if lines:
        yield size, b"".join(lines)


def _bodies(message: Message) -> tuple[str, str]:
    """The words in plain text and in HTML, of every part that is shown and not attached."""
    found: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    for part in message.walk():
        kind = part.get_content_type()
        if kind not in found or part.get_content_disposition() == "attachment" or part.is_multipart():
            continue
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes) or not data.strip():
            continue
        charset = part.get_param("charset")
        text = decode(data, charset if isinstance(charset, str) else None).replace("\r\n", "\n")
        if kind == "text/plain" and str(part.get_param("format") or "").lower() == "flowed":
            text = re.sub(r"(?<=[^\n])(?<!\n--) \n(?!-- \n|\n)", " ", text)  # RFC 3676: a blank at a line's end says that it goes on
        found[kind].append(text)
    return "\n\n".join(found["text/plain"]), "\n".join(found["text/html"])


def _header(message: Message, name: str) -> str:
    value = str(message.get(name, ""))
    with suppress(MessageError, ValueError, LookupError):  # an unknown charset, or bytes that are not in it
        value = str(make_header(decode_header(value)))
    return " ".join(value.split())
