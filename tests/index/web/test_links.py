import io
from collections.abc import Mapping
from datetime import date

import pytest

from index.readers.draft import Draft
from index.web import links
from index.web.links import Read, read_links
from tests.index.web.loopback import Page, Site, answer, moved, serving, unhurried

STORY = "The stone bridge at Varn was opened in May 1932, and it carries the road to Harrow across the river. "


def page(name: str = "bridge", head: str = "", paragraphs: int = 5) -> bytes:
    body = "".join(f"<p>{n}. {STORY.replace('bridge', name) * 2}</p>" for n in range(paragraphs))
    return answer(
        f"<html lang=en><head><title>The {name}</title>{head}</head><body><article><h1>The {name}</h1>{body}</article></body></html>"
    )


def read(site: Site, *urls: str) -> list[Read]:
    fetcher = site.fetcher()
    return list(read_links(urls, fetcher, unhurried(fetcher)))


def one(pages: Mapping[str, Page], target: str = "/") -> Draft | str:
    with serving(pages) as site:
        ((_, found),) = read(site, site.url(target))
        return found


def drafts(found: list[Read]) -> list[Draft]:
    return [draft for _, draft in found if isinstance(draft, Draft)]


def whys(found: list[Read]) -> dict[str, str]:
    return {link: why for link, why in found if isinstance(why, str)}


def test_a_link_gives_a_draft_with_the_page_s_own_facts_and_its_one_link() -> None:
    head = (
        '<meta property="og:site_name" content="Tidewater Courier"><meta name="author" content="Ada Quill">'
        '<meta property="article:published_time" content="2021-03"><meta property="article:modified_time" content="2021-05-06">'
    )
    with serving({"/bridge?id=1": page(head=head)}) as site:
        ((link, draft),) = read(site, f" {site.url('/bridge?id=1&utm_source=mail#top')} ")
    assert isinstance(draft, Draft)
    assert link == site.url("/bridge?id=1&utm_source=mail#top")
    assert draft.url == draft.origin == site.url("/bridge?id=1")
    assert (draft.title, draft.source, draft.author, draft.language) == ("The bridge", "Tidewater Courier", "Ada Quill", "en")
    assert (draft.published, draft.precision, draft.updated) == (date(2021, 3, 1), "month", date(2021, 5, 6))
    assert draft.text.count("stone bridge") == 10


def test_a_page_that_states_no_date_or_outlet_has_no_date_and_the_host_s_name() -> None:
    with serving({"/": page()}) as site:
        (draft,) = drafts(read(site, site.url(host="www.tidewater.example")))
    assert (draft.published, draft.updated, draft.source) == (None, None, "tidewater.example")


def test_the_same_page_has_the_same_origin_by_whatever_way_and_comes_once() -> None:
    with serving(
        {"/bridge": page(head='<link rel="canonical" href="/the-bridge">'), "/go": moved("/bridge?utm_medium=x"), "/bridge?a=": page()}
    ) as site:
        site.pages["/bridge?utm_medium=x"] = page(head='<link rel="canonical" href="/the-bridge">')
        found = read(site, site.url("/bridge"), site.url("/bridge?gclid=2#a"), site.url("/bridge"))
        again = read(site, site.url("/go"))
    assert [draft.origin for draft in drafts(found)] == [site.url("/the-bridge")]
    assert len(found) == 1
    assert [draft.origin for draft in drafts(again)] == [site.url("/the-bridge")]


def test_a_page_cannot_take_the_place_of_another_outlet_s_article() -> None:
    with serving({"/evil": page(head='<link rel="canonical" href="https://tidewater.example/bridge">')}) as site:
        (draft,) = drafts(read(site, site.url("/evil")))
    assert draft.origin == draft.url == site.url("/evil")


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("404 Not Found", "no such page (404)"),
        ("410 Gone", "no such page (410)"),
        ("401 No", "does not show it to programs (401). Save the page"),
        ("403 No", "does not show it to programs (403). Save the page"),
        ("500 Oops", "out of order (500). Try again later"),
        ("418 Teapot", "it answered 418"),
    ],
)
def test_a_refusal_is_named_with_what_to_do(status: str, why: str) -> None:
    found = one({"/": answer("x", status=status)})
    assert isinstance(found, str) and why in found


def test_a_busy_site_is_left_alone_for_the_rest_of_the_run() -> None:
    with serving({"/a": answer(status="429 Too Many", Retry_After="300"), "/b": page()}) as site:
        found = whys(read(site, site.url("/a"), site.url("/b")))
        assert site.targets() == ["/a"]
    assert "after 5 minutes, as it asks" in found[site.url("/a")]
    assert "left alone" in found[site.url("/b")]


