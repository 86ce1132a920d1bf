"""What a conversation has spoken of: names and nouns with the words they stand with, found without a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.words import STOP_WORDS
from qa.facts import stem

# "R21/Matrix-M", "RTS,S", "St." before a name and "Hubble's" are one word each.
_WORD = re.compile(r"\w+(?:[’'.,/&\-–]\w+)*")
_SUFFIX = re.compile(r"[’']s?$")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DATE = re.compile(rf"\b(?:\d{{1,2}}\s+)?(?:{_MONTHS})(?:\s+\d{{1,2}}\b,?)?(?:\s+(?:1[5-9]|20)\d\d\b)?|\b(?:1[5-9]|20)\d\d\b")
DETERMINERS = frozenset("the a an its his her their our my your this that these those which what whose some any every each no".split())
_ARTICLES = DETERMINERS - {"that", "which", "what"}  # "that investigated" begins a clause, no noun
_CLOSED = STOP_WORDS | frozenset(
    "i you we us me him himself herself itself themselves one ones else instead too also then there here again ever never yet still "
    "yes may might must shall will would cannot don't doesn't didn't isn't aren't wasn't weren't let's am per upon against among "
    "without within behind near across along around despite because before since down off onto out although though since whether "
    "unless ago many lot lots exactly actually should besides myself anyone anything least anytime elsewhere available important "
    "different monday tuesday wednesday thursday friday saturday sunday really according possible please sorry thank thanks ok okay "
    "today yesterday tomorrow now currently likely".split()
)
# Words that are verbs unless an article or the like stands before them: without them "the truce take effect" is one noun.
_VERBS = frozenset(
    stem(w)
    for w in (
        "accept add agree allow announce answer appear apply approve arrive ask be become begin believe block break bring build buy "
        "call carry catch cause change charge choose claim close collect come compare contain continue cost create cut decide "
        "define deploy describe develop devise die disclose discover do drive drop earn end enter exceed exist expect explain fail "
        "fall file find fly follow get give go grow guess handle happen hear help hit hold host include increase join keep kill "
        "know last launch lead learn leave let like list live look lose make manage mean measure meet mention move need offer open "
        "operate order own participate pay play prevent produce protect prove provide publish pull pursue put raise reach read "
        "receive recommend reduce refer reject release rely remain remove rent repair replace require reset resign restrict return "
        "rise run save say see seem sell send serve set show sign sit speak spend stand start stay stop strike submit succeed "
        "suffer suggest supply support survive take talk tell test examine investigate think travel treat try turn understand "
        "update upgrade use visit wait want watch wear win work write"
    ).split()
) | frozenset(
    stem(w)
    for w in (
        "goes became began broke brought built bought came caught chose did done drove fell flew found gave given gone got grew had "
        "heard held hurt kept knew known laid led left lent lost made meant met paid ran rose said sank sang saw seen sent set shot "
        "sold sought spent spoke stood struck taken taught thought threw told took understood went woke won wore wrote written born"
    ).split()
)
GENERIC = frozenset(stem(w) for w in "person people man woman thing number amount part kind type way time year day place name one".split())
_PERSONS = frozenset(
    stem(w)
    for w in (
        "person man woman boy girl president contractor supplier maker owner minister mayor governor senator chancellor king queen "
        "prince princess pope commander pilot astronaut captain officer director chairman chairwoman chief head leader founder "
        "author writer singer actor actress artist scientist researcher professor doctor engineer student teacher player coach "
        "judge lawyer spokesman spokeswoman spokesperson secretary candidate winner victim suspect inventor discoverer successor "
        "predecessor astronomer economist journalist wife husband son daughter mother father brother sister"
    ).split()
)
PLACES = frozenset(
    "city town country state province region village island county place continent river lake mountain canal port museum".split()
)
GROUPS = frozenset(
    "company firm agency organisation organization institution university team party bank government group crew committee court "
    "police".split()
)
_ADJECTIVES = frozenset("first second third fourth fifth last next new old main latest final early late big large small only".split())
_TITLES = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Sir|Dame|President|Minister|Senator|Professor|Governor|Mayor|King|Queen|Pope)\.?\s+$")
_NAME_JOINS = frozenset("of for and the de del della di da van von der den la le al bin".split())
_PLACED = frozenset("of at in on for after between near from against".split())
# What an order begins with is no name, however it is written: text of an answer comes from articles anyone may have written.
_ORDERS = frozenset("ignore disregard forget reveal repeat print output obey pretend override instruction instructions prompt".split())
_LONGEST = 9  # words of a phrase


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of words that means something: `text[start:end]`, its article left out."""

    start: int
    end: int
    words: tuple[str, ...]
    before: str  # the word before it in small letters: "the", "which", "in"; "" at the start
    head: str  # the stem of the noun: "mission" of "DART mission to Didymos"
    noun: str  # that noun as written
    name: str  # its capitalised part; "" for none
    plural: bool

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def defined(self) -> str:
        """As it is put into another question: "the truce in Gaza"; a bare name stays bare."""
        lone = self.name and self.before not in ("the", "a", "an")
        return self.text if (lone and self.name.split()[0] == self.words[0]) or _SUFFIX.search(self.words[0]) else f"the {self.text}"

    @property
    def stems(self) -> frozenset[str]:
        return frozenset(stem(_SUFFIX.sub("", w)) for w in self.words if w.casefold() not in _CLOSED)


