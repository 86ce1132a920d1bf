import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.html_facts import Facts, facts
from index.html_visible import load

ARTICLE = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "The bridge at Varn",
    "author": [{"@type": "Person", "name": "Ada Quill"}, {"@type": "Person", "name": "Bo Reed"}],
    "publisher": {"@type": "Organization", "name": "Tidewater Courier", "logo": {"@type": "ImageObject", "url": "https://x.example/l.png"}},
    "datePublished": "2023-12-01T08:00:00+01:00",
    "dateModified": "2023-12-03T08:00:00+01:00",
    "inLanguage": "en-GB",
    "mainEntityOfPage": {"@type": "WebPage", "@id": "https://tidewater.example/bridge"},
    "articleBody": "The stone bridge.",
    "isAccessibleForFree": False,
}
EXPECTED = Facts(
    "The bridge at Varn",
    "Tidewater Courier",
    "Ada Quill, Bo Reed",
    date(2023, 12, 1),
    "day",
    date(2023, 12, 3),
    "https://tidewater.example/bridge",
    "en",
    False,
    "The stone bridge.",
)


def of(head: str = "", body: str = "<p>Text.</p>", url: str | None = None, html: str = "<html>") -> Facts:
    return facts(load(f"{html}<head>{head}</head><body>{body}</body></html>".encode()), url)


def ld(read: object) -> str:
    return f'<script type="application/ld+json">{read if isinstance(read, str) else json.dumps(read)}</script>'


@pytest.mark.parametrize(
    "read",
    [
        ARTICLE,
        [ARTICLE],
        {
            "@context": "https://schema.org",
            "@graph": [{"@type": "WebSite", "name": "Other"}, {"@type": "WebPage", "datePublished": "2001-01-01"}, ARTICLE],
        },
        [{"@type": "BreadcrumbList"}, {"@graph": [ARTICLE]}],
        {**ARTICLE, "@type": ["Article", "OpinionNewsArticle"]},
        {"@type": "WebPage", "mainEntity": ARTICLE},
        f"<!-- {json.dumps(ARTICLE)} -->",
        f"//<![CDATA[\n{json.dumps(ARTICLE)}\n//]]>",
        json.dumps(ARTICLE) + ";",
        json.dumps(ARTICLE).replace("stone bridge.", "stone bridge."),
    ],
)
def test_json_ld_is_understood_in_all_its_shapes(read: object) -> None:
    assert of(ld({"@type": "Organization", "name": "Other"}) + ld("{broken") + ld(read)) == EXPECTED


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ada Quill", "Ada Quill"),
        ({"name": "Ada Quill"}, "Ada Quill"),
        (["Ada Quill", "Bo Reed", "Ada Quill"], "Ada Quill, Bo Reed"),
        ({"name": ["Ada Quill", "Bo Reed"]}, "Ada Quill, Bo Reed"),
        ("By Ada Quill", "Ada Quill"),
        ("https://x.example/ada", None),
        ("@ada", None),
        ("admin", None),
        (7, None),
        (None, None),
    ],
)
def test_authors_are_names(author: object, names: str | None) -> None:
    assert of(ld({**ARTICLE, "author": author})).author == names


META = """<title>The bridge at Varn | Tidewater Courier</title><meta property="og:title" content="The bridge at Varn - Tidewater Courier">
<meta property="og:site_name" content="Tidewater Courier"><meta name="author" content="Ada Quill">
<meta property="article:published_time" content="2023-12-01T08:00:00Z"><meta property="article:modified_time" content="2023-12-03">
<link rel="Canonical" href="/bridge"><meta property="og:locale" content="en_GB">"""


def test_meta_elements_say_the_same() -> None:
    assert of(META) == Facts(
        "The bridge at Varn", "Tidewater Courier", "Ada Quill", date(2023, 12, 1), "day", date(2023, 12, 3), "/bridge", "en"
    )


def test_a_month_stays_a_month() -> None:
    found = of(ld({**ARTICLE, "datePublished": "2023-12", "dateModified": None}))
    assert (found.published, found.precision, found.updated) == (date(2023, 12, 1), "month", None)


@pytest.mark.parametrize("modified", ["2023-12-01T20:00:00Z", "2023-11-30", "1970-01-01", "rubbish", "", None])
def test_an_update_is_named_only_where_it_is_later(modified: str | None) -> None:
    assert of(ld({**ARTICLE, "dateModified": modified})).updated is None


