"""Exports with many articles in a file: JSON, JSON Lines (plain or gzipped) and CSV, one record after the other."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from index.problem import Problem
from index.readers.draft import Draft, Item
from index.readers.encoding import decode, guess_encoding
from index.readers.fields import check_mapping, draft_of, has_text
from index.text import digest

LONGEST_LINE = 20 * 1024 * 1024  # bytes of one record
LARGEST_JSON = 100 * 1024 * 1024  # bytes; it is held in memory whole, some five times over
MOST_FAILURES = 1000  # in a row, after which the rest is not looked at
_SAMPLE = 256 * 1024
_ALWAYS = 20 * 1024 * 1024  # bytes that may be unpacked whatever the ratio
_MOST_BLANK = 100_000  # lines in a row
_RATIO = 200  # text and JSON pack to a fifth or a twentieth


class Origins:
    """Names of the parts of one file, none given twice: a second part of the same name is another article, not a new version."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._seen: dict[int, int] = {}

    def named(self, draft: Draft, key: str) -> Draft:
        key = key or digest(draft.text)[:16]
        if len(key) > 300:
            key = f"{key[:200]}…{digest(key)[:16]}"
        count = self._seen[hash(key)] = self._seen.get(hash(key), 0) + 1
        return replace(draft, origin=f"{self._where}#{key}" + (f" ({count})" if count > 1 else ""))


def read_json(stream: BinaryIO, where: str, mapping: Mapping[str, str]) -> Iterator[Item]:
    """A list of articles, an object with such a list in it, one article, or JSON Lines by another name."""
    check_mapping(mapping)
    first = stream.readline(LONGEST_LINE)
    more = stream.read(1)
    stream.seek(0)
    if more and _is_record(first):
        yield from read_jsonl(stream, where, mapping)
        return
    data = stream.read(LARGEST_JSON + 1)
    if len(data) > LARGEST_JSON:
        raise Problem(
            f"it is larger than {LARGEST_JSON / 1e6:.0f} MB. Save it as JSON Lines (.jsonl, one article a line), which may be any size."
        )
    try:
        value = json.loads(decode(data))
    except (ValueError, RecursionError) as error:
        raise Problem(f"it is not JSON ({_why(error)}). Export it again.") from None
    del data
    if isinstance(value, dict) and has_text(value, mapping):
        value = [value]
    records = _longest_list(value)
    if not records:
        raise Problem("no articles were found in it. It should be a list of objects, each with a text.")
    yield from _drafts(((f"{where}, record {n}", r) for n, r in enumerate(records, 1)), where, mapping)


