"""Plain text: the first line is the title when it stands alone."""

from __future__ import annotations

from index.readers.draft import Draft
from index.readers.encoding import decode

LONGEST_TITLE = 200


def read_plain(data: bytes, charset: str | None = None) -> Draft:
    text = decode(data, charset).strip()
    first, _, rest = text.partition("\n")
    alone = not rest.strip() or rest.lstrip(" \t\r").startswith("\n")
    return Draft(text, title=first.strip() if alone and len(first) <= LONGEST_TITLE else "")
