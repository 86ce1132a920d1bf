"""What is being talked of: the mentions of the last turns, and what a word such as "it" may stand for among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.facts import content, stem
from qa.mentions import DATE, DETERMINERS, GENERIC, GROUPS, PLACES, Phrase, is_generic, is_person, phrases, titled

MARGIN = 0.8  # weight by which the best reading leads the next, to be believed without asking
LONGEST = 12  # words of a topic
DECAY = 1.0  # weight that a mention loses with each turn
NEW_MATTER = re.compile(
    r"^\s*(?:(?:on|now|and)\s+)*(?:another (?:matter|question|topic|thing)|something else"
    r"|(?:a )?(?:different|new|other|next) (?:topic|subject|question)"
    r"|changing (?:the )?(?:topic|subject)|by the way|moving on|on another note|turning to|unrelated)\b[\s,.:;–-]*",
    re.IGNORECASE,
)
ADDED = re.compile(r" \([^()]*\)(?=[?.!]*$)")  # the topic, as it is put beside a question
# What parts two clauses, so that a pronoun of the second may stand for a name of the first.
_CLAUSE = re.compile(
    r"[,;.?!]|\b(?:and|but|or|when|while|before|after|because|since|if|that|who|which|where|until|as|although|than|so)\b", re.IGNORECASE
)
_SUBJECT = re.compile(r"\b(?:did|does|do|is|are|was|were|has|have|had|will|would|can|could|should)(?:\s+(?:the|a|an))?\s*$", re.IGNORECASE)
_ASKED = re.compile(r"\b(who|whom|whose|which|what|where|when|why|how)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """Something the conversation has spoken of, and as what it may be taken up again."""

    text: str  # as it is put into a question: "the truce in Gaza", "the asteroid Dimorphos"
    name: str  # "" for none
    noun: str  # "asteroid"; what it is, where that was said
    stems: frozenset[str]
    plural: bool
    person: bool
    place: str  # "in", "at": how a place was spoken of; "" for no place
    weight: float
    answer: bool = False  # it is what the last question asked for
    agent: bool = False  # it is who did something; "it" seldom goes back to that
    aside: bool = False  # an answer mentions it, by the way
    unclear: bool = False  # a bare name: a person, a place, a company?


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that stands alone, and what it and its answer spoke of."""

    question: str
    mentions: tuple[Mention, ...]
    stems: frozenset[str]
    date: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """The turns of one matter, the last one first."""

    turns: tuple[Turn, ...] = ()

    def after(self, question: str, answer: str, *, leant: bool, kept: frozenset[str] = frozenset()) -> Context:
        """The context once `question`, which stands alone now, has its answer. A question that did not lean and shares
        no word with the turn before begins a new matter. `kept` are the texts of what it took up again."""
        turn = read(question, answer, kept)
        asked = {*content(question)}
        goes_on = (leant and not NEW_MATTER.match(question)) or (self.turns and asked & self.turns[0].stems)
        return Context((turn, *self.turns) if goes_on else (turn,))

    def mentions(self) -> list[Mention]:
        """Every mention, the likeliest to be meant first; one that was said again counts once, at its best."""
        best: dict[str, Mention] = {}
        for ago, turn in enumerate(self.turns):
            for m in turn.mentions:
                aged = replace(m, weight=m.weight - DECAY * ago)
                key = m.text.casefold().removeprefix("the ")
                if key not in best or best[key].weight < aged.weight:
                    best[key] = aged
        return sorted(best.values(), key=lambda m: -m.weight)

    def meant(self, word: str) -> tuple[list[Mention], bool]:
        """What "it", "she", "there"… can stand for, the likeliest first, and whether the first is sure."""
        fitting = [replace(m, weight=m.weight - 3.5 * (m.agent and word in ("it", "its"))) for m in self.mentions() if _fits(m, word)]
        fitting = sorted((m for m in fitting if m.weight > 0), key=lambda m: -m.weight)
        if not fitting:
            return [], False
        rivals = [m for m in fitting[1:] if not (m.stems <= fitting[0].stems or m.stems >= fitting[0].stems)]
        sure = not fitting[0].aside and (not rivals or fitting[0].weight - rivals[0].weight >= MARGIN)
        return fitting, sure

    def called(self, head: str) -> Mention | None:
        """The mention whose noun has this stem: "the mission" is "the DART mission". One with a name comes first."""
        found = [m for m in self.mentions() if stem(m.noun) == head and not (m.aside and len(m.text.split()) > 4)]
        return next((m for m in found if m.name), found[0] if found else None)

    def date(self) -> str:
        """The day or year spoken of last; "" for none."""
        return next((turn.date for turn in self.turns if turn.date), "")

    def topic(self, besides: str = "", most: int = 3) -> list[str]:
        """Names and nouns of the matter that `besides` does not hold, in few words."""
        told, words = set(content(besides)), 0
        found: list[str] = []
        if not self.turns:
            return []
        who = besides.casefold().startswith("who")
        # What an answer mentions by the way is the topic only where nothing was asked by name.
        for m in sorted(self.mentions(), key=lambda m: (m.aside, not m.name, -m.weight)):
            text = m.name if m.person and m.name else m.text.removeprefix("the ")
            new = {*content(text)} - told - GENERIC
            long = len(text.split())
            if m.weight <= 0.4 or new <= _OTHERS or (m.aside and (found or long > 3)) or (who and m.person and m.answer):
                continue
            if len(found) == most or words + long > LONGEST:
                break
            found.append(text)
            told |= new
            words += long
        return found