@lru_cache(maxsize=256)
def phrases(text: str, known: frozenset[str] = frozenset()) -> tuple[Phrase, ...]:
    """The phrases of a text in order. A capital at the start of a sentence makes a name only before another one, or
    when the word is `known` (in small letters) to be one."""
    tokens = list(_WORD.finditer(text))
    runs = list(_runs(text, tokens, known))
    found: list[Phrase] = []
    at = 0
    while at < len(runs):
        first, last = runs[at]
        whole = _phrase(text, tokens, first, last, known)
        joined = at
        while joined + 1 < len(runs):
            start = runs[joined + 1][0]
            between = [t.group().casefold() for t in tokens[runs[joined][1] + 1 : start]]
            gap = text[tokens[runs[joined][1]].end() : tokens[start].start()]
            after = _phrase(text, tokens, *runs[joined + 1], known)
            if re.search(r"[^\w\s]", gap) or not _joins(whole, between, after) or runs[joined + 1][1] - first >= _LONGEST:
                break
            found.append(after)  # what is named inside can be meant as well
            joined += 1
            whole = _phrase(text, tokens, first, runs[joined][1], known, head=runs[at][1])
        found.append(whole)
        at = joined + 1
    return tuple(sorted(found, key=lambda p: (p.start, -p.end)))


def _joins(whole: Phrase, between: Sequence[str], after: Phrase) -> bool:
    """Whether "bridge" and "Varn" are one thing: "the bridge at Varn", "a layer of gold"."""
    if not between or between[0] not in _PLACED or any(w not in ("the", "a", "an") for w in between[1:]):
        return False
    if between[0] == "of":
        return True
    return not whole.name and bool(after.name) and whole.before in DETERMINERS | {"many"}


def _runs(text: str, tokens: Sequence[re.Match[str]], known: frozenset[str]) -> Iterator[tuple[int, int]]:
    """First and last token of each run of words that are neither little words nor verbs."""
    first: int | None = None
    for i, token in enumerate(tokens):
        touching = i > 0 and not text[tokens[i - 1].end() : token.start()].strip(" \t“\"‘'")
        if first is not None and not (touching and _goes_on(text, tokens, i, first, known)):
            yield first, i - 1
            first = None
        if first is None and _opens(text, tokens, i, known):
            first = i
    if first is not None:
        yield first, len(tokens) - 1


def _opens(text: str, tokens: Sequence[re.Match[str]], i: int, known: frozenset[str]) -> bool:
    word = tokens[i].group()
    small = word.casefold()
    if word[0].isdigit():
        return (not word.isdigit() and not re.fullmatch(r"[\d.,]+", word)) or (
            i + 1 < len(tokens)
            and len(word) == 4
            and _capital(text, tokens, i + 1, known)
            and not DATE.match(tokens[i + 1].group())
            and not (i and DATE.fullmatch(tokens[i - 1].group()))  # "On 8 February 2023 Kevin Liu …"
        )
    if DATE.fullmatch(word):
        return False
    if _capital(text, tokens, i, known):
        return small not in _ORDERS and (small not in _CLOSED or _named_next(text, tokens, i))
    before = tokens[i - 1].group().casefold() if i else ""
    if small in _CLOSED or before == "how":
        return False
    return before in _ARTICLES or not (stem(small) in _VERBS or (len(small) > 4 and small.endswith(("ed", "ing", "ly"))))


