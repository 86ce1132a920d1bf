"""What a question is narrowed to, as chips above its box: outlets, dates, a collection, an article or its story."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.problem import Problem
from index.types import Filters
from qa.page import words
from qa.page.dates import typed_date
from qa.page.escape import attribute, text
from qa.page.language import say

Titled = Callable[[str], str]  # an article's title by its id; raises Problem when it is gone


@dataclass(frozen=True, slots=True)
class Scope:
    """As it was chosen and typed. `only` are the ids of the articles that are asked about alone, with spaces between them."""

    outlets: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    collection: str = ""
    only: str = ""

    @classmethod
    def of(cls, outlets: Sequence[str] | None, since: str = "", until: str = "", collection: str | None = None, only: str = "") -> Scope:
        """As the fields of the page hold it."""
        return cls(tuple(outlets or ()), (since or "").strip(), (until or "").strip(), collection or "", (only or "").strip())

    def filters(self) -> Filters:
        """Raises Problem for a date that is none."""
        first, last = typed_date(self.since), typed_date(self.until, last=True)
        if first and last and first > last:
            raise Problem("“From” is later than “To”. Change one of them.")
        return Filters(self.outlets, first, last, tuple(self.only.split()), self.collection)

    def changed(self, key: str) -> Scope:
        """Without what the key of a chip names (`-outlet:CNN`, `-since`, …), or with what is to be asked about alone
        (`+only:id id`, `+collection:Name`)."""
        what, _, value = key[1:].partition(":")
        match key[:1], what:
            case "+", "only":
                return replace(self, only=value)
            case "+", "collection":
                return replace(self, collection=value)
            case "-", "outlet":
                return replace(self, outlets=tuple(o for o in self.outlets if o != value))
            case "-", "since":
                return replace(self, since="")
            case "-", "until":
                return replace(self, until="")
            case "-", "collection":
                return replace(self, collection="")
            case "-", "only":
                return replace(self, only="")
            case _:
                return self

    def fields(self) -> list[object]:
        """The values of the page's fields."""
        return [list(self.outlets), self.since, self.until, self.collection or None, self.only]


def asked_about(scope: Scope, titled: Titled) -> str:
    """The article, or the story, that is asked about alone; empty where the whole library is."""
    ids = scope.only.split()
    if not ids:
        return ""
    try:
        title = titled(ids[0])
    except Problem:
        return say("an article that is gone")
    return title if len(ids) == 1 else say("{title}, as {outlets} tell it", title=title, outlets=words.counted(len(ids), "outlet"))


def chips(scope: Scope, titled: Titled) -> str:
    """“Only: CNN × · from 1 December 2023 ×”, or nothing where the whole library is asked."""
    told = [(f"-outlet:{outlet}", outlet) for outlet in scope.outlets]
    if scope.since:
        told.append(("-since", say("from {day}", day=_day(scope.since, last=False))))
    if scope.until:
        told.append(("-until", say("to {day}", day=_day(scope.until, last=True))))
    if scope.collection:
        told.append(("-collection", say("collection “{name}”", name=scope.collection)))
    if scope.only:
        told.append(("-only", f"“{asked_about(scope, titled)}”"))
    made = "".join(
        f'<span class="hint"><span title="{attribute(label)}">{text(label)}</span>'
        f'<button type="button" data-scope="{attribute(key)}" aria-label="{say("not only {label} any more", label=attribute(label))}">×'
        "</button></span>"
        for key, label in told
    )
    return f'<p class="preferred scope">{say("Only:")} {made}</p>' if made else ""


def _day(typed: str, *, last: bool) -> str:
    try:
        return words.day(typed_date(typed, last=last))
    except Problem:
        return say("{typed} (not a date)", typed=typed)
