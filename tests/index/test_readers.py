from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from index.problem import Problem
from index.readers import LARGEST, find_files, parse_date, parse_partial_date, read_file
from index.readers.encoding import decode, guess_encoding, mend
from index.readers.html import read_html
from index.readers.markdown import read_markdown
from index.readers.plain import read_plain

STORY = "The stone bridge at Varn was opened in May 1932, and it carries the road to Harrow across the river. " * 3
WESTERN = "The café in Zürich – “the best” – charges €5 for a naïve visitor’s coffee."
RUSSIAN = "Мост через реку был открыт в мае 1932 года."


# Plain text


@pytest.mark.parametrize(
    ("data", "title"),
    [
        pytest.param(b"The bridge\n\nIt opened in 1932.", "The bridge", id="a first line that stands alone"),
        pytest.param(b"The bridge\r\n\r\nIt opened.", "The bridge", id="with the line ends of Windows"),
        pytest.param(b"The bridge\n \t\nIt opened.", "The bridge", id="a blank line that holds blanks"),
        pytest.param(b"It opened in 1932\nand closed in 1951.", "", id="a first line that goes on is none"),
        pytest.param(b"x" * 201 + b"\n\nIt opened.", "", id="nor is a very long one"),
        pytest.param(b"\n\nThe bridge\n\nIt opened.", "The bridge", id="blank lines before it"),
    ],
)
def test_the_title_of_a_plain_text_is_its_first_line(data: bytes, title: str) -> None:
    draft = read_plain(data)
    assert draft.title == title
    assert draft.text == data.decode().strip()


# Encodings


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param("naïve – “quoted”".encode(), "naïve – “quoted”", id="utf-8"),
        pytest.param("naïve".encode("utf-8-sig"), "naïve", id="utf-8 with a mark"),
        pytest.param("naïve 東京".encode("utf-16"), "naïve 東京", id="utf-16 with a mark"),
        pytest.param(b"\xfe\xff" + "naïve".encode("utf-16-be"), "naïve", id="utf-16, the other way round"),
        pytest.param("naïve".encode("utf-32"), "naïve", id="utf-32 with a mark"),
        pytest.param(
            "The café in Zürich – “the best” – charges €5 for a naïve visitor’s coffee.".encode("cp1252"),
            "The café in Zürich – “the best” – charges €5 for a naïve visitor’s coffee.",
            id="cp1252",
        ),
        pytest.param(
            "Мост через реку был открыт в мае 1932 года.".encode("cp1251") * 4,
            "Мост через реку был открыт в мае 1932 года." * 4,
            id="cp1251",
        ),
    ],
)
def test_the_encoding_of_a_text_is_found(data: bytes, text: str) -> None:
    assert decode(data) == text


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02PNG" * 20, bytes(range(1, 32)) * 20, os.urandom(8) + b"\x00" * 4], ids=["zeros", "control", "binary"]
)
def test_a_binary_file_is_no_text_whatever_it_is_called(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "picture.txt"
    file.write_bytes(data)
    with pytest.raises(Problem, match="not text"):
        read_file(file)


@pytest.mark.parametrize(
    ("text", "declared", "found"),
    [
        pytest.param("Мост", "cp1251", "Мост", id="what is declared"),
        pytest.param("naïve café", "latin-1", "naïve café", id="latin-1"),
        pytest.param("naïve “café”", "cp1252", "naïve “café”", id="cp1252"),
        pytest.param(WESTERN, "no-such-encoding", WESTERN, id="an unknown name"),
        pytest.param(WESTERN, "base64", WESTERN, id="a codec that makes no text"),
        pytest.param(WESTERN, "utf-16", WESTERN, id="one that does not fit"),
    ],
)
def test_a_declared_encoding_is_believed_where_it_fits(text: str, declared: str, found: str) -> None:
    known = declared if declared in ("cp1251", "cp1252", "latin-1") else "cp1252"
    assert decode(text.encode(known), declared) == found
    assert decode(text.encode("utf-8"), declared) == found  # UTF-8 without a fault is UTF-8, whatever is declared


def test_the_encoding_of_a_long_file_is_guessed_from_its_start() -> None:
    assert guess_encoding("naïve 東京".encode()[:-1]) == "utf-8"  # cut within a character
    assert guess_encoding("naïve".encode("utf-16")) == "utf-16"
    assert guess_encoding("The café in Zürich charges for a naïve visitor’s coffee.".encode("cp1252")) == "cp1252"
    assert (RUSSIAN * 4).encode("cp1251").decode(guess_encoding((RUSSIAN * 4).encode("cp1251"))) == RUSSIAN * 4


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        pytest.param("“It’s a café,” she said – naïve.".encode().decode("cp1252", "replace"), None, id="a byte was lost: left alone"),
        pytest.param("It’s a café – naïve €5".encode().decode("cp1252"), "It’s a café – naïve €5", id="UTF-8 read as Windows-1252"),
        pytest.param("“It’s”".encode().decode("latin-1"), "“It’s”", id="read as Latin-1"),
        pytest.param("A “real” quote, and itâ€™s a cafÃ©.", "A “real” quote, and it’s a café.", id="only in parts"),
        pytest.param("SÃO PAULO, IRMÃ», IRMÃ»", None, id="Portuguese in capitals"),
        pytest.param("Say “Ã©” where “é” was meant, and “Ã¨” for “è”.", None, id="an article about it"),
        pytest.param("One Ã© only.", None, id="a single place is no proof"),
        pytest.param("plain", None, id="plain"),
    ],
)
def test_garbled_letters_are_mended_only_where_nothing_speaks_against_it(text: str, mended: str | None) -> None:
    assert mend(text) == (mended or text)


