"""Files → drafts of articles: one reader a format, chosen by the file's ending."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from index.problem import Problem
from index.readers.confined import read_confined
from index.readers.draft import Draft, Item, parse_date, parse_partial_date
from index.readers.kinds import ARCHIVES, ENDINGS, LARGEST, MANY, is_confined, is_passed_over, kind_of, read_stream

__all__ = ["ENDINGS", "LARGEST", "Draft", "find_files", "parse_date", "parse_partial_date", "read_drafts", "read_file"]


def read_drafts(path: Path, mapping: Mapping[str, str] | None = None) -> Iterator[Item]:
    """Every article in a file, and (where, why) for the file or each part of it that cannot be one.

    `mapping` says which fields of a JSON or CSV export hold what: {"text": "body", "date": "first_seen"}.
    A draft with an empty origin is the file itself; otherwise its origin is whole and needs no path before it.
    """
    try:
        kind, size = _looked_at(path)
    except Problem as problem:
        yield str(path), str(problem)
        return
    if is_confined(kind, size):
        yield from read_confined(path, kind, mapping or {})
        return
    try:
        with open(path, "rb") as stream:
            yield from read_stream(stream, kind, str(path), mapping or {})
    except OSError as error:
        yield str(path), _unreadable(error)


def read_file(path: Path) -> Draft:
    """The draft of a file that holds one article. Raises Problem with the reason when it cannot be an article."""
    if kind_of(path.name) in (*MANY, *ARCHIVES):
        raise Problem("it may hold many articles; they are read by read_drafts.")
    (item,) = read_drafts(path)
    if isinstance(item, tuple):
        raise Problem(item[1])
    return item


def _looked_at(path: Path) -> tuple[str, int]:
    """Kind and size of a file that can be read. Raises Problem with the reason for one that cannot."""
    kind = kind_of(path.name)
    if kind not in ENDINGS:
        raise Problem(f"files of the kind {kind or 'without an ending'!r} are not read. Known are: {', '.join(ENDINGS)}.")
    try:
        state = path.stat()
    except (OSError, ValueError) as error:
        raise Problem(_unreadable(error)) from None
    if not stat.S_ISREG(state.st_mode):
        raise Problem("it is not an ordinary file.")  # reading a pipe or a device may never end
    if not state.st_size:
        raise Problem("it is empty.")
    if state.st_size > LARGEST[kind]:
        raise Problem(f"it is {state.st_size / 1e6:.0f} MB; the most that is read is {LARGEST[kind] / 1e6:.0f} MB. Split it into articles.")
    return kind, state.st_size


def _unreadable(error: OSError | ValueError) -> str:
    why = getattr(error, "strerror", None) or error
    return f"it cannot be read ({why}). Check that it exists and its permissions."


def find_files(path: Path) -> Iterator[Path | tuple[Path, str]]:
    """The file itself, or every readable file under a folder in a stable order; (path, why) for what cannot be listed.

    Hidden files and READMEs are passed over: a README is about its folder, not an article in it.
    """
    if not os.path.isdir(path):  # Path.is_dir raises for a name that is too long, or a folder above that is closed
        yield path
        return
    failures: list[tuple[Path, str]] = []
    for folder, folders, names in os.walk(path, onerror=lambda e: failures.append((Path(e.filename), e.strerror or str(e)))):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            if not is_passed_over(name) and kind_of(name) in ENDINGS:
                yield Path(folder, name)
    yield from failures
