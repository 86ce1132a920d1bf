from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from index import ingest
from index.fakes import WordEmbedder
from index.ingest import Ingest
from index.library import Library
from index.problem import Problem
from index.rechunking import rechunked
from index.types import AddReport, Article

BRIDGE = Article("", "The bridge", "The bridge opened in 1932.", "Courier", origin="a/bridge.txt")
COMET = Article("", "The comet", "The comet returns every 76 years.", origin="a/comet.txt")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with closing(Library(tmp_path / "library.sqlite")) as opened:
        yield opened


def add(library: Library, *items: Article | tuple[str, str]) -> AddReport:
    return Ingest(library, WordEmbedder(), 150).run(items, len(items))


def counts(report: AddReport) -> tuple[int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.duplicates


def texts(library: Library) -> list[str]:
    return sorted(library.get(row.id).text for row in library.rows())


def test_new_articles_are_added_and_told(library: Library) -> None:
    report = add(library, BRIDGE, COMET)
    assert counts(report) == (2, 0, 0, 0)
    assert [(title, chunks) for _, title, chunks in report.articles] == [("The bridge", 1), ("The comet", 1)]
    assert library.get(report.articles[0][0]).text == BRIDGE.text


def test_what_is_added_again_is_unchanged(library: Library) -> None:
    first = add(library, BRIDGE, COMET)
    again = add(library, BRIDGE, COMET)
    assert counts(again) == (0, 0, 2, 0)
    assert again.articles == first.articles


def test_an_update_keeps_the_id(library: Library) -> None:
    first = add(library, BRIDGE)
    report = add(library, replace(BRIDGE, text="The bridge closed in 1951."))
    assert counts(report) == (0, 1, 0, 0)
    assert report.articles[0][0] == first.articles[0][0]
    assert texts(library) == ["The bridge closed in 1951."]


def test_the_same_text_from_elsewhere_is_a_duplicate(library: Library) -> None:
    add(library, BRIDGE)
    report = add(library, replace(BRIDGE, text="the  BRIDGE opened\nin 1932.", origin="b/copy.txt"))
    assert counts(report) == (0, 0, 0, 1)
    assert library.counts()[0] == 1


def test_a_twin_in_the_same_batch_is_a_duplicate(library: Library) -> None:
    assert counts(add(library, BRIDGE, replace(BRIDGE, origin="b/copy.txt"), COMET)) == (2, 0, 0, 1)
    assert counts(add(library, BRIDGE, replace(BRIDGE, origin="b/copy.txt"), COMET)) == (0, 0, 3, 0)


def test_the_same_file_twice_in_one_batch_is_there_once(library: Library) -> None:
    assert counts(add(library, BRIDGE, BRIDGE)) == (1, 0, 1, 0)
    assert library.counts() == (1, 1)


def test_a_copy_that_becomes_a_text_of_its_own_is_a_new_article(library: Library) -> None:
    copy = replace(BRIDGE, origin="b/copy.txt")
    add(library, BRIDGE, copy)
    report = add(library, replace(copy, text="The bridge was never finished."))
    assert counts(report) == (1, 0, 0, 0)
    assert texts(library) == ["The bridge opened in 1932.", "The bridge was never finished."]


@pytest.mark.parametrize("copy_first", [False, True])
def test_the_old_text_lives_on_in_a_copy_when_the_first_changes(library: Library, copy_first: bool) -> None:
    copy = replace(BRIDGE, origin="b/copy.txt")
    add(library, BRIDGE, copy)
    batch = [replace(BRIDGE, text="The bridge closed in 1951."), copy]
    add(library, *(batch[::-1] if copy_first else batch))
    add(library, *batch)
    assert texts(library) == ["The bridge closed in 1951.", "The bridge opened in 1932."]


def test_a_new_copy_of_a_text_that_changes_in_the_same_batch_is_not_lost(library: Library) -> None:
    add(library, BRIDGE)
    report = add(library, replace(BRIDGE, text="The bridge closed in 1951."), replace(BRIDGE, origin="b/copy.txt"))
    assert counts(report) == (1, 1, 0, 0)
    assert texts(library) == ["The bridge closed in 1951.", "The bridge opened in 1932."]


def test_a_twin_of_what_a_text_has_just_become_is_a_duplicate(library: Library) -> None:
    add(library, BRIDGE)
    closed = replace(BRIDGE, text="The bridge closed in 1951.")
    assert counts(add(library, closed, replace(closed, origin="b/copy.txt"))) == (0, 1, 0, 1)


def test_facts_are_united_and_those_of_its_own_file_win(library: Library) -> None:
    add(library, BRIDGE)
    copy = replace(BRIDGE, origin="b/copy.txt", source="Gazette", author="Ada", published=date(2021, 3, 4))
    add(library, copy)
    (row,) = library.rows()
    assert (row.source, row.author, row.published) == ("Courier", "Ada", date(2021, 3, 4))
    assert counts(add(library, BRIDGE, copy)) == (0, 0, 2, 0), "the two must not take turns"
    add(library, replace(BRIDGE, source="The Courier"))
    (row,) = library.rows()
    assert (row.source, row.author) == ("The Courier", "Ada")


def test_failures_are_told_and_do_not_stop_the_rest(library: Library) -> None:
    report = add(library, ("x.pdf", "not read."), replace(BRIDGE, text="\u200b ... !"), COMET)
    assert counts(report) == (1, 0, 0, 0)
    assert report.failed == (("x.pdf", "not read."), ("a/bridge.txt", "there are no words in it."))
    assert report.as_json()["failed"] == [
        {"from": "x.pdf", "why": "not read."},
        {"from": "a/bridge.txt", "why": "there are no words in it."},
    ]


def test_texts_and_facts_are_cleaned(library: Library) -> None:
    odd = replace(
        BRIDGE,
        title="The\nbridge\u202e " + "x" * 400,
        source=" Tide\u200bwater  Courier ",
        author="\u200b",
        text="One.\r\n\r\n\r\nTwo.\x00",
    )
    report = add(library, odd)
    kept = library.get(report.articles[0][0])
    assert kept.text == "One.\n\nTwo."
    assert kept.title.startswith("The bridge xxx")
    assert len(kept.title) == ingest.LONGEST_TITLE
    assert (kept.source, kept.author) == ("Tidewater Courier", None)


def test_a_file_name_that_is_no_text_does_no_harm(library: Library) -> None:
    odd = replace(BRIDGE, origin=b"caf\xe9.txt".decode("utf-8", "surrogateescape"))
    assert counts(add(library, odd)) == (1, 0, 0, 0)
    assert counts(add(library, odd)) == (0, 0, 1, 0)


class Recorder(WordEmbedder):
    """Notes how many texts came at once."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.calls.append(len(texts))
        return super().passages(texts)


def test_chunks_of_many_articles_are_embedded_together(library: Library) -> None:
    embedder = Recorder()
    many = [replace(COMET, text=f"Comet {n} returns.", origin=f"{n}.txt") for n in range(ingest.BATCH + 10)]
    Ingest(library, embedder, 150).run(many, len(many))
    assert embedder.calls == [ingest.BATCH, 10]


def test_progress_is_told_for_every_item(library: Library) -> None:
    seen: list[tuple[str, int, int]] = []
    Ingest(library, WordEmbedder(), 150, lambda *told: seen.append(told)).run([BRIDGE, ("x", "why"), COMET], 3)
    assert seen == [("The bridge", 1, 3), ("", 2, 3), ("The comet", 3, 3)]


class Broken(WordEmbedder):
    """Fails at the n-th call."""

    def __init__(self, at: int) -> None:
        self.left = at

    def passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.left -= 1
        if not self.left:
            raise MemoryError
        return super().passages(texts)


class Interrupted(WordEmbedder):
    """While it embeds for the first time, someone else does something."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self.meanwhile: Callable[[], object] | None = meanwhile

    def passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return super().passages(texts)


def test_what_changes_while_it_is_embedded_anew_keeps_its_change_and_is_embedded_again(library: Library) -> None:
    add(library, BRIDGE, COMET)
    closed = replace(BRIDGE, text="The bridge closed in 1951.")
    told: list[tuple[str, int, int]] = []
    embedder = Interrupted(lambda: add(library, closed))
    rechunked(library, embedder, 150, [r.id for r in library.rows()], lambda *now: told.append(now))
    assert texts(library) == [closed.text, COMET.text]
    assert {library.get(i).title: v for i, v in library.pending()} == {"The bridge": 3, "The comet": 2}
    assert told[-1] == ("The bridge", 2, 2)
    assert library.counts() == (2, 2)
    assert library.integrity() == []


def test_what_is_removed_while_all_is_embedded_anew_stays_removed(library: Library) -> None:
    add(library, BRIDGE, COMET)
    ids = [r.id for r in library.rows()]
    bridge = next(r.id for r in library.rows() if r.title == "The bridge")
    rechunked(library, Interrupted(lambda: library.remove([bridge])), 150, ids)
    assert texts(library) == [COMET.text]
    rechunked(library, WordEmbedder(), 150, ids)
    assert texts(library) == [COMET.text]


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_failure_at_any_batch_keeps_what_came_before_and_can_be_done_again(library: Library, at: int) -> None:
    many = [replace(COMET, text=f"Comet {n} returns.", origin=f"{n}.txt") for n in range(2 * ingest.BATCH + 10)]
    with pytest.raises(MemoryError):
        Ingest(library, Broken(at), 150).run(many, len(many))
    assert library.counts()[0] == (at - 1) * ingest.BATCH
    add(library, *many)
    assert library.counts() == (len(many), len(many))
    assert library.integrity() == []


def test_a_full_disk_stops_the_run_and_is_never_taken_for_a_bad_article(library: Library) -> None:
    library.connection.execute(f"PRAGMA max_page_count = {library.connection.execute('PRAGMA page_count').fetchone()[0]}")
    big = replace(COMET, text="It returns every 76 years. " * 5000)
    with pytest.raises(Problem, match="disk space"):
        add(library, big, replace(big, origin="b/copy.txt"))