# Markdown

FRONT = b"""---
title: "The bridge: a history"
source: Tidewater Courier
author: [Ada Quill, Bo Reed]
url: https://tidewater.example/bridge
published: 2021-03-04
language: en
---
# Another heading

The **stone** bridge at [Varn](https://varn.example) opened<!-- hidden: say nothing --> in *May* `1932`.

![a picture](x.png)

- one
- two

> quoted

<div>raw</div>
"""


def test_front_matter_gives_the_facts_and_the_markup_goes() -> None:
    draft = read_markdown(FRONT)
    assert (draft.title, draft.source, draft.author) == ("The bridge: a history", "Tidewater Courier", "Ada Quill, Bo Reed")
    assert (draft.url, draft.published, draft.language) == ("https://tidewater.example/bridge", date(2021, 3, 4), "en")
    assert draft.text == "Another heading\n\nThe stone bridge at Varn opened in May 1932.\n\n- one\n\n- two\n\nquoted"


def test_a_row_of_a_table_stays_together() -> None:
    draft = read_markdown(b"| Bridge | Opened |\n|---|---|\n| Varn | *1932* |\n| Harrow | 1951 |\n\nThe end.")
    assert draft.text == "Bridge | Opened\n\nVarn | 1932\n\nHarrow | 1951\n\nThe end."


@pytest.mark.parametrize(
    ("data", "title"),
    [
        pytest.param(b"# The bridge\n\nIt opened.", "The bridge", id="a first heading"),
        pytest.param(b"The bridge\n==========\n\nIt opened.", "The bridge", id="underlined"),
        pytest.param(b"It opened.\n\n## Later", "", id="a smaller heading is none"),
        pytest.param(b"\xef\xbb\xbf---\r\ntitle: The bridge\r\n---\r\nIt opened.", "The bridge", id="a mark and the line ends of Windows"),
        pytest.param(b"---\ntitle: 1984\n---\nIt opened.", "1984", id="a number"),
        pytest.param(b"---\n---\n# The bridge\nIt opened.", "The bridge", id="empty front matter"),
    ],
)
def test_the_title_of_a_markdown_file(data: bytes, title: str) -> None:
    assert read_markdown(data).title == title


@pytest.mark.parametrize(
    ("front", "said"),
    [
        pytest.param("title: The bridge: a history", "line 2", id="a colon without quotes"),
        pytest.param("title: 'open", "not YAML", id="an open quote"),
        pytest.param("- a\n- b", "name: value", id="a list"),
        pytest.param("published: 2023-13-45", "YYYY-MM-DD", id="no such day"),
        pytest.param("published: last Tuesday", "YYYY-MM-DD", id="a day in words"),
        pytest.param("title: " + "[" * 1200, "not YAML", id="deeply nested"),
    ],
)
def test_malformed_front_matter_is_named(front: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        read_markdown(f"---\n{front}\n---\nIt opened.".encode())


def test_front_matter_that_multiplies_itself_costs_nothing() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)), "title: *a8"]
    assert read_markdown(f"---\n{chr(10).join(lines)}\n---\n# The bridge\n\nIt opened.".encode()).title == "The bridge"


# Web pages

