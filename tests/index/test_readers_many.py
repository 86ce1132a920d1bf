"""Files that hold many articles: exports, mailboxes, feeds, archives. Each part is an article of its own or has a reason."""

from __future__ import annotations

import csv
import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index.problem import Problem
from index.readers import Draft, packed, read_drafts, records
from tests.index.made_files import STORY, docx, lines, mail, page, paragraph, pdf, rss, warc, zipped

Read = Callable[..., tuple[list[Draft], dict[str, str]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The drafts of a file of this name and bytes, and the reasons for the rest, without the path of the test's folder."""

    def reading(name: str, data: bytes, mapping: Mapping[str, str] | None = None) -> tuple[list[Draft], dict[str, str]]:
        (tmp_path / name).write_bytes(data)
        items = list(read_drafts(tmp_path / name, mapping))
        drafts = [replace(i, origin=i.origin.removeprefix(f"{tmp_path}/")) for i in items if isinstance(i, Draft)]
        return drafts, {i[0].removeprefix(f"{tmp_path}/"): i[1] for i in items if isinstance(i, tuple)}

    return reading


# Records and their fields

NEWS_API = {
    "source": {"id": "tide", "name": "Tidewater Courier"},
    "author": "Ada Quill",
    "title": "The bridge",
    "url": "https://t.example/bridge",
    "publishedAt": "2021-03-04T08:00:00Z",
    "content": "It opened.",
    "description": "A teaser.",
}
NESTED = {
    "_id": 7,
    "text": "It opened.",
    "metadata": {"headline": "The bridge", "outlet": "Tide", "published_at": "2021-03", "byline": ["Ada", "Bo"]},
}
JSON_FEED = {
    "items": [{"id": "a", "content_html": "<p>It <b>opened</b>.</p>", "date_published": "2021-03-04", "authors": [{"name": "Ada"}]}]
}
ELASTIC = {"_index": "news", "_id": "x1", "_source": {"title": "The bridge", "body": ["It opened.", "It closed."], "date": 1614816000}}


@pytest.mark.parametrize(
    ("record", "draft"),
    [
        pytest.param(
            NEWS_API,
            Draft("It opened.", "The bridge", "Tidewater Courier", "Ada Quill", "https://t.example/bridge", date(2021, 3, 4)),
            id="a news service's",
        ),
        pytest.param(NESTED, Draft("It opened.", "The bridge", "Tide", "Ada, Bo", None, date(2021, 3, 1), precision="month"), id="nested"),
        pytest.param(ELASTIC, Draft("It opened.\n\nIt closed.", "The bridge", published=date(2021, 3, 4)), id="a search engine's"),
        pytest.param(JSON_FEED, Draft("It opened.", "It opened.", author="Ada", published=date(2021, 3, 4)), id="a feed in JSON"),
        pytest.param(
            {"text": "It opened.", "scraped_at": "2021-03-04", "created": "2020"},
            Draft("It opened.", "It opened."),
            id="no date but of fetching",
        ),
        pytest.param({"TEXT": "It opened.", "Title": None, "Date": "n/a"}, Draft("It opened.", "It opened."), id="what says nothing"),
        pytest.param({"data": {"articles": [{"body": "It opened."}]}}, Draft("It opened.", "It opened."), id="in an envelope"),
    ],
)
def test_the_usual_names_of_fields_are_known(read: Read, record: object, draft: Draft) -> None:
    found, failed = read("news.json", json.dumps(record).encode())
    assert failed == {}
    assert [replace(f, origin="") for f in found] == [draft]


def test_a_mapping_says_which_field_is_which_and_wins_over_the_usual_names(read: Read) -> None:
    record = {"text": "a summary", "long": "The whole.", "meta": {"head": "The bridge"}, "seen": "2021", "key": 5}
    mapping = {"text": "long", "title": "meta.head", "date": "seen", "id": "key"}
    (draft,), _ = read("news.jsonl", lines(record), mapping)
    assert (draft.text, draft.title, draft.published, draft.precision) == ("The whole.", "The bridge", date(2021, 1, 1), "year")
    assert draft.origin == "news.jsonl#5"


@pytest.mark.parametrize(
    ("name", "mapping", "said"),
    [
        ("news.jsonl", {"words": "body"}, "words"),
        ("news.csv", {"text": "nowhere"}, "nowhere"),
        ("news.csv", {"date": "when"}, "when"),
    ],
)
def test_a_mapping_that_names_what_is_not_there_is_refused_at_once(read: Read, name: str, mapping: dict[str, str], said: str) -> None:
    drafts, failed = read(name, b"body\nIt opened.\nIt closed.\n", mapping)
    assert drafts == []
    assert len(failed) == 1
    assert said in failed[name]


def test_a_record_without_text_names_the_fields_there_are(read: Read) -> None:
    drafts, failed = read("news.jsonl", lines({"title": "T", "wording": "It opened."}, {"text": "  "}, [1], {"text": "fine"}))
    assert [d.text for d in drafts] == ["fine"]
    assert "title, wording" in failed["news.jsonl, line 1"]
    assert "text=" in failed["news.jsonl, line 1"]
    assert "empty" in failed["news.jsonl, line 2"]
    assert "object" in failed["news.jsonl, line 3"]


def test_a_date_that_could_be_two_days_is_named_and_not_dropped_in_silence(read: Read) -> None:
    _, failed = read("news.jsonl", lines({"text": "It opened.", "date": "1/12/2023"}))
    assert "YYYY-MM-DD" in failed["news.jsonl, line 1"]


# Who is who


def test_each_record_is_an_article_of_its_own_whatever_its_keys_are(read: Read) -> None:
    told = [
        {"id": 7, "text": "one"},
        {"id": 7, "text": "two"},
        {"url": "https://t.example/a", "text": "three"},
        {"title": "Briefing", "date": "2021-03-04", "text": "four"},
        {"title": "Briefing", "date": "2021-03-05", "text": "five"},
        {"text": "six"},
    ]
    drafts, _ = read("news.jsonl", lines(*told))
    origins = [d.origin for d in drafts]
    assert origins[:5] == [
        "news.jsonl#7",
        "news.jsonl#7 (2)",
        "news.jsonl#https://t.example/a",
        "news.jsonl#Briefing 2021-03-04",
        "news.jsonl#Briefing 2021-03-05",
    ]
    again, _ = read("news.jsonl", lines({"text": "new"}, *told))
    assert [d.origin for d in again][1:] == origins  # a record more before them moves none


def test_a_very_long_key_is_cut_and_still_its_own(read: Read) -> None:
    drafts, _ = read("news.jsonl", lines({"id": "x" * 5000 + "a", "text": "one"}, {"id": "x" * 5000 + "b", "text": "two"}))
    assert len({d.origin for d in drafts}) == 2
    assert all(len(d.origin) < 300 for d in drafts)


# JSON and JSON Lines


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("a.jsonl", b'\xef\xbb\xbf{"text": "one"}\n\n{"text": "two"}', id="a mark, a blank line, no last line end"),
        pytest.param("a.ndjson", b'{"text": "one"}\r\n{"text": "two"}\r\n', id="the line ends of Windows"),
        pytest.param("a.json", b'{"text": "one"}\n{"text": "two"}\n', id="lines by another name"),
        pytest.param("a.jsonl", b'[\n{"text": "one"},\n{"text": "two"}\n]', id="a list by another name"),
        pytest.param("a.json", b'[{"text": "one"}, {"text": "two"}]', id="a list"),
        pytest.param("a.json", '[{"text": "one"}, {"text": "two"}]'.encode("utf-16"), id="in UTF-16"),
        pytest.param("a.jsonl.gz", gzip.compress(b'{"text": "one"}\n{"text": "two"}\n'), id="gzipped"),
    ],
)
def test_json_is_read_in_every_shape_it_comes_in(read: Read, name: str, data: bytes) -> None:
    drafts, failed = read(name, data)
    assert ([d.text for d in drafts], failed) == (["one", "two"], {})


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        pytest.param("a.json", b"{not json", "not JSON", id="rubbish"),
        pytest.param("a.json", b"[" * 100_000, "nested too deeply", id="deep"),
        pytest.param("a.json", b"[1, 2]", "no articles", id="numbers"),
        pytest.param("a.json", b"{}", "no articles", id="an empty object"),
        pytest.param("a.jsonl", b"\n" * 200_000, "blank", id="blank lines without end"),
        pytest.param("a.jsonl", b"\xff\xfe{\x00", "UTF-16", id="lines in UTF-16"),
        pytest.param("a.jsonl.gz", gzip.compress(b'{"text": "one"}\n' * 9999)[:12], "damaged", id="cut off"),
        pytest.param("a.jsonl.gz", b"rubbish", "damaged", id="no gzip"),
        pytest.param("a.jsonl.gz", gzip.compress(b"0" * 30_000_000), "200 times", id="a bomb"),
    ],
)
def test_json_that_cannot_be_read_says_why(read: Read, name: str, data: bytes, said: str) -> None:
    drafts, failed = read(name, data)
    assert drafts == []
    assert said in failed[name]


