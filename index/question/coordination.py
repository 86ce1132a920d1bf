"""Where "and" joins two things and where it stands inside the name of one."""

from __future__ import annotations

import re
from functools import lru_cache

# Names and set phrases that hold an "and". A splitter that knows no grammar needs to be told.
_NAMED = """
    marks/spencer, trinidad/tobago, bosnia/herzegovina, antigua/barbuda, kitts/nevis, vincent/the grenadines, tome/principe,
    turks/caicos, newfoundland/labrador, tyne/wear, england/wales, wallis/futuna, st pierre/miquelon, procter/gamble,
    johnson/johnson, standard/poor's, standard/poor’s, black/decker, ernst/young, barnes/noble, simon/schuster,
    smith/wesson, rolls/royce, bang/olufsen, abercrombie/fitch, crosse/blackwell, fortnum/mason, bed bath/beyond,
    simon/garfunkel, hall/oates, mumford/sons, dungeons/dragons, pride/prejudice, sense/sensibility, crime/punishment,
    war/peace, fathers/sons, romeo/juliet, antony/cleopatra, tom/jerry, bonnie/clyde, jekyll/hyde, adam/eve, beauty/the beast,
    research/development, supply/demand, law/order, search/rescue, trial/error, health/safety, arts/crafts, arts/sciences,
    science/technology, food/drug, food/agriculture, securities/exchange, control/prevention, mergers/acquisitions,
    terms/conditions, oil/gas, profit/loss, life/death, black/white, men/women, women/girls, boys/girls, mother/child,
    rock/roll, rhythm/blues, country/western, drum/bass, fish/chips, bread/butter, salt/pepper, mac/cheese, gin/tonic,
    track/field, hide/seek, cut/paste, pros/cons, checks/balances, weights/measures, bits/pieces, ups/downs, back/forth,
    hammer/sickle, stars/stripes, cats/dogs, bed/breakfast, wear/tear, nuts/bolts, peace/security, culture/sport,
    justice/home affairs, immigration/customs, customs/border, house/home, cops/robbers, foot/mouth, hit/run, stop/search
"""
_COMPOUNDS = re.compile(
    r"\b(?:"
    + "|".join(re.escape(pair.strip()).replace("/", " (?:and|&) ").replace("\\ ", " ") for pair in _NAMED.replace("\n", " ").split(","))
    + r")\b"
    # "the Department of Health and Human Services", "the Committee on Oversight and Reform"
    r"|\b(?:department|ministry|minister|bureau|office|committee|commission|institute|cent(?:er|re)s?|secretary|school|museum|council"
    r"|agency|administration|organi[sz]ation|society|academy|faculty|college|university) (?:of|for|on) (?:\w+,? ){1,5}(?:and|&) \w+"
    r"|\b(\w+) and \1\b"  # more and more
    r"|\bboth (?:sides|of|the two)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|‘[^’]*’|(?<!\w)'[^']*'(?!\w)|\([^()]*\)")
_JOINING = re.compile(r"(?:\band\b|&|\bboth\b)", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*,\s*(?:and|or|&|as well as)\s+|\s+(?:and|or|as well as)\s+|\s*,\s+", re.IGNORECASE)
_MONTHS = "january february march april may june july august september october november december".split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday spring summer autumn winter now then".split()
_DATE = re.compile(
    rf"(?:[a-z]+ )?[\d.,:%$£€/–-]+(?:st|nd|rd|th|s)?(?: [a-z]+)?|(?:early |mid-?|late )?(?:{'|'.join((*_MONTHS, *_DAYS))})(?: \d+)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=64)
def masked(text: str) -> str:
    """The text, as long as it was, with every "and" and comma inside a name, quotes or brackets made a plain letter."""
    text = _QUOTED.sub(_plain, text)
    return _COMPOUNDS.sub(_plain, text) if _JOINING.search(text) else text


def members(text: str) -> list[str]:
    """The things that commas and "and" join: ["the USGS", "AFAD"]. One alone where there is nothing to split, where it
    cannot be told what is joined with what, and where figures, days or months are joined."""
    plain, found, start = masked(text), [], 0
    gaps = list(_BETWEEN.finditer(plain))
    for gap in gaps:
        found.append(text[start : gap.start()])
        start = gap.end()
    found.append(text[start:])
    found = [member.strip(" ,;") for member in found]
    unclear = len(gaps) > 1 and not any("," in gap[0] for gap in gaps)  # "size and shape of ants and bees"
    if unclear or not all(re.search(r"[^\W\d_]", member) for member in found) or any(map(_DATE.fullmatch, found)):
        return [text.strip()]
    return found


def _plain(found: re.Match[str]) -> str:
    return re.sub(r"\W", "x", found[0])
