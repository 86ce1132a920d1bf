"""The models a reader can choose from: the settings' own, others of its server, and the embedded one beside a server."""

from __future__ import annotations

import threading

from index.models import present
from index.problem import Problem
from qa.assistant import Assistant
from qa.llm import Llm
from qa.settings import LlmSettings, Settings


def choices(settings: Settings) -> dict[str, Settings]:
    """The settings of each model by its name, the usual one first. The embedded one is there where its files are and the answer fits."""
    llm = settings.llm
    made = {llm.model: settings}
    if llm.provider == "embedded":
        return made
    for name in filter(None, (part.strip() for part in llm.others.split(","))):
        made.setdefault(name, settings.model_copy(update={"llm": llm.model_copy(update={"model": name})}))
    usual = LlmSettings()
    embedded = settings.model_copy(update={"llm": usual.model_copy(update={"max_tokens": llm.max_tokens})})
    try:
        embedded.check_fits(embedded.answer)
    except Problem:
        return made
    if present(usual.model, settings.models):
        made.setdefault(usual.model, embedded)
    return made


class Models:
    """An assistant for each model over one library, made and warmed when it is first wanted. Safe for many threads."""

    def __init__(self, usual: Assistant) -> None:
        self._usual = usual
        self._settings = choices(usual.settings)
        self._made: dict[str, Assistant] = {}
        self._lock = threading.Lock()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._settings)

    def of(self, name: str) -> Assistant:
        """The one whose model is called so; the usual one for no name, and for one that is not among them any more."""
        settings = self._settings.get(name)
        if settings is None or settings is self._usual.settings:
            return self._usual
        with self._lock:
            made = self._made.get(name)
            if made is not None and made.state()[0] == "failed":  # its server may be back
                made.llm.close()
                made = None
            if made is None:
                made = self._made[name] = _Guest(settings, self._usual.articles, Llm(settings))
                threading.Thread(target=made.warm, name=f"warm-{name}", daemon=True).start()
            return made

    def close(self) -> None:
        """Hangs up the models that were made here; the usual one and the library are somebody else's to close."""
        with self._lock:
            for made in self._made.values():
                made.llm.close()
            self._made.clear()


class _Guest(Assistant):
    """Over a library that another assistant opened, and tends."""

    def tend(self) -> None:
        """Nothing."""
