"""Claims made from articles: their own sentences, lightly reworded ones, and the same with one thing exchanged.

What is found here is found by patterns of its own, not by those of the checker that is measured with it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evals.types import Claim
from index.readers import find_files, read_file
from index.sentences import split_sentences
from index.text import clean

KINDS = ("figure", "date", "unit", "name")  # what is exchanged
ELSEWHERE = "elsewhere"  # the sentence of another article: nothing of it is in the text around
ELSEWHERE_SHARE = 0.3  # of the sentences
SPAN = 150  # words of the text around a claim
FEWEST = 7  # words of a sentence that is made into claims

_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DAY = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_SMALL = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
).split()
_IN_DIGITS = {word: str(n) for n, word in enumerate(_SMALL, 2)}
_IN_WORDS = {digits: word for word, digits in _IN_DIGITS.items()}
_WHOLE_DATE = re.compile(rf"\b\d{{1,2}} (?:{_MONTH})(?: (?:1[5-9]|20)\d\d)?\b")
_DATES = (
    _WHOLE_DATE,
    re.compile(rf"\b(?:{_MONTH}) (?:1[5-9]|20)\d\d\b"),
    re.compile(rf"\b(?:{_DAY})\b"),
    re.compile(r"\b(?:1[5-9]|20)\d\d\b"),
)
_SCALE = r"(?: (?:thousand|million|billion))?"
_FIGURES = (
    re.compile(rf"[$£€¥]\d[\d,]*(?:\.\d+)?{_SCALE}\b"),
    re.compile(r"\b\d[\d,]*(?:\.\d+)?(?:%| per ?cent\b)"),
    re.compile(rf"(?<![\w$£€¥.,:/-])\d(?:[\d,]*\d)?(?:\.\d+)?{_SCALE}\b(?![\w%:/-]|[.,]\d| per ?cent)|\b(?:{'|'.join(_SMALL)})\b"),
)
_MEASURES = (
    "seconds minutes hours days weeks months years".split(),
    "centimetres metres kilometres miles feet inches".split(),
    "grams kilograms tonnes pounds".split(),
    "knots kilometres miles metres".split(),
)
_UNIT = re.compile(rf"(?<=\d )(?:{'|'.join(sorted({u for group in _MEASURES for u in group}))})\b")
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w’'-]*[\w]"
_NAME = re.compile(rf"(?<=[\w,] )(?!(?:{_MONTH}|{_DAY})\b){_CAPITAL}(?: (?:of |de |van )?(?!(?:{_MONTH}|{_DAY})\b){_CAPITAL})*")
# One word for another that says the same; none is taken from the checker's own table on purpose.
_OTHER_WORDS = {
    "about": "around", "said": "stated", "began": "started", "struck": "hit", "showed": "revealed", "built": "constructed",
    "near": "close to", "announced": "made known", "large": "big", "also": "in addition", "however": "yet", "but": "yet",
    "because": "since", "before": "prior to", "more than": "over", "for the first time": "for the very first time", "took": "took up",
}  # fmt: skip
_OTHERS = re.compile(rf"\b(?:{'|'.join(_OTHER_WORDS)})\b")


@dataclass(frozen=True, slots=True)
class Made:
    """A claim, what was exchanged in it ("" for a true one), whether it was reworded, and the article it is from."""

    claim: Claim
    kind: str
    reworded: bool
    article: str


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str
    sort: str  # only what is of one sort is exchanged: a percentage for a percentage
    start: int
    end: int
    text: str


def made_claims(folder: Path, seed: int = 0) -> list[Made]:
    """Every sentence of the articles under `folder` as it is, lightly reworded, and with one thing of each kind
    exchanged for another from the same article. The same for the same seed."""
    chance = random.Random(seed)
    paths = sorted(p for p in find_files(folder) if isinstance(p, Path) and p.name != "README.md")
    made = [m for path in paths for m in _of_article(path.stem, clean(read_file(path).text), chance)]
    true = [m for m in made if not m.kind and not m.reworded]
    for there in true:
        other = chance.choice([m for m in true if m.article != there.article] or [there])
        if other is not there and chance.random() < ELSEWHERE_SHARE:
            claim = replace(there.claim, id=f"{there.claim.id}:{ELSEWHERE}", claim=other.claim.claim, supported=False)
            made.append(Made(claim, ELSEWHERE, False, there.article))
    return made


def _of_article(name: str, text: str, chance: random.Random) -> Iterator[Made]:
    sentences = [s for s in split_sentences(text) if not s.text.startswith("#")]
    there = [found for s in sentences for found in _things(s.text)]
    for number, sentence in enumerate(sentences):
        if len(sentence.text.split()) < FEWEST or sentence.text[-1] not in '.!?”"':
            continue
        context = _around([s.text for s in sentences], number)
        variants = [(False, sentence.text)]
        if (other := reworded(sentence.text, chance)) != sentence.text:
            variants.append((True, other))
        for again, told in variants:
            label = f"{name}:{number}{':reworded' if again else ''}"
            true = Claim(label, told, context, True)
            yield Made(true, "", again, name)
            for kind in KINDS:
                if false := exchanged(told, kind, there, sentence.text, chance):
                    yield Made(replace(true, id=f"{label}:{kind}", claim=false, supported=False), kind, again, name)


def _around(sentences: Sequence[str], at: int) -> str:
    """The sentence at `at` with its neighbours, the nearest first, up to SPAN words."""
    first, last = at, at + 1
    while True:
        room = SPAN - sum(len(s.split()) for s in sentences[first:last])
        before = len(sentences[first - 1].split()) if first else room + 1
        after = len(sentences[last].split()) if last < len(sentences) else room + 1
        if min(before, after) > room:
            return " ".join(sentences[first:last])
        first, last = (first - 1, last) if before <= room and (at - first < last - at or after > room) else (first, last + 1)


def _things(sentence: str) -> list[_Found]:
    """The dates, figures, units and names of a sentence; none lies within another."""
    found: list[_Found] = []
    sorts = [("date", f"date{n}", p) for n, p in enumerate(_DATES)] + [("figure", f"figure{n}", p) for n, p in enumerate(_FIGURES)]
    for kind, sort, pattern in (*sorts, ("name", "name", _NAME), ("unit", "unit", _UNIT)):
        for match in pattern.finditer(sentence):
            if not any(match.start() < f.end and f.start < match.end() for f in found):
                own = sort + match.group()[0] if sort == "figure0" else sort
                found.append(_Found(kind, own, match.start(), match.end(), match.group()))
    return found


def exchanged(sentence: str, kind: str, there: Sequence[_Found], original: str, chance: random.Random) -> str | None:
    """The sentence with one thing of the kind exchanged; None where it has none, or the article no other of its sort."""
    mine = [f for f in _things(sentence) if f.kind == kind]
    chance.shuffle(mine)
    for found in mine:
        if kind == "unit":
            others = [u for group in _MEASURES if found.text in group for u in group if u != found.text]
        else:
            # What the sentence itself tells would often leave it true: "in June and May" for "in May and June".
            others = [f.text for f in there if f.sort == found.sort and not _alike(f.text, original) and not _alike(f.text, found.text)]
        if others:
            return sentence[: found.start] + chance.choice(sorted(set(others))) + sentence[found.end :]
    return None


def _alike(one: str, other: str) -> bool:
    """Whether they share a word, in digits or in words."""
    return bool(_parts(one) & _parts(other))


def _parts(text: str) -> set[str]:
    return {_IN_DIGITS.get(w, w.replace(",", "")).casefold() for w in re.findall(r"\d[\d,.]*\d|[^\W_]+", text)} - {
        "of",
        "the",
        "million",
        "per",
        "cent",
    }


def reworded(sentence: str, chance: random.Random) -> str:
    """The sentence in slightly other words, still true; the same where no way of doing so fits."""
    ways: list[Callable[[str], str]] = [_other_words, _other_digits, _shorter, _other_order, _introduced]
    chance.shuffle(ways)
    done = 0
    for way in ways:
        other = way(sentence)
        if other != sentence:
            sentence, done = other, done + 1
        if done == 2:
            break
    return sentence


def _other_words(sentence: str) -> str:
    if '"' in sentence or "“" in sentence:  # what is quoted stays as it is
        return sentence
    return _OTHERS.sub(lambda m: _OTHER_WORDS[m.group()], sentence)


def _other_digits(sentence: str) -> str:
    """ "nine" for "9" and the reverse, "2700" for "2,700", "%" for "per cent"."""
    sentence = re.sub(r"(?<=\d) per ?cent\b", "%", sentence)
    sentence = re.sub(r"(?<=\d),(?=\d{3}\b)", "", sentence)
    sentence = re.sub(rf"\b({'|'.join(_SMALL)})\b", lambda m: _IN_DIGITS[m.group()], sentence)
    return re.sub(r"(?<![\w.,:$£€/-])(\d{1,2})(?= [a-z]{3,}s\b)", lambda m: _IN_WORDS.get(m.group(), m.group()), sentence)


def _shorter(sentence: str) -> str:
    """Without a clause that begins with ", which" or ", who", or a remark between commas and brackets."""
    cut = re.sub(r", (?:which|who|where) [^,;]*(?=[,;.](?:\s|$))", "", sentence, count=1)
    return re.sub(r" \([^()]*\)", "", cut) if len(cut.split()) >= FEWEST else sentence


def _other_order(sentence: str) -> str:
    """ "On 3 May X happened." as "X happened on 3 May."."""
    moved = re.fullmatch(r"((?:On|In|At|By|After|Before) [^,;“”\"]{3,40}), ((?:the|a|an|it|they|he|she|\w+) [^;“”\"]+)\.", sentence)
    if not moved:
        return sentence
    when, rest = moved.groups()
    return f"{rest[0].upper()}{rest[1:]} {when[0].lower()}{when[1:]}."


def _introduced(sentence: str) -> str:
    first = sentence.split()[0]
    if first not in ("The", "A", "An", "It", "In", "On", "At", "They", "This", "That", "After", "Before", "By", "More"):
        return sentence
    return f"According to the article, {sentence[0].lower()}{sentence[1:]}"
