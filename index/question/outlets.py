"""The outlets of the library that a question names: "according to CNN", "articles from The Verge"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

LONGEST = 10  # words of a name that are looked at
SHORT = 3  # letters; below that a name needs a word that makes it one

# English words that outlets are called by. A name of nothing else needs a word that makes it a name.
ORDINARY = frozenset(
    """
    a about advanced advertiser advocate affairs africa age air all allure alpha america american an and answers any arab argus art
    arts as asia at athletic atlantic auto back banner be beacon bee before best better big billboard bird bloom blue book books box
    bridge brief briefing britain british bulletin business bustle but by call can capital capitol car care cars cell chemistry china
    chronicle church citizen city clarion close coast college commentary commerce community computer connection conservation
    constitution consumer conversation country courier court crime critic culture current cut daily data dawn day deadline dealer
    decider defense democrat design dialogue digest dispatch do drive eagle earth east echo economic economics economist economy edge
    education empire energy engineering enquirer enterprise entertainment environment era essence essentially euro europe european
    evening examiner express eye fact fashion field figure film finance financial first five flash focus food fool football foreign
    forest fortune forward fox france free freedom friday front future game gamer games garden gazette general german germany get
    global globe go goal golf good grid grill ground guardian guide hacker harbor harbour has have he health her herald here hill hindu
    his history home horizon hour house how i if in independent india industry info information inquirer inside insider intelligence
    intercept international internet investor is israel it japan journal just justice kitchen knowledge labor lantern law leader leaf
    ledger letter liberty life lifestyle light line list literature live local look mail man march marine market marketplace markets
    may me mechanics media medical medicine men mercury messenger metro military mind mint minute mirror mix mobile model modern monday
    money monitor month monthly moon morning mother motley motor mountain movie music nation national nature navy network new news
    newspaper next night north northern not now observer ocean of oil on onion online open opinion our out outlet outlook outside over
    page paper parade parents patch patriot people philosophy physics pilot pioneer place plain planet play point policy politics
    polygon popular post power press print progress prospect psychology public pulse quartz quill radar radio rail reader real reason
    record recorder red reform register religion report reporter republic republican research review ringer river roar rolling root
    salon saturday say science sciences scientific scientist scotsman scout sea security seeking self sentinel shape she shine ship
    signal six sky slate so soccer society source south southern space spark spectator sport sporting sports stage standard star state
    states statesman step stock stone story straits strategist street student summit sun sunday survey swim tech technology telegraph
    television test that the them there they this ticket tide time times today top total town trace trade travel trend tribune trust
    truth tv union united universe up us valley van variety verge vice video view views village vision voice volunteer wall watch water
    wave way we web week weekend weekly west western what wheel wheels which who why wild will win wire wired woman women wood word
    work worker workers world writer writers year yes you young your zone
    """.split()
)

_TOKEN = re.compile(r"[^\W_]+")
_SUFFIX = re.compile(r"\.(?:com?|org|net|info|news|tv|gov|edu|[a-z]{2})(?:\.[a-z]{2})?(?![\w])", re.IGNORECASE)
_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)
_HEAD = re.compile(r" [-–—|] |\s?\| ?|: ")
_GAP = re.compile(r"[ .'’&/–-]{0,3}")
_REPORTED = (
    r"reported|reports?|said|says?|wrote|writes?|claim(?:s|ed)?|suggest(?:s|ed)?|describ(?:es?|ed)|mention(?:s|ed)?|stat(?:es?|ed)|cover(?:s|ed)?"
    r"|publish(?:es|ed)?|argu(?:es?|ed)|not(?:es|ed)|reveal(?:s|ed)?|quot(?:es?|ed)|tells?|told|found|predict(?:s|ed)?|call(?:s|ed)"
)
_AFTER = re.compile(
    rf"[\"”’']?(?:['’]s?)? (?:{_REPORTED}|articles?|reports?|stor(?:y|ies)|coverage|pieces?|headlines?|editorials?|interviews?|columnists?"
    r"|correspondents?|reporters?|journalists?|review)\b|['’]s ",
    re.IGNORECASE,
)
_PAPER = re.compile(r"(?:\.\w| (?:magazine|newspaper|website|newsroom)\b)", re.IGNORECASE)
_BEFORE = re.compile(
    r"\b(?:according to|as (?:told|reported|stated|noted|described) (?:by|in|on|to)|in|by|from|on|via|per|says|while|whereas|does|did)"
    r"(?: both)?(?: the)? [\"“‘']?\Z",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:according to|reported by|as (?:told|reported|stated|noted|described) (?:by|in|on|to)) (?:the )?[\"“‘']?\Z", re.IGNORECASE
)
_HARD = re.compile(
    r"\b(?:articles|stories|reports|coverage|pieces|headlines)(?: (?:published|printed|written))? (?:from|by|in)(?: both)?(?: the)? "
    r"[\"“‘']?\Z"
    r"|(?P<only>(?<!\bthe )(?<!\bnot )\bonly(?: from| in| by| use)?(?: the)? [\"“‘']?)\Z",
    re.IGNORECASE,
)
_ONLY = re.compile(r"[\"”’']? (?:only|alone)(?= *(?:[,.;:?!)]|\Z))", re.IGNORECASE)
_ENDED = re.compile(r"[\"”’']?(?: *(?:[,.;:?!)]|\Z)| (?:articles|stories|reports|coverage|news|and|or|about|on|please)\b)", re.IGNORECASE)
_JOINED = re.compile(r"[\"”’']?(?:,| and| or|, and|, or| &)(?: from| by| in)?(?: the)? [\"“‘']?", re.IGNORECASE)
_SENTENCE = re.compile(r"(?:\A|[.?!:] )[\"“‘'(]*\Z")


@dataclass(frozen=True, slots=True)
class Named:
    """`sources` are the outlets, in the library's spelling, that `words` at `question[begin:]` may mean."""

    words: str
    begin: int
    sources: tuple[str, ...]
    hard: bool

    @property
    def stop(self) -> int:
        return self.begin + len(self.words)


