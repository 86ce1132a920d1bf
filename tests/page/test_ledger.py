"""The library's page: what it shows, what is done there, and what it makes of hostile words and wrong addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.problem import Problem
from index.types import Article
from qa.page import deeds
from qa.page.language import Listening, catalogue
from qa.page.ledger import SHOWN
from tests.page.fakes import HOSTILE


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[Articles]:
    with closing(Articles(tmp_path, tmp_path, embedder=WordEmbedder(), reranker=OverlapReranker())) as opened:
        opened.add_articles(
            [
                Article("", "The ferry", "The ferry sinks never.", "Courier", "Bo", None, date(2020, 1, 1), origin="a"),
                Article("", HOSTILE, "A comet returns.", HOSTILE, HOSTILE, None, date(2021, 5, 1), precision="month", origin="b"),
                Article("", "Ærø", "An island in the south.", None, None, None, None, origin="c"),
            ]
        )
        yield opened


@pytest.fixture
def client(articles: Articles) -> TestClient:
    app = FastAPI()
    app.include_router(deeds.make_router(articles))
    app.add_exception_handler(Problem, lambda _, problem: JSONResponse({"error": str(problem)}, 400))
    return TestClient(app)


class Tags(HTMLParser):
    """Which tags there are, and what they have."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.scripts = self.styles = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        self.scripts += tag == "script"
        self.styles += tag == "style"


def titles(page: str) -> list[str]:
    return re.findall(r'data-article="\w+">([^<]*)</button>', page)


def of(articles: Articles, title: str) -> str:
    return next(row.id for row in articles.list() if row.title == title)


def test_the_page_shows_every_article_and_the_way_back(client: TestClient) -> None:
    page = client.get("/library").text
    assert len(titles(page)) == 3 and "3 articles" in page
    assert '<a class="name" href="./">' in page
    assert 'aria-sort="descending"' in page and "May 2021" in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "ferry"}, ["The ferry"]),
        ({"outlet": "courier"}, ["The ferry"]),
        ({"until": "2020"}, ["The ferry"]),
        ({"q": "ÆRØ"}, ["Ærø"]),
        ({"collection": "Nothing"}, []),
        ({"state": "pending"}, []),
        ({"copied": "1"}, []),
    ],
)
def test_it_is_narrowed_by_its_address(client: TestClient, asked: dict[str, str], found: list[str]) -> None:
    page = client.get("/library", params=asked).text
    assert titles(page) == found
    assert found or "None of 3 articles is like that." in page


def test_a_heading_sorts_and_turns_the_order(client: TestClient) -> None:
    page = client.get("/library", params={"order": "title", "down": "0", "q": "ferry", "rows": "true"}).text
    assert not page.startswith("<!doctype")
    assert titles(page) == ["The ferry"]
    assert 'href="library?q=ferry&amp;order=title"' in page, "pressed again, it turns"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "yesterday"}, "is not a date"),
        ({"since": "2022", "until": "2021"}, "Swap them"),
        ({"page": "7"}, "There is no page 7."),
        ({"page": "-1", "order": "text", "state": "x", "down": "maybe"}, "3 articles"),
        ({"page": "9" * 400}, "3 articles"),
        ({"q": "\x00\ud83d' OR 1=1 --".encode("utf-8", "replace").decode()}, "None of 3 articles"),
    ],
)
def test_what_cannot_be_shown_is_told(client: TestClient, asked: dict[str, str], said: str) -> None:
    answer = client.get("/library", params=asked)
    assert answer.status_code == 200
    assert said in answer.text


def test_it_is_told_in_the_readers_language(articles: Articles) -> None:
    app = FastAPI()
    app.add_middleware(Listening)
    app.include_router(deeds.make_router(articles))
    page = TestClient(app, headers={"accept-language": "de"}).get("/library").text
    assert '<html lang="de">' in page
    assert "<h1>Bibliothek</h1>" in page
    assert "3 Artikel" in page
    known = catalogue("de")["words"]
    forgotten = {said for said in re.findall(r">([^<>]+)<", page) if known.get(said.strip(), said.strip()) != said.strip()}
    assert not forgotten


def test_hostile_words_stay_words(client: TestClient, articles: Articles) -> None:
    articles.library.collect(HOSTILE[:40], [row.id for row in articles.list()])
    asked = {"q": HOSTILE, "outlet": HOSTILE, "since": HOSTILE, "collection": HOSTILE[:40], "story": HOSTILE}
    for page in (client.get("/library").text, client.get("/library", params=asked).text):
        tags = Tags()
        tags.feed(page)
        assert not tags.names & {"img", "iframe", "image", "object", "b", "video"}
        assert [tags.scripts, tags.styles] == [2, 1], "only our own"
        assert not [name for name in tags.attributes if name.startswith("on") or name in ("style", "srcdoc", "formaction")]
        assert all(where.startswith(("library", "./")) for where in tags.links)


def test_long_libraries_come_page_by_page(client: TestClient, articles: Articles) -> None:
    articles.add_articles([Article("", f"Note {n:03}", f"Word{n} alone.", origin=f"{n}") for n in range(SHOWN)])
    page = client.get("/library", params={"order": "title", "down": "0"}).text
    assert len(titles(page)) == SHOWN and "page 1 of 2" in page
    assert 'href="library?order=title&amp;down=0&amp;page=2" rel="next"' in page
    assert len(titles(client.get("/library", params={"order": "title", "down": "0", "page": "2"}).text)) == 3


def test_what_is_removed_is_had_back(client: TestClient, articles: Articles) -> None:
    ferry = of(articles, "The ferry")
    assert client.post("/library/remove", json={"articles": [ferry]}).json() == {"removed": 1}
    assert "The ferry" not in titles(client.get("/library").text)
    assert client.post("/library/restore", json={"articles": [ferry]}).json() == {"restored": 1}
    assert "The ferry" in titles(client.get("/library").text)
    assert client.post("/library/remove", json={"articles": ["none"]}).json()["error"].startswith("There is no article")


def test_collections_are_made_shown_renamed_and_dissolved(client: TestClient, articles: Articles) -> None:
    ferry = of(articles, "The ferry")
    assert client.post("/library/collect", json={"name": " At  sea ", "articles": [ferry]}).json() == {"name": "At sea"}
    page = client.get("/library", params={"collection": "At sea"}).text
    assert titles(page) == ["The ferry"] and "Take out of “At sea”" in page and "At sea (1)" in page
    client.post("/library/collect", json={"name": "At sea", "rename": "Ships"})
    assert client.get("/library/collections").json() == {"Ships": 1}
    client.post("/library/collect", json={"name": "Ships", "leave": [ferry]})
    assert client.get("/library/collections").json() == {}
    assert "no collection" in client.post("/library/collect", json={"name": "Ships", "rename": ""}).json()["error"]
