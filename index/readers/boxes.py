"""Documents that are zip archives inside (docx, epub): their members, within limits."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from index.problem import Problem

LARGEST_MEMBER = 64 * 1024 * 1024  # bytes, unpacked; the text of the longest novel has 10


@contextmanager
def opened(data: bytes, what: str) -> Iterator[zipfile.ZipFile]:
    """Raises Problem where the archive, or what is read of it, is damaged, locked or packed in an unknown way."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as box:
            yield box
    except DAMAGED as error:
        raise Problem(f"it is {why(error)}. Open it in its own program, save it anew and add that; it should be {what}.") from None


# struct.error and the like are subclasses of neither; zipfile raises them for some cut-off archives.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    KeyError,
    IndexError,
)


def why(error: BaseException) -> str:
    if isinstance(error, RuntimeError) and "password" in str(error):
        return "locked with a password"
    if isinstance(error, NotImplementedError):
        return "packed in a way that is not read"
    return "damaged or cut off"


def member(box: zipfile.ZipFile, name: str) -> bytes | None:
    """The bytes of a member, or None where there is none of that name. Raises Problem when it is too large unpacked."""
    if name not in box.NameToInfo:
        return None
    with box.open(name) as stream:
        data = stream.read(LARGEST_MEMBER + 1)
    if len(data) > LARGEST_MEMBER:
        raise Problem(f"its part {name[:80]!r} unpacks to more than {LARGEST_MEMBER / 1e6:.0f} MB. Save its text as .txt and add that.")
    return data
