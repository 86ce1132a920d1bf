"""Every reader against bytes nobody would write, and offsets against any text at all.

The gate tries a few hundred. For a long run, in the background, with so many examples in all:

    ulimit -v 6000000; ARTICLE_QA_FUZZ=100000 nice -n 19 .venv/bin/pytest -q tests/index/test_fuzz.py

tests/index/fuzz_with_atheris.py does the same guided by coverage.
"""

from __future__ import annotations

import gzip
import io
import os
import signal
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunking import chunk
from index.problem import Problem
from index.readers import Draft
from index.readers.docx import read_docx
from index.readers.draft import parse_partial_date
from index.readers.encoding import decode, mend
from index.readers.epub import read_epub
from index.readers.feeds import read_feed
from index.readers.flow import flow
from index.readers.html import read_html
from index.readers.mail import read_mail, read_mbox
from index.readers.markdown import read_markdown
from index.readers.markup import html_to_text
from index.readers.packed import read_zip
from index.readers.pdf import read_pdf
from index.readers.plain import read_plain
from index.readers.records import read_csv, read_json, read_jsonl, read_jsonl_gz
from index.readers.warc import read_warc
from index.sentences import split_sentences
from index.text import clean
from index.types import Article
from index.web.address import parse_address
from tests.index.made_files import STORY, docx, epub, lines, mail, page, paragraph, pdf, rss, warc, zipped

ALL = int(os.environ.get("ARTICLE_QA_FUZZ", "600"))
PATIENCE = 60  # seconds; what takes longer hangs

FRONT = "---\ntitle: 'T: x'\npublished: 2021-03\nauthor: [A, B]\n---\n"
MARKDOWN = f"{FRONT}# H\n\n{STORY}\n\n- a\n  - b\n\n| a | b |\n|---|---|\n| c | d |\n\n```\nx\n```\n<div>\n"
RECORDS = lines({"id": 1, "title": "T", "text": STORY, "published": "2021-03"}, {"text": ["a", "b"], "metadata": {"source": {"name": "S"}}})
TWO_PARTS = (
    b"--x\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\nplain \r\nwords\r\n"
    b"--x\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+d29yZHM8L3A+\r\n--x--\r\n"
)
MAIL = mail(TWO_PARTS, "multipart/alternative; boundary=x", Subject="=?utf-8?q?Br=C3=BCcke?=")
FEED = rss(
    "<item><title>T</title><link>https://t.example/a</link><pubDate>Thu, 04 Mar 2021 08:00:00 GMT</pubDate>"
    f"<description>{STORY}</description></item>"
)
PDF = pdf([[STORY[:80], STORY[80:150]], [STORY[:60]], ["3"]], {"Title": "The bridge"})
BODY = f"<w:tbl><w:tr><w:tc>{paragraph('a')}</w:tc><w:tc>{paragraph('b')}</w:tc></w:tr></w:tbl>" + paragraph(
    STORY, "Title", "<w:vanish w:val='0'/>"
)

Many = Callable[[BinaryIO, str, Mapping[str, str]], Iterator[object]]
Target = tuple[Callable[[bytes], object], bytes]  # what reads, and a valid file to start from


def inside(archive: bytes, name: str, read: Callable[[bytes], object]) -> Target:
    """One member of an archive is changed, not its bytes: a flipped bit makes those unreadable at once."""
    with zipfile.ZipFile(io.BytesIO(archive)) as box:
        members = {n: box.read(n) for n in box.namelist()}
    return lambda data: read(zipped(members | {name: data})), members[name]


def all_of(read: Many) -> Callable[[bytes], object]:
    return lambda data: list(read(io.BytesIO(data), "file", {}))