def test_a_bad_line_is_named_and_the_rest_is_read(read: Read) -> None:
    drafts, failed = read("a.jsonl", b'{"text": "one"}\n{oops\n\x00\x01\x02\n{"text": "na\xefve"}\n' + b"[" * 5000 + b"\n")
    assert [d.text for d in drafts] == ["one", "naïve"]
    assert list(failed) == ["a.jsonl, line 2", "a.jsonl, line 3", "a.jsonl, line 5"]


def test_a_file_of_nothing_but_bad_lines_is_left_early(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST_FAILURES", 5)
    _, failed = read("a.jsonl", b"rubbish\n" * 100)
    assert len(failed) == 6
    assert "5 records in a row" in failed["a.jsonl"]


def test_a_record_that_is_no_text_is_named_and_the_rest_is_read(read: Read) -> None:
    drafts, failed = read("a.jsonl", lines({"id": 1, "text": "\ufffd" * 50}, {"id": 2, "text": "fine"}))
    assert [d.text for d in drafts] == ["fine"]
    assert "unreadable" in failed["a.jsonl#1"]


def test_garbled_letters_in_a_record_are_mended(read: Read) -> None:
    (draft,), _ = read("a.jsonl", lines({"title": "The cafÃ© and the cafÃ©", "text": "Itâ€™s there, isnâ€™t it"}))
    assert (draft.title, draft.text) == ("The café and the café", "It’s there, isn’t it")


def test_a_long_file_is_read_a_record_at_a_time() -> None:
    stream = io.BytesIO(lines(*({"id": n, "text": STORY} for n in range(10_000))))
    items = records.read_jsonl(stream, "a.jsonl", {})
    next(items)
    assert stream.tell() < 10_000 < len(stream.getvalue())
    assert sum(1 for _ in items) == 9_999


def test_an_endless_line_is_not_held_in_memory(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LONGEST_LINE", 1000)
    drafts, failed = read("a.jsonl", b'{"text": "one"}\n{"text": "' + b"x" * 2000)
    assert [d.text for d in drafts] == ["one"]
    assert "line 2 is longer" in failed["a.jsonl"]


# CSV


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'Headline,Body\nOne,"a, ""b""\nc"\nTwo,d\n', id="commas, quotes, line ends within"),
        pytest.param('Headline;Body\nOne;"a, ""b""\nc"\nTwo;d\n'.encode("utf-8-sig"), id="semicolons and a mark"),
        pytest.param('Headline\tBody\r\nOne\t"a, ""b""\nc"\r\nTwo\td\r\n'.encode("utf-16"), id="tabs in UTF-16"),
        pytest.param('Headline|Body\nOne|"a, ""b""\nc"\n\n|\nTwo|d'.encode("cp1252"), id="bars, empty rows"),
    ],
)
def test_a_table_is_read_with_whatever_parts_its_columns(read: Read, data: bytes) -> None:
    drafts, failed = read("a.csv", data)
    assert [(d.title, d.text) for d in drafts] == [("One", 'a, "b"\nc'), ("Two", "d")]
    assert failed == {}


