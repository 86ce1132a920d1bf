"""A comparison → what is asked of each of the things compared."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.question.coordination import masked, members

_END = r"(?=\s+\b(?:in|on|over|about|regarding|during|when|according|as|at|since|for)\b|[?.,;]|$)"
_DEGREE = r"(?:more|less|fewer|first|last|better|worse|best|most|\w{2,}er|\w{2,}est)"
_WITH = r"with|to|against|versus|vs\.?"
_DIFFERS = r"(?:different|differ|compared?) (?:from|to|with)|versus|vs\.?"
_NEVER = r"(?!)"
# Each has the joined things as `both`, and in `rest` what is asked of them all; beside it, what parts two of them but for "and".
_FORMS = tuple(
    (re.compile(pattern, re.IGNORECASE), re.compile(rf"\s+(?:{against})\s+", re.IGNORECASE))
    for pattern, against in (
        (r"^(?:please )?(?:compare|contrast|compare and contrast) (?P<both>.+?)(?P<rest>[?.]*)$", _WITH),
        (rf"\b(?:differences?|similarit(?:y|ies)|distinctions?|comparison|contrasts?) between (?P<both>.+?){_END}(?P<rest>.*)$", _NEVER),
        (rf"\b(?:changed?|inconsistenc\w+|contradict\w+|differs?) between (?P<both>.+?){_END}(?P<rest>.*)$", _NEVER),
        (r"^what (?:do|does|did|have|has) (?P<both>.+?)(?: both| all)? have in common(?P<rest>.*)$", _WITH),
        (
            r"^how (?:do|does|did|are|is|were|was) (?P<both>.+?) "
            r"(?:differ|compare|different|similar|alike)\b(?: from each other)?(?P<rest>.*)$",
            _NEVER,
        ),
        # Without one of these words two things that "and" joins are not compared: "How do tides and currents form?"
        (rf"^how (?:do|does|did|is|are|was|were) (?P<both>.+? (?:{_DIFFERS}) .+?)(?P<rest>)[?.]*$", _DIFFERS),
        (rf"^(?:who|what|which)\b(?P<rest>[^,]*\b{_DEGREE}\b[^,]*)[,:] (?P<both>[^,?]+(?:, [^,?]+)*,? or [^,?]+)[?.]*$", _NEVER),
    )
)
_EACH = re.compile(
    r"\b(?i:among(?:st)?) (?P<amongst>[^?]+?,? (?:and|or) [^,?]+)(?=, |\?|$)"
    r"|\b(?i:both) (?P<both>(?:the )?[A-Z0-9][^,?]*? and (?:the )?[A-Z0-9][\w.’'-]*(?: [A-Z0-9][\w.’'-]*)*)"
    r"|^(?i:how|what|when|where|why|which [\w’'-]+) (?:did|do|does|have|has|are|were|is|was|will) (?P<each>[^?]+?) (?:each|respectively)\b"
)
_OF = re.compile(r"\sof\s.+$", re.IGNORECASE)
_TAIL = re.compile(r"\s(?:in|on|for|over|about|regarding|during)\s.+$", re.IGNORECASE)
_THAT = re.compile(r"^(?:(?:that|those|the ones?)\s+)?(of|at|in|by|from|for|on)\s+", re.IGNORECASE)


def compared(question: str) -> list[str]:
    """Compare X with Y. What do X, Y and Z have in common? How do X and Y differ? Which is older, X or Y?"""
    plain = masked(question)
    for form, against in _FORMS:
        if not (found := form.search(plain)):
            continue
        both, rest = (question[slice(*found.span(name))].strip(" ,.?") for name in ("both", "rest"))
        gap = against.search(masked(both))
        joined = [part for part in ([both[: gap.start()], both[gap.end() :]] if gap else members(both)) if part]
        if len(joined) > 1:
            return [f"{member} {rest}".strip() for member in (_completed(joined) if len(joined) == 2 else joined)]
    return []


def each(question: str) -> list[str]:
    """How did X and Y each …? Which of …, among X, Y and Z, …? … both X and Y …"""
    for found in _EACH.finditer(masked(question)):
        start, end = found.span(found.lastgroup or 0)
        joined = members(question[start:end])
        if len(joined) > 1:
            before = re.sub(r"\b(?:both|among(?:st)?)\s+$", "", question[:start], flags=re.IGNORECASE)
            after = re.sub(r"^\s*(?:each|respectively)\b", "", question[end:])
            return [f"{before}{member}{after}" for member in joined]
    return []


def _completed(pair: Sequence[str]) -> list[str]:
    """Two things compared, each with what only the other says: "spending at X" and "that at Y", "X's output" and "Y's",
    "X" and "Y in June"."""
    first, last = pair
    if that := _THAT.match(last):
        head = re.split(rf"\s+{that[1]}\s+", first, maxsplit=1, flags=re.IGNORECASE)[0]
        last = f"{head} {that[1]} {last[that.end() :]}"
    elif re.search(r"['’]s$", last) and (owned := re.search(r"['’]s\s+(.+)", first)):
        last = f"{last} {owned[1]}"
    elif (tail := _TAIL.search(last) or (None if " " in first else _OF.search(last))) and not _TAIL.search(first):
        first = f"{first}{tail[0]}"
    return [first, last]
