"""Adding by upload, on a real library: one article for one name, and no word of where the server keeps things."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import gradio as gr
import pytest

from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from qa.page.desk import Desk
from tests.page.fakes import FakeArticles
from tests.page.test_rendering import visible

if TYPE_CHECKING:
    from qa.assistant import Assistant

Upload = Callable[..., str]


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[Articles]:
    with closing(Articles(tmp_path, tmp_path, embedder=WordEmbedder(), reranker=OverlapReranker())) as opened:
        yield opened


@pytest.fixture
def desk(articles: Articles) -> Desk:
    return desk_of(articles)


def desk_of(articles: object) -> Desk:
    settings = SimpleNamespace(llm=SimpleNamespace(provider="embedded"))
    assistant = SimpleNamespace(articles=articles, settings=settings, model_name="m", state=lambda: ("ready", ""))
    return Desk(cast("Assistant", assistant))


@pytest.fixture
def upload(desk: Desk, tmp_path: Path) -> Upload:
    """Files as gradio gives them, in a folder of their own each time; what the page says of them."""
    number = iter(range(100))

    def send(**files: str) -> str:
        paths = []
        for name, text in files.items():
            path = tmp_path / ".uploads-abcdefgh" / f"hash{next(number)}" / name.replace("_", ".")
            path.parent.mkdir(parents=True)
            path.write_text(text, "utf-8")
            paths.append(str(path))
        note = list(desk.add_files(paths, ()))[-1][1]
        assert not any(Path(path).exists() for path in paths)
        return visible(str(note))

    return send


def test_a_corrected_upload_replaces_the_first_version(upload: Upload, articles: Articles) -> None:
    assert "Added “The clock”" in upload(clock_txt="The clock\n\nThe tower clock of Yarm strikes thirteen.")
    assert "Updated “The clock”" in upload(clock_txt="The clock\n\nThe tower clock of Yarm strikes twelve.")
    (found,) = articles.search("What does the tower clock of Yarm strike?")
    assert "twelve" in found.chunk.text


def test_an_upload_is_known_by_its_name_and_not_by_where_the_server_kept_it(upload: Upload, articles: Articles) -> None:
    upload(clock_txt="The clock\n\nThe tower clock of Yarm strikes thirteen.")
    (row,) = articles.list()
    assert articles.get(row.id).origin == "upload:clock.txt"


def test_each_file_that_fails_is_named_with_its_reason_and_the_others_are_added(upload: Upload, articles: Articles) -> None:
    note = upload(clock_txt="The clock\n\nThe tower clock strikes.", empty_txt=" ", marks_txt="…!?", sheet_xlsx="x")
    assert "Added “The clock”" in note
    assert "empty.txt: it is empty." in note
    assert "marks.txt: there are no words in it." in note
    assert "sheet.xlsx: files of the kind" in note
    assert "3 could not be added" in note
    assert "uploads-" not in note
    assert articles.counts()[0] == 1


def test_a_file_of_many_articles_gives_each_an_origin_of_its_own(upload: Upload, articles: Articles) -> None:
    records = "\n".join(json.dumps({"title": f"Number {n}", "text": f"The harbour of Yarm has {n} boats.", "id": n}) for n in (4, 5))
    assert "2 articles added." in upload(harbour_jsonl=records)
    origins = sorted(articles.get(r.id).origin for r in articles.list())
    assert all(o.startswith("upload:harbour.jsonl#") for o in origins)
    assert len(set(origins)) == 2


def pressed(shown: Iterable[tuple[Any, ...]], note: int) -> tuple[str, tuple[Any, ...]]:
    """The last of what a button shows: its note in words, and all of it."""
    *_, last = shown
    return visible(last[note]), last


def test_links_alone_in_the_box_are_fetched_and_each_failure_has_its_reason() -> None:
    articles = FakeArticles()
    desk = desk_of(articles)
    said, last = pressed(desk.add_text("https://a.example/1\n\nhttps://a.example/gone\n", "", "Outlet", "", ()), 4)
    assert "Added “https://a.example/1”" in said
    assert "1 could not be added:https://a.example/gone: it is not there (404)." in said
    assert last[0] == gr.skip(), "what failed can be mended where it was typed"
    assert last[-3] == gr.update(label="1 could not be added", visible=True)
    assert "it is not there" in last[-2]
    assert last[-1] == gr.update(visible=True)
    said, last = pressed(desk.retry(()), 0)
    assert "Added “https://a.example/back”" in said
    assert last[-3] == gr.update(label="0 could not be added", visible=False)


def test_a_link_within_a_text_is_text_and_one_title_is_not_for_many_links() -> None:
    articles = FakeArticles()
    said, _ = pressed(desk_of(articles).add_text("See https://a.example/1 for more.", "A note", "", "", ()), 4)
    assert "Added “A note”" in said
    said, _ = pressed(desk_of(articles).add_text("https://a.example/1 https://a.example/2", "A title", "", "", ()), 4)
    assert "One title cannot be that of several articles" in said


def test_cancel_keeps_what_is_done_and_says_so(tmp_path: Path) -> None:
    articles = FakeArticles()
    articles.held = threading.Event()
    desk = desk_of(articles)
    paths = [tmp_path / "one.txt", tmp_path / "two.txt"]
    for path in paths:
        path.write_text("The tower clock strikes.")
    shown = desk.add_files([str(p) for p in paths], ())
    next(shown)
    how_far = next(shown)
    assert "1 of 2 files read" in visible(how_far[1])
    assert how_far[2] == gr.update(visible=True)
    desk.cancel()
    said, last = pressed(shown, 1)
    assert said.startswith("Stopped; what was added before is kept. Added “The tower clock strikes.”")
    assert last[2] == gr.update(visible=False)
    assert len(articles.kept) == 1
    assert not any(p.exists() for p in paths)


def test_an_upload_that_failed_is_listed_and_has_to_be_given_again(upload: Upload, desk: Desk) -> None:
    upload(empty_txt=" ")
    *_, fold, reasons, again = desk.opened(())
    assert fold == gr.update(label="1 could not be added", visible=True)
    assert visible(reasons) == "empty.txt: it is empty.What was uploaded or pasted has to be given again."
    assert again == gr.update(visible=False)


def test_an_empty_library_is_offered_the_articles_that_come_along(desk: Desk, articles: Articles, tmp_path: Path) -> None:
    welcome = desk.opened(())[6]
    assert "data-seeds" in welcome
    assert "Or try it with the 17 articles that come along" in visible(welcome)
    *_, (note, _, *shelf) = desk.add_seeds(())
    assert "17 articles added." in visible(str(note))
    assert articles.counts()[0] == 17
    assert "data-seeds" not in shelf[6]
    assert "data-ask" in shelf[6], "and what to ask of them"


def test_where_none_come_along_none_are_offered(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.page.desk.SEEDS", tmp_path / "nowhere")
    assert "data-seeds" not in desk.opened(())[6]
