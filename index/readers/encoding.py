"""Bytes of unknown encoding → text."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from index.problem import Problem

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_TAKEN_FOR_WESTERN = frozenset("cp1250 cp1252 cp1257 latin_1 iso8859_15 cp1254 cp1258 mac_roman hp_roman8 cp775 cp850 cp858".split())


def decode(data: bytes) -> str:
    """Byte-order mark, then UTF-8, then what the bytes look like.

    Raises Problem when they are not text at all.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data:
        raise Problem("it is not text (it holds zero bytes). Is it a document of another kind? Save it as .txt, .md or .html.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _guessed(data)
    control = sum(1 for c in text if c < " " and c not in "\t\n\r\x0c")
    if control > len(text) // 50 or text.count("\ufffd") > len(text) // 50:
        raise Problem("it is not text (too many bytes mean nothing in any known encoding). Save it as .txt in UTF-8.")
    return text


def _guessed(data: bytes) -> str:
    # Western single-byte text is by far the commonest and the one detectors confuse with its
    # neighbours: when every high byte is a letter or typographic mark in cp1252, that is what it is.
    best = from_bytes(data).best()
    if best is None:
        return data.decode("utf-8", "replace")
    if best.encoding in _TAKEN_FOR_WESTERN:
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            pass
    return str(best)