def test_an_update_alone_is_no_publication() -> None:
    found = of('<meta property="article:modified_time" content="2023-12-03">', "<p>Last updated 3 December 2023</p>")
    assert (found.published, found.updated) == (None, date(2023, 12, 3))


@pytest.mark.parametrize(
    "body",
    [
        '<article><h1>T</h1><time datetime="2023-12-01T08:00Z">today</time><p>x</p></article>',
        '<time itemprop="datePublished" datetime="2023-12-01">x</time><ul><li><time datetime="2020-01-01">other</time></li></ul>',
        '<span class="published-date">1 December 2023</span><time datetime="2020-01-01">a story\'s own</time>',
        '<div class="byline">By Ada Quill, Dec 1, 2023</div><aside><span class="date">2 January 2020</span></aside>',
        '<p class="post-meta">Posted on 1 December 2023</p><footer><span class="date">© 2024-01-01</span></footer>',
        '<div itemprop="datePublished" content="2023-12-01">yesterday</div>',
        "<p>Published: <time>1 December 2023</time></p><p>On <time>2 May 1932</time> it opened.</p>",
        '<div class="timestamp">Updated 5 December 2023, published 1 December 2023</div>',
    ],
)
def test_what_readers_see_of_the_date_counts_where_the_page_states_none(body: str) -> None:
    assert of("", body).published == date(2023, 12, 1)


def test_what_readers_see_of_an_update_is_kept_apart() -> None:
    found = of("", '<p class="dateline">Published 1 December 2023 · Updated 3 December 2023</p>')
    assert (found.published, found.updated) == (date(2023, 12, 1), date(2023, 12, 3))
    found = of("", '<p>Published <time datetime="2023-12-01">x</time> updated <time datetime="2023-12-04">y</time></p>')
    assert (found.published, found.updated) == (date(2023, 12, 1), date(2023, 12, 4))


@pytest.mark.parametrize(
    "body",
    [
        "<p>It opened on 2 May 1932.</p>",
        "<footer>© 2024</footer>",
        '<p><time datetime="1932-05-02">then</time> and <time datetime="1951-03-01">later</time></p>',
        '<ul><li><time datetime="2020-01-01">other</time></li></ul>',
        '<a class="date" href="/">1 December 2023</a>',
        '<p class="date">1/12/2023</p>',
    ],
)
def test_a_page_that_states_no_date_has_none(body: str) -> None:
    assert of("", body).published is None


def test_the_link_tells_the_date_last_of_all() -> None:
    assert of(url="https://x.example/2023/12/01/bridge").published == date(2023, 12, 1)
    assert of(url="https://x.example/2023/12/bridge").precision == "month"
    assert of(META, url="https://x.example/2020/01/01/bridge").published == date(2023, 12, 1)


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>A | B</title>", "<h1>The  bridge\nat Varn</h1>", "The bridge at Varn"),
        ("<title>The bridge at Varn</title>", "<h1>One</h1><h1>Two</h1>", "The bridge at Varn"),
        ('<title>x</title><meta name="twitter:title" content="The bridge at Varn">', "", "The bridge at Varn"),
        ('<title>The bridge at Varn — Courier</title><meta property="og:site_name" content="Courier">', "", "The bridge at Varn"),
        ("", "", ""),
    ],
)
def test_titles_are_found_without_the_outlet(head: str, body: str, title: str) -> None:
    assert of(head, body).title == title


@pytest.mark.parametrize(
    ("lang", "language"), [("en", "en"), ("en-GB", "en"), ("PT_br", "pt"), ("", None), ("english", None), ("x y", None)]
)
def test_the_language_is_a_code(lang: str, language: str | None) -> None:
    assert of(html=f'<html lang="{lang}">').language == language


@pytest.mark.parametrize(("said", "free"), [(True, True), (False, False), ("False", False), ("true", True), (None, None)])
def test_what_is_sold_is_known(said: object, free: bool | None) -> None:
    assert of(ld({**ARTICLE, "isAccessibleForFree": said})).free is free


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ARTICLE, "@graph", "name", "@id"]), inner, max_size=5),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(list(ARTICLE)), JSON))
def test_any_json_ld_is_survived(read: dict[str, object]) -> None:
    found = of(ld({**read, "@type": "Article"}))
    assert isinstance(found.title, str)
    assert all(
        value is None or isinstance(value, str) for value in (found.source, found.author, found.canonical, found.language, found.body)
    )


def test_json_ld_nested_without_end_is_passed_over() -> None:
    assert of(ld("[" * 100_000)).title == ""