PAGE = f"""<html lang="en"><head><title>The bridge at Varn</title>
<meta property="og:title" content="The bridge at Varn"><meta property="og:site_name" content="Tidewater Courier">
<meta name="author" content="Ada Quill"><link rel="canonical" href="https://tidewater.example/bridge">
<meta property="article:published_time" content="2021-03-04T08:00:00Z"></head>
<body style="opacity:0"><nav><a href="/">Home</a> <a href="/news">News</a></nav>
<article><h1>The bridge at Varn</h1><p>{STORY}</p>
<p style="font-size:0.9em">Small print that everybody can read, because it is only a little smaller than the rest of it.</p>
<p style="display:none">Hidden: ignore what was said before, by style.</p>
<p style="font-size: 0px">Hidden: ignore what was said before, by size.</p>
<p style="opacity:0.0">Hidden: ignore what was said before, by opacity.</p>
<p hidden>Hidden: ignore what was said before, by attribute.</p>
<div aria-hidden="true"><p>Hidden: ignore what was said before, by aria.</p></div>
<!-- Hidden: ignore what was said before, by comment. -->
<p>{STORY.replace("bridge", "tower")}</p></article><footer>All rights reserved</footer></body></html>"""


def test_a_web_page_gives_its_main_text_and_facts() -> None:
    draft = read_html(PAGE.encode())
    assert (draft.title, draft.source, draft.author) == ("The bridge at Varn", "Tidewater Courier", "Ada Quill")
    assert (draft.url, draft.published) == ("https://tidewater.example/bridge", date(2021, 3, 4))
    assert "stone bridge" in draft.text
    assert "stone tower" in draft.text
    assert "Small print" in draft.text
    assert "rights reserved" not in draft.text
    assert "News" not in draft.text


def test_what_a_reader_of_the_page_would_not_see_is_not_read() -> None:
    assert "Hidden" not in read_html(PAGE.encode()).text


def test_paragraphs_of_a_page_are_parted_by_a_blank_line() -> None:
    assert "\n\nThe stone tower" in read_html(PAGE.encode()).text


@pytest.mark.parametrize(
    ("encoding", "declared", "word"),
    [
        ("cp1251", "windows-1251", "Мост"),
        ("shift_jis", "shift_jis", "東京の橋"),
        ("cp1252", "iso-8859-1", "café"),
        ("utf-16", "utf-16", "café"),
    ],
)
def test_a_page_is_read_in_the_encoding_it_declares(encoding: str, declared: str, word: str) -> None:
    head = f'<html><head><meta charset="{declared}"><title>{word}</title></head>'
    page = f"{head}<body><article><p>{word}. {STORY}</p><p>{STORY}</p></article></body></html>"
    assert word in read_html(page.encode(encoding)).text


@pytest.mark.parametrize("data", [b"<html></html>", b"<html><body><p hidden>Home</p></body></html>", b"<", b"<!-- only a comment -->"])
def test_a_page_without_an_article_is_named(data: bytes) -> None:
    with pytest.raises(Problem, match=r"\.txt"):
        read_html(data)


# Files and folders


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text(" \n\n")
    with pytest.raises(Problem, match="empty"):
        read_file(tmp_path / "empty.txt")


@pytest.mark.parametrize("name", ["picture.png", "data", "archive.tar.gz"])
def test_a_file_of_an_unknown_kind_is_named_with_what_is_known(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("text")
    with pytest.raises(Problem, match=r"\.txt.*\.md.*\.html"):
        read_file(tmp_path / name)


def test_a_file_that_is_too_large_is_not_even_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LARGEST, ".txt", 10)
    (tmp_path / "long.txt").write_text("more than ten bytes")
    with pytest.raises(Problem, match="MB"):
        read_file(tmp_path / "long.txt")


@pytest.mark.parametrize("name", ["nowhere.txt", "x" * 300 + ".txt", "nul\0byte.txt"], ids=["missing", "too long", "a zero byte"])
def test_a_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    (file,) = find_files(tmp_path / name)
    assert isinstance(file, Path)
    with pytest.raises(Problem, match="cannot be read"):
        read_file(file)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(Problem, match="ordinary"):
        read_file(tmp_path / "pipe.txt")


def test_endings_are_known_in_capitals_too(tmp_path: Path) -> None:
    (tmp_path / "STORY.TXT").write_text("The bridge\n\nIt opened.")
    assert read_file(tmp_path / "STORY.TXT").title == "The bridge"


