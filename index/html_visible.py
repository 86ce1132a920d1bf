"""A page as its readers see it: the tree of it, without what it hides from them."""

from __future__ import annotations

import codecs
import re
from typing import Any

from charset_normalizer import from_bytes

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
_FOR_SCREEN_READERS = frozenset(
    "sr-only visually-hidden visuallyhidden visually_hidden screen-reader-text screen-reader-only screenreader element-invisible "
    "a11y-hidden".split()
)
_NEVER_SHOWN = "template", "noscript", "noframes", "datalist"
_SIMPLE = re.compile(r"(?P<tag>[a-z][a-z0-9]*)?(?P<kind>[.#])(?P<name>[\w-]+)", re.IGNORECASE)
_AWAY = re.compile(r"scale(?:3d|x|y)?\((?:0[\s,]*)+\)|translate(?:3d|x|y)?\([^)]*-\d{4}")
_NO_CLIP = re.compile(r"rect\((?:[01](?:px)?[\s,]*){4}\)|inset\((?:50|100)%\)|circle\(0(?:px|%)?\)")
_FAR = 900  # pixels; nobody's screen begins there
_LENGTH = re.compile(r"(-?\d{0,9}\.?\d{0,9})(px|em|rem|pt|vw|vh|%|)")


def load(data: bytes, charset: str | None = None) -> Any:
    """The lxml tree of a page, None when it is none. `charset` is what the server said.

    Never unpacks: bytes that are a gzip are no page (trafilatura, given bytes, would open them without bound).
    """
    # Late: trafilatura and lxml cost 0.5 s, and most libraries hold no page.
    import trafilatura
    from lxml import etree

    text = _DECLARATION.sub("", decoded(data, charset), count=1)
    if "<" not in text:
        return None
    try:
        return trafilatura.load_html(text.replace("\0", ""))
    except (ValueError, etree.LxmlError):
        return None


