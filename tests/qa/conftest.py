"""A scripted model server and the settings that lead to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from qa.scripted import Script, ScriptedServer
from qa.settings import Settings, load_settings
from tests.qa.opened import close_all

Serve = Callable[..., tuple[ScriptedServer, Settings]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a scripted server and give the settings of a product that uses it; `llm` are more settings of the model."""
    with ExitStack() as stack:

        def start(script: Script = ("Nothing.",), fault: Any = "", pause: float = 0.02, **llm: Any) -> tuple[ScriptedServer, Settings]:
            server = stack.enter_context(ScriptedServer(script, fault, pause))
            told = {"provider": "openai", "model": "scripted", "base_url": server.base_url, "api_key": "a-key-to-hide"}
            return server, load_settings(llm=told | llm)

        stack.callback(close_all)  # before the servers end
        yield start
