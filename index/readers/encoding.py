"""Bytes of unknown encoding → text."""

from __future__ import annotations

import codecs
import re

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
_JUDGED = 256 * 1024  # bytes the detector is shown: its time grows with the text, its verdict hardly changes


def decode(data: bytes, declared: str | None = None) -> str:
    """Byte-order mark, then UTF-8, then what a header declared, then what the bytes look like.

    Raises Problem when they are not text at all.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    text = _declared(data, declared)
    if text is None:
        if b"\0" in data:
            raise Problem("it is not text (it holds zero bytes). Is it a document of another kind? Save it as .txt, .md or .html.")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = _guessed(data)
    control = len(data) - len(data.translate(None, _CONTROL))
    if control > len(text) // 50 or too_many_unreadable(text):
        raise Problem("it is not text (too many bytes mean nothing in any known encoding). Save it as .txt in UTF-8.")
    return text


def guess_encoding(start: bytes) -> str:
    """The name of an encoding from a file's first bytes, for one that is too long to be read whole."""
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)  # may end within a character
        return "utf-8"
    except UnicodeDecodeError:
        pass
    best = from_bytes(start[:_JUDGED]).best()
    return "cp1252" if best is None or best.encoding in _TAKEN_FOR_WESTERN else best.encoding


def too_many_unreadable(text: str) -> bool:
    return text.count("\ufffd") > len(text) // 50


def mend(text: str) -> str:
    """UTF-8 that was once read as Windows-1252 ("itâ€™s"), put right; any other text as it is.

    Safe, because it asks for two such places at least and none that speaks against it: a text in
    Portuguese has an Ã before a plain letter, and is left alone.
    """
    # The first two are fifty times as fast as the others, and most texts end there.
    if text.isascii() or not _LEAD.search(text) or _GENUINE.search(text) or len(_GARBLED.findall(text)) < 2:
        return text
    return _GARBLED.sub(_mended, text)


_CONTROL = bytes(n for n in range(32) if n not in (9, 10, 12, 13))
# What Windows-1252 makes of the bytes 80-BF; Latin-1, and Windows-1252 where it has no character, leave the byte.
_BYTES = {chr(b): chr(b) for b in range(0x80, 0xC0)} | {bytes([b]).decode("cp1252", "ignore") or chr(b): chr(b) for b in range(0x80, 0xC0)}
_SET = re.escape("".join(_BYTES))
_LEAD = re.compile("[Â-ô]")
_GARBLED = re.compile(f"[Â-ß][{_SET}]|[à-ï][{_SET}]{{2}}|[ð-ô][{_SET}]{{3}}")
_GENUINE = re.compile(f"[Â-ß](?![{_SET}])|[à-ï](?![{_SET}]{{2}})|[ð-ô](?![{_SET}]{{3}})")


def _mended(found: re.Match[str]) -> str:
    try:
        return "".join(_BYTES.get(c, c) for c in found.group()).encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:  # an overlong form, or half a character
        return found.group()


def _declared(data: bytes, name: str | None) -> str | None:
    """None where UTF-8 says better, or the declared encoding is unknown or does not fit."""
    if not name:
        return None
    try:
        return data.decode("utf-8" if b"\0" not in data else name)
    except (UnicodeDecodeError, LookupError, ValueError):
        pass
    try:
        # What calls itself latin-1 is Windows-1252: https://encoding.spec.whatwg.org/#names-and-labels
        known = codecs.lookup(name).name
        if known.startswith(("utf-16", "utf-32")) and b"\0" not in data:  # any even number of bytes fits, and makes nonsense
            return None
        return data.decode("cp1252" if known in ("iso8859-1", "ascii") else known)
    except (UnicodeError, LookupError, ValueError):  # LookupError also for codecs that make no text of bytes
        return None


def _guessed(data: bytes) -> str:
    # Western single-byte text is by far the commonest and the one detectors confuse with its
    # neighbours: when every high byte is a letter or typographic mark in cp1252, that is what it is.
    best = from_bytes(data[:_JUDGED] if len(data) > _JUDGED else data).best()
    if best is None:
        return data.decode("utf-8", "replace")
    if best.encoding in _TAKEN_FOR_WESTERN:
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            pass
    return str(best) if len(data) <= _JUDGED else data.decode(best.encoding, "replace")
