"""A question that leans on the conversation → one that stands alone, by rules; and whether the rules are sure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.conversation import ADDED, NEW_MATTER, Context, Mention, within
from qa.ellipsis import ABOUT, AUX, BARE, COUNTED, completed, counted_noun
from qa.facts import content, figures, stem
from qa.mentions import GROUPS, PLACES, Phrase, is_person, phrases

_OPENER = re.compile(r"^\s*(?:(?:and|but|so|also|or|then|ok(?:ay)?|well|thanks|thank you|got it)\b[\s,.!:-]*)+", re.IGNORECASE)
# "It", "there" and "that" which stand for nothing said before.
_EMPTY = re.compile(
    r"\b(?:is|was|are|were|be|been) there\b|\bthere (?:is|are|was|were|be|been|has|have)\b|\bit (?:true|known|possible|clear|likely|that)\b"
    r"|\b(?:is|was|does|did|will|would|can) it (?:true|known|possible|clear|likely|rain|snow|(?:take|cost|matter|hurt) (?:to|for))\b"
    r"|\bit is \w+ (?:to|that)\b"
    r"|\bthis (?:year|month|week|morning|century|decade|summer|winter|spring|autumn)\b|\bthat is(?: to say)?,|\bin it for\b"
    r"|\b(?:who|what) (?:is|was) it\b(?= (?:that|who|like|before|after)\b)",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(he|she|him|her|his|hers|it|its|they|them|their|theirs|this|that|these|those|there|then)\b(?!['’-]?\w)", re.IGNORECASE
)
_HAS = re.compile(r"\b(?:he|she|it|they|there)(?=['’](?:s|re|d|ll|ve)\b)", re.IGNORECASE)
_POSSESSIVE = frozenset(["his", "her", "its", "their"])
_POINTED = frozenset("of in on at by for from did is was does after".split())  # before "that company"
_GROUP = {"they": "they", "them": "they", "their": "they", "theirs": "they", "it": "it", "its": "it", "there": "there"}
_ONE = re.compile(
    r"\b(?:(which|that|this|the (?:\w+ )?\w+|another|an? \w+|any other) )?(ones?)\b(?!\s+(?:of|or|hundred|thousand|million|day)\b)",
    re.IGNORECASE,
)
_CONDITION = re.compile(rf"^(?:if|because|unless|when(?! {AUX}\b))\b[^,?]*$|^why\s+(?!{AUX}\b|not\b)\w+(?:\s\w+)?$", re.IGNORECASE)
_DEFINITION = re.compile(r"^what (?:is|are|was|were) (?:an? )?(?!the\b)[^,]+$|^what do(?:es)? [^,]+ (?:do|mean)$", re.IGNORECASE)
_MORE = re.compile(
    r"\b(?:else|instead|as well|too|either)\s*[?.!]*$|\b(?:any|some|what|which) other\b|\bthe (?:same|other|former|latter)\b",
    re.IGNORECASE,
)
_LITTLE = frozenset(
    stem(w)
    for w in "tell more detail explain happen go say think do know else mean yes no next again name information please about thing".split()
)
FEW = 2  # words that tell something, below which a question without a name says too little


@dataclass(frozen=True, slots=True)
class Rewriting:
    """`leans` is False for a question that is whole; `sure` when nothing was guessed."""

    text: str
    leans: bool
    sure: bool
    kept: frozenset[str] = frozenset()  # the texts of what it takes up again


def rewrite(question: str, context: Context) -> Rewriting:
    """The question as it stands alone in this conversation. One that needs nothing comes back as it is."""
    if not context.turns:
        return Rewriting(question, False, True)
    new = NEW_MATTER.match(question)
    core = question[new.end() :] if new else question
    work = _Work(core, context)
    work.pronouns()
    work.ones()
    if not new:
        work.definites()
        work.little()
    if not work.leans:
        return Rewriting(question, False, True)
    return work.done()


class _Work:
    """One question under the hand. Replacements are kept by offset and made at the end."""

    def __init__(self, question: str, context: Context) -> None:
        opener = _OPENER.match(question)
        self.opened = bool(opener)
        self.text = question[opener.end() :] if opener and opener.end() < len(question.rstrip(" ?.!")) else question
        self.context = context
        self.phrases = phrases(self.text)
        self.named = [p for p in self.phrases if p.name]
        self.empty = [m.span() for m in _EMPTY.finditer(self.text)]
        self.swaps: list[tuple[int, int, str]] = []
        self.leans = False
        self.sure = True
        self.more = False  # the topic is to be added
        self.resolved: list[Mention] = []

    # What leans

    def pronouns(self) -> None:
        done: set[str] = set()
        found = sorted([*_PRONOUN.finditer(self.text), *_HAS.finditer(self.text)], key=lambda m: m.start())
        for m in found:
            word = m.group().casefold()
            if any(a <= m.start() < b for a, b in self.empty):
                continue
            noun = next((p for p in self.phrases if p.start >= m.end() and not self.text[m.end() : p.start].strip()), None)
            if word in ("this", "that", "these", "those"):
                self._pointing(m, word, noun)
            elif word == "then":
                self._then(m)
            elif word in _POSSESSIVE and noun and noun.name:
                continue  # "its successor Webb" is Webb, whosever it is
            elif not within(self.text, self.phrases, word, m.start(), possessive=bool(noun) and word in _POSSESSIVE):
                group = _GROUP.get(word, "he")
                self._stands_for(m, word, noun, again=group in done)
                done.add(group)

    def _stands_for(self, m: re.Match[str], word: str, noun: Phrase | None, again: bool) -> None:
        self.leans = True
        if again:
            return
        meant, sure = self.context.meant(word)
        if not meant:
            self.more, self.sure = True, self.sure and word in ("there", "they", "them", "their")
            return
        if not sure:
            self.more, self.sure = True, False
            return
        best = meant[0]
        self.resolved.append(best)
        if word in _POSSESSIVE and noun:
            self._owned(m, noun, best)
        elif word == "there":
            self._swap(m.start(), m.end(), f"{best.place or 'in'} {best.text}")
        else:
            self._swap(m.start(), m.end(), best.text + ("'s" if word in ("his", "hers", "its", "theirs") else ""))

    def _owned(self, m: re.Match[str], noun: Phrase, owner: Mention) -> None:
        """ "its first extension" → "Webb's first extension", or "the first extension of the truce in Gaza"."""
        if " of " in owner.text or "’s " in owner.text or "'s " in owner.text or len(owner.text.split()) > 3 or owner.plural:
            self._swap(m.start(), noun.end, f"the {noun.text} of {owner.text}")
        else:
            self._swap(m.start(), m.end(), owner.text + ("’" if owner.text.endswith("s") else "’s"))

    def _pointing(self, m: re.Match[str], word: str, noun: Phrase | None) -> None:
        before = self.text[: m.start()].split()[-1:] or [""]
        if re.match(r"\s+one\b", self.text[m.end() :]):
            return
        if not noun:
            bare = re.match(r"\s*(?:[?.!,]|$|(?:is|was|are|were|happen\w*|mean\w*|work\w*|cost\w*)\b)", self.text[m.end() :])
            last = not self.phrases or self.phrases[-1].end <= m.start()
            if word != "that" or (bare and last and before[0].casefold() not in ("said", "say")):
                if word in ("this", "that") and within(self.text, self.phrases, "it", m.start(), possessive=False):
                    return
                self.leans = self.more = True
                if word in ("those", "these"):
                    self._plural(m)
            return
        last = noun.end >= len(self.text.rstrip(" ?.!"))
        known = self.context.called(noun.head)
        if word == "that" and (noun.plural or not (last or known or before[0].casefold() in _POINTED)):
            return  # "said that sharks …"
        if word != "that" or last or known:
            self.leans = True
        if known and known.name and not noun.plural and noun.text.casefold() == noun.noun.casefold():
            self._swap(m.start(), noun.end, known.text)
            self.resolved.append(known)
        elif self.leans:
            answer = next((a for turn in self.context.turns for a in turn.mentions if a.answer and a.name), None)
            kind = (noun.noun in GROUPS and not (answer and answer.place)) or noun.noun in PLACES or is_person(noun.noun)
            if answer and kind and len(noun.words) == 1:
                self._swap(m.start(), noun.end, answer.text)
                self.resolved.append(answer)
            elif noun.noun in ("day", "year", "month", "time", "date", "week") and self.context.date():
                self._swap(noun.end, noun.end, f" ({self.context.date()})")
                self.more = True
            else:
                self.more = True

    def _plural(self, m: re.Match[str]) -> None:
        meant, sure = self.context.meant("those")
        if meant and sure and self.text[: m.start()].rstrip().endswith("of"):
            self._swap(m.start(), m.end(), meant[0].text)
            self.resolved.append(meant[0])

    def _then(self, m: re.Match[str]) -> None:
        before = self.text[: m.start()].casefold().split()
        if not before or re.search(r"\b(?:if|when)\b", self.text[: m.start()], re.IGNORECASE):
            return
        self.leans = self.more = True
        if before[-1] in ("by", "since", "before", "until", "after", "till") and self.context.date():
            self._swap(m.start(), m.end(), self.context.date())

    def ones(self) -> None:
        for m in _ONE.finditer(self.text):
            after = self.text[m.end() :].lstrip()
            if m.group(1) is None and not re.match(r"[?.!,]|$", after):
                continue  # a number: "one dose"
            which = (m.group(1) or "").casefold()
            chosen = any(p.end <= m.start() and not p.name and p.before != "the" for p in self.phrases)
            if " or " in after or (chosen and which not in ("that", "this")):
                continue
            self.leans = True
            last = self.context.turns[0].mentions if which in ("that", "this") else ()  # it points at what was spoken of last
            kind = next((x for x in (*last, *self.context.mentions()) if x.noun.islower() and not x.person and not x.aside), None)
            if kind is None:
                self.more, self.sure = True, False
            elif which in ("that", "this"):
                self._swap(m.start(), m.end(), kind.text)
                self.resolved.append(kind)
            elif not which:
                noun = kind.text.removeprefix("the ")
                self._swap(m.start(), m.end(), f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}")
                self.more = True
            else:
                self._swap(m.start(2), m.end(2), kind.noun)
                self.more = True

    def definites(self) -> None:
        """ "The mission", where nothing else is named: "the DART mission" of before, when there was one."""
        if self.named or _content(self.text) >= 6:
            return
        for p in self.phrases:
            rest = self.text[p.end :].lstrip().casefold()
            if p.before != "the" or len(p.words) > 2 or re.match(r"(?:of|that|who|which)\b", rest) or self._swapped(p.start):
                continue
            known = self.context.called(p.head)
            if known and len(p.words) > 1 and not p.stems <= known.stems:
                continue
            if not known and (p.noun in GROUPS or p.noun in PLACES):
                known = next((a for a in self.context.mentions() if a.answer and a.name and bool(a.place) == (p.noun in PLACES)), None)
            if not known:
                someone = is_person(p.noun) and not p.plural
                self.more, self.leans = self.more or someone, self.leans or someone
                continue
            self.leans = True
            if known.name and len(p.words) == 1:
                self._swap(p.start - len("the "), p.end, known.text)
                self.resolved.append(known)
            else:
                self.more = True

    def little(self) -> None:
        """Questions of which something is left out: "And in Syria?", "Why?", "How many were injured?"."""
        body = self.text.strip(" ?.!")
        told = _content(self.text) + len(figures(self.text))
        if BARE.match(body) or COUNTED.search(body) or ABOUT.match(body):
            self.leans = True
        elif _CONDITION.match(body) and told <= 4:
            self.leans = self.more = True
        elif not self.named and (_MORE.search(body) or told < FEW or (told == FEW and not self._defined(body))):
            self.leans = True
            # A name of a person alone is little to search by.
            self.more = self.more or not any(m.name and not m.person for m in self.resolved)
        elif self.opened and told < (3 if self.named else 4):
            self.leans = self.more = True

    def _defined(self, body: str) -> bool:
        """Whether two words that tell something are enough: "What is a safe room?" is, "Regional differences" is not."""
        return any(len(p.words) > 1 and p.before not in ("the", "") for p in self.phrases) or bool(_DEFINITION.match(body))

    # What comes of it

    def done(self) -> Rewriting:
        before = _OPENER.sub("", ADDED.sub("", self.context.turns[0].question))
        text = counted_noun(self._swapped_text(), before)
        named = any(m.name for m in self.resolved)
        whole = completed(text, before, opened=self.opened, named=named)
        if whole:
            text = whole
        elif self.more or not named:
            text = _with(text, self.context.topic(text))
        if text.strip() == self.text.strip():  # nothing was found to add
            return Rewriting(text, True, False)
        kept = frozenset(m.text for m in self.resolved)
        return Rewriting(" ".join((text[0].upper() + text[1:]).split()), True, self.sure, kept)

    def _swap(self, start: int, end: int, by: str) -> None:
        if not self._swapped(start):
            self.swaps.append((start, end, by))

    def _swapped(self, at: int) -> bool:
        return any(a <= at < b for a, b, _ in self.swaps)

    def _swapped_text(self) -> str:
        text = self.text
        for start, end, by in sorted(self.swaps, reverse=True):
            text = text[:start] + by + text[end:]
        return text


def _content(text: str) -> int:
    # A script that puts no space between words has a whole sentence in what looks like one.
    return sum(1 + (len(w) // 3 if w[0] >= "\u2e80" else 0) for w in content(text) if w not in _LITTLE)


def _with(text: str, topic: list[str]) -> str:
    if not topic:
        return text
    end = text.rstrip()
    mark = end[-1] if end and end[-1] in "?.!" else ""
    return f"{end.removesuffix(mark).rstrip()} ({', '.join(topic)}){mark}"