DOCX, EPUB = docx(BODY, "<dc:title>T</dc:title>"), epub([f"<h1>H</h1><p>{STORY}</p>", "<ul><li>a<li>b</ul>"])
ZIP = zipped({"a.md": MARKDOWN, "b/c.jsonl": RECORDS, "d.txt": STORY})
WEB = {"https://t.example/a": page(), "https://t.example/b": b"plain"}
TARGETS: dict[str, Target] = {
    "plain": (read_plain, STORY.encode("cp1252")),
    "markdown": (read_markdown, MARKDOWN.encode()),
    "html": (read_html, page()),
    "pdf": (read_pdf, PDF),
    "docx": (read_docx, DOCX),
    "docx body": inside(DOCX, "word/document.xml", read_docx),
    "epub": (read_epub, EPUB),
    "epub chapters": inside(EPUB, "OEBPS/book.opf", read_epub),
    "mail": (read_mail, MAIL),
    "mbox": (all_of(read_mbox), b"From a\r\n" + MAIL + b"\r\nFrom b\r\n" + MAIL),
    "json": (all_of(read_json), b"[" + b",".join(RECORDS.splitlines()) + b"]"),
    "jsonl": (all_of(read_jsonl), RECORDS),
    "jsonl.gz": (all_of(read_jsonl_gz), gzip.compress(RECORDS)),
    "csv": (all_of(read_csv), f'title,text,date\nT,"{STORY}",2021\nU,"a ""b""\nc",\n'.encode()),
    "feed": (all_of(read_feed), FEED),
    "link": (lambda data: parse_address(data.decode("utf-8", "surrogateescape")), b"https://t.example:443/a%20b?c=d#e"),
    "zip": (all_of(read_zip), ZIP),
    "warc": (all_of(read_warc), warc(WEB)),
    "warc unpacked": (all_of(read_warc), warc(WEB, packed=False)),
}

TOKENS = [
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"<",
    b">",
    b"</",
    b"]]>",
    b"&#0;",
    b"&#x110000;",
    b'"',
    b"'",
    b"\n",
    b"\r\n\r\n",
    b"(",
    b")",
    b"[",
    b"{",
]
TOKENS += [
    b"%",
    b"<<",
    b"/",
    b"0",
    b"-1",
    b"99999999999",
    b"1e999",
    b"\\u0000",
    b"\\ud800",
    "\u202e".encode(),
    b"<!--",
    b"<!DOCTYPE x>",
    b"---\n",
    b"*",
]
ACCIDENTS = "insert overwrite delete repeat truncate move".split()


def accidents(number: int) -> list[tuple[str, int, int, bytes]]:
    """One to six of them; the number says which. Drawn by hypothesis one by one they took ten times as long as most readers."""
    chance = Random(number)
    return [
        (chance.choice(ACCIDENTS), chance.randrange(10_000), chance.randrange(10_000), chance.choice(TOKENS) or chance.randbytes(4))
        for _ in range(chance.randint(1, 6))
    ]