def _goes_on(text: str, tokens: Sequence[re.Match[str]], i: int, first: int, known: frozenset[str]) -> bool:
    word = tokens[i].group()
    small = word.casefold()
    if i - first >= _LONGEST:
        return False
    if word[0].isdigit():
        return len(word) <= 4 and (tokens[i - 1].group()[0].isupper() or i - 1 == first)
    if _capital(text, tokens, i, known):
        return (small not in _CLOSED or _named_next(text, tokens, i)) and not DATE.fullmatch(word)
    if small in _CLOSED or tokens[i - 1].group()[0].isdigit():
        return False
    if tokens[i - 1].group().casefold() in _ADJECTIVES:  # "its first repair"
        return True
    return not (stem(small) in _VERBS or (len(small) > 4 and small.endswith(("ed", "ing", "ly"))))


def _capital(text: str, tokens: Sequence[re.Match[str]], i: int, known: frozenset[str]) -> bool:
    word = tokens[i].group()
    if not word[0].isupper():
        return False
    before = text[max(0, tokens[i].start() - 6) : tokens[i].start()].rstrip(" \"'“‘([")
    if (before and before[-1] not in ".!?:\n…") or re.search(r"\b(?:Mr|Ms|Dr|St)\.$", before):
        return True
    small = _SUFFIX.sub("", word).casefold()
    if small in _CLOSED or stem(small) in _VERBS:
        return False
    inner = any(c.isupper() or c.isdigit() for c in word[1:])
    return inner or small in known or _named_next(text, tokens, i)


def _named_next(text: str, tokens: Sequence[re.Match[str]], i: int) -> bool:
    """Whether the next word is part of a name with this one: "Ever Given", "Apollo 11"."""
    following = tokens[i + 1].group() if i + 1 < len(tokens) else "a"
    if following[0].islower() or following.casefold() in _CLOSED or DATE.fullmatch(following):
        return False
    return text[tokens[i].end() : tokens[i + 1].start()] == " "


def _phrase(text: str, tokens: Sequence[re.Match[str]], first: int, last: int, known: frozenset[str], head: int | None = None) -> Phrase:
    words = tuple(t.group() for t in tokens[first : last + 1])
    end = tokens[last].end()
    if words[-1].endswith(("'s", "’s")) and head is None:
        words, end = (*words[:-1], words[-1][:-2]), end - 2
    capitals = [k for k in range(first, last + 1) if _capital(text, tokens, k, known) or _named_figure(tokens, k, first)]
    name = _SUFFIX.sub("", text[tokens[capitals[0]].start() : tokens[_together(capitals)].end()]) if capitals else ""
    at = last if head is None else head
    while at > first and tokens[at].group()[0].isdigit():
        at -= 1
    while head is None and first < at and at in capitals and tokens[capitals[0] - 1].group().islower() and capitals[0] > first:
        at = capitals[0] - 1  # "the asteroid Dimorphos" is an asteroid
    noun = _SUFFIX.sub("", tokens[at].group())
    before = tokens[first - 1].group().casefold() if first else ""
    plural = (noun[0].islower() and noun.endswith("s") and not noun.endswith(("ss", "us", "is"))) or noun.casefold() in _PLURALS
    return Phrase(tokens[first].start(), end, words, before, stem(noun), noun, " ".join(name.split()), plural)


_PLURALS = frozenset("people men women children police media data crew".split())


def _named_figure(tokens: Sequence[re.Match[str]], k: int, first: int) -> bool:
    return k > first and tokens[k].group()[0].isdigit() and tokens[k - 1].group()[0].isupper()


def _together(capitals: Sequence[int]) -> int:
    """The last token of the first stretch of capitals."""
    last = capitals[0]
    for k in capitals[1:]:
        if k > last + 1:
            break
        last = k
    return last


def is_person(noun: str) -> bool:
    return stem(noun) in _PERSONS


def is_generic(phrase: Phrase) -> bool:
    """Whether it says nothing by itself: "people", "the number"."""
    return not phrase.name and phrase.head in GENERIC and len(phrase.words) == 1


def titled(text: str, phrase: Phrase) -> bool:
    """Whether a person's title stands before the name, or begins it."""
    return bool(_TITLES.search(text[max(0, phrase.start - 14) : phrase.start] + (phrase.words[0] + " " if len(phrase.words) > 1 else "")))
