"""The process of its own in which complex files are read: what brings it down costs one file, and nothing else."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.readers import Draft, read_drafts
from index.readers.confined import Limits, read_confined, rest_no_more
from index.readers.kinds import is_confined
from tests.index.made_files import STORY, docx, page, paragraph, pdf, warc, zipped

SLOW = pdf([[STORY[:90]] * 60] * 1900)  # ten seconds of work, on a good day


@pytest.fixture(autouse=True)
def no_worker_is_left() -> Iterator[None]:
    rest_no_more()
    yield
    rest_no_more()
    assert workers() == set()


def workers() -> set[int]:
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            if b"index.readers.worker" in Path("/proc", child, "cmdline").read_bytes():
                found.add(int(child))
    return found


def told(items: list[Draft | tuple[str, str]]) -> list[str]:
    return [i.title if isinstance(i, Draft) else i[1] for i in items]


def test_one_process_reads_many_files(tmp_path: Path) -> None:
    seen = set()
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / name).write_bytes(pdf([[STORY[:90]]]))
        assert told(list(read_drafts(tmp_path / name))) == [""]
        seen |= workers()
    assert len(seen) == 1


def test_a_process_that_went_while_it_rested_is_replaced_in_silence(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf([[STORY[:90]]]))
    for _ in range(2):
        assert told(list(read_drafts(tmp_path / "a.pdf"))) == [""]
        (worker,) = workers()
        os.kill(worker, signal.SIGKILL)


@pytest.mark.parametrize(("limits", "said"), [(Limits(seconds=1), "1 s of work"), (Limits(patience=1.0), "more than 1 s")])
def test_a_file_that_takes_too_long_costs_itself_only(limits: Limits, said: str, tmp_path: Path) -> None:
    (tmp_path / "slow.pdf").write_bytes(SLOW)
    (reason,) = told(list(read_confined(tmp_path / "slow.pdf", ".pdf", {}, limits)))
    assert said in reason
    (tmp_path / "quick.docx").write_bytes(docx(paragraph("The bridge", "Title")))
    assert told(list(read_confined(tmp_path / "quick.docx", ".docx", {}))) == ["The bridge"]


def test_a_file_that_takes_too_much_memory_is_named(tmp_path: Path) -> None:
    (tmp_path / "huge.docx").write_bytes(docx("<w:p/>" * 3_000_000))
    (item,) = read_confined(tmp_path / "huge.docx", ".docx", {}, Limits(memory=300 << 20))
    assert isinstance(item, tuple)
    assert item[0] == str(tmp_path / "huge.docx")


def test_a_member_that_brings_the_reader_down_leaves_the_rest_of_its_archive(tmp_path: Path) -> None:
    (tmp_path / "all.zip").write_bytes(zipped({"a.md": "# One\n\nIt opened.", "b.pdf": SLOW, "c.md": "# Two\n\nIt closed."}))
    one, reason, two = read_confined(tmp_path / "all.zip", ".zip", {}, Limits(seconds=1))
    assert told([one, two]) == ["One", "Two"]
    assert isinstance(reason, tuple)
    assert reason[0].endswith("all.zip!/b.pdf")
    assert "1 s of work" in reason[1]


@pytest.mark.parametrize("packed", [True, False], ids=["packed", "plain"])
def test_a_page_that_brings_the_reader_down_leaves_the_rest_of_its_web_archive(packed: bool, tmp_path: Path) -> None:
    file = tmp_path / ("crawl.warc.gz" if packed else "crawl.warc")
    data = warc({"https://t.example/1": page("One")}, packed=packed) + warc({"https://t.example/2": SLOW}, "application/pdf", packed=packed)
    file.write_bytes(data + warc({"https://t.example/3": page("Three")}, packed=packed))
    one, reason, three = read_confined(file, ".warc", {}, Limits(seconds=4))  # of which the libraries take one
    assert told([one, three]) == ["One", "Three"]
    assert isinstance(reason, tuple)
    assert reason[0] == "https://t.example/2"


def test_a_reader_that_crashes_costs_the_part_it_was_at(tmp_path: Path) -> None:
    long = "It opened. " * 30_000  # more than a pipe holds, so that the process waits for us to read
    (tmp_path / "all.zip").write_bytes(zipped({f"{n}.md": f"# Number {n}\n\n{long}" for n in range(4)}))
    items = read_drafts(tmp_path / "all.zip")
    found = [next(items)]
    (worker,) = workers()
    while Path("/proc", str(worker), "stat").read_text().rpartition(")")[2].split()[0] != "S":
        time.sleep(0.01)  # until it sleeps, half-way through the second
    os.kill(worker, signal.SIGSEGV)
    found += items
    assert len(found) == 4
    (reason,) = [i for i in found if isinstance(i, tuple)]
    assert "brings the reader down" in reason[1]
    assert reason[0] == f"{tmp_path}/all.zip!/1.md"


def test_an_archive_of_nothing_but_harm_is_left_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.readers.confined.MOST_DEATHS", 2)
    (tmp_path / "all.zip").write_bytes(zipped({f"{n}.pdf": SLOW for n in range(4)}))
    reasons = told(list(read_confined(tmp_path / "all.zip", ".zip", {}, Limits(seconds=0))))
    assert len(reasons) == 3
    assert "2 parts of it could not be read" in reasons[2]


def test_who_stops_half_way_leaves_no_process_behind(tmp_path: Path) -> None:
    (tmp_path / "all.zip").write_bytes(zipped({f"{n}.txt": f"Text number {n}" for n in range(3)}))
    items = read_drafts(tmp_path / "all.zip")
    next(items)
    assert workers()
    items.close()  # type: ignore[attr-defined]
    assert workers() == set()


def test_no_key_of_the_environment_reaches_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_QA_LLM__API_KEY", "secret")
    (tmp_path / "a.pdf").write_bytes(pdf([[STORY[:90]]]))
    assert told(list(read_drafts(tmp_path / "a.pdf"))) == [""]
    (worker,) = workers()
    assert b"secret" not in Path("/proc", str(worker), "environ").read_bytes()


def test_a_file_that_vanishes_is_named(tmp_path: Path) -> None:
    (reason,) = told(list(read_confined(tmp_path / "nowhere.pdf", ".pdf", {})))
    assert "cannot be read" in reason


@pytest.mark.parametrize(
    ("kind", "size", "confined"),
    [
        (".pdf", 1, True),
        (".zip", 1, True),
        (".html", 1000, False),
        (".html", 2 << 20, True),
        (".txt", 19 << 20, False),
        (".jsonl", 1 << 40, False),
    ],
)
def test_what_is_complex_or_large_is_read_apart_and_what_is_simple_is_not(kind: str, size: int, confined: bool) -> None:
    assert is_confined(kind, size) == confined


def test_a_large_page_is_read_like_a_small_one(tmp_path: Path) -> None:
    (tmp_path / "large.html").write_bytes(page(story=STORY) + b"<!--" + b"x" * (1 << 20) + b"-->")
    assert told(list(read_drafts(tmp_path / "large.html"))) == ["The bridge at Varn"]
    assert workers()
