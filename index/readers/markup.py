"""Trees of markup: XML without its traps, and the words of HTML as a reader of the page sees them."""

from __future__ import annotations

import re
from typing import Any

from index.html_visible import visible
from index.problem import Problem

_SILENT = "//script|//style|//head|//template|//noscript|//svg|//math|//iframe|//object|//select|//button|//textarea|//audio|//video"
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody tfoot thead title tr ul".split()
)
_CELL = "\x1f"  # stands between two cells of a row until the row is known to be one line
_MARKED_UP = re.compile(
    r"</(?:p|div|a|b|i|em|strong|span|h[1-6]|li|ul|ol|blockquote|table|figure)\s*>|<(?:br|p|img)\b[^<>]*>", re.IGNORECASE
)


def parse_xml(data: bytes, what: str, *, forgiving: bool = True) -> Any:
    """The root of an XML document. Raises Problem where it is damaged or declares a document type.

    A DOCTYPE is where entity bombs and references to other files live; none of our formats needs one.
    `forgiving` reads what it can of a page that was written by hand, as feeds are; a document loses nothing so.
    """
    from lxml import etree

    if any(mark in data[: 1 << 20] for mark in _DOCTYPES):
        raise Problem(f"{what} declares a document type (DOCTYPE), which is not read because it can hide harm. Save it anew without.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, recover=forgiving, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        raise Problem(f"{what} is damaged, or too large: it cannot be read as XML. Save or fetch it again.")
    if root.getroottree().docinfo.internalDTD is not None:
        raise Problem(f"{what} declares a document type (DOCTYPE), which is not read because it can hide harm. Save it anew without.")
    return root


_DOCTYPES = tuple("<!DOCTYPE".encode(e) for e in ("utf-8", "utf-16-le", "utf-16-be"))


def looks_marked_up(text: str) -> bool:
    return "<" in text and _MARKED_UP.search(text) is not None


def html_to_text(html: str) -> str:
    """All that a reader of the page sees, in paragraphs parted by a blank line. Nothing is left out as
    boilerplate: for what is an article already (a book's chapter, a feed's item, a mail)."""
    from lxml import etree
    from lxml import html as lxml_html

    # The declaration of another encoding would be believed over what the bytes are.
    html = re.sub(r"^\s*<\?xml[^>]*>", "", html.replace("\0", ""))
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        tree = lxml_html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError):  # nothing in it, or nothing but a comment
        return ""
    tree = visible(tree)
    for element in tree.xpath(_SILENT):
        if element.getparent() is not None:
            element.drop_tree()
    return "\n\n".join(_blocks(tree))


def _blocks(tree: Any) -> list[str]:
    from lxml import etree

    blocks: list[str] = []
    said: list[str] = []
    item = ""
    kept = 0  # depth of <pre>, within which a line end means one

    def end_block() -> None:
        nonlocal item
        lines = [" | ".join(filter(None, (" ".join(c.split()) for c in line.split(_CELL)))) for line in "".join(said).split("\n")]
        text = "\n".join(line for n, line in enumerate(lines) if line or (n and lines[n - 1])).strip()
        said.clear()
        if text:
            blocks.append(item + text)
            item = ""

    for event, element in etree.iterwalk(tree, events=("start", "end")):
        tag = element.tag
        starts = event == "start"
        kept += (tag == "pre") * (1 if starts else -1)
        if tag in _BLOCKS:
            end_block()
            item = "- " if tag == "li" and starts else item if starts else ""
        elif starts and tag in ("td", "th"):
            said.append(_CELL)
        elif starts and tag == "br":
            said.append("\n")
        text = element.text if starts else element.tail if element is not tree else None
        if text:
            said.append(text.replace("\r\n", "\n") if kept else " ".join(f".{text}.".split())[1:-1])
    end_block()
    return blocks
