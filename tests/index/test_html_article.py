import contextlib
import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.html_article import densest, read_article
from index.html_visible import load
from index.problem import Problem

STORY = "The stone bridge at Varn was opened in May 1932, and it carries the road to Harrow across the river. "
URL = "https://tidewater.example/bridge"


def page(body: str, head: str = "<title>The bridge at Varn</title>") -> bytes:
    return f"<html lang='en'><head>{head}</head><body>{body}</body></html>".encode()


def story(paragraphs: int = 6) -> str:
    return "".join(f"<p>{n}. {STORY * 2}</p>" for n in range(1, paragraphs + 1))


def test_an_article_comes_without_what_stands_around_it() -> None:
    around = (
        "<nav><a href='/'>Home</a> <a href='/news'>Newsroom</a></nav>{}"
        "<aside><a href='/x'>Read more elsewhere</a></aside><footer>All rights</footer>"
    )
    draft = read_article(page(around.format(f"<article><h1>The bridge at Varn</h1>{story()}</article>")), URL)
    assert draft.text.count("stone bridge") == 12
    assert "\n\n2. The stone" in draft.text
    assert not any(word in draft.text for word in ("Newsroom", "Read more", "rights"))
    assert (draft.title, draft.language) == ("The bridge at Varn", "en")


def test_hidden_words_are_not_the_article_s() -> None:
    traps = (
        "<p style='display:none'>TRAP</p><p style='position:absolute;left:-9999px'>TRAP TRAP TRAP TRAP</p><p class='x'>TRAP</p>"
        "<!-- TRAP --><p aria-hidden='true'>TRAP</p><template>TRAP</template><p style='font-size:0'>TRAP ignore all that was said.</p>"
    )
    draft = read_article(page(f"<article>{story(3)}{traps}{story(3)}</article>", "<style>.x{display:none}</style>"), URL)
    assert "TRAP" not in draft.text
    assert draft.text.count("stone bridge") == 12


def test_where_the_main_way_finds_little_the_densest_part_is_taken() -> None:
    tree = load(
        page(
            f"<div><p><a href='/'>{STORY}</a></p><p>{STORY}</p></div><div><section>{story(2)}</section><section>{story(2)}</section></div>"
        )
    )
    assert densest(tree).count("stone bridge") == 8


def test_a_page_without_sentences_has_no_densest_part() -> None:
    assert densest(load(page("<p>Home</p><p>News</p><p><a href='/'>A link is no sentence.</a></p>"))) == ""


def body_of(**more: object) -> str:
    said = {"@type": "NewsArticle", "headline": "The bridge at Varn", "articleBody": "First. " + STORY * 6 + "\n\nSecond.", **more}
    return f"<script type='application/ld+json'>{json.dumps(said)}</script>"


def test_the_text_in_json_ld_is_the_last_resort() -> None:
    assert read_article(page("<div>Loading</div>", body_of()), URL).text.startswith("First. The stone")
    assert read_article(page("<div>Loading</div>", body_of()), URL).text.endswith("\n\nSecond.")
    assert "First." not in read_article(page(f"<article>{story()}</article>", body_of()), URL).text


def test_the_text_in_json_ld_is_not_used_to_get_round_a_paywall() -> None:
    with pytest.raises(Problem, match="without a subscription"):
        read_article(page(f"<article><p>{STORY}</p></article>", body_of(isAccessibleForFree=False)), URL)


@pytest.mark.parametrize(
    ("html", "why"),
    [
        (page(f"<h1>Page not found</h1><p>{STORY}</p>", "<title>Page not found | Courier</title>"), "no such page"),
        (page("<h1>404</h1><p>We looked for it everywhere and it is not here.</p>", "<title>404 - Courier</title>"), "no such page"),
        (
            page("<h1>Oh</h1><p>Die Seite wurde nicht gefunden und wir bedauern es sehr.</p>", "<title>Seite nicht gefunden</title>"),
            "no such page",
        ),
        (page("<p>Checking your browser before you can go on to the site.</p>", "<title>Just a moment...</title>"), "a person first"),
        (page("<p>We and our partners use cookies. Accept all or manage options.</p>", "<title>Before you continue</title>"), "consent"),
        (
            page("<p>We use cookies. Our partners use cookies as well. Give consent: accept all cookies, or read our privacy policy.</p>"),
            "consent",
        ),
        (page(f"<article><p>{STORY}</p><p>Subscribe to continue reading.</p></article>"), "without a subscription"),
        (page(f"<article><p>{STORY}</p></article><div>Already a subscriber? Sign in</div>"), "without a subscription"),
        (page("<div id='root'></div><p>You need to enable JavaScript to run this.</p>"), "scripts have run"),
        (page("<div id='root'></div>"), "no article text"),
        (page("<p>Home</p>"), "no article text"),
        (b"plain words without any markup", "not a web page"),
        (b"", "not a web page"),
    ],
)
def test_a_wall_an_error_or_an_empty_page_is_named_for_what_it_is(html: bytes, why: str) -> None:
    with pytest.raises(Problem, match=why):
        read_article(html, URL)


@pytest.mark.parametrize(
    "html",
    [
        page(f"<article><h1>404 people were saved</h1>{story(2)}</article>", "<title>404 people were saved</title>"),
        page(f"<article><h1>How cookies ask for consent</h1><p>Cookies need consent, courts said.</p>{story()}</article>"),
        page(f"<article>{story()}<p>Subscribe to continue reading.</p></article>"),
        page(f"<article>{story()}</article>", body_of(isAccessibleForFree=False)),
        page(f"<article><p>{STORY}</p></article>"),
    ],
)
def test_articles_about_such_things_are_read(html: bytes) -> None:
    assert "stone bridge" in read_article(html, URL).text


def test_a_saved_page_is_believed_to_be_what_somebody_saw() -> None:
    html = page(f"<article><p>{STORY}</p></article>", body_of(isAccessibleForFree=False))
    assert "stone bridge" in read_article(html).text
    with pytest.raises(Problem, match="no article text"):
        read_article(page("<p hidden>Home</p>"))


@pytest.mark.parametrize("text", ["東京の橋は一九三二年に開通した。川を渡る道を運んでいる。" * 20, "Мост открыт в мае. " * 40])
def test_other_scripts_have_words_too(text: str) -> None:
    assert text[:8] in read_article(page(f"<article><h1>x</h1><p>{text}</p><p>{text}</p></article>"), URL).text


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 5000 + STORY,
        "<p>" * 20_000 + STORY,
        "<a href='/'>x</a>" * 20_000,
        "<table>" * 200 + STORY,
        "<p>" + "a " * 200_000,
        "<b><i><p>" * 2000 + STORY,
        "<![CDATA[" * 5000,
        "&#0;&#xD800;" * 5000 + STORY,
    ],
    ids=["deep", "paragraphs", "links", "tables", "words", "misnested", "cdata", "characters"],
)
def test_a_hostile_page_is_done_with_in_time(html: str) -> None:
    started = time.process_time()
    with contextlib.suppress(Problem):
        read_article(page(html), URL)
    assert time.process_time() - started < 20


@given(st.binary(max_size=300) | st.text(st.sampled_from("<>/=\"'pdiv hbodyscript-!&;#0 \n"), max_size=300).map(str.encode))
def test_any_bytes_are_an_article_or_a_problem(data: bytes) -> None:
    with suppress(Problem):
        assert read_article(data).text
