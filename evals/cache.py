"""What was asked before, kept: a second run costs seconds, and an interrupted one goes on where it was."""

from __future__ import annotations

import hashlib
import os
import threading
from functools import cache
from pathlib import Path

from index.problem import Problem

ROOT = Path(__file__).parents[1]
# Everything that decides an answer besides settings and prompts, which have their own fingerprint.
ANSWERED_BY = ("qa/*.py", "index/*.py", "index/readers/*.py", "index/question/*.py", "index/models.toml")


class Cache:
    """One file a value, written whole or not at all; safe for several threads and processes."""

    def __init__(self, folder: Path, fresh: bool = False) -> None:
        """`fresh` reads nothing that was there before, and replaces it."""
        self._folder = folder
        self._fresh = fresh

    def get(self, key: str) -> str | None:
        if self._fresh:
            return None
        try:
            return self._file(key).read_text("utf-8")
        except (OSError, UnicodeDecodeError):  # not there, or not readable: it is asked again
            return None

    def put(self, key: str, value: str) -> None:
        file = self._file(key)
        aside = file.with_name(f"{file.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            aside.write_text(value, "utf-8")
            aside.replace(file)
        except OSError as error:
            raise Problem(f"{file.parent} cannot be written ({error.strerror or error}). Free some disk space, then run again.") from None

    def _file(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"


def key_of(*parts: object) -> str:
    """A name for what these parts, in this order, lead to."""
    return hashlib.sha256("\0".join(map(repr, parts)).encode("utf-8", "replace")).hexdigest()[:32]


@cache
def code_digest() -> str:
    """Twelve hex digits that change with any line of the code that answers."""
    seen = hashlib.sha256()
    for path in sorted(path for pattern in ANSWERED_BY for path in ROOT.glob(pattern)):
        seen.update(path.read_bytes())
    return seen.hexdigest()[:12]
