"""The models a reader can choose from, and that each of them is asked under its own name."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from index.articles import Articles
from qa.assistant import Assistant
from qa.choosing import Models, choices
from qa.llm import Llm
from qa.settings import AnswerSettings, load_settings
from tests.qa.conftest import Serve


def until(ready: Assistant) -> str:
    for _ in range(600):
        state, _ = ready.state()
        if state != "loading":
            return state
        time.sleep(0.05)
    return "loading"


def test_the_embedded_model_alone_leaves_no_choice() -> None:
    settings = load_settings()
    assert list(choices(settings)) == [settings.llm.model]


def test_beside_a_server_there_are_its_other_models_and_the_embedded_one(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(llm={"provider": "openai", "model": "large", "others": " small, large ,,"})
    monkeypatch.setattr("qa.choosing.present", lambda *_: False)
    assert list(choices(settings)) == ["large", "small"]
    monkeypatch.setattr("qa.choosing.present", lambda *_: True)
    found = choices(settings)
    assert [(name, one.llm.provider) for name, one in found.items()] == [
        ("large", "openai"), ("small", "openai"), ("qwen2.5-1.5b", "embedded"),
    ]  # fmt: skip
    assert found["small"].llm.base_url == settings.llm.base_url
    assert len({one.fingerprint() for one in found.values()}) == 3
    roomy = settings.model_copy(update={"answer": AnswerSettings(evidence_tokens=4000)})
    assert "qwen2.5-1.5b" not in choices(roomy), "such an answer does not fit into it"


def test_each_model_is_asked_by_its_own_name_over_one_library(serve: Serve, articles: Articles) -> None:
    server, settings = serve(["The stone bridge at Varn was opened in May 1932 [1]."], others="other")
    usual = Assistant(settings, articles, Llm(settings))
    with closing(Models(usual)) as models:
        assert models.names[:2] == ("scripted", "other")
        assert models.of("") is models.of("scripted") is models.of("of an older time") is usual
        other = models.of("other")
        assert models.of("other") is other
        assert until(other) == "ready"
        answer = other.answer("When was the stone bridge at Varn opened?")
        assert answer.text == "The stone bridge at Varn was opened in May 1932. [1]"
        assert {body["model"] for body in server.requests} == {"other"}
        assert answer.fingerprint != usual.fingerprint
    usual.llm.close()
    assert articles.counts()[0], "the library is still open"


def test_a_model_whose_server_was_away_is_tried_anew(serve: Serve, articles: Articles) -> None:
    server, settings = serve(fault="500", others="other")
    usual = Assistant(settings, articles, Llm(settings))
    with closing(Models(usual)) as models:
        assert until(models.of("other")) == "failed"
        server.fault = ""
        assert until(models.of("other")) == "ready"
    usual.llm.close()