def test_robots_txt_is_kept_to() -> None:
    with serving({"/robots.txt": answer("User-agent: *\nDisallow: /b", "text/plain"), "/a": page(), "/b": page("tower")}) as site:
        found = read(site, site.url("/a"), site.url("/b"))
        assert site.targets() == ["/a"]
    assert "robots.txt" in whys(found)[site.url("/b")]


def test_every_link_is_answered_though_others_fail() -> None:
    with serving({"/a": page(), "/empty": answer(" ")}) as site:
        wrong = [
            "",
            "file:///etc/passwd",
            "http://127.0.0.1/",
            "http://169.254.169.254/",
            site.url("/none"),
            site.url("/empty"),
            "http://[",
            "x" * 9000,
        ]
        found = read(site, *wrong, site.url("/a"))
    assert [link for link, _ in found] == [*wrong, site.url("/a")]
    assert len(drafts(found)) == 1
    assert all("." in why for why in whys(found).values())


def test_a_name_that_cannot_be_resolved_says_how_to_go_on_offline() -> None:
    ((_, why),) = list(read_links(["https://news.invalid/story"]))
    assert isinstance(why, str) and "news.invalid cannot be reached from here" in why and "save the page and add the file" in why


def test_plain_text_is_read_in_its_encoding() -> None:
    found = one({"/": answer(("Café at Varn\n\n" + STORY).encode("cp1252"), "text/plain; charset=iso-8859-1")})
    assert isinstance(found, Draft) and "Café at Varn" in found.title + found.text


def test_a_page_in_another_encoding_is_read_as_the_server_says() -> None:
    body = f"<html><head><title>Мост</title></head><body><article><p>Мост. {STORY * 4}</p></article></body></html>"
    found = one({"/": answer(body.encode("cp1251"), "text/html; charset=windows-1251")})
    assert isinstance(found, Draft) and found.title == "Мост" and "Мост" in found.text


