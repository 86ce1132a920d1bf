"""Every model client that a test opens, so that its end closes them."""

from qa.llm import Llm
from qa.settings import Settings

_opened: list[Llm] = []


def client(settings: Settings) -> Llm:
    _opened.append(Llm(settings))
    return _opened[-1]


def close_all() -> None:
    while _opened:
        _opened.pop().close()
