"""Adding by upload, on a real library: one article for one name, and no word of where the server keeps things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from qa.page.desk import Desk

if TYPE_CHECKING:
    from qa.assistant import Assistant

Upload = Callable[..., str]


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[Articles]:
    with closing(Articles(tmp_path, tmp_path, embedder=WordEmbedder(), reranker=OverlapReranker())) as opened:
        yield opened


@pytest.fixture
def upload(articles: Articles, tmp_path: Path) -> Upload:
    """Files as gradio gives them, in a folder of their own each time; what the page says of them."""
    settings = SimpleNamespace(llm=SimpleNamespace(provider="embedded"))
    assistant = SimpleNamespace(articles=articles, settings=settings, model_name="m", state=lambda: ("ready", ""))
    desk = Desk(cast("Assistant", assistant))
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
        return str(note)

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
    assert "sheet.xlsx: files of the kind" in note.replace("&#x27;", "'")
    assert "uploads-" not in note
    assert articles.counts()[0] == 1
