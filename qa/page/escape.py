"""The security boundary of the page: text of people, articles and models becomes harmless HTML here.

Nothing reaches the browser as markup that was not written in this package: every other module passes
foreign text through `text` or `attribute`, marks by offsets with `marked` and links with `link`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

# What changes how other text looks, or hides text: controls, zero-width, direction overrides, tags (U+E00xx).
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")


def plain(value: str) -> str:
    """`value` as it is shown on one line."""
    return " ".join(_INVISIBLE.sub("", value).split())


def text(value: str) -> str:
    """`value` as text between tags. Line breaks stay; invisible and direction-changing characters go."""
    return html.escape(_INVISIBLE.sub("", value), quote=True)


def attribute(value: str) -> str:
    """`value` inside a double-quoted attribute, on one line."""
    return html.escape(plain(value), quote=True)


def cited(start: int, end: int, words: str) -> str:
    """The attributes that open an article at these words. They are sent back as they are, down to the last invisible
    character, to find the version that has them: so they are percent-encoded here, which is harmless anywhere."""
    return f' data-start="{start}" data-end="{end}" data-cited="{quote(words, safe="", errors="replace")}"'


def marked(value: str, spans: Sequence[tuple[int, int]], opening: str = "<mark>") -> str:
    """`value` as text with `<mark>` around `spans` (start, end; outside or empty ones are passed over).

    Offsets count characters of `value` as given: it is cut first and escaped afterwards.
    """
    made, done = [], 0
    for start, end in sorted(spans):
        start, end = max(start, done), min(end, len(value))
        if start < end:
            made.append(f"{text(value[done:start])}{opening}{text(value[start:end])}</mark>")
            done = end
    return "".join([*made, text(value[done:])])


def link(url: str | None, words: str) -> str:
    """A link that leaves the page, or nothing when `url` is not a plain http(s) address."""
    if not url or any(c.isspace() or ord(c) < 32 for c in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        return ""
    return f'<a class="out" href="{attribute(url)}" target="_blank" rel="noopener noreferrer nofollow">{text(words)}</a>'
