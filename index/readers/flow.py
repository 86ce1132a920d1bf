"""Lines as they stand on printed pages → running text: words and sentences whole again, headers and page numbers gone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from index.text import clean

_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_EDGE = 3  # lines at the head and foot of a page where what repeats is no text
_FEWEST = 3  # pages on which it must repeat
_HYPHENS = "-\u2010\u00ad"
_ENDS = re.compile(r"[.!?:…][\"'”’»)\]]*$")
_BULLET = re.compile(r"[-*•–—▪●◦]\s|\(?\d{1,3}[.)]\s")
_BROKEN = re.compile(rf"(?P<head>[^\W\d_]+)[{_HYPHENS}]$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def flow(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """The text of all pages, in paragraphs parted by a blank line, and the offset at which each page begins.

    The text comes out as `clean` would leave it, so the offsets hold in the article.
    """
    lines = _without_edges([[_line(raw) for raw in page.translate(_LIGATURES).splitlines()] for page in pages])
    width = _usual_width(lines)
    vocabulary = {word.casefold() for page in lines for line in page for word in _WORD.findall(line)}
    parts: list[str] = []
    length = 0
    starts = []
    before = ""
    for page in lines:
        fresh = True
        blank = False
        for line in page:
            if not line:
                blank = not fresh
                continue
            link = _link(before, line, blank, width) if before else ""
            broken = _BROKEN.search(before) if link == "-" else None
            if link == "-":
                if broken and line[0].islower() and not _is_compound(broken["head"], line, vocabulary):
                    parts[-1] = parts[-1][:-1]
                    length -= 1
                link = ""
            if fresh:
                starts.append(length + len(link))
                fresh = False
            parts += (link, line)
            length += len(link) + len(line)
            before, blank = line, False
        if fresh:
            starts.append(length)
    # An empty page stands before the hyphen that the next one takes away.
    return "".join(parts), tuple(accumulate(reversed(starts), min))[::-1]


def _line(raw: str) -> str:
    # A soft hyphen at a line's end breaks a word; `clean` would drop it and lose that.
    soft = raw.rstrip().endswith("\u00ad")
    return " ".join(clean(raw).split()) + ("-" if soft else "")


def _link(before: str, line: str, blank: bool, width: int) -> str:
    """What stands between two lines: nothing ("-": and a hyphen to be looked at), a blank, or a paragraph's end."""
    if before[-1] in _HYPHENS and before[-2:-1].isalnum() and line[0].isalnum():
        return "-"
    ended = _ENDS.search(before) is not None
    if _BULLET.match(line) and (ended or line[0] not in "(0123456789"):  # a sentence may run on with "12. "
        return "\n\n"
    if line[0].islower() and not ended:
        return " "
    if blank or (ended and len(before) < 0.8 * width):
        return "\n\n"
    # A short line without a stop, and a capital after it: a heading.
    return "\n\n" if not ended and len(before) < 0.6 * width and not before.endswith(",") and not line[0].islower() else " "


def _is_compound(head: str, line: str, vocabulary: set[str]) -> bool:
    """Whether the hyphen belongs to the word ("well-known"): the document decides, where it writes either elsewhere."""
    found = _WORD.match(line)
    tail = found.group() if found else ""
    return f"{head}-{tail}".casefold() in vocabulary and (head + tail).casefold() not in vocabulary


def _usual_width(pages: Sequence[Sequence[str]]) -> int:
    widths = sorted(len(line) for page in pages for line in page if line)
    return widths[int(len(widths) * 0.8)] if widths else 0


def _without_edges(pages: list[list[str]]) -> list[list[str]]:
    """Pages without the headers, footers and numbers that repeat on most of them, or on every other one."""
    stripped = [_trimmed(page) for page in pages]
    full = [page for page in stripped if page]
    if len(full) < _FEWEST:
        return stripped
    seen = Counter(form for page in full for form in {_form(line) for line in (*page[:_EDGE], *page[-_EDGE:])})
    most = max(_FEWEST, int(0.4 * len(full)))
    repeated = {form for form, count in seen.items() if count >= most and form}
    return [_trimmed(_cut(page, repeated)) for page in stripped]


def _cut(page: list[str], repeated: set[str]) -> list[str]:
    first, last = 0, len(page)
    while first < min(_EDGE, last) and (not page[first] or _form(page[first]) in repeated):
        first += 1
    while last > max(first, len(page) - _EDGE) and (not page[last - 1] or _form(page[last - 1]) in repeated):
        last -= 1
    return page[first:last]


def _trimmed(page: list[str]) -> list[str]:
    while page and not page[0]:
        page = page[1:]
    while page and not page[-1]:
        page = page[:-1]
    return page


def _form(line: str) -> str:
    """A line with every number alike: "Page 3 of 12" repeats."""
    return re.sub(r"\d+", "#", line.casefold())