def _fits(m: Mention, word: str) -> bool:
    if word in ("he", "him", "his", "she", "her", "hers"):
        return not m.plural and (m.person or (m.unclear and not m.place and 1 < len(m.name.split()) < 4))
    if word in ("it", "its", "this", "that"):
        return not m.plural and not m.person and not is_person(m.noun)
    if word == "there":
        return bool(m.place) or m.noun in PLACES
    return m.plural or m.noun in GROUPS


def within(text: str, found: Sequence[Phrase], word: str, at: int, *, possessive: bool) -> bool:
    """Whether the text itself says, in front of the word at `at`, what that stands for."""
    for p in found:
        between = text[p.end : at]
        if p.end > at or (possessive and between.strip() in ("of", "for", "in")):
            continue  # "the crew of its ship": the crew is not whose ship it is
        if possessive and p.before in ("which", "what") and not any(o.name for o in found):
            continue  # "Which flood took its arch?": more likely that of what was spoken of
        beyond = bool(re.search(r"[.?!;]", between))
        # "the money they use": a clause without a "that"
        clause = _CLAUSE.search(between) or any(o.end == at - 1 and o is not p for o in found)
        if not (beyond or clause or (possessive and between.strip())):
            continue
        if word == "there":
            fits = bool(p.name) and p.before in ("in", "at", "to", "near", "from", "visit")
        elif word in ("they", "them", "their", "theirs"):
            fits = p.plural or p.noun in GROUPS or p.before == "many" or " and " in text[p.start : at]
        elif word in ("it", "its"):
            fits = not p.plural and not is_person(p.noun) and (bool(clause) or beyond or bool(p.name) or p.before in DETERMINERS)
        else:
            lone = p.name == p.text and p.before not in ("in", "at", "near", "of", "the", "for")
            fits = not p.plural and (is_person(p.noun) or lone or (beyond and p.before in ("my", "our", "a")))
        if fits:
            return True
    return False


def read(question: str, answer: str, kept: frozenset[str] = frozenset()) -> Turn:
    """What a question that stands alone and its answer speak of."""
    question = ADDED.sub("", NEW_MATTER.sub("", question))
    asked = _ASKED.search(question)
    kind = asked.group().casefold() if asked else ""
    known = frozenset(w.casefold() for p in phrases(question) if p.name for w in p.name.split())
    found = phrases(question)
    mentions = [
        _of_question(question, p, found, asked=kind in ("which", "what"), kept=p.defined in kept)
        for p in found
        if p.before == "many" or not is_generic(p)
    ]
    sought = next((p for p in found if p.before in ("which", "what")), None) if kind in ("which", "what") else None
    own = frozenset(content(question))
    told = question.casefold()
    given = [p for p in phrases(answer, known) if p.name and not (p.before != "the" and (p.stems & own or p.name.casefold() in told))]
    given = [p for p in given if not any(o.start <= p.start and p.end <= o.end and o is not p and o in given for o in given)]
    doer = kind == "who" and not re.search(r"\bwho (?:is|was|are|were)\b", told)
    if doer:  # "A student at Stanford, Kevin Liu, …": the name by itself is who was asked for
        given.sort(key=lambda p: p.name != p.text or p.before in DETERMINERS | _PLACING)
    for rank, p in enumerate(given[:4]):
        mentions.append(_of_answer(answer, p, kind, sought, rank, len(given)))
    if kind in ("which", "what") and sought and any(m.answer for m in mentions):
        # "Which asteroid …?" has its answer now: the asteroid is that one.
        mentions = [m for m in mentions if m.answer or m.noun != sought.noun]
    if any(m.answer and m.person for m in mentions) and kind == "who":
        mentions = [m if m.answer else replace(m, person=False, agent=m.agent or m.person) for m in mentions]
    if doer:  # "Who made Bing Chat tell it?": "he" is who did
        mentions = [m if m.answer or m.aside else replace(m, unclear=False) for m in mentions]
    plain = [p for p in phrases(answer, known) if not p.name and p.before in ("the", "a", "an")]
    mentions += [replace(_of_question(answer, p), weight=0.4, aside=True) for p in plain[:8] if not is_generic(p)]
    days = [d.group() for d in DATE.finditer(answer)] + [d.group() for d in DATE.finditer(question)]
    return Turn(question, tuple(mentions), own | frozenset(content(answer)), days[0] if days else "")


