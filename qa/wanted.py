"""What a question asks for, and whether an answer gives that kind of thing, about the thing that was asked about.

A sentence may be borne out word for word and still answer another question: what one mission weighs when it is asked what it
cost, what another mission cost when the articles do not say it of this one.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable

from index.types import Article
from qa.facts import WEEKDAYS, names, units
from qa.types import Answer

_MONEY = re.compile(
    r"^(?:and |so |but )?(?:how much (?:did|does|do|is|was|were|will|would|has|have|had)\b.*\bcosts?\b"
    r"|what (?:did|does|do|will|would)\b[^,]*(?<!the )(?<!its )\bcost\W*$"
    r"|what (?:is|was|were|are) the (?:costs?|price)\b|how much money\b|how many (?:dollars|euros|pounds)\b)",
    re.IGNORECASE,
)
_OTHER_MONEY = re.compile(
    r"\b(?:lir[ae]|rupees?|francs?|kron[aeor]+|roubles?|rubles?|pesos?|won|rand|shekels?|cents?|pence|penn(?:y|ies)|ri[yi]?als?|dirhams?|dinars?"
    r"|baht|zloty|forints?|marks?|shillings?|guilders?|usd|eur|gbp|free|nothing)\b",
    re.IGNORECASE,
)
_CURRENCIES = frozenset("$£€¥")
# Names are told by their capitals, which in German all nouns have: read only where the question is English.
_ENGLISH = re.compile(r"\b(?:the|did|does|how|what|which|who|whom|whose|when|where|why|of)\b", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+")
SHORTEST = 4  # letters of a name: "US" stands for the United States, America and Washington
ALIKE = 0.75  # of difflib's ratio
_BEGINNING = 5  # letters that "Parisian" has in common with "Paris"


def another_kind(question: str, said: str) -> bool:
    """Whether the question asks for a sum of money and nothing of what was said is one."""
    if not _MONEY.search(question):
        return False
    return not any(_CURRENCIES & unit for unit in units(said).values()) and not _OTHER_MONEY.search(said)


def another_thing(question: str, articles: Iterable[str]) -> bool:
    """Whether the question names something, and none of the `articles` (title, outlet and text of each) has any of its names.

    A name is recognised with other endings, without its accents, or misspelt.
    """
    asked = {_plain(name) for name in names(question).values() if name.casefold() not in WEEKDAYS} if _ENGLISH.search(question) else set()
    if not asked or any(len(name) < SHORTEST or not name.isalpha() for name in asked):
        return False
    words = {word for article in articles for word in _LETTERS.findall(_plain(article))}
    return bool(words) and not any(_known(name, words) for name in asked)


def beside_the_point(answer: Answer, get: Callable[[str], Article]) -> bool:
    """Whether an answer, borne out by the articles it cites as it is, is none to its question. One that was broken off cannot be told."""
    if answer.refused or answer.interrupted:
        return False
    cited = [get(article_id) for article_id in dict.fromkeys(c.article_id for c in answer.citations)]
    articles = [f"{article.title} {article.source or ''} {article.text}" for article in cited]
    said = " ".join(sentence.text for sentence in answer.sentences)
    return another_kind(answer.standalone_question, said) or another_thing(answer.standalone_question, articles)


def _known(name: str, words: set[str]) -> bool:
    if name in words:
        return True
    near = [word for word in words if word[0] == name[0] and len(word) >= SHORTEST]
    if len(name) >= _BEGINNING and any(word.startswith(name[:_BEGINNING]) for word in near):
        return True
    return bool(difflib.get_close_matches(name, [word for word in near if abs(len(word) - len(name)) < 3], 1, ALIKE))


def _plain(text: str) -> str:
    """Without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
