"""What gradio itself writes on the page, in the reader's language: the page is built once, in English, for everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from qa.page.language import ENGLISH, LANGUAGES, Asked, catalogue, language, listen, say

_FIELDS = ("label", "placeholder", "value")


class Labels:
    """Every part of a page whose label, placeholder, choices or (on a button) words are in a catalogue, and our own pieces beside them."""

    def __init__(self, page: gr.Blocks, pieces: Mapping[gr.HTML, Callable[[], str]]) -> None:
        listen(_event)
        self._pieces = pieces
        known = {words for code in LANGUAGES for words in catalogue(code)["words"]}
        self._named: dict[Any, dict[str, Any]] = {}
        for part in page.blocks.values():
            found: dict[str, Any] = {name: said for name in _FIELDS if (said := _written(part, name)) in known}
            choices = getattr(part, "choices", None)
            if isinstance(choices, list) and choices and all(name in known for name, _ in choices):
                found["choices"] = choices
            if found:
                self._named[part] = found

    @property
    def parts(self) -> list[Any]:
        return [*self._pieces, *self._named]

    def spoken(self) -> list[Any]:
        """The parts in the reader's language; as they are for who reads English."""
        if language() == ENGLISH:
            return [gr.skip()] * len(self.parts)
        return [*(piece() for piece in self._pieces.values()), *(_update(found) for found in self._named.values())]


def _written(part: Any, field: str) -> str:
    """The words that a part was built with. A text box's value is what somebody types."""
    said = getattr(part, field, None)
    return said if isinstance(said, str) and (field != "value" or isinstance(part, gr.Button)) else ""


def _update(found: Mapping[str, Any]) -> Any:
    told: dict[str, Any] = {n: [(say(name), value) for name, value in v] if n == "choices" else say(v) for n, v in found.items()}
    return gr.update(**told)


def _event() -> Asked | None:
    """The request of the event that gradio is working on in this thread, if any."""
    request = LocalContext.request.get(None)
    return (request.headers, request.cookies) if request is not None else None
