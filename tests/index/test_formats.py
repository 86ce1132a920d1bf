"""Documents and mails: what is kept of every format, and what is said of a file that cannot be read."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pypdf
import pytest

from index.problem import Problem
from index.readers import read_file
from index.readers.docx import read_docx
from index.readers.epub import read_epub
from index.readers.flow import flow
from index.readers.mail import read_mail
from index.readers.markup import html_to_text
from index.readers.pdf import read_pdf
from index.text import clean
from tests.index.made_files import MC, STORY, docx, epub, mail, paragraph, pdf, zipped

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'

# PDF

PRINTED = [
    [
        "Tidewater Courier   1",
        "The bridge at Varn",
        "The stone bridge at Varn was opened in May 1932 and it car-",
        "ries the road to Harrow.",
    ],
    ["Tidewater Courier   2", "The tower beside it, which nobody had thought of until then, was", "built later and stands"],
    ["Tidewater Courier   3", "to this day.", "Page 3 of 3"],
]


def test_a_pdf_becomes_running_text_and_keeps_its_pages(tmp_path: Path) -> None:
    (tmp_path / "bridge.pdf").write_bytes(pdf(PRINTED, {"Author": "Ada Quill"}))
    draft = read_file(tmp_path / "bridge.pdf")
    assert draft.text == (
        "The bridge at Varn\n\nThe stone bridge at Varn was opened in May 1932 and it carries the road to Harrow.\n\n"
        "The tower beside it, which nobody had thought of until then, was built later and stands to this day.\n\nPage 3 of 3"
    )
    assert (draft.title, draft.author, draft.published) == ("The bridge at Varn", "Ada Quill", None)
    assert [draft.text[start:][:8] for start in draft.pages] == ["The brid", "The towe", "to this "]
    assert clean(draft.text) == draft.text  # so the offsets of the pages hold in the library


@pytest.mark.parametrize(
    ("title", "taken"),
    [
        ("The bridge: a history", "The bridge: a history"),
        ("Microsoft Word - bridge.doc", ""),
        ("untitled", ""),
        ("bridge.indd", ""),
        ("- 1 -", ""),
    ],
)
def test_what_a_program_made_up_is_no_title_of_a_pdf(title: str, taken: str) -> None:
    assert read_pdf(pdf([[STORY[:90], STORY[100:190]]], {"Title": title})).title == taken


@pytest.mark.parametrize(
    ("pages", "text"),
    [
        pytest.param(["the well-\nknown road and a well-known one"], "the well-known road and a well-known one", id="a compound"),
        pytest.param(["the inter-\nnational road"], "the international road", id="a broken word"),
        pytest.param(["the inter\u00ad\nnational road"], "the international road", id="a soft hyphen"),
        pytest.param(["the inter-", "national road"], "the international road", id="across pages"),
        pytest.param(["from 1914-\n1918 or so"], "from 1914-1918 or so", id="figures"),
        pytest.param(["Baden-\nWürttemberg has it"], "Baden-Württemberg has it", id="a capital"),
        pytest.param(["the ﬁrst oﬃcial ﬂight"], "the first official flight", id="ligatures"),
        pytest.param(["one\n\nTwo"], "one\n\nTwo", id="a blank line"),
        pytest.param(["It has:\n• one thing\n• another"], "It has:\n\n• one thing\n\n• another", id="a list"),
        pytest.param(["", "It opened.", ""], "It opened.", id="empty pages"),
        pytest.param(["the inter-", "", "national road"], "the international road", id="across an empty page"),
    ],
)
def test_lines_become_words_and_sentences_again(pages: list[str], text: str) -> None:
    found, starts = flow(pages)
    assert found == text
    assert len(starts) == len(pages)
    assert list(starts) == sorted(starts)


def test_headers_footers_and_page_numbers_that_repeat_go_and_what_does_not_stays() -> None:
    pages = [
        f"Annual Report {n}\n\nChapter {word}\nText number {word} of it.\n- {n} -" for n, word in enumerate(["one", "two", "three"], 1)
    ]
    text, _ = flow(pages)
    assert "Annual" not in text
    assert "- 1 -" not in text
    assert "Chapter two" in text
    assert "Annual" in flow(pages[:2])[0]  # on two pages it may be said twice


def locked(password: str, algorithm: str, owner: str | None = None) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf([[STORY[:90]]])))
    writer.encrypt(password, owner, algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_a_pdf_with_a_password_is_named_and_one_that_only_forbids_printing_is_read(algorithm: str) -> None:
    with pytest.raises(Problem, match="password"):
        read_pdf(locked("secret", algorithm))
    assert "stone bridge" in read_pdf(locked("", algorithm, "owner")).text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(pdf([[], []]), "scan", id="scanned"),
        pytest.param(pdf([["3"]]), "scan", id="but for a page number"),
        pytest.param(pdf([]), "scan", id="no pages"),
        pytest.param(pdf(PRINTED)[:300], "damaged", id="cut off"),
        pytest.param(b"%PDF-1.7\n" + b"\xff" * 200, "damaged", id="rubbish"),
        pytest.param(b"not a PDF at all", "damaged", id="something else"),
    ],
)
def test_a_pdf_that_cannot_be_read_says_what_to_do(data: bytes, said: str) -> None:
    with pytest.raises(Problem, match=said):
        read_pdf(data)


def test_a_pdf_with_very_many_pages_is_to_be_split() -> None:
    with pytest.raises(Problem, match="2100 pages"):
        read_pdf(pdf([[]] * 2100))


# Word

TABLE = (
    f"<w:tbl><w:tr><w:tc>{paragraph('Bridge')}</w:tc><w:tc>{paragraph('Opened')}</w:tc></w:tr>"
    f"<w:tr><w:tc>{paragraph('Varn')}{paragraph('(stone)')}</w:tc><w:tc>{paragraph('1932')}</w:tc></w:tr></w:tbl>"
)


def test_a_word_document_gives_its_words_in_order() -> None:
    body = (
        paragraph("The bridge at Varn", "Title")
        + paragraph("It opened")
        + TABLE
        + "<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>one</w:t></w:r></w:p>"
        "<w:p><w:r><w:t>before</w:t><w:tab/><w:t>after</w:t><w:br/><w:t>the well</w:t><w:noBreakHyphen/><w:t>known</w:t></w:r></w:p>"
    )
    draft = read_docx(docx(body, "<dc:creator>Ada Quill</dc:creator><dc:language>en</dc:language>", footnotes=paragraph("A note.")))
    assert draft.text == (
        "The bridge at Varn\n\nIt opened\n\nBridge | Opened\n\nVarn (stone) | 1932\n\n- one\n\nbefore\tafter\nthe well-known\n\nA note."
    )
    assert (draft.title, draft.author, draft.language) == ("The bridge at Varn", "Ada Quill", "en")


def test_when_a_word_document_was_made_is_not_when_it_was_published() -> None:
    made = '<dcterms:created xmlns:dcterms="http://purl.org/dc/terms/">2021-03-04T08:00:00Z</dcterms:created>'
    assert read_docx(docx(paragraph(STORY), made)).published is None


def test_what_is_struck_out_or_hidden_in_a_word_document_is_not_read() -> None:
    gone = "<w:p><w:del><w:r><w:delText>Hidden</w:delText></w:r></w:del><w:r><w:t>shown</w:t></w:r></w:p>"
    moved = "<w:p><w:moveFrom><w:r><w:t>Hidden</w:t></w:r></w:moveFrom><w:r><w:instrText>Hidden</w:instrText></w:r></w:p>"
    kept = paragraph("kept", run='<w:vanish w:val="false"/>')
    assert read_docx(docx(gone + moved + paragraph("Hidden", run="<w:vanish/>") + kept)).text == "shown\n\nkept"


def test_a_text_box_is_read_once_after_its_paragraph() -> None:
    box = f"<w:txbxContent>{paragraph('boxed')}</w:txbxContent>"
    both = f"<mc:AlternateContent {MC}><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    assert read_docx(docx(f"<w:p><w:r><w:t>anchor</w:t>{both}</w:r></w:p>" + paragraph("next"))).text == "anchor\n\nboxed\n\nnext"


def test_a_document_laid_out_in_a_frame_keeps_its_paragraphs() -> None:
    frame = f"<w:tbl><w:tr><w:tc>{paragraph('one')}{TABLE}{paragraph('two')}</w:tc></w:tr></w:tbl>"
    assert read_docx(docx(frame)).text == "one\n\nBridge | Opened\n\nVarn (stone) | 1932\n\ntwo"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password", id="locked, or an old .doc"),
        pytest.param(docx(paragraph(STORY))[:200], "damaged", id="cut off"),
        pytest.param(b"PK\x03\x04 rubbish", "damaged", id="rubbish"),
        pytest.param(zipped({"a.txt": "x"}), "not a Word document", id="another archive"),
        pytest.param(docx(""), "no text", id="empty"),
        pytest.param(zipped({"word/document.xml": BOMB + "<x>&b;</x>"}), "DOCTYPE", id="an entity bomb"),
        pytest.param(zipped({"word/document.xml": (BOMB + "<x>&b;</x>").encode("utf-16")}), "DOCTYPE", id="in UTF-16"),
        pytest.param(zipped({"word/document.xml": b" " * 70_000_000}), "unpacks to more", id="a zip bomb"),
    ],
)
def test_a_word_document_that_cannot_be_read_says_what_to_do(data: bytes, said: str) -> None:
    with pytest.raises(Problem, match=said):
        read_docx(data)


# Books

FACTS = (
    "<dc:title>The bridges</dc:title><dc:creator>Ada Quill</dc:creator><dc:creator>Bo Reed</dc:creator><dc:publisher>Tide</dc:publisher>"
    '<dc:language>en</dc:language><dc:date opf:event="creation">2020-01-01</dc:date><dc:date opf:event="publication">2021-03</dc:date>'
)


def test_a_book_is_one_article_with_its_chapters_in_order() -> None:
    draft = read_epub(epub(["<h1>One</h1><p>It <i>opened</i><br/>in 1932.</p>", "<h1>Two</h1><ul><li>a</li><li>b</li></ul>"], FACTS))
    assert draft.text == "One\n\nIt opened\nin 1932.\n\nTwo\n\n- a\n\n- b"
    assert (draft.title, draft.author, draft.source, draft.language) == ("The bridges", "Ada Quill, Bo Reed", "Tide", "en")
    assert (draft.published, draft.precision) == (date(2021, 3, 1), "month")


@pytest.mark.parametrize(
    "when",
    [
        '<dc:date opf:event="modification">2020-01-01</dc:date>',
        "<dc:date>0101-01-01T00:00:00+00:00</dc:date>",
        "<dc:date>soon</dc:date>",
        "",
    ],
)
def test_a_book_that_does_not_say_when_it_was_published_has_no_date(when: str) -> None:
    assert read_epub(epub(["<p>It opened.</p>"], f"<dc:title>T</dc:title>{when}")).published is None


def encryption(name: str) -> dict[str, str]:
    told = f'<e xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherReference URI="{name}"/></e>'
    return {"META-INF/encryption.xml": told}


def test_a_protected_book_is_named_and_one_with_protected_fonts_is_read() -> None:
    assert read_epub(epub(["<p>It opened.</p>"], extra=encryption("OEBPS/font.otf"))).text == "It opened."
    with pytest.raises(Problem, match="DRM"):
        read_epub(epub(["<p>It opened.</p>"], extra=encryption("OEBPS/text/c%200.xhtml")))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"rubbish", "damaged", id="rubbish"),
        pytest.param(epub(["<p>It opened.</p>"])[:-40], "damaged", id="cut off"),
        pytest.param(zipped({"a.txt": "x"}), "not an EPUB", id="another archive"),
        pytest.param(zipped({"META-INF/container.xml": "<x/>"}), "list of chapters", id="without chapters"),
        pytest.param(zipped({"META-INF/container.xml": BOMB + "<x>&b;</x>"}), "DOCTYPE", id="an entity bomb"),
        pytest.param(epub(["<img src='a.png'/>"]), "OCR", id="of pictures"),
    ],
)
def test_a_book_that_cannot_be_read_says_what_to_do(data: bytes, said: str) -> None:
    with pytest.raises(Problem, match=said):
        read_epub(data)


# HTML that is an article already


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("<p>one</p>\n<p>two <b>bold</b> three</p>", "one\n\ntwo bold three", id="paragraphs"),
        pytest.param("a<br>b<br><br>c", "a\nb\n\nc", id="line ends"),
        pytest.param("<pre>a\n  b</pre>", "a\nb", id="preformatted"),
        pytest.param("<table><tr><td>a<td>b</tr><tr><td><td>c</table>", "a | b\n\nc", id="a table"),
        pytest.param("<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>", "a\n\nb\n\nc", id="a layout made of a table"),
        pytest.param(
            "<script>x</script><style>y</style><p hidden>z</p><p style='display:none'>z</p><!-- z -->shown", "shown", id="what is not seen"
        ),
        pytest.param("<?xml version='1.0' encoding='cp1252'?><p>naïve</p>", "naïve", id="a declaration of another encoding"),
        pytest.param("x &amp; y&nbsp;z &lt;b&gt;", "x & y z <b>", id="entities"),
        pytest.param("", "", id="nothing"),
        pytest.param("<!-- only a comment -->", "", id="only a comment"),
        pytest.param("<p>" * 3000 + "deep", "deep", id="deep"),
    ],
)
def test_html_is_read_as_its_reader_sees_it(html: str, text: str) -> None:
    assert html_to_text(html) == text


# Mails


def test_a_mail_gives_subject_sender_and_day() -> None:
    draft = read_mail(mail(STORY.encode(), Subject="=?utf-8?b?w5xiZXIgZGllIEJyw7xja2U=?="))
    assert (draft.title, draft.author, draft.source, draft.published) == ("Über die Brücke", "Ada Quill", None, date(2021, 3, 4))
    assert draft.text == STORY


@pytest.mark.parametrize("subject", ["=?u\u00e9-8?q?x?=", "=?nonsense?q?x?=", "=?utf-8?b?x?="])
def test_a_subject_in_an_unknown_encoding_stays_as_it_is(subject: str) -> None:
    assert read_mail(mail(STORY.encode(), Subject=subject)).title


def test_a_newsletters_sender_is_its_outlet() -> None:
    draft = read_mail(mail(STORY.encode(), From="Tidewater Courier <news@t.example>", List_Unsubscribe="<https://t.example/u>"))
    assert (draft.source, draft.author) == ("Tidewater Courier", None)


TWO = (
    "--x\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{plain}\r\n"
    "--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p style='display:none'>preheader</p><p>{shown}</p>\r\n"
    '--x\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="notes.txt"\r\n\r\nattached\r\n--x--\r\n'
)


def test_the_plain_words_of_a_mail_win_unless_they_only_point_to_the_others() -> None:
    both = read_mail(mail(TWO.format(plain="caf=E9 " * 90, shown="shown").encode(), 'multipart/alternative; boundary="x"'))
    assert both.text.split() == ["café"] * 90
    stub = read_mail(mail(TWO.format(plain="See it in your browser.", shown=STORY).encode(), 'multipart/alternative; boundary="x"'))
    assert stub.text == STORY.strip()


def test_flowed_lines_of_a_mail_are_joined() -> None:
    draft = read_mail(mail(b"The stone bridge \r\nat Varn.\r\n\r\nIt opened.\r\n-- \r\nAda", "text/plain; charset=utf-8; format=flowed"))
    assert draft.text == "The stone bridge at Varn.\n\nIt opened.\n-- \nAda"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"no headers here at all", "not a mail", id="something else"),
        pytest.param(mail(b""), "no text", id="empty"),
        pytest.param(
            mail(
                b'--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="a.pdf"\r\n\r\nx\r\n--x--',
                "multipart/mixed; boundary=x",
            ),
            r"a\.pdf",
            id="only an attachment",
        ),
    ],
)
def test_a_mail_without_words_says_what_to_do(data: bytes, said: str) -> None:
    with pytest.raises(Problem, match=said):
        read_mail(data)


@pytest.mark.parametrize("read", [read_pdf, read_docx, read_epub, read_mail])
def test_nothing_is_read_of_nothing(read: Callable[[bytes], object]) -> None:
    with pytest.raises(Problem):
        read(b"")
