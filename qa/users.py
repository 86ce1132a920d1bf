"""Who may sign in: a file with a line for each, the name and the scrypt hash of the password."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from index.problem import Problem

LONGEST_NAME = 64  # characters
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 1_000  # characters
LOG_N, R, P = 14, 8, 5  # of scrypt: 16 MB, about 0.2 s; from OWASP's Password Storage Cheat Sheet
_LIMITS = (20, 32, 16)  # of the same in a line of the file; more would take minutes or all memory
_MEMORY = 2**31 - 1  # bytes that OpenSSL may use at most; `_LIMITS` is the tighter one
ADD = "article-qa user add NAME"


class Users:
    """The file, read anew where it has changed since it was looked at last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, ...] | None = None
        self._hashes: Mapping[str, str] = {}

    def hashes(self) -> Mapping[str, str]:
        """Name → hash. Raises Problem for a file that cannot be read, or is not one of ours."""
        try:
            facts = self.path.stat()
            seen = (facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
            if seen != self._seen:
                self._hashes = _parsed(self.path, self.path.read_text("utf-8-sig"))
                self._seen = seen
        except (OSError, UnicodeDecodeError) as error:
            self._seen = None
            raise Problem(f"The users in {self.path} cannot be read ({error}). See that the file is there, or run: {ADD}") from error
        return self._hashes


def opened(path: Path) -> Users:
    """The users of a server that starts now. Raises Problem where nobody could sign in."""
    users = Users(path)
    if not users.hashes():
        raise Problem(f"There is nobody in {path} yet, so nobody could sign in. Run: {ADD}")
    return users


def hashed(password: str) -> str:
    """As it stands in the file: `scrypt$14$8$5$salt$hash`, the last two in hex digits."""
    salt = secrets.token_bytes(16)
    return f"scrypt${LOG_N}${R}${P}${salt.hex()}${_scrypt(password, salt, LOG_N, R, P).hex()}"


def fits(password: str, kept: str | None) -> bool:
    """Whether it is the password; for nobody's (None) no, after the same time."""
    log_n, r, p, salt, wanted = _parts(kept or _NOBODY)
    return hmac.compare_digest(_scrypt(password, salt, log_n, r, p), wanted) and kept is not None


def add(path: Path, name: str, password: str) -> bool:
    """Add somebody, or give them a new password; whether they are new. Raises Problem."""
    name = checked_name(name)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Problem(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD:,} characters. Choose another one.")
    made = hashed(password)
    before = _rewritten(path, lambda kept: kept | {name: made})
    return name not in before


def remove(path: Path, name: str) -> None:
    """They are signed out with their next request; their conversations stay. Raises Problem for a name that is not there."""

    def without(kept: dict[str, str]) -> dict[str, str]:
        if name not in kept:
            raise Problem(f"There is no user {name!r}. See: article-qa user list")
        return {other: line for other, line in kept.items() if other != name}

    name = normal(name)
    _rewritten(path, without)


def checked_name(name: str) -> str:
    """The name as it is kept. Raises Problem for one that cannot be sent in a request, or not be told apart on a screen."""
    name = normal(name)
    if not name or len(name) > LONGEST_NAME or ":" in name or not name.isprintable() or name != "".join(name.split()):
        raise Problem(f"{name!r} cannot be a name: it has 1 to {LONGEST_NAME} characters, without spaces and colons.")
    return name


def normal(typed: str) -> str:
    """One way of writing what keyboards write in several (é as one sign or as two)."""
    return unicodedata.normalize("NFC", typed)


def _rewritten(path: Path, change: Callable[[dict[str, str]], dict[str, str]]) -> Mapping[str, str]:
    """Puts what `change` makes of the users in their place, whole or not at all; returns those before."""
    target = path.resolve()  # a link goes on leading there
    unfinished = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Made by nobody else meanwhile: two who write at once would lose one's change.
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            try:
                before = Users(target).hashes() if target.exists() else {}
                file.writelines(f"{name}:{line}\n" for name, line in change(dict(before)).items())
                file.flush()
                os.fsync(file.fileno())
                os.replace(unfinished, target)
            except BaseException:
                with suppress(OSError):
                    unfinished.unlink()
                raise
    except FileExistsError:
        raise Problem(f"{unfinished} is there: somebody else is changing the users now, or was cut off. Delete it if not.") from None
    except OSError as error:
        raise Problem(f"The users in {path} cannot be written ({error}). Choose another file with ARTICLE_QA_USERS.") from error
    return before


def _parsed(path: Path, content: str) -> Mapping[str, str]:
    found = {}
    for number, line in enumerate(content.splitlines(), start=1):
        name, _, kept = line.strip().partition(":")
        try:
            if line.strip():
                _parts(kept)
                found[checked_name(name)] = kept
        except (ValueError, Problem):
            raise Problem(f"Line {number} of {path} is no user of article-qa. Delete it, and run: {ADD}") from None
    return found


def _parts(kept: str) -> tuple[int, int, int, bytes, bytes]:
    """Raises ValueError for what is not a hash of ours."""
    kind, log_n, r, p, salt, wanted = kept.split("$")
    costs = int(log_n), int(r), int(p)
    if kind != "scrypt" or not all(1 <= cost <= limit for cost, limit in zip(costs, _LIMITS, strict=True)) or len(wanted) != 64:
        raise ValueError(kept)
    return *costs, bytes.fromhex(salt), bytes.fromhex(wanted)


def _scrypt(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    # What is no text (a lone surrogate) is no password either, yet must take its time and not fail.
    given = normal(password).encode("utf-8", "replace")
    return hashlib.scrypt(given, salt=salt, n=2**log_n, r=r, p=p, maxmem=_MEMORY, dklen=32)


_NOBODY = f"scrypt${LOG_N}${R}${P}${'0' * 32}${'0' * 64}"