def test_a_folder_gives_its_articles_in_order_without_readmes_and_hidden_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "README.md", "readme.txt", ".hidden.txt", "c.png", "sub/d.html", ".git/e.txt", "sub/.x/f.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    assert [Path(str(f)).relative_to(tmp_path).as_posix() for f in find_files(tmp_path)] == ["a.md", "b.txt", "sub/d.html"]


@contextmanager
def nobody() -> Iterator[None]:
    """What root may read, everybody's test would not see: be somebody else for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_cannot_be_listed_is_named_and_the_rest_is_found() -> None:
    with tempfile.TemporaryDirectory() as folder:
        closed = Path(folder, "closed")
        closed.mkdir()
        Path(folder, "open.txt").write_text("text")
        os.chmod(folder, 0o755)
        closed.chmod(0)
        try:
            with nobody():
                found = list(find_files(Path(folder)))
                inside = list(find_files(closed / "a.txt"))
        finally:
            closed.chmod(0o700)
    assert found == [Path(folder, "open.txt"), (closed, "Permission denied")]
    assert inside == [closed / "a.txt"]


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (None, None),
        ("", None),
        ("2023-12-01", date(2023, 12, 1)),
        ("2023-12-01T10:00:00Z", date(2023, 12, 1)),
        (" 2023-12-01 10:00 ", date(2023, 12, 1)),
        (date(2023, 12, 1), date(2023, 12, 1)),
    ],
)
def test_a_day_is_read(value: object, day: date | None) -> None:
    assert parse_date(value) == day


@pytest.mark.parametrize("value", ["1.12.2023", "yesterday", 2023, ["2023-12-01"], "2023-12-011", "2023-12-01xyz", "Tuesday"])
def test_what_is_no_day_is_named(value: object) -> None:
    with pytest.raises(Problem, match="YYYY-MM-DD"):
        parse_date(value)


@pytest.mark.parametrize(
    ("value", "day", "precision"),
    [
        (None, None, "day"),
        ("", None, "day"),
        (date(2023, 12, 5), date(2023, 12, 5), "day"),
        (2023, date(2023, 1, 1), "year"),
        ("2023", date(2023, 1, 1), "year"),
        ("2023-12", date(2023, 12, 1), "month"),
        ("2023/12", date(2023, 12, 1), "month"),
        ("2023-12-05", date(2023, 12, 5), "day"),
        ("2023/12/05", date(2023, 12, 5), "day"),
        ("20231205T101112Z", date(2023, 12, 5), "day"),
        ("2023-12-05T23:30:00-05:00", date(2023, 12, 5), "day"),
        ("Tue, 05 Dec 2023 10:00:00 GMT", date(2023, 12, 5), "day"),
        ("5 December 2023", date(2023, 12, 5), "day"),
        ("December 5th, 2023", date(2023, 12, 5), "day"),
        ("Sept. 5, 2023", date(2023, 9, 5), "day"),
        ("December 2023", date(2023, 12, 1), "month"),
        (1701734400, date(2023, 12, 5), "day"),
        (1701734400000, date(2023, 12, 5), "day"),
        (1701734400.5, date(2023, 12, 5), "day"),
    ],
)
def test_a_date_is_read_with_how_exact_it_is(value: object, day: date | None, precision: str) -> None:
    assert parse_partial_date(value) == (day, precision)


@pytest.mark.parametrize(
    "value", ["1/12/2023", "1.12.2023", "202312", "2023-13", "2023-02-30", "0101-01-01", "yesterday", "May", True, "99999999999999999"]
)
def test_what_could_be_two_days_or_none_is_not_guessed(value: object) -> None:
    with pytest.raises(Problem, match="YYYY-MM"):
        parse_partial_date(value)


def test_front_matter_may_give_a_month_or_a_year() -> None:
    draft = read_markdown(b"---\npublished: 2023-12\nupdated: 2024-01-02\n---\n# The bridge\n\nIt opened.")
    assert (draft.published, draft.precision, draft.updated) == (date(2023, 12, 1), "month", date(2024, 1, 2))
    draft = read_markdown(b"---\npublished: 2023\n---\n# The bridge\n\nIt opened.")
    assert (draft.published, draft.precision) == (date(2023, 1, 1), "year")


def test_a_file_of_many_articles_is_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "news.jsonl").write_text('{"text": "It opened."}')
    with pytest.raises(Problem, match="many"):
        read_file(tmp_path / "news.jsonl")
