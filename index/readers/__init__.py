"""Files → drafts of articles: one reader a format, chosen by the file's ending."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from index.problem import Problem
from index.readers.draft import Draft, parse_date
from index.readers.html import read_html
from index.readers.markdown import read_markdown
from index.readers.plain import read_plain

__all__ = ["LARGEST", "READERS", "Draft", "find_files", "parse_date", "read_file"]

LARGEST = 20 * 1024 * 1024  # bytes; a book is one or two
READERS: dict[str, Callable[[bytes], Draft]] = {
    ".txt": read_plain,
    ".text": read_plain,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
}


def read_file(path: Path) -> Draft:
    """The draft of one file. Raises Problem with the reason when it cannot be an article."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise Problem(f"files of the kind {path.suffix or 'without an ending'!r} are not read. Known are: {', '.join(READERS)}.")
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise Problem("it is not an ordinary file.")  # reading a pipe or a device may never end
        if state.st_size > LARGEST:
            raise Problem(f"it is {state.st_size / 1e6:.0f} MB; the most that is read is {LARGEST / 1e6:.0f} MB. Split it into articles.")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise Problem(f"it cannot be read ({why}). Check that it exists and its permissions.") from None
    if not data.strip():
        raise Problem("it is empty.")
    return reader(data)


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
            file = Path(folder, name)
            if not name.startswith(".") and file.stem.upper() != "README" and file.suffix.lower() in READERS:
                yield file
    yield from failures
