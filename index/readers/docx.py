"""Word documents (.docx): the words in their order, tables by rows, without what was deleted or hidden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from index.problem import Problem
from index.readers.boxes import member, opened
from index.readers.draft import Draft
from index.readers.markup import parse_xml

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_DC = "{http://purl.org/dc/elements/1.1/}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # the same text box again, for old programs
_UNSEEN = frozenset((_FALLBACK, *(_W + n for n in "del moveFrom instrText delText rPrChange pPrChange sectPr".split())))
_SAYS = {_W + "tab": "\t", _W + "br": "\n", _W + "cr": "\n", _W + "noBreakHyphen": "-"}


def read_docx(data: bytes) -> Draft:
    """Title, author and language are the document's own; when it was created is not when it was published.

    Raises Problem for what is no Word document, is damaged, locked or empty.
    """
    if data.startswith(b"\xd0\xcf\x11\xe0"):  # an OLE file: an old .doc, or a .docx that is encrypted
        raise Problem("it is locked with a password, or an old Word document (.doc). Save it as .docx without a password.")
    with opened(data, "a Word document") as box:
        body = member(box, "word/document.xml")
        if body is None:
            raise Problem("it is not a Word document (it has no word/document.xml). Open it in its program and save it as .docx.")
        notes = [n for n in (member(box, f"word/{kind}notes.xml") for kind in ("foot", "end")) if n]
        core = member(box, "docProps/core.xml")
    blocks, heading = _blocks(body)
    for note in notes:
        blocks += _blocks(note)[0]
    text = "\n\n".join(blocks)
    if not text.strip():
        raise Problem("there is no text in it. Is it made of pictures? Save its text as .txt and add that.")
    facts = parse_xml(core, "its list of properties") if core and core.strip() else None

    def fact(name: str) -> str:
        said = facts.findtext(f".//{_DC}{name}") if facts is not None else None
        return " ".join((said or "").split())

    return Draft(text, title=fact("title") or heading, author=fact("creator") or None, language=fact("language") or None)


def _blocks(data: bytes) -> tuple[list[str], str]:
    """Paragraphs and rows of tables, and what stands in the style of a title or of a first heading."""
    root = parse_xml(data.replace(_STRICT.encode(), _W[1:-1].encode()), "it", forgiving=False)
    blocks: list[str] = []
    title = heading = ""
    for element in _lines(root):
        if element.tag == _W + "tr":
            cells = (" ".join(" ".join(map(_words, _paragraphs(cell))).split()) for cell in _cells(element))
            blocks.append(" | ".join(filter(None, cells)))
            continue
        text = _words(element).strip()
        style, listed = _style(element)
        if style == "title":
            title = title or text
        elif style in ("heading1", "berschrift1", "titre1"):
            heading = heading or text
        blocks.append(f"- {text}" if listed and text else text)
    return [b for b in blocks if b], title or heading


def _lines(root: Any) -> Iterator[Any]:
    """Paragraphs and rows of tables, in the order of reading."""
    stack = [root]
    while stack:
        element = stack.pop()
        if element.tag in _UNSEEN or not isinstance(element.tag, str):
            continue
        if element.tag == _W + "p":
            yield element
            # A text box is anchored within a paragraph; it is read after it.
            stack += [box for box in reversed(list(element.iter(_W + "txbxContent"))) if not _within_fallback(box, element)]
        elif element.tag == _W + "tr" and len(_cells(element)) > 1:
            yield element
        else:  # a row of one cell is a frame around text
            stack.extend(reversed(element))


def _cells(row: Any) -> list[Any]:
    """Its own, not those of tables within them."""
    return [cell for cell in row.iter(_W + "tc") if next(cell.iterancestors(_W + "tr")) is row]


def _paragraphs(cell: Any) -> Iterator[Any]:
    return (p for p in cell.iter(_W + "p") if not _within_fallback(p, cell))


def _within_fallback(element: Any, top: Any) -> bool:
    for above in element.iterancestors():
        if above is top:
            return False
        if above.tag == _FALLBACK:
            return True
    return False


def _style(paragraph: Any) -> tuple[str, bool]:
    """Its style's name in small letters, and whether it is an item of a list."""
    facts = paragraph.find(_W + "pPr")
    if facts is None:
        return "", False
    style = facts.find(_W + "pStyle")
    name = (style.get(_W + "val") or "") if style is not None else ""
    return name.lower().replace(" ", ""), facts.find(_W + "numPr") is not None


def _words(paragraph: Any) -> str:
    """A paragraph's own words: not those of text boxes in it, nor what is struck out or hidden."""
    said: list[str] = []
    stack = [paragraph]
    while stack:
        element = stack.pop()
        if element.tag in _UNSEEN or element.tag == _W + "txbxContent":
            continue
        if element.tag == _W + "r" and _is_hidden(element):
            continue
        if element.tag == _W + "t":
            said.append(element.text or "")
        elif element.tag in _SAYS:
            said.append(_SAYS[element.tag])
        elif isinstance(element.tag, str) and element.tag != _W + "pPr":
            stack.extend(reversed(element))
    return "".join(said)


def _is_hidden(run: Any) -> bool:
    vanish = run.find(f"{_W}rPr/{_W}vanish")
    return vanish is not None and vanish.get(_W + "val", "true") not in ("false", "0", "off")
