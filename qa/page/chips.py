"""What a question prefers, as chips under it: each can be left out, and put back, and the question is asked again."""

from __future__ import annotations

from qa.page.escape import attribute, text
from qa.page.language import heard, say
from qa.page.turn import Turn
from qa.preferred import Preferred, preferred

WHY = "Your question says where to look: such passages come first, and nothing is left out."


def preferences(turn: Turn, *, newest: bool) -> str:
    """“Preferred: CNN × · last week: 6–12 June 2022 ×”, or nothing where nothing is. Only those of the newest turn have a ×."""
    told = preferred(turn.hints, turn.ignored)
    if not told:
        return ""
    items = "".join(_chip(one, f"{turn.number}:{place}" if newest else "") for place, one in enumerate(told))
    return f'<p class="preferred" title="{say(WHY)}">{say("Preferred:")} {items}</p>'


def picked(chosen: str, turn: Turn) -> str | None:
    """The words of the chip that was pressed (“3:0”, turn and place); None when it is none of this turn."""
    told = preferred(turn.hints, turn.ignored)
    return next((one.words for place, one in enumerate(told) if chosen == f"{turn.number}:{place}"), None)


def _chip(one: Preferred, key: str) -> str:
    name, label = text(heard(one.label)), attribute(heard(one.label))
    shown = f'<span title="{label}">{name}</span>'
    if one.ignored:
        shown = f'<span class="sr-only">{say("not any more:")} </span><s title="{label}">{name}</s>'
    says = say("prefer {label} again" if one.ignored else "do not prefer {label}", label=label)
    sign = "+" if one.ignored else "×"
    button = f'<button type="button" data-hint="{key}" aria-label="{says}">{sign}</button>' if key else ""
    return f'<span class="hint{" ignored" if one.ignored else ""}">{shown}{button}</span>'
