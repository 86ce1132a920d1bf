"""Zip archives of articles: each member by the reader of its own kind, in memory; no name in the archive is ever a path on disk."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO, cast

from index.problem import Problem
from index.readers import kinds
from index.readers.boxes import DAMAGED, why
from index.readers.draft import Draft, Item, Mark

MOST_MEMBERS = 100_000
MOST_BYTES = 20 * 1024**3  # unpacked, all together
MOST_RATIO = 200  # unpacked to packed; text packs to a twentieth, a bomb to a thousandth
_ALWAYS = 10 * 1024 * 1024  # bytes that may be unpacked whatever the ratio
_NESTED = frozenset((".zip", ".warc", ".warc.gz"))
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz")


def read_zip(stream: BinaryIO, where: str, mapping: Mapping[str, str], after: int | None = None) -> Iterator[Item | Mark]:
    """The articles of every member that is of a known kind; hidden files, READMEs and other kinds are passed over.

    `after` is the mark of the member that brought an earlier reading down.
    """
    try:
        box = zipfile.ZipFile(stream)
    except DAMAGED as error:
        raise Problem(f"it is {why(error)}, or no zip archive. Pack it anew.") from None
    with box:
        members = box.infolist()
        if len(members) > MOST_MEMBERS:
            raise Problem(f"it holds {len(members)} files; the most that is read is {MOST_MEMBERS}. Split it.")
        taken: dict[str, int] = {}
        total = 0
        read = False
        for at, info in enumerate(members):
            kind = kinds.kind_of(info.filename)
            place = f"{where}!/{info.filename.lstrip('/')}"
            taken[place] = taken.get(place, 0) + 1
            place += f" ({taken[place]})" if taken[place] > 1 else ""
            if info.is_dir() or kinds.is_passed_over(info.filename):
                continue
            if kind not in kinds.ENDINGS and not info.filename.lower().endswith(_ARCHIVES):
                continue
            read = True
            total += info.file_size
            if after is not None and at <= after:
                continue
            refused = _refusal(info, kind, total)
            if refused:
                yield place, refused
                continue
            yield Mark(at, place)
            yield from _member(box, info, kind, place, mapping)
            yield Mark(at, "")
        if not read:
            raise Problem("there are no articles in it, of a kind that is read.")


def _refusal(info: zipfile.ZipInfo, kind: str, total: int) -> str:
    if kind in _NESTED or kind not in kinds.ENDINGS:
        return "an archive within an archive is not read. Unpack it and add that."
    if info.flag_bits & 1:
        return "it is locked with a password. Unpack the archive and add the files."
    if total > MOST_BYTES:
        return f"the archive unpacks to more than {MOST_BYTES / 1e9:.0f} GB. Unpack it and add the folder."
    if info.file_size > max(_ALWAYS, MOST_RATIO * info.compress_size):
        return f"it unpacks to more than {MOST_RATIO} times its size, as no text does. Unpack it yourself if you trust it."
    limit = kinds.LARGEST[kind]
    if info.file_size > limit:
        return f"it is {info.file_size / 1e6:.0f} MB; the most that is read is {limit / 1e6:.0f} MB. Split it into articles."
    return ""


def _member(box: zipfile.ZipFile, info: zipfile.ZipInfo, kind: str, place: str, mapping: Mapping[str, str]) -> Iterator[Item]:
    stem = posixpath.splitext(posixpath.basename(info.filename.replace("\\", "/")))[0]
    try:
        # A member is never unpacked beyond the size its entry states: zipfile stops there.
        with box.open(info) as stream:
            for item in kinds.read_stream(cast(BinaryIO, stream), kind, place, mapping):
                yield _placed(item, place, stem) if isinstance(item, Draft) else item
    except DAMAGED as error:
        yield place, f"it is {why(error)}. Pack the archive anew."


def _placed(draft: Draft, place: str, stem: str) -> Draft:
    return draft if draft.origin else replace(draft, origin=place, title=draft.title or kinds.title_of(stem))