def decoded(data: bytes, charset: str | None = None) -> str:
    """Byte-order mark, then UTF-8 where it is that without a fault, then the server, the page itself, and a guess."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    meta = _META.search(data[:4096])
    named = [name for name in (charset, meta[1].decode("ascii") if meta else None) if name]
    for errors in ("strict", "replace"):
        for name in named:
            try:
                # Latin-1 is cp1252 in all browsers, and fits any bytes.
                text = data.decode("cp1252" if codecs.lookup(name).name in ("iso8859-1", "ascii") else name, errors)
            except (LookupError, UnicodeError, ValueError):
                continue
            if text.count("\ufffd") <= len(text) // 200:
                return text
    best = from_bytes(data[:200_000]).best()
    return data.decode(best.encoding if best else "utf-8", "replace")


def visible(tree: Any) -> Any:
    """The same tree without what its readers do not see, which is where instructions to a model are put.

    Gone are comments, templates and elements that attributes, their style, simple rules of the page's own style
    sheets, or the usual names for texts meant for screen readers hide. Zero-width characters go with `index.text.clean`.
    """
    from lxml import etree

    # Comments and <noscript>; scripts stay, for the facts in them.
    etree.strip_tags(tree, etree.Comment, etree.ProcessingInstruction)
    hiding = _hiding_rules(tree)
    half = _weight(tree) / 2
    waiting = [tree]
    while waiting:
        for element in list(waiting.pop()):
            if not isinstance(element.tag, str) or element.tag == "head":
                continue
            # A page may hide its body, or all of its story, until a script has run; its readers see it all the same.
            if element.tag != "body" and (
                _hides_itself(element) or ((_fades(element.get("style", "")) or _ruled_out(element, hiding)) and _weight(element) < half)
            ):
                element.drop_tree()
            else:
                waiting.append(element)
    return tree


def _weight(element: Any) -> int:
    """How many characters can be read in it."""
    return sum(len(e.text or "") * (e.tag not in ("script", "style")) + len(e.tail or "") for e in element.iter())


def _hides_itself(element: Any) -> bool:
    attributes = element.attrib
    if element.tag in _NEVER_SHOWN or (element.tag == "dialog" and "open" not in attributes):
        return True
    if "hidden" in attributes or not _FOR_SCREEN_READERS.isdisjoint(attributes.get("class", "").lower().split()):
        return True
    if attributes.get("aria-hidden", "").strip().lower() == "true":
        # An ornamental initial is hidden from screen readers only, who get the whole word.
        initial = element.text_content().strip()
        return not (initial.isalpha() and len(initial) == 1)
    return hides(attributes.get("style", ""))


def _fades(style: str) -> bool:
    """Whether it is kept out of sight in one of the ways that scripts also use for a while."""
    said = _declarations(style)
    return said.get("visibility") in ("hidden", "collapse") or _size(said.get("opacity")) < 0.05


def hides(style: str) -> bool:
    """Whether declarations such as "display:none; color:red" keep an element out of sight, other than for a while."""
    said = _declarations(style)
    if said.get("display") == "none" or said.get("content-visibility") == "hidden" or said.get("color") == "transparent":
        return True
    if _size(said.get("font-size")) < 2 or any(_size(said.get(name)) == 0 for name in ("max-height", "max-width")):
        return True
    if "color" in said and said["color"] == said.get("background-color", said.get("background")):
        return True
    if _AWAY.match(said.get("transform", "")) or any(_NO_CLIP.fullmatch(said.get(n, "")) for n in ("clip", "clip-path")):
        return True
    if said.get("overflow") in ("hidden", "clip") and any(_size(said.get(n)) <= 1 for n in ("height", "width")):
        return True
    if abs(_size(said.get("text-indent"), 0)) > _FAR:
        return True
    away = said.get("position") in ("absolute", "fixed", "relative")
    sides = ("margin-left", "margin-top", *(("left", "top", "right", "bottom") if away else ()))
    return any(_size(said.get(side), 0) < -_FAR for side in sides)


def _declarations(style: str) -> dict[str, str]:
    pairs = (declaration.partition(":") for declaration in _uncommented(style.lower()).split(";"))
    return {name.strip(): value[:100].replace("!important", "").strip() for name, _, value in pairs}


def _uncommented(css: str) -> str:
    first, *rest = css.split("/*")
    return first + "".join(part.partition("*/")[2] for part in rest)


def _size(value: str | None, otherwise: float = 1e9) -> float:
    """About how many pixels; `otherwise` for what is no length."""
    match = _LENGTH.fullmatch(value or "none")
    if not match or match[1] in ("", "-", ".", "-."):
        return otherwise
    return float(match[1]) * (16 if match[2] in ("em", "rem", "vw", "vh") else 1)


def _hiding_rules(tree: Any) -> set[tuple[str, str, str]]:
    """(tag, "." or "#", name) of the rules in the page's own <style> that hide; conditional ones (@media) are left out."""
    found: set[tuple[str, str, str]] = set()
    for sheet in tree.iter("style"):
        if sheet.get("media", "all").lower() not in ("all", "screen", ""):
            continue
        for rule in _outside_conditions(sheet.text or "").split("}"):
            selectors, _, style = rule.partition("{")
            if hides(style) or _fades(style):
                for selector in selectors.split(","):
                    if simple := _SIMPLE.fullmatch(selector.strip()):
                        found.add(((simple["tag"] or "").lower(), simple["kind"], simple["name"]))
    return found


def _outside_conditions(sheet: str) -> str:
    """A style sheet without its @-blocks."""
    sheet = _uncommented(sheet[:500_000])
    kept, depth, skipping, start = [], 0, 0, 0
    for match in re.finditer(r"@[a-z-]{1,30}[^{};]{0,300}\{|[{}]", sheet, re.IGNORECASE):
        if match[0] == "}":
            depth = max(0, depth - 1)
            if skipping and depth < skipping:
                skipping, start = 0, match.end()
        else:
            depth += 1
            if match[0] != "{" and not skipping:
                kept.append(sheet[start : match.start()])
                skipping = depth
    return "".join([*kept, "" if skipping else sheet[start:]])


def _ruled_out(element: Any, hiding: set[tuple[str, str, str]]) -> bool:
    names = [(".", name) for name in element.get("class", "").split()] + ([("#", element.get("id"))] if element.get("id") else [])
    return any((tag, kind, name) in hiding for kind, name in names for tag in ("", element.tag))
