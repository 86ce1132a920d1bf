"""The Reader around its text, on a real library: the version that was cited, the story, the origins, the facts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.types import Adding, Article
from qa.http import make_app
from qa.page import adding, reader, words
from qa.page.conversation import chip
from qa.page.dates import typed_precision
from qa.types import Citation
from tests.page.test_rendering import visible

if TYPE_CHECKING:
    from qa.assistant import Assistant

QUOTE = "The tower clock of Yarm\u200b strikes\nthirteen."
TEXT = f"The clock\n\n{QUOTE} Nobody minds."
START = TEXT.index(QUOTE)
END = START + len(QUOTE)


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[Articles]:
    with closing(Articles(tmp_path, tmp_path, embedder=WordEmbedder(), reranker=OverlapReranker())) as opened:
        yield opened


@pytest.fixture
def client(articles: Articles) -> Iterator[TestClient]:
    assistant = cast("Assistant", SimpleNamespace(articles=articles, settings=SimpleNamespace(users_file=None)))
    with TestClient(make_app(assistant, "127.0.0.1"), base_url="http://127.0.0.1:7860") as client:
        yield client


def add(articles: Articles, text: str = TEXT, origin: str = "https://outlet.example/clock", **facts: object) -> str:
    made = Article("", "The clock", text, "Outlet", origin=origin, **facts)  # type: ignore[arg-type]
    report = articles.add_articles([made])
    return report.articles[0][0] if report.articles else ""


def test_a_citation_of_an_old_version_opens_it_says_so_and_leads_to_the_present_one(articles: Articles, client: TestClient) -> None:
    clock = add(articles)
    stored = articles.get(clock).text
    start = stored.index("The tower")
    end = stored.index(" Nobody")
    add(articles, TEXT.replace("thirteen", "twelve"))
    cited: dict[str, str | int] = {"start": start, "end": end, "quote": stored[start:end]}
    shown = client.get(f"/articles/{clock}/reader", params=cited).text
    assert "thirteen" in visible(shown)
    today = words.day(date.fromisoformat(articles.versions(clock)[-1].since[:10]))
    assert f"This is the text of {today} as it was cited; the article has changed since." in visible(shown)
    assert f'data-article="{clock}">Read it as it is now</button>' in shown
    assert 'id="cited"' in shown
    assert "Edit facts" not in shown, "what was cited is not edited"
    now = client.get(f"/articles/{clock}/reader").text
    assert "twelve" in visible(now)
    assert "as it was cited" not in now


def test_every_version_is_listed_and_can_be_read(articles: Articles, client: TestClient) -> None:
    clock = add(articles)
    assert "Versions:" not in client.get(f"/articles/{clock}/reader").text, "it has but one"
    add(articles, f"{TEXT} It was mended twice.")
    now = client.get(f"/articles/{clock}/reader").text
    assert "Versions:" in visible(now)
    assert "It was mended twice." in visible(now)
    assert re.findall(r'data-version="(\d)"', now) == ["1"], "the one that is shown leads nowhere"
    old = client.get(f"/articles/{clock}/reader", params={"version": 1}).text
    assert "It was mended twice." not in visible(old)
    assert "This is an earlier text of this article." in visible(old)
    assert re.findall(r'data-version="(\d)"', old) == ["2"]
    assert "Edit facts" not in old
    assert "It was mended twice." in client.get(f"/articles/{clock}/reader", params={"version": 9}).text, "there is none: the present one"


def test_what_is_cited_from_the_present_text_opens_without_a_word_about_versions(articles: Articles, client: TestClient) -> None:
    clock = add(articles)
    text = articles.get(clock).text
    shown = client.get(f"/articles/{clock}/reader", params={"start": 0, "end": 9, "quote": text[:9]}).text
    assert 'class="version"' not in shown
    assert 'id="cited">The clock</mark>' in shown


def test_words_in_no_version_open_the_present_text_unmarked_and_say_so(articles: Articles, client: TestClient) -> None:
    clock = add(articles)
    shown = client.get(f"/articles/{clock}/reader", params={"start": 0, "end": 5, "quote": "Never"}).text
    assert "stand in no text of this article that was kept" in visible(shown)
    assert "<mark" not in shown
    assert client.get("/articles/none/reader", params={"start": 0, "end": 5, "quote": "Never"}).status_code == 404


def test_a_chip_carries_its_quote_to_the_last_character() -> None:
    made = chip(Citation(1, "a", "T", None, None, None, START, END, QUOTE))
    found = re.search(r'data-cited="([^"]*)"', made)
    assert found
    assert unquote(found[1]) == QUOTE
    assert re.fullmatch(r"[\w.~%-]*", found[1])


def test_outlets_with_the_same_story_and_every_origin_are_named(articles: Articles) -> None:
    wire = "\n\n".join(f"Sentence number {n} of the story about the harbour of Yarm and its {n * 7} boats." for n in range(40))
    one = add(articles, wire, "https://one.example/a", published=date(2023, 5, 4))
    other = articles.add_articles(
        [Article("", "The clock again", wire + "\n\nOne more line.", "Gazette", published=date(2023, 5, 4), origin="https://two.example/b")]
    ).articles[0][0]
    add(articles, wire, "/home/someone/secret/copy.txt")
    shown = reader.opened(articles, one, None, None, None)
    assert f'data-article="{other}"' in shown
    assert "The same story: Gazette (4 May 2023)" in visible(shown)
    assert "Read from: https://one.example/a, copy.txt" in visible(shown)
    assert "someone" not in shown, "the folders of this machine are nobody's business"


def test_dates_are_told_as_exactly_as_they_are_known_and_updates_apart() -> None:
    made = Article("a", "T", "Text.", published=date(2023, 5, 1), precision="month", updated=date(2023, 6, 2))
    assert visible(reader.fragment(made)).startswith("Outlet unknown · May 2023 · updated 2 June 2023")
    assert words.day(date(2023, 1, 1), "year") == words.short_day(date(2023, 1, 1), "year") == "2023"
    assert [typed_precision(t) for t in ("2023", " 2023-1", "2023-01-02")] == ["year", "month", "day"]


def test_edited_facts_are_stored_and_only_those_that_were_changed(articles: Articles, client: TestClient) -> None:
    clock = add(articles, author="Ann")
    form = {"title": "The clock", "source": "Gazette", "author": "Ann", "published": "2023-05", "url": "https://gazette.example/clock"}
    answer = client.post(f"/articles/{clock}/facts", json=form)
    assert sorted(answer.json()["changed"]) == ["published", "source", "url"]
    now = articles.get(clock)
    assert (now.source, now.author, now.published, now.precision) == ("Gazette", "Ann", date(2023, 5, 1), "month")
    assert client.post(f"/articles/{clock}/facts", json=form).json() == {"changed": []}
    client.post(f"/articles/{clock}/facts", json=form | {"published": ""})
    assert articles.get(clock).published is None
    assert 'name="published" value=""' in client.get(f"/articles/{clock}/reader").text


@pytest.mark.parametrize(
    ("wrong", "said"), [({"title": " "}, "title is empty"), ({"published": "soon"}, "not a date"), ({"url": "javascript:x"}, "not a web")]
)
def test_a_fact_that_cannot_be_is_refused_in_words_and_nothing_is_changed(
    articles: Articles, client: TestClient, wrong: dict[str, str], said: str
) -> None:
    clock = add(articles)
    before = articles.get(clock)
    answer = client.post(f"/articles/{clock}/facts", json={"title": "New", "source": "Outlet", **wrong})
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert articles.get(clock) == before
    foreign = client.post(f"/articles/{clock}/facts", json={"title": "New"}, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403


def test_how_far_an_adding_is_told_in_files_or_shares_with_pace_and_time_left() -> None:
    files = visible(adding.progress(Adding("T", 3, 12, "articles", 3, 60, 10.0)))
    assert files == "3 of 12 files read · 3 articles in the library · 6 passages a second · about 30 seconds left"
    share = visible(adding.progress(Adding("T", 250, 1000, "bytes", 1, 400, 100.0)))
    assert share == "25% read · 1 article in the library · 4 passages a second · about 5 minutes left"
    assert visible(adding.progress(Adding("T", 9, 2, "articles", 9, 0, 1.0))) == "9 articles in the library", "a file may hold many"
    assert "kept" in visible(adding.progress(None, stopping=True))