def pdf(text: str) -> bytes:
    """A document of one page, by hand."""
    content = b"BT /F1 12 Tf 50 700 Td (" + text.encode() + b") Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 800] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(content)).encode() + b" >>\nstream\n" + content + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, thing in enumerate(objects, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n".encode() + thing + b"\nendobj\n")
    start = out.tell()
    out.write(b"xref\n0 6\n0000000000 65535 f \n" + b"".join(f"{place:010} 00000 n \n".encode() for place in places))
    out.write(f"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def test_a_pdf_is_read_in_a_process_of_its_own() -> None:
    with serving({"/report.pdf?utm_source=x": answer("no"), "/report.pdf": answer(pdf(STORY), "application/pdf")}) as site:
        (draft,) = drafts(read(site, site.url("/report.pdf?utm_source=x")))
    assert "stone bridge" in draft.text
    assert draft.origin == draft.url == site.url("/report.pdf")
    assert draft.pages == (0,)


def test_a_large_page_too_and_with_its_facts() -> None:
    head = '<meta property="article:published_time" content="2021-03-04"><link rel="canonical" href="/long">'
    with serving({"/": page(head=head + "<!--" + "x" * 1_100_000 + "-->")}) as site:
        (draft,) = drafts(read(site, site.url()))
    assert draft.text.count("stone bridge") == 10
    assert (draft.published, draft.origin, draft.source) == (date(2021, 3, 4), site.url("/long"), "news.example")


@pytest.mark.parametrize("kind", ["application/pdf", "application/xml", "text/plain"])
def test_a_damaged_document_is_a_reason(kind: str) -> None:
    assert isinstance(one({"/": answer(b"%PDF-1.4 \xff\xfe\x00 nothing" * 50, kind)}), str)


def test_an_xhtml_page_is_a_page() -> None:
    body = f"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body><p>{STORY * 3}</p></body></html>"
    assert isinstance(one({"/": answer(body, "application/xhtml+xml")}), Draft)


# Feeds and sitemaps


def item(link: str, day: int | None = None) -> str:
    return f"<item><title>x</title><link>{link}</link>" + (f"<pubDate>{day:02} Mar 2021 08:00:00 GMT</pubDate>" if day else "") + "</item>"


def rss(*items: str) -> bytes:
    return answer(f"<?xml version='1.0'?><rss version='2.0'><channel><link>/</link>{''.join(items)}</channel></rss>", "application/rss+xml")


def test_a_feed_gives_the_articles_behind_its_items_newest_first_with_its_dates_where_they_have_none() -> None:
    with serving(
        {"/a": page("bridge"), "/b": page("tower", '<meta name="date" content="2020-01-02">'), "/c": answer(status="404 No")}
    ) as site:
        site.pages["/feed"] = rss(item(site.url("/a"), 4), item("/b?utm_source=rss", 6), item(site.url("/c"), 5), item("/a#again", 1))
        found = read(site, site.url("/feed"))
    assert [(d.title, d.published, d.origin) for d in drafts(found)] == [
        ("The tower", date(2020, 1, 2), site.url("/b")),
        ("The bridge", date(2021, 3, 4), site.url("/a")),
    ]
    assert list(whys(found)) == [site.url("/c")]


ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><link href="/"/>
<entry><link rel="self" href="/none"/><link rel="alternate" href="/a"/><published>2021-03-04T08:00:00Z</published></entry>
<entry><link href="/b"/><updated>2021-03-05T08:00:00Z</updated></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<item><link>/a</link><dc:date>2021-03-04</dc:date></item><item><link>/b</link></item></rdf:RDF>"""
GUID = """<rss><channel><item><guid>/a</guid><pubDate>Thu, 04 Mar 2021 01:00:00 +0100</pubDate></item>
<item><guid isPermaLink='false'>/x</guid><link>/b</link></item></channel></rss>"""


@pytest.mark.parametrize("feed", [ATOM, RDF, GUID])
@pytest.mark.parametrize("kind", ["application/atom+xml", "text/xml", "text/html"])
def test_all_kinds_of_feed_are_read_whatever_the_server_calls_them(feed: str, kind: str) -> None:
    with serving({"/feed": answer(feed, kind), "/a": page(), "/b": page("tower")}) as site:
        found = {d.title: d.published for d in drafts(read(site, site.url("/feed")))}
    assert found == {"The bridge": date(2021, 3, 4), "The tower": None}


def test_a_feed_does_not_send_us_to_other_sites() -> None:
    with serving({"/a": page()}) as site:
        elsewhere = [
            item("https://other.example/x"),
            item("http://127.0.0.1/"),
            item("file:///etc/passwd"),
            item(f"http://www.news.example:{site.port}/a"),
        ]
        site.pages["/feed"] = rss(*elsewhere)
        found = read(site, site.url("/feed"))
        assert {host for host, _ in site.asked} == {f"news.example:{site.port}", f"www.news.example:{site.port}"}
    assert "3 pages of other sites" in whys(found)[site.url("/feed")]
    assert len(drafts(found)) == 1


def test_of_a_long_feed_the_newest_are_read_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "ITEMS", 2)
    with serving({"/1": page("one"), "/2": page("two"), "/3": page("three")}) as site:
        site.pages["/feed"] = rss(item("/1", 1), item("/3", 3), item("/2", 2))
        found = read(site, site.url("/feed"))
    assert [d.title for d in drafts(found)] == ["The three", "The two"]
    assert "lists 3 pages; the 2 newest" in whys(found)[site.url("/feed")]


def urlset(*places: str) -> bytes:
    return answer(f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{''.join(places)}</urlset>", "application/xml")


def test_a_sitemap_gives_its_pages_and_its_dates_of_publication_but_not_those_of_changes() -> None:
    news = "<news xmlns='http://www.google.com/schemas/sitemap-news/0.9'><publication_date>2021-03-04</publication_date></news>"
    with serving({"/a": page(), "/b": page("tower")}) as site:
        site.pages["/sitemap.xml"] = urlset(
            f"<url><loc>{site.url('/a')}</loc><lastmod>2021-03-01</lastmod></url>", f"<url><loc> {site.url('/b')} </loc>{news}</url>"
        )
        found = drafts(read(site, site.url("/sitemap.xml")))
    assert [(d.title, d.published) for d in found] == [("The tower", date(2021, 3, 4)), ("The bridge", None)]


def test_a_sitemap_of_sitemaps_is_looked_into_as_far_as_is_sensible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "PLACES", 2)
    with serving({"/a": page(), "/b": page("tower"), "/c": page("gate")}) as site:
        site.pages["/s1.xml"] = urlset("<url><loc>/a</loc></url>", "<url><loc>/b</loc></url>", "<url><loc>/c</loc></url>")
        entries = ["/index.xml", "/none.xml", "https://other.example/s.xml", "/s1.xml", "/s2.xml"]
        body = "".join(f"<sitemap><loc>{e}</loc></sitemap>" for e in entries)
        site.pages["/index.xml"] = answer(f"<sitemapindex>{body}</sitemapindex>", "text/xml")
        found = read(site, site.url("/index.xml"))
        assert "/s2.xml" not in site.targets()
    assert [d.title for d in drafts(found)] == ["The bridge", "The tower"]
    assert "another site" in whys(found)["https://other.example/s.xml"]
    assert "the 2 newest" in whys(found)[site.url("/index.xml")]


@pytest.mark.parametrize(
    "body",
    [
        "<rss><channel></channel></rss>",
        "<urlset/>",
        "<!DOCTYPE rss [<!ENTITY a 'b'>]><rss><channel><item><link>/a</link></item></channel></rss>",
    ],
)
def test_a_list_without_pages_or_with_harm_in_it_is_a_reason(body: str) -> None:
    assert isinstance(one({"/": answer(body, "text/xml")}), str)
