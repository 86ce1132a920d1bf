"""Whether a question asks for articles of a time ("articles from June 2022"), or for what happened then."""

from __future__ import annotations

import re

_PIECES = r"(?:articles?|stories|story|news|coverage|headlines?|reports|reporting|pieces?|passages?|texts?|columns?|editorials?)"
# A book "published in 1925" is no article of 1925, and a filter would hide what tells of it.
_WORKS = re.compile(
    r"\b(?:books?|novels?|novellas?|stud(?:y|ies)|papers?|research|report|albums?|songs?|singles?|poems?|letters?|memoirs?|plays?|reviews?"
    r"|constitution|lists?|data|figures|statistics|surveys?|statements?|videos?|films?|scripts?|laws?|acts?|bills?|biograph(?:y|ies)|index"
    r"|journals?|magazines?|newspapers?|editions?|comics?|documents?|memos?|guidelines?|guidance|treat(?:y|ies)|essays?|works?)\b",
    re.IGNORECASE,
)
_OF_PIECES = re.compile(rf"\b{_PIECES}\b")
_ANYTHING = re.compile(
    r"\b(?:what|anything|something|everything|nothing|whatever|those|ones)(?: else)?(?: that| which)?(?: has| have| had)? ?\Z",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"(?P<be>\b(?:was|were|been|being|is|are|be) )?(?P<how>\b(?:as|first|originally|only|recently) )?"
    r"\b(?P<verb>published|printed|written|reported|posted|dated)(?: online)? \Z",
    re.IGNORECASE,
)
_PLAIN = re.compile(rf"(?<!in the )(?<!\w)(?:\A[A-Z][a-z]+|{_PIECES}) \Z")
_ASKING = re.compile(
    r"\b(?:who|what|which|when|where|how|why|whose)\b|\A(?:was|were|is|are|has|have|had|did|does|do|can|could)\b", re.IGNORECASE
)
_OWN = re.compile(r"['’]s (?:articles|stories|news|coverage|headlines)\b| articles\b")
_REST = re.compile(r"[\s.?!)]*\Z")


def asks_for_articles(question: str, opened: int, opening: str, stop: int) -> bool:
    """Of a date that ends at `stop` and begins with `opening` ("in", "since") at `opened`. When in doubt, it does not."""
    before = re.split(r"[.?!;] ", question[max(0, opened - 200) : opened])[-1]
    if _OWN.match(question, stop):
        return True
    if made := _MADE.search(before):
        return _made(before[: made.start()], made, bool(_REST.match(question, stop)))
    if not (plain := _PLAIN.search(before)):
        return False
    noun = plain.group().strip().casefold()
    if not re.fullmatch(_PIECES, noun):
        return False
    if opening == "of":
        return noun in ("articles", "stories", "news", "coverage", "headlines", "reports")
    if not opening:
        return noun in ("articles", "stories", "coverage", "headlines")
    return opening not in ("on", "for", "by", "at", "over", "around", "as of", "year", "month of", "through")


def _made(clause: str, made: re.Match[str], last: bool) -> bool:
    """By what is said to have been published; `last` where the date ends the question."""
    pieces = max((m.start() for m in _OF_PIECES.finditer(clause)), default=-1)
    works = max((m.start() for m in _WORKS.finditer(clause)), default=-1)
    if pieces != works:
        return pieces > works
    if _ANYTHING.search(clause):
        return True
    how, verb = (made["how"] or "").casefold().strip(), made["verb"].casefold()
    if verb == "reported":
        return how == "as"
    if made["be"] or how in ("first", "originally"):
        return False
    if not clause.strip():
        return not made["how"]  # "Published in June 2022: …"
    # "grain exports, published since June 2022", but not "Which laws published in 2019 …", "The Great Gatsby, published in 1925, …"
    return last and verb != "written" and not _ASKING.search(clause)
