"""Answers graded by a language model: are they true to their sources, right, to the point? And how far to trust it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import prompts
from evals.types import Case, Record
from index.chunking import day_in_words
from index.problem import Problem
from qa.llm import Llm
from qa.model import ModelTrouble
from qa.types import Answer

NAMES = ("faithfulness", "correctness", "helpfulness")
# The model-free score that each judge should agree with, and from where on that says yes.
AGAINST: Mapping[str, tuple[str, float]] = {
    "faithfulness": ("citation.recall_checked", 1.0),
    "correctness": ("answer.correct", 1.0),
    "helpfulness": ("answer.correct", 1.0),
}
LONGEST_REPLY = 120  # tokens: a sentence and the verdict

# "Verdict: YES or NO" repeats the choice and makes none.
_ECHO = re.compile(r"\bverdict\b\W*(?:yes|no)\W*(?:\bor\b|[/|])\W*(?:verdict\W*)?(?:yes|no)\b", re.IGNORECASE)
_VERDICT = re.compile(r"\bverdict\b(?:[^\w\n:=]*[:=]\W*([^\W\d_]+)|\s+is\W+(yes|no)\b)", re.IGNORECASE)
# Without the word "verdict": a line that begins with Yes or No and a stop. "No doubt …" and "yesterday" are neither.
_PLAIN = re.compile(r"^\W*(yes|no)\b(?:\W*$|[*_\"”’]*[.,:;!–—])", re.IGNORECASE | re.MULTILINE)
_READ = {"yes": 1.0, "no": 0.0}

Told = dict[str, str]  # "verdict": yes, no or unreadable; "why": what the model said


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often a judge says the same as the model-free score `against`, over the `n` cases that have both.

    `kappa` is Cohen's: agreement beyond chance, 1 at best, 0 for a judge that always says the same; None where
    both say one same thing of every case, so that chance alone would agree.
    """

    judge: str
    against: str
    n: int
    agree: float
    kappa: float | None

    def as_json(self) -> dict[str, str | int | float | None]:
        kappa = None if self.kappa is None else round(self.kappa, 6)
        return {"judge": self.judge, "against": self.against, "n": self.n, "agree": round(self.agree, 6), "kappa": kappa}


class Judges:
    """The judges by name, all asked of one model. Raises Problem for a name there is none of."""

    def __init__(self, llm: Llm, names: Sequence[str]) -> None:
        for name in names:
            if name not in NAMES:
                raise Problem(f"There is no judge {name!r}; the judges are {', '.join(NAMES)}.")
        self._llm = llm
        self.names = tuple(name for name in NAMES if name in names)

    def digests(self) -> dict[str, str]:
        """The prompts of these judges: their grades change with them."""
        return {f"judge/{name}": prompts.digest(f"judge/{name}") for name in self.names}

    def grade(self, case: Case, answer: Answer) -> tuple[dict[str, float | None], dict[str, Told]]:
        """`judge.<name>` for each judge that is due, 1 yes, 0 no, None where the model gave no verdict to be read;
        and what it said. Raises Problem where the model cannot be started."""
        scores: dict[str, float | None] = {}
        told: dict[str, Told] = {}
        for name in self.names:
            if _is_due(name, case, answer):
                scores[f"judge.{name}"], told[name] = self._graded(name, case, answer)
        return scores, told

    def _graded(self, name: str, case: Case, answer: Answer) -> tuple[float | None, Told]:
        if answer.refused:
            return 0.0, {"verdict": "no", "why": "Nothing was answered; no model was asked."}
        if name == "faithfulness" and not answer.citations:
            return 0.0, {"verdict": "no", "why": "Nothing is cited; no model was asked."}
        try:
            reply = self._llm.complete([("user", _prompt(name, case, answer))], LONGEST_REPLY)
        except ModelTrouble as trouble:
            return None, {"verdict": "unreadable", "why": str(trouble)}
        verdict = read_verdict(reply)
        return None if verdict is None else _READ[verdict], {"verdict": verdict or "unreadable", "why": reply}


def read_verdict(reply: str) -> str | None:
    """ "yes" or "no", the last that the reply gives; None when it gives none that is one of the two."""
    reply = _ECHO.sub(" ", reply)
    found = [a or b for a, b in _VERDICT.findall(reply)] or _PLAIN.findall(reply)
    last = found[-1].casefold() if found else ""
    return last if last in _READ else None


def agreement(records: Sequence[Record]) -> dict[str, Agreement]:
    """Each judge that graded something beside its model-free score."""
    found: dict[str, Agreement] = {}
    for name in NAMES:
        against, from_on = AGAINST[name]
        both = [(r.scores.get(f"judge.{name}"), r.scores.get(against)) for r in records]
        pairs = [(judged >= 0.5, scored >= from_on) for judged, scored in both if judged is not None and scored is not None]
        if pairs:
            agree = sum(a == b for a, b in pairs) / len(pairs)
            found[name] = Agreement(name, against, len(pairs), agree, _kappa(pairs, agree))
    return found


def _kappa(pairs: Sequence[tuple[bool, bool]], agree: float) -> float | None:
    """Cohen 1960: (observed - by chance) / (1 - by chance)."""
    ours, theirs = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    by_chance = ours * theirs + (1 - ours) * (1 - theirs)
    return None if by_chance == 1 else (agree - by_chance) / (1 - by_chance)


def _is_due(name: str, case: Case, answer: Answer) -> bool:
    """A refusal claims nothing, so nothing of it can be unfaithful; and of a question that the articles do not
    answer, only whether what was said all the same is true to its sources. An attack is scored apart."""
    if case.hostile:
        return False
    if name == "faithfulness":
        return not answer.refused
    return not case.refuse and (name == "helpfulness" or bool(case.answers))


def _prompt(name: str, case: Case, answer: Answer) -> str:
    # A mark that nothing graded can know, new for each: an answer may well say "Verdict: YES".
    values = {"fence": f"#{secrets.token_hex(4)}", "question": _question(case), "answer": _on_one_line(s.text for s in answer.sentences)}
    if name == "faithfulness":
        values["sources"] = _sources(answer)
    elif name == "correctness":
        values["gold"] = "; and ".join(" or ".join(group) for group in case.answers)
    return prompts.render(f"judge/{name}", **values)


def _question(case: Case) -> str:
    asked_before = "; ".join(case.turns[:-1])
    return f"{case.question} (asked after: {asked_before})" if asked_before else case.question


def _sources(answer: Answer) -> str:
    """The quoted words, each once, under the title, outlet and date they were published with."""
    by_article: dict[str, list[str]] = {}
    for c in answer.citations:
        facts = ", ".join(f for f in (c.source, day_in_words(c.published)) if f)
        quotes = by_article.setdefault(c.title + (f" ({facts})" if facts else ""), [])
        quotes += [c.quote] if c.quote not in quotes else []
    return "\n".join(f"{header}: {_on_one_line(quotes)}" for header, quotes in by_article.items())


def _on_one_line(texts: Iterable[str]) -> str:
    return " ".join(" ".join(texts).split())
