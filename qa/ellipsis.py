"""Questions of which most is left out: "Why?", "And in 2021?", "What about Syria?", completed from the one before."""

from __future__ import annotations

import re

from qa.mentions import DATE, DETERMINERS, phrases

AUX = r"(?:did|does|do|is|are|was|were|has|have|had|will|would|can|could|should|must|may)"
BARE = re.compile(
    r"^(why|when|where|how|who|whom|how many|how much|how (?:long|old|far|big|often|come|so)|which(?: ones?)?|what"
    r"|since when|until when|by whom|for how long|in (?:which|what) (?:year|city|country|month))(?:\s+(?:else|exactly|not|then|so))?$",
    re.IGNORECASE,
)
ABOUT = re.compile(r"^(?:what|how)\s+(?:about|of)\s+(?:the case of\s+)?", re.IGNORECASE)
_FRAGMENT = re.compile(r"^(in|on|at|for|by|after|before|since|during|with|from|to|as of)\s+(.+)$", re.IGNORECASE)
_ASKED = re.compile(
    rf"^((?:which|what|how many|how much|whose)\s+[\w’' -]+?|how \w+|who|whom|what|when|where|why|how)\s+({AUX})\s+(.+)$", re.IGNORECASE
)
_YES_NO = re.compile(rf"^{AUX}\b", re.IGNORECASE)
_VERBAL = re.compile(
    rf"^(?:who|what|when|where|why|how|which)\b|^{AUX}\b|\b(?:is|are|was|were|did|does|do|has|had)\b|\b(?:i|we|you)\b", re.IGNORECASE
)
COUNTED = re.compile(rf"\bhow (many|much) (?={AUX}\b)", re.IGNORECASE)


def completed(text: str, before: str, *, opened: bool, named: bool) -> str:
    """The question with what it leaves out taken from the one `before`; "" when it leaves nothing out, or no rule is sure.

    `opened`: it began with "and", "but"…; `named`: a word of it was replaced by a name already.
    """
    body, before = text.strip(" ?.!"), before.strip(" ?.!")
    if bare := BARE.match(body):
        return _asked_anew(bare.group(1), before)
    counted = COUNTED.search(body)
    if counted:
        return ""  # `counted_noun` has done what can be done
    about = ABOUT.match(body)
    rest = body[about.end() :] if about else body
    fragment = _FRAGMENT.match(rest)
    if not rest or not (about or fragment or opened) or _verbal(rest) or (named and about):
        return ""
    return _in_place(fragment, rest, before)


def counted_noun(text: str, before: str) -> str:
    """ "How many were injured?" after "How many people died?" → "How many people were injured?"."""
    counted = COUNTED.search(text)
    noun = counted and re.search(rf"\bhow {counted.group(1)} ([^\W\d_]+)", before, re.IGNORECASE)
    if not counted or not noun or re.match(AUX, noun.group(1)):
        return text
    return f"{text[: counted.end()]}{noun.group(1)} {text[counted.end() :]}"


def _asked_anew(asked: str, before: str) -> str:
    """ "Why?" after "When did the bridge open?" → "Why did the bridge open?"."""
    if len(asked.split()) > 1 and not asked.casefold().startswith(("since", "until", "by", "for", "in")):
        return ""
    if _YES_NO.match(before):
        return f"{asked} {before[0].lower()}{before[1:]}?"
    m = _ASKED.match(before)
    if not m or (m.group(1).casefold() == "who" and m.group(2).casefold() in ("is", "was", "are", "were")):
        return ""
    sought = re.match(r"(?:which|what)\s+(.+)", m.group(1), re.IGNORECASE)
    verb = m.group(2).casefold()
    if sought and verb in ("did", "does", "do"):
        return f"{asked} {verb} {m.group(3)} the {sought.group(1)}?"
    if re.match(r"how (?:many|much)\b|which|what|whose|who", m.group(1), re.IGNORECASE):
        return ""
    return f"{asked} {m.group(2)} {m.group(3)}?"


def _in_place(fragment: re.Match[str] | None, rest: str, before: str) -> str:
    """The question before with what is asked about now in place of its like: a year for a year, a name for a name."""
    told = fragment.group(2) if fragment else rest
    if DATE.fullmatch(told):
        dates = list(DATE.finditer(before))
        if len(dates) == 1:
            return f"{before[: dates[0].start()]}{told}{before[dates[0].end() :]}?"
        return f"{before} {fragment.group(1).casefold() if fragment else 'in'} {told}?" if not dates else ""
    dated = re.search(r"\s+(?:in|on)\s+(?=[^ ]+(?: [^ ]+){0,2}$)", told)
    if dated and DATE.fullmatch(told[dated.end() :]):  # "What about Syria in 2022?"
        merged = _in_place(None, told[: dated.start()], before)
        return merged and _in_place(None, told[dated.end() :], merged.rstrip("?"))
    theirs = phrases(before)
    mine = phrases(told, frozenset(w.casefold() for w in told.split() if w[0].isupper()))
    if not mine or mine[0].start > len("the ") or re.search(r"\b(?:and|or)\b", told):
        return ""  # more than one thing is asked about, or what is done
    like = [p for p in theirs if not mine[0].name and p.head == mine[0].head]
    if not like and mine[0].name:
        word = fragment.group(1).casefold() if fragment else ""
        like = [p for p in theirs if p.name and p.name == p.text and (not word or p.before == word)]
        if fragment and not like:
            return f"{before} {rest[0].lower()}{rest[1:]}?"
        if not fragment and len(like) > 1:
            like = [p for p in like if p.before in ("in", "at", "for", "from", "of", "by")] if len(like) == 2 else []
    if len(like) != 1:
        return ""
    start = like[0].start
    if like[0].before in ("the", "a", "an") and (told.split()[0].casefold() in DETERMINERS or mine[0].name):
        start -= len(like[0].before) + 1
    return f"{before[:start]}{told}{before[like[0].end :]}?"


def _verbal(text: str) -> bool:
    """Whether it is a sentence of its own: it has a verb that carries one."""
    return bool(_VERBAL.search(text))