@dataclass(frozen=True, slots=True)
class _Names:
    """Outlets by their letters alone ("theverge", "verge"). `openings` are how the first word of any begins."""

    sources: dict[str, tuple[str, ...]]
    openings: frozenset[str]
    words: int
    letters: int


def named_outlets(question: str, outlets: tuple[str, ...]) -> list[Named]:
    """In order. `hard` where only their articles are asked for, never when another outlet is named beside them."""
    names = _names(outlets)
    tokens = [(m.start(), m.end(), m.group().casefold()) for m in _TOKEN.finditer(question)]
    found: list[Named] = []
    number = 0
    while number < len(tokens):
        said = _longest(question, tokens, number, names)
        if said is None:
            number += 1
            continue
        last, sources = said
        begin, stop = tokens[number][0], tokens[last][1]
        joined = bool(found and _JOINED.fullmatch(question, found[-1].stop, begin))
        if _is_name(question, [word for _, _, word in tokens[number : last + 1]], begin, stop, sources, joined):
            suffix = _SUFFIX.match(question, stop)
            stop = suffix.end() if suffix else stop
            hard = (joined and found[-1].hard) or _is_asked_for(question, begin, stop)
            found.append(Named(question[begin:stop], begin, sources, hard))
        number = last + 1
    if all(named.hard for named in found):
        return found
    return [replace(named, hard=False) for named in found]


@lru_cache(maxsize=16)
def _names(outlets: tuple[str, ...]) -> _Names:
    whole: dict[str, dict[str, None]] = {}
    heads: dict[str, dict[str, None]] = {}
    words = 1
    for outlet in outlets:
        name = _ADDRESS.sub("", outlet.strip())
        if " " not in name and "." in name:
            name = _SUFFIX.sub("", name)
        head = _HEAD.split(name)[0]  # "FOX News - Health", "Cnbc | World Business News Leader"
        for spelling, into in ((name, whole), (head, heads), (_acronym(head), heads)):
            tokens = _TOKEN.findall(spelling.casefold())
            words = max(words, len(tokens))
            for key in ("".join(tokens), "".join(tokens[1:]) if tokens[:1] == ["the"] else ""):
                if key:
                    into.setdefault(key, {})[outlet] = None
    sources = {key: tuple(found) for key, found in {**heads, **whole}.items()}
    openings = frozenset(key[:length] for key in sources for length in (1, 2, 3))
    return _Names(sources, openings, min(LONGEST, words + 2), max(map(len, sources), default=0))


def _acronym(name: str) -> str:
    """BBC of "BBC News"; nothing of "Sky News"."""
    first, _, rest = name.partition(" ")
    return first if rest.casefold() in ("news", "sport", "sports", "online") and first.isupper() and len(first) >= SHORT else ""


def _longest(question: str, tokens: list[tuple[int, int, str]], first: int, names: _Names) -> tuple[int, tuple[str, ...]] | None:
    """The last token of the longest name that begins at a token, and whose it is."""
    if tokens[first][2][:3] not in names.openings:
        return None
    letters, found = "", None
    for number in range(first, min(first + names.words, len(tokens))):
        if number > first and not _GAP.fullmatch(question, tokens[number - 1][1], tokens[number][0]):
            break
        letters += tokens[number][2]
        if len(letters) > names.letters:
            break
        if letters in names.sources:
            found = number, names.sources[letters]
    return found


def _is_name(question: str, words: list[str], begin: int, stop: int, sources: tuple[str, ...], joined: bool) -> bool:
    """Whether an outlet is meant, and not the word it is called by. Where that is unclear, it is not."""
    the = len(words) > 1 and words[0] == "the"
    plain = words[1:] if the else words
    said = question[begin + len("the ") : stop] if the else question[begin:stop]
    before, shouted = question[max(0, begin - 40) : begin], question.isupper()
    first = bool(_SENTENCE.search(before))
    told = _AFTER.match(question, stop) or _PAPER.match(question, stop)
    cue = bool(joined or told or _BEFORE.search(before))
    if sum(map(len, plain)) < SHORT or "".join(plain).isdigit():
        return cue and any(re.search(rf"(?<!\w){re.escape(said)}(?!\w)", source) for source in sources)
    spelt = any(word != word.capitalize() and not word.islower() for source in sources for word in _TOKEN.findall(source))  # CNN
    capital = all(word[0].isupper() for word in _TOKEN.findall(said))
    if not all(word in ORDINARY for word in plain):
        return len(plain) > 1 or spelt or cue or (capital and not first)
    if any(len(source) <= 5 and source.isupper() for source in sources):  # WHO
        return said.isupper() and not shouted
    if len(plain) > 1 and not capital:
        return bool(told or _TOLD.search(before) or before.endswith(("says the ", "says ")))
    if not capital or shouted:
        return bool(_PAPER.match(question, stop) or (the and _TOLD.search(before)))
    if len(plain) > 1 or (the and question[begin] == "T" and not first):
        return True
    if first:
        return bool(told) and plain != ["people"] and (the or not any(source.casefold().startswith("the") for source in sources))
    return cue


def _is_asked_for(question: str, begin: int, stop: int) -> bool:
    asked = _HARD.search(question[max(0, begin - 60) : begin])
    if asked and not asked["only"]:
        return True
    return bool((asked and _ENDED.match(question, stop)) or _ONLY.match(question, stop))
