"""What the page says: short, plain, on the reader's side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from index.types import Filters, Passage, Precision
from qa.page.language import heard, say
from qa.types import Answer, Disagreement, RefusalReason, Sentence

PLACEHOLDER = "Ask about the articles…"
LOADING = "Loading the models…"
WAITING_FOR_MODELS = "The models are still loading. Your question is asked as soon as they are ready."
BUG = "Something went wrong on our side, and it has been written to the log. Your articles are safe. Ask again, or in other words."
LETTING_GO = "The answer that was stopped is still letting go of the model. Yours is next."
STOPPED = "Stopped. What was written is kept, but it has not been checked."
REFUSED: dict[RefusalReason | None, str] = {
    "no_evidence": "No passage is close enough to answer this.",
    "unsupported": "What the model wrote was not borne out by the articles, so it is not shown.",
    "no_articles": "",
    None: "",
}
QUOTED = "In the articles’ own words"


def day(when: date | None, precision: Precision = "day") -> str:
    """1 December 2023, December 2023 or 2023, as exactly as it is known; or that it is not."""
    return _day(when, precision, "%B")


def short_day(when: date | None, precision: Precision = "day") -> str:
    """1 Dec 2023, where there is little room."""
    return _day(when, precision, "%b")


def _day(when: date | None, precision: Precision, form: str) -> str:
    if when is None:
        return say("date unknown")
    if precision == "year":
        return str(when.year)
    month = say(f"{when:{form}}")
    return f"{month} {when.year}" if precision == "month" else say("{day} {month} {year}", day=when.day, month=month, year=when.year)


def number(value: float, decimals: int = 0) -> str:
    """50,168 or 1.5; in German 50.168 or 1,5."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", say(",.")))


def counted(count: int, one: str, many: str = "") -> str:
    """`1 article`, `14 articles`, `50,168 articles`."""
    return f"{number(count)} {say(one if count == 1 else many or one + 's')}"


def outlet(source: str | None) -> str:
    return source or say("Outlet unknown")


def origin(source: str | None, when: date | None, precision: Precision = "day") -> str:
    return f"{outlet(source)} · {day(when, precision)}"


def place(origin: str) -> str:
    """Where something was read from, without the folders of this machine: they are nobody's business on a page."""
    kind, _, rest = origin.partition(":")
    if kind in ("upload", "pasted"):
        return rest if kind == "upload" else say("pasted text")
    return origin if "://" in origin else origin.rpartition("/")[2] or origin


def lasting(seconds: float) -> str:
    """A guess at a wait, no finer than it deserves."""
    if seconds < 50:
        return say("about {time}", time=counted(-(-int(seconds) // 10) * 10 or 10, "second"))
    minutes = round(seconds / 60) or 1
    return say("about {time}", time=counted(minutes, "minute") if minutes < 90 else counted(round(minutes / 60), "hour"))


def waiting(seconds: float) -> str:
    """Rounded up to five seconds: the guess is no better than that, and the line changes less often."""
    return say("Someone else is being answered; about {seconds} seconds.", seconds=-(-int(seconds) // 5) * 5 or 5)


def relevance(value: float) -> str:
    """`value` (0-1) in a word; the number is shown on hover."""
    return "strong" if value >= 0.7 else "good" if value >= 0.35 else "weak"


def reasons(passage: Passage) -> str:
    """Why a passage was found: " · words + meaning + story", the last where several outlets tell the same."""
    found = [*passage.found_by, *(["story"] if passage.copies else [])]
    return " · " + " + ".join(say(reason) for reason in found) if found else ""


def support(sentences: Sequence[Sentence]) -> str:
    """How well the sentences of one answer are borne out, in one line."""
    total = len(sentences)
    partly = sum(s.support == "partly" for s in sentences)
    missing = sum(s.support == "unsupported" for s in sentences)
    if not partly and not missing:
        return say("The sentence is supported" if total == 1 else "Every sentence is supported")
    if total == 1:
        return say("This sentence is only partly supported" if partly else "This sentence is not in the articles")
    parts = []
    if partly:
        said = (
            "{count} of {total} sentences is only partly supported"
            if partly == 1
            else "{count} of {total} sentences are only partly supported"
        )
        parts.append(say(said, count=partly, total=total))
    if missing:
        said = (
            "{count} of {total} sentences is not in the articles"
            if missing == 1
            else "{count} of {total} sentences are not in the articles"
        )
        parts.append(say(said, count=missing, total=total))
    return "; ".join(parts)


def refusal(answer: Answer) -> str:
    """Why nothing was answered, where the refusal's own text does not say it."""
    return say(REFUSED[answer.refusal_reason]) if answer.passages else ""


def doubts(sentence: Sentence) -> str:
    """Why a sentence is not fully supported."""
    if sentence.why:
        return "; ".join(heard(part) for part in sentence.why.split("; "))
    return say("The articles bear out only a part of this." if sentence.support == "partly" else "No passage says this.")


def differing(disagreement: Disagreement) -> str:
    """Over what different articles give for one thing."""
    days = {s.citation.published for s in disagreement.stated}
    return say("The articles differ" if len(days) < 2 or None in days else "The articles differ, newest first")


def narrowed(filters: Filters, about: str = "") -> str:
    """The filters of a question as people say them; empty when there are none. `about` is the article that is asked about alone."""
    parts = [f"“{about}”"] if about else [counted(len(filters.articles), "article")] if filters.articles else []
    if filters.collection:
        parts.append(say("the collection “{name}”", name=filters.collection))
    if filters.sources:
        parts.append(", ".join(filters.sources))
    if filters.published_from:
        parts.append(say("from {day}", day=day(filters.published_from)))
    if filters.published_to:
        parts.append(say("to {day}", day=day(filters.published_to)))
    return say("only {parts}", parts=", ".join(parts)) if parts else ""