def changed(seed: bytes, edits: list[tuple[str, int, int, bytes]]) -> bytes:
    """The file after some accidents; places are in ten thousandths of its length."""
    data = seed
    for what, first, second, token in edits:
        at, to = sorted((first * len(data) // 10_000, second * len(data) // 10_000))
        if what == "insert":
            data = data[:at] + token + data[at:]
        elif what == "overwrite":
            data = data[:at] + token + data[at + len(token) :]
        elif what == "delete":
            data = data[:at] + data[to:]
        elif what == "repeat":
            data = data[:to] + data[at:to] * 3 + data[to:] if len(data) < 100_000 else data
        elif what == "truncate":
            data = data[: max(at, 1)]
        else:
            data = data[:at] + data[to:] + data[at:to]
    return data


@contextmanager
def no_hang() -> Iterator[None]:
    def give_up(number: int, frame: object) -> None:
        raise AssertionError(f"it took more than {PATIENCE} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check(read: Callable[[bytes], object], data: bytes) -> None:
    """It comes back, with drafts that are sound or with a Problem that says something."""
    try:
        with no_hang():
            found = read(data)
    except Problem as problem:
        found = [("file", str(problem))]
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, Draft):
            assert isinstance(item.text, str)
            assert isinstance(item.title, str)
            assert item.precision in ("day", "month", "year")
            assert not item.pages or clean(item.text) == item.text
            assert list(item.pages) == sorted(item.pages)
            assert all(0 <= start <= len(item.text) for start in item.pages)
        elif isinstance(item, tuple):
            where, why = item
            assert where and len(why) > 10


SHARE = max(10, ALL // (len(TARGETS) + 6))  # examples for each test


@pytest.mark.parametrize("name", TARGETS)
def test_a_damaged_file_is_read_or_named(name: str) -> None:
    read, seed = TARGETS[name]
    check(read, seed)

    @settings(max_examples=SHARE)
    @given(st.integers(0, 2**48))
    def every(number: int) -> None:
        check(read, changed(seed, accidents(number)))

    every()


@settings(max_examples=SHARE)
@given(st.sampled_from(sorted(TARGETS)), st.binary(max_size=300))
def test_bytes_at_random_are_read_or_named(name: str, data: bytes) -> None:
    check(TARGETS[name][0], data)


# Offsets and small pieces

TEXT = st.text(max_size=400) | st.lists(
    st.sampled_from(["It opened. ", "\n\n", "Dr. X ", "…” ", "\u2028", "e\u0301", "\u200b", "東京。", "- ", "1. "]), max_size=40
).map("".join)


@settings(max_examples=SHARE)
@given(TEXT, st.integers(5, 60))
def test_every_chunk_and_sentence_stands_where_it_says(text: str, tokens: int) -> None:
    text = clean(text)
    chunks = chunk(Article("a", "T", text), tokens)
    sentences = split_sentences(text)
    for piece in (*chunks, *sentences):
        assert text[piece.start : piece.end] == piece.text
    for pieces in (chunks, sentences):
        assert "".join("".join(p.text for p in pieces).split()) == "".join(text.split())  # nothing is lost, nothing twice


@settings(max_examples=SHARE)
@given(st.lists(st.lists(TEXT | st.sampled_from(["inter-", "national", "Page 1", "• a", "\u00ad"]), max_size=6).map("\n".join), max_size=6))
def test_the_pages_of_running_text_begin_where_they_say(pages: list[str]) -> None:
    text, starts = flow(pages)
    assert clean(text) == text
    assert len(starts) == len(pages)
    assert list(starts) == sorted(starts)
    assert all(0 <= start <= len(text) for start in starts)


@settings(max_examples=SHARE)
@given(
    st.binary(max_size=200),
    st.sampled_from([None, "utf-8", "cp1251", "utf-16", "shift_jis", "base64", "idna", "nonsense", "a\0b", "undefined"]),
)
def test_bytes_become_text_or_a_problem(data: bytes, declared: str | None) -> None:
    try:
        text = decode(data, declared)
    except Problem:
        return
    mend(text).encode("utf-8", "surrogatepass")


@settings(max_examples=SHARE)
@given(st.text(max_size=40) | st.integers() | st.floats() | st.from_regex(r"[0-9A-Za-z ,:/+.-]{0,30}"))
def test_a_date_is_read_or_named(value: object) -> None:
    try:
        day, precision = parse_partial_date(value)
    except Problem:
        return
    assert (day is None) == (value == "")
    assert precision in ("day", "month", "year")


@settings(max_examples=SHARE)
@given(
    st.text(max_size=200)
    | st.lists(
        st.sampled_from("<p> </p> <br> <td> <tr> <li> <pre> </pre> <!-- --> <b x &amp; &#0; <table> </div> text".split()), max_size=30
    ).map("".join)
)
def test_html_becomes_text_whatever_it_is(html: str) -> None:
    text = html_to_text(html)
    assert text == text.strip()
    assert "\n\n\n" not in text
