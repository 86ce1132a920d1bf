"""The dates a question speaks of, as intervals: "since March 2022", "between May and July 2022", "last week"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from index.question import calendar_days as days
from index.question.calendar_days import Days
from index.question.date_words import Dated, dates
from index.question.published import asks_for_articles

_PARTS = {  # what each part of a month or year is called, and how the word is joined to it
    "third 1": ("early", "-| in | "),
    "third 2": ("mid", "-| in | "),
    "third 3": ("late", "-| in | "),
    "third 1 ": ("beginning|start", " of "),
    "third 2 ": ("middle", " of "),
    "third 3 ": ("end|close", " of "),
    "quarter 1": ("first quarter|1st quarter|Q1", " of | "),
    "quarter 2": ("second quarter|2nd quarter|Q2", " of | "),
    "quarter 3": ("third quarter|3rd quarter|Q3", " of | "),
    "quarter 4": ("fourth quarter|last quarter|final quarter|4th quarter|Q4", " of | "),
    "half 1": ("first half|1st half|H1", " of | "),
    "half 2": ("second half|2nd half|H2", " of | "),
    "week 1": ("first week", " of | in "),
    "week 2": ("second week", " of | in "),
    "week 3": ("third week", " of | in "),
    "week 4": ("fourth week", " of | in "),
    "week 5": ("last week|final week", " of | in "),
    "week": ("week", " of "),
    "weekend": ("weekend", " of "),
    **{season: (season, " of | ") for season in days.SEASONS},
}
_NAMED = {word.casefold(): name.strip() for name, (words, _) in _PARTS.items() for word in words.split("|")}
_PART = re.compile(
    rf"(?<![\w-])(?:the )?(?:{'|'.join(f'(?:{words})(?:{joints})' for words, joints in _PARTS.values())})(?:the )?\Z", re.IGNORECASE
)
_PART_WORD = re.compile("|".join(sorted(_NAMED, key=len, reverse=True)), re.IGNORECASE)
_SINCE = ("since", "starting in", "starting on", "starting from")
_AFTER = ("after", "later than")
_BEFORE = ("before", "earlier than", "prior to")
_UNTIL = ("by", "until", "till", "up to", "up until", "through")
_IN = ("in", "on", "during", "throughout", "of", "for", "as of", "circa", "year", "month of", "from", "between")
_LOOSE = ("over", "within", "around", "at")  # these make no date of "2020" or "May"
_OPENING = re.compile(
    rf"(?<![\w-])(?P<opening>{'|'.join(sorted((*_SINCE, *_AFTER, *_BEFORE, *_UNTIL, *_IN, *_LOOSE), key=len, reverse=True))})"
    r"(?P<the> the)? \Z",
    re.IGNORECASE,
)
_TO = re.compile(r" ?[-–—] ?| (?:to|until|till|through|thru) (?:the )?", re.IGNORECASE)
_AND = re.compile(r"/|(?:,? (?:and|or|vs\.?|versus|than)|,) (?:(?:in|on|of|from) )?(?:the )?", re.IGNORECASE)
_THAN = re.compile(r"\b(?:compared (?:to|with)|than)(?: (?:in|on|of))?(?: the)? \Z", re.IGNORECASE)  # "than last year" is not where to look
_COMING = re.compile(
    r"\b(?:will|won['’]t|coming|upcoming|set to|due (?:to|on|in)|expected|scheduled|plan(?:s|ned|ning)? to|going to|about to)\b[^.?!;]*\Z",
    re.IGNORECASE,
)
_HALF_A_YEAR = 183  # days
_ONWARDS = re.compile(r" (?:onwards?|and later|or later|on(?= *(?:[,.?!;]|\Z)))", re.IGNORECASE)
_THE = re.compile(r"(?:\b(?:the|this|its|their)|['’]s) \Z", re.IGNORECASE)
_EVENT = re.compile(
    r"(?: [A-Z]\w*)+|(?: \w+)? (?:elections?|midterms|census|budget|season|finals?|olympics|war|coup|earthquake|summit|awards?)\b"
)
_OF = re.compile(r"['’]s\b")
_MAY_DID = re.compile(
    r"['’]s\b| (?:said|says|was|is|has|had|became|took|left|lost|won|made|gave|did|went|told|[a-z]+ed|resigns?)\b", re.IGNORECASE
)
_MARCH_ON = re.compile(r" (?:on|of|for|against|past|through|madness)\b", re.IGNORECASE)
_TITLE = re.compile(  # what a weekday may begin without being one
    r" (?:Times|Telegraph|Mirror|Express|Mail|Post|Herald|Independent|World|People|Sport|Ticket|[Ss]chool|[Rr]oast|[Bb]est|Addams|the 13th"
    r"|Night (?:Football|Live|Lights|Fever|Massacre))\b"
)
_HOUR = re.compile(r" (?:morning|afternoon|evening|night)\b|['’]s\b")
_PAUSE = re.compile(r" *(?:[,.;:?!)]|\Z)")
_VERB_BEFORE = re.compile(r"(?!plays?|played|called|named|as|in|is|of|and|or|the|a|an|every|each)\b[a-z]+ \Z")


@dataclass(frozen=True, slots=True)
class When:
    """An interval the question speaks of, both ends included; either may be open. `words` stand at `question[begin:]`.

    `published` says that the question asks for articles of that time, not for what happened then.
    """

    words: str
    start: date | None
    end: date | None
    published: bool
    begin: int


@dataclass(frozen=True, slots=True)
class _Framed:
    """A date with its part ("early") and what opens it ("since"); `the` stands where an article does between the two."""

    dated: Dated
    part: str
    begin: int
    opening: str
    opened: int
    the: bool


def intervals(question: str, today: date) -> list[When]:
    """In order of the question. Only English is read; never raises. What is plainly still to come ("next week") is left out."""
    framed = [_framed(question, dated) for dated in dates(question, today)]
    if not framed:
        return []
    joints = [_joint(question, one, other) for one, other in pairwise(framed)] + [""]
    meant: list[bool] = []
    for number, one in enumerate(framed):
        before = joints[number - 1] if number else ""
        likely = before and meant[-1] and one.dated.weak == framed[number - 1].dated.weak  # "in 2020 and 2021"
        after = joints[number] and one.dated.weak == "month" and not framed[number + 1].dated.weak  # "May to July 2022"
        years = joints[number] == "to" and one.dated.weak == framed[number + 1].dated.weak == "year"  # "2019 to 2021"
        meant.append(bool(not one.dated.weak or likely or after or years or _is_meant(question, one)))
    read: list[Days | None] = [None] * len(framed)
    for number in reversed(range(len(framed))):  # from the right: "May" in "May and July 2022" takes its year from the other
        joined = read[number + 1] if joints[number] else None
        if meant[number] and not _is_elsewhere(question, framed[number], joints[number - 1] if number else ""):
            read[number] = _read(framed[number], joined[1] if joined else today)
    found, number = [], 0
    while number < len(framed):
        first = read[number]
        last = read[number + 1] if first and joints[number] == "to" else None
        if first and last and first[0] <= last[1]:
            found.append(_when(question, framed[number], (first[0], last[1]), today, framed[number + 1]))
            number += 1
        elif first:
            found.append(_when(question, framed[number], first, today))
        number += 1
    return [when for when in found if when]


def _framed(question: str, dated: Dated) -> _Framed:
    begin, part = dated.begin, ""
    if match := _PART.search(question[max(0, begin - 30) : begin]):
        word = _PART_WORD.search(match.group())
        if word and word.group().casefold() in _NAMED:
            part, begin = word.group().casefold(), begin - len(match.group())
    opening = _OPENING.search(question[max(0, begin - 20) : begin])
    if not opening:
        return _Framed(dated, part, begin, "", begin, False)
    opened = begin - len(opening.group())
    return _Framed(dated, part, begin, opening["opening"].casefold(), opened, bool(opening["the"]))


def _joint(question: str, one: _Framed, other: _Framed) -> str:
    between = question[one.dated.stop : other.begin]
    if _TO.fullmatch(between) or (one.opening == "between" and between.startswith(" and") and _AND.fullmatch(between)):
        return "to"
    return "and" if _AND.fullmatch(between) else ""


def _is_meant(question: str, one: _Framed) -> bool:
    """Whether a word that need not be a date is one here. Where that is unclear, it is not."""
    dated = one.dated
    word, after = question[dated.begin : dated.stop], question[dated.stop : dated.stop + 30]
    opening = "" if one.opening in _LOOSE else one.opening
    if dated.weak == "weekday":
        if _TITLE.match(after):
            return False
        on = opening not in ("", "in", "for", "of", "year") and not one.the
        bare = word[0].isupper() and _PAUSE.match(after) and _VERB_BEFORE.search(question[max(0, dated.begin - 20) : dated.begin])
        return bool(one.part or on or bare or (word[0].isupper() and _HOUR.match(after)))
    if one.part:
        return True
    if dated.weak == "year":
        if question[dated.begin - 1 : dated.begin] == "(" and after.startswith(")"):
            return True
        the = one.the or bool(_THE.search(question[max(0, dated.begin - 6) : dated.begin]))
        return bool(_EVENT.match(after)) if the else bool(opening)
    if not opening or opening in ("on", "year", "as of"):
        return False
    if word.casefold() not in ("may", "march", "august"):
        return True
    if word[0].islower() or (word == "May" and opening in ("before", "after", "by", "from", "of", "for", "through")):
        return not one.the and bool(_PAUSE.match(after) or _ONWARDS.match(after))
    return not one.the and not (_MAY_DID if word == "May" else _MARCH_ON).match(after)


def _is_elsewhere(question: str, one: _Framed, joint: str) -> bool:
    """Whether the date is one to come ("will be released on July 29") or only compared with ("than last year")."""
    before = question[max(0, one.opened - 60) : one.opened]
    floating = one.dated.floating or question[one.dated.begin : one.dated.stop].casefold() == "this weekend"
    return not joint and bool((floating and _COMING.search(before)) or _THAN.search(question[max(0, one.begin - 30) : one.begin]))


def _read(one: _Framed, anchor: date) -> Days | None:
    try:
        found = one.dated.read(anchor)
    except (ValueError, OverflowError):  # before the year 1
        return None
    if not found or not one.part:
        return found
    try:
        return days.part(_NAMED[one.part], *found)
    except (ValueError, OverflowError):  # the week of June, the first quarter of Sunday
        return found


def _when(question: str, one: _Framed, found: Days, today: date, other: _Framed | None = None) -> When | None:
    start, end = found
    first: date | None = start
    last: date | None = end
    begin, stop, opening = one.begin, (other or one).dated.stop, one.opening
    onwards = _ONWARDS.match(question, stop)
    event = _EVENT.match(question, stop) if one.the and one.dated.weak == "year" else None  # "after the 2020 election"
    if _OF.match(question, stop) and opening in (*_AFTER, *_BEFORE, *_UNTIL):
        opening = "in"  # "before this week's vote"
    if opening in _UNTIL and one.dated.floating and (today - end).days > _HALF_A_YEAR:
        return None  # "until July 4", asked in June
    try:
        if other:
            begin = one.opened if opening in ("from", "between", *_SINCE) else begin
        elif onwards and opening in ("from", "in", ""):
            begin, stop, last = one.opened, onwards.end(), None
        elif opening in _SINCE or (event and opening in _AFTER):
            begin, last = one.opened, None
        elif opening in _AFTER:
            begin, first, last = one.opened, end + timedelta(days=1), None
        elif opening in _BEFORE and not event:
            begin, first, last = one.opened, None, end if one.part in ("end", "close") else start - timedelta(days=1)
        elif opening in _UNTIL or (event and opening in _BEFORE):
            begin, first = one.opened, None
    except OverflowError:
        return None
    if event and not (first and last):
        stop = event.end()
    return When(question[begin:stop], first, last, asks_for_articles(question, one.opened, one.opening, stop), begin)