def test_a_table_in_another_encoding_is_read(read: Read) -> None:
    (draft,), _ = read("a.csv", "title,text\nDer Fluß,Die Brücke über den Fluß wurde eröffnet.\n".encode("cp1252"))
    assert draft.title == "Der Fluß"


def test_a_cell_may_hold_a_long_article(read: Read) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["text"], [STORY * 1000]])
    (draft,), _ = read("a.csv", out.getvalue().encode())
    assert draft.text == STORY * 1000


@pytest.mark.parametrize(
    ("data", "place", "said"),
    [
        pytest.param(b"x,y\n1,2\n", "a.csv", "x, y", id="no column of text"),
        pytest.param(b"text\x00\n1\n", "a.csv", "zero bytes", id="binary"),
        pytest.param(b'text\nfine\n"never ends\nand so on\n', "a.csv, line 4", "quotation marks", id="a quote that never ends"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(read: Read, data: bytes, place: str, said: str) -> None:
    assert said in read("a.csv", data)[1][place]


# Mailboxes


def test_every_mail_of_a_mailbox_is_an_article(read: Read) -> None:
    first = mail(b"one\r\n>From here on\r\n", Message_ID="<a@t.example>")
    data = (
        b"From ada Thu Mar  4 08:00:00 2021\r\n"
        + first
        + b"\r\nFrom bo\r\n"
        + mail(b"two\r\nFrom there on\r\n")
        + b"\r\nFrom x\r\n"
        + mail(b"")
    )
    drafts, failed = read("mails.mbox", data)
    assert [d.text for d in drafts] == ["one\nFrom here on\n\n", "two\nFrom there on\n\n"]
    assert drafts[0].origin == "mails.mbox#a@t.example"
    assert list(failed) == ["mails.mbox, mail 3"]
    assert "mailbox" in read("mails.mbox", b"rubbish")[1]["mails.mbox"]


# Feeds and sitemaps


def item(link: str = "", text: str = "", more: str = "") -> str:
    whole = f"<content:encoded><![CDATA[<p>{text}</p><p hidden>Hidden</p>]]></content:encoded>" if text else ""
    return f"<item><title>The &amp;lt;i&amp;gt;bridge</title>{f'<link>{link}</link>' if link else ''}{whole}{more}</item>"


def test_a_feeds_item_with_its_text_is_the_same_article_as_its_page(read: Read) -> None:
    more = "<pubDate>Thu, 04 Mar 2021 08:00:00 GMT</pubDate><dc:creator>Ada Quill</dc:creator><description>A teaser.</description>"
    (draft,), failed = read("feed.xml", rss(item("https://t.example/bridge", STORY, more)))
    assert failed == {}
    assert (draft.origin, draft.url, draft.source, draft.author) == (
        "https://t.example/bridge",
        "https://t.example/bridge",
        "Tidewater Courier",
        "Ada Quill",
    )
    assert (draft.published, draft.precision, draft.text) == (date(2021, 3, 4), "day", STORY.strip())


ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Tidewater Courier</title><entry><title>The bridge</title>
<link rel="self" href="https://t.example/api"/><link href="https://t.example/bridge"/><id>urn:1</id><updated>2021-03-05T08:00:00Z</updated>
<author><name>Ada Quill</name></author><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{STORY}</p></div></content></entry>
<entry><title>Another</title><id>urn:2</id><published>2021-03-04T08:00:00Z</published>
<content type="html">&lt;p&gt;It opened.&lt;/p&gt;</content></entry></feed>"""


def test_an_atom_feed_is_read_and_an_update_is_no_publication(read: Read) -> None:
    (one, two), _ = read("feed.atom", ATOM.encode())
    assert (one.text, one.author, one.language, one.url) == (STORY.strip(), "Ada Quill", "en", "https://t.example/bridge")
    assert (one.published, one.updated) == (None, date(2021, 3, 5))
    assert (two.text, two.origin, two.published) == ("It opened.", "feed.atom#urn:2", date(2021, 3, 4))


@pytest.mark.parametrize(
    ("told", "whole"),
    [
        pytest.param("<description>A teaser.</description>", False, id="a teaser"),
        pytest.param(f"<description>{STORY * 4}</description>", True, id="a description that is the whole"),
        pytest.param(f"<description>{STORY * 4} […]</description>", False, id="one that breaks off"),
        pytest.param(f"<description>{STORY * 4} Read more</description>", False, id="or goes on elsewhere"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_an_item_with_only_a_summary_is_named_by_its_link(read: Read, told: str, whole: bool) -> None:
    drafts, failed = read("feed.rss", rss(item("https://t.example/bridge", more=told)))
    assert len(drafts) == whole
    assert whole or "add the link" in failed["https://t.example/bridge"]


def test_an_item_without_a_link_is_its_text_or_nothing(read: Read) -> None:
    drafts, failed = read("feed.rss", rss(item(text="It opened.", more="<guid isPermaLink='false'>g1</guid>") + item()))
    assert [(d.text, d.origin) for d in drafts] == [("It opened.", "feed.rss#g1")]
    assert "neither" in failed["feed.rss, item 2"]


def test_a_sitemap_has_only_links(read: Read) -> None:
    data = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc> https://t.example/a </loc></url><url><loc>file:///x</loc></url></urlset>'
    drafts, failed = read("sitemap.xml", data)
    assert drafts == []
    assert list(failed) == ["https://t.example/a"]
    assert "add the link" in failed["https://t.example/a"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(
            b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel/></rss>', "DOCTYPE", id="an entity from outside"
        ),
        pytest.param(b"<svg/>", "neither a feed", id="other XML"),
        pytest.param(b"rubbish", "damaged", id="rubbish"),
    ],
)
def test_xml_that_is_no_feed_says_so(read: Read, data: bytes, said: str) -> None:
    assert said in read("feed.xml", data)[1]["feed.xml"]


# Zip archives


def test_a_zip_gives_the_articles_of_all_its_members(read: Read) -> None:
    members = {
        "2021/a_story.md": f"Text only. {STORY}",
        "b.pdf": pdf([[STORY[:90]]]),
        "c.docx": docx(paragraph(STORY)),
        "d.jsonl": lines({"id": 1, "text": "one"}, {"id": 2}),
        "README.md": "about",
        "__MACOSX/._a.md": "x",
        ".hidden.txt": "x",
        "picture.png": b"x",
    }
    drafts, failed = read("all.zip", zipped(members))
    assert [(d.origin, d.title) for d in drafts] == [
        ("all.zip!/2021/a_story.md", "a story"),
        ("all.zip!/b.pdf", "b"),
        ("all.zip!/c.docx", "c"),
        ("all.zip!/d.jsonl#1", "one"),
    ]
    assert list(failed) == ["all.zip!/d.jsonl, line 2"]


def test_no_name_in_an_archive_is_a_path_on_disk(read: Read, tmp_path: Path) -> None:
    before = set(tmp_path.parent.rglob("*"))
    drafts, _ = read("all.zip", zipped({"../../evil.txt": "It opened.", "/etc/evil.txt": "It closed.", "C:\\evil.txt": "It stood."}))
    assert len(drafts) == 3
    assert set(tmp_path.parent.rglob("*")) - before == {tmp_path / "all.zip"}


def test_two_members_of_one_name_are_two_articles(read: Read) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        box.writestr("a.txt", "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            box.writestr("a.txt", "two")
    drafts, _ = read("all.zip", out.getvalue())
    assert [(d.origin, d.text) for d in drafts] == [("all.zip!/a.txt", "one"), ("all.zip!/a.txt (2)", "two")]


def flagged(data: bytes, bit: int) -> bytes:
    """An archive whose members say of themselves that they are locked (bit 0)."""
    changed = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = changed.find(mark)
        struct.pack_into("<H", changed, place + at, struct.unpack_from("<H", changed, place + at)[0] | bit)
    return bytes(changed)


@pytest.mark.parametrize(
    ("data", "place", "said"),
    [
        pytest.param(zipped({"in.zip": b"x", "a.txt": "fine"}), "all.zip!/in.zip", "within an archive", id="an archive within"),
        pytest.param(zipped({"bomb.txt": b"0" * 50_000_000}), "all.zip!/bomb.txt", "200 times", id="a bomb"),
        pytest.param(flagged(zipped({"a.txt": "It opened."}), 1), "all.zip!/a.txt", "password", id="locked"),
        pytest.param(zipped({"a.txt": "It opened."})[:-30], "all.zip", "damaged", id="cut off"),
        pytest.param(b"PK\x03\x04 rubbish", "all.zip", "damaged", id="rubbish"),
        pytest.param(zipped({"a.png": b"x"}), "all.zip", "no articles", id="nothing in it"),
        pytest.param(zipped({"b.pdf": b"rubbish"}), "all.zip!/b.pdf", "damaged", id="a damaged member"),
        pytest.param(zipped({"a.txt": b" "}), "all.zip!/a.txt", "empty", id="an empty member"),
    ],
)
def test_what_cannot_be_read_of_a_zip_says_why(read: Read, data: bytes, place: str, said: str) -> None:
    assert said in read("all.zip", data)[1][place]


def test_a_member_with_a_wrong_checksum_is_named_and_the_rest_is_read(read: Read) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as box:
        box.writestr("a.txt", "It opened in 1932.")
        box.writestr("b.txt", "It closed.")
    drafts, failed = read("all.zip", out.getvalue().replace(b"1932", b"1933", 1))
    assert [d.text for d in drafts] == ["It closed."]
    assert "damaged" in failed["all.zip!/a.txt"]


def test_an_archive_of_too_many_or_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped({f"{n}.txt": "0123456789" for n in range(5)})
    monkeypatch.setattr(packed, "MOST_BYTES", 25)
    items = [i for i in packed.read_zip(io.BytesIO(data), "all.zip", {}) if isinstance(i, Draft | tuple)]
    assert [isinstance(i, Draft) for i in items] == [True, True, False, False, False]
    monkeypatch.setattr(packed, "MOST_MEMBERS", 4)
    with pytest.raises(Problem, match="5 files"):
        list(packed.read_zip(io.BytesIO(data), "all.zip", {}))


# Web archives


@pytest.mark.parametrize("is_packed", [True, False], ids=["packed", "plain"])
def test_a_web_archive_gives_its_pages_under_their_own_addresses(read: Read, is_packed: bool) -> None:
    pages = {"https://t.example/bridge#top": page(), "https://t.example/": b"<html></html>", "https://t.example/b": page("Another")}
    drafts, failed = read("crawl.warc.gz" if is_packed else "crawl.warc", warc(pages, packed=is_packed))
    assert [(d.origin, d.title, d.source) for d in drafts] == [
        ("https://t.example/bridge", "The bridge at Varn", "Tidewater Courier"),
        ("https://t.example/b", "Another", "Tidewater Courier"),
    ]
    assert drafts[0].published == date(2021, 3, 4)  # of the page, not of the crawl
    assert "no article" in failed["https://t.example/"]


def test_what_was_not_fetched_well_or_is_no_page_is_passed_over(read: Read) -> None:
    data = warc({"https://t.example/a": page()}, status="404 Not Found") + warc({"https://t.example/b": b"x"}, kind="image/png")
    data += warc({"https://t.example/c": STORY.encode("cp1252")}, kind="text/plain") + warc(
        {"https://t.example/d": pdf([[STORY[:90]]])}, "application/pdf"
    )
    drafts, failed = read("crawl.warc.gz", data)
    assert [d.origin for d in drafts] == ["https://t.example/c", "https://t.example/d"]
    assert failed == {}


def test_the_charset_of_the_answer_is_used(read: Read) -> None:
    told = page(story="Мост через реку был открыт в мае 1932 года, и по нему идёт дорога. " * 4).decode().encode("cp1251")
    (draft,), _ = read("crawl.warc.gz", warc({"https://t.example/a": told}, "text/html; charset=windows-1251"))
    assert "Мост через реку" in draft.text


def test_a_packed_answer_is_unpacked_and_one_packed_in_an_unknown_way_is_named(read: Read) -> None:
    data = warc({"https://t.example/a": gzip.compress(page())}, Content_Encoding="gzip") + warc(
        {"https://t.example/b": b"x"}, Content_Encoding="zstd"
    )
    drafts, failed = read("crawl.warc.gz", data)
    assert [d.origin for d in drafts] == ["https://t.example/a"]
    assert "zstd" in failed["https://t.example/b"]


@pytest.mark.parametrize("is_packed", [True, False], ids=["packed", "plain"])
def test_a_page_that_is_cut_off_is_not_taken_for_whole(read: Read, is_packed: bool) -> None:
    whole = warc({"https://t.example/a": page()}, packed=is_packed)
    drafts, failed = read(
        "crawl.warc.gz" if is_packed else "crawl.warc", whole + whole.replace(b"/a", b"/b")[: -100 if is_packed else -300]
    )
    assert [d.origin for d in drafts] == ["https://t.example/a"]
    assert "cut off" in " ".join(failed.values())


def test_pages_that_are_lost_in_a_damaged_archive_are_not_lost_in_silence(read: Read) -> None:
    data = warc({"https://t.example/a": page(), "https://t.example/b": page("Two"), "https://t.example/c": page("Three")}, packed=False)
    drafts, failed = read("crawl.warc", data.replace(b"Content-Length: ", b"Content-Length: 9", 1))
    assert len(drafts) < 3
    assert failed


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"rubbish", "no web archive", id="rubbish"),
        pytest.param(
            gzip.compress(warc({"https://t.example/a": page(), "https://t.example/b": page()}, packed=False)), "gunzip", id="packed as one"
        ),
        pytest.param(warc({"https://t.example/a": page()}) + b"\x1f\x8b rubbish", "damaged after 1", id="a damaged end"),
    ],
)
def test_a_web_archive_that_cannot_be_read_says_why(read: Read, data: bytes, said: str) -> None:
    assert said in read("crawl.warc.gz", data)[1]["crawl.warc.gz"]
