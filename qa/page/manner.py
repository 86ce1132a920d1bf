"""How answers are made, as a reader sets it on the page; the settings are what it begins with."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from index.problem import Problem
from qa.choosing import choices
from qa.settings import AnswerSettings, Settings

LENGTHS = (("Brief", "brief"), ("Normal", "normal"), ("Thorough", "thorough"))
KEPT_AS = "article-qa.manner"  # in the reader's own browser


def begun(settings: Settings) -> list[Any]:
    """The values of the fields as the settings have them: length, carefulness, quotations only, the model."""
    answer = settings.answer
    return [answer.length, answer.carefulness, answer.quotations_only, settings.llm.model]


def told(settings: Settings, kept: object) -> list[Any]:
    """The same as this browser kept them; as the settings have them where that is nothing of ours."""
    usual = begun(settings)
    if not isinstance(kept, list) or len(kept) not in (3, 4):  # three, before there were models to choose from
        return usual
    try:
        chosen(settings, *kept[:3])
    except (Problem, TypeError):
        return usual
    model = kept[3] if len(kept) == 4 and kept[3] in list(choices(settings)) else usual[3]
    return [*kept[:3], model]


def chosen(settings: Settings, length: Any = None, carefulness: Any = None, quotations_only: Any = None) -> AnswerSettings:
    """How this question is to be answered; what is None is as in the settings. Raises Problem for what cannot be."""
    given = {"length": length, "carefulness": carefulness, "quotations_only": quotations_only}
    try:
        wanted = AnswerSettings.model_validate(settings.answer.model_dump() | {k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        what = error.errors()[0]
        raise Problem(f"{what['loc'][0]}: {what['msg'][0].lower()}{what['msg'][1:]}.") from None
    settings.check_fits(wanted)
    return wanted