def _of_question(text: str, p: Phrase, among: Sequence[Phrase] = (), *, asked: bool = False, kept: bool = False) -> Mention:
    around = [o for o in among if o is not p and o.start <= p.start and p.end <= o.end]
    inner = bool(around)
    lone = bool(p.name) and p.name == p.text
    place = p.before if (p.before in ("in", "at", "near", "from") and lone) or p.noun in PLACES else ""
    # The first thing after "did" or "was" is what the question is about.
    subject = not inner and bool(p.name or p.before in ("the", "a", "an")) and bool(_SUBJECT.search(text[: p.start]))
    # What is named inside a larger phrase is seldom meant, but for "Apollo 11" in "the commander of Apollo 11".
    behind = (0.2 if any(is_person(o.noun) for o in around) else 1.2) * inner
    weight = 1.0 + 1.5 * bool(p.name) + 0.5 * (p.before in ("the", "this", "that")) + 2.0 * subject + 2.0 * kept - behind
    weight -= 0.8 * (not p.name and p.before not in ("the", "a", "an", "which", "what", "many")) + 0.5 * bool(place)
    agent = p.noun in GROUPS
    if asked and p.before in ("which", "what") and not agent:
        weight = 5.4  # "Which asteroid …?": the asteroid, though it has no name yet
    person = not p.plural and (is_person(p.noun) or (lone and titled(text, p)))
    unclear = lone and not inner and p.before not in ("the", "of", "in", "at", "on", "for", "after", "near", "from", "to", "by")
    return Mention(p.defined, p.name, p.noun, p.stems, p.plural, person, place, weight, agent=agent, unclear=unclear)


def _of_answer(text: str, p: Phrase, kind: str, sought: Phrase | None, rank: int, among: int) -> Mention:
    """A name that the answer brought in; the only one, the first, or the one that stands with the noun asked for is what was asked."""
    named_so = rf"\b{re.escape(sought.noun)}\W+(?:(?:called|named)\W+)?$" if sought else "$."
    beside = bool(re.search(named_so, text[max(0, p.start - 40) : p.start], re.IGNORECASE))
    beside = beside or bool(sought and p.name and stem(p.noun) == stem(sought.noun))  # "the asteroid Dimorphos"
    wanted = kind in _WEIGHTS
    is_it = wanted and (beside or among == 1 or (rank == 0 and (p.start < 12 or kind != "which")))
    weight = _WEIGHTS[kind] if is_it else 1.0 - 0.2 * rank
    weight -= 0.5 * (is_it and not (among == 1 or beside or p.start < 12))
    lone = p.name == p.text
    noun = sought.noun if is_it and sought and lone else p.noun
    who = is_it and kind in ("who", "whom", "whose")
    person = (who and p.before != "the") or is_person(noun) or titled(text, p)
    place = "in" if (kind == "where" and is_it) or noun in PLACES else p.before if p.before in ("in", "at", "near") else ""
    told = p.defined
    if sought and is_it and lone and not person and stem(sought.noun) not in p.stems:
        told = f"the {sought.text} {p.name}"
    stems = p.stems | frozenset(content(told))
    agent = who or noun in GROUPS
    unclear = lone and not is_it
    return Mention(
        told, p.name, noun, stems, p.plural, person, place, weight, answer=is_it, agent=agent, aside=not is_it, unclear=unclear
    )  # fmt: skip


_OTHERS = frozenset(stem(w) for w in "first second third fourth fifth last next other".split())  # "the first flood" beside "the second"
_PLACING = frozenset("at in of from near for by to".split())
_WEIGHTS = {"which": 5.5, "what": 5.0, "who": 4.5, "whom": 4.5, "whose": 4.5, "where": 3.0}