def read_jsonl(stream: BinaryIO, where: str, mapping: Mapping[str, str]) -> Iterator[Item]:
    """One article a line; a line that fails is named and the rest goes on. Memory stays bounded by the longest line."""
    check_mapping(mapping)
    start = stream.read(_SAMPLE)
    stream.seek(0)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Problem("it is in UTF-16. Save it in UTF-8.")
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[") and not _is_record(start.splitlines()[0]):
        yield from read_json(io.BytesIO(stream.read(LARGEST_JSON + 1)), where, mapping)
        return
    yield from _drafts(_lines(stream, where), where, mapping)


def read_jsonl_gz(stream: BinaryIO, where: str, mapping: Mapping[str, str]) -> Iterator[Item]:
    with gzip.GzipFile(fileobj=stream) as unpacked:
        try:
            yield from _drafts(_lines(_Measured(unpacked, stream), where), where, mapping)
        except (OSError, EOFError, zlib.error) as error:
            raise Problem(f"its gzip packing is damaged ({_why(error)}); what came before was read. Fetch or pack it again.") from None


def read_csv(stream: BinaryIO, where: str, mapping: Mapping[str, str]) -> Iterator[Item]:
    """One article a row, under a first row that names the columns; parted by comma, semicolon, tab or bar."""
    check_mapping(mapping)
    start = stream.read(_SAMPLE)
    stream.seek(0)
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Problem("it is not text (it holds zero bytes). Export it again as CSV in UTF-8.")
    encoding = guess_encoding(start)
    text = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
    try:
        # The module's own limit is 131,072 characters, which a long article exceeds. It is one for the process.
        csv.field_size_limit(LONGEST_LINE)
        # strict: a row with a quote that never ends would otherwise swallow the rest of the file in silence
        rows = csv.reader(text, delimiter=_delimiter(start.decode(encoding, "replace")), strict=True)
        yield from _drafts(_rows(rows, where, mapping), where, mapping)
    finally:
        text.detach()  # the stream is the caller's to close


def _rows(rows: Any, where: str, mapping: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    try:
        names = [n.strip() for n in next(rows, [])]
    except csv.Error as error:
        raise Problem(f"its first row is not CSV ({error}). Export it again.") from None
    unknown = sorted(set(mapping.values()) - set(names))
    if unknown or not has_text(dict.fromkeys(names, "x"), mapping):
        what = f"it has no column {', '.join(unknown)}" if unknown else "which column holds the text is not known"
        raise Problem(
            f"{what}; its first row names: {', '.join(names)[:300] or 'none'}. Name the text's column in the mapping, as text=COLUMN."
        )
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield f"{where}, line {rows.line_num}", Problem(f"the row is not CSV ({error}). Check its quotation marks.")
            continue
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield f"{where}, line {rows.line_num}", dict(zip(names, row, strict=False))


def _delimiter(start: str) -> str:
    head = re.sub(r'"[^"]*"', "", start.partition("\n")[0])
    return max(",;\t|", key=head.count)


def _lines(stream: Any, where: str) -> Iterator[tuple[str, object]]:
    number = blank = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        place = f"{where}, line {number}"
        if len(line) > LONGEST_LINE:
            raise Problem(f"line {number} is longer than {LONGEST_LINE / 1e6:.0f} MB. Is it JSON Lines, one article a line?")
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            blank += 1
            if blank > _MOST_BLANK:
                raise Problem(f"{_MOST_BLANK} blank lines follow each other, so the rest was not looked at.")
            continue
        blank = 0
        try:
            yield place, json.loads(decode(line))
        except (ValueError, RecursionError) as error:
            yield place, Problem(f"it is not JSON ({_why(error)}).")
        except Problem as problem:
            yield place, problem


def _drafts(records: Iterable[tuple[str, object]], where: str, mapping: Mapping[str, str]) -> Iterator[Item]:
    origins = Origins(where)
    failures = 0
    for place, record in records:
        try:
            if isinstance(record, Problem):
                raise record
            if not isinstance(record, dict):
                raise Problem("it is not an object with named fields.")
            draft = origins.named(*draft_of(record, mapping))
        except Problem as problem:
            yield place, str(problem)
            failures += 1
            if failures == MOST_FAILURES:
                raise Problem(f"{MOST_FAILURES} records in a row could not be read, so the rest was not looked at.") from problem
            continue
        failures = 0
        yield draft


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line.removeprefix(b"\xef\xbb\xbf")), dict)
    except (ValueError, RecursionError):
        return False


def _longest_list(value: object, depth: int = 0) -> list[object]:
    """The longest list of objects in an answer's envelope: {"data": {"articles": […]}}."""
    if isinstance(value, list):
        return value if any(isinstance(v, dict) for v in value) else []
    inner = value.values() if isinstance(value, dict) and depth < 4 else ()
    return max((_longest_list(v, depth + 1) for v in inner), key=len, default=[])


def _why(error: BaseException) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]


class _Measured:
    """What is unpacked from gzip, measured against what it came from."""

    def __init__(self, unpacked: Any, packed: BinaryIO) -> None:
        self._unpacked, self._packed, self._count = unpacked, packed, 0

    def readline(self, limit: int) -> bytes:
        line: bytes = self._unpacked.readline(limit)
        self._count += len(line)
        if self._count > max(_ALWAYS, _RATIO * self._packed.tell()):
            raise Problem(f"it unpacks to more than {_RATIO} times its size, as no text does. Unpack it yourself if you trust it.")
        return line
