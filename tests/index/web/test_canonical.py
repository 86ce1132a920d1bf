import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.problem import Problem
from index.web.address import parse_address
from index.web.canonical import canonical, same_outlet, same_site, stated

PAGE = parse_address("https://www.tidewater.example/bridge?id=7&utm_source=x")


@pytest.mark.parametrize(
    "link",
    [
        "https://tidewater.example/bridge?id=7",
        "https://tidewater.example/bridge?id=7#top",
        "HTTPS://Tidewater.EXAMPLE.:443/bridge?id=7&",
        "https://tidewater.example/bridge?utm_source=a&utm_medium=b&id=7&utm_campaign=c",
        "https://tidewater.example/bridge?fbclid=x&id=7",
        "https://tidewater.example/bridge?id=7&gclid=x&gbraid=y&wbraid=z&dclid=q&msclkid=m&yclid=n&twclid=t&ttclid=u",
        "https://tidewater.example/bridge?id=7&mc_cid=x&mc_eid=y&_hsenc=a&_hsmi=b&mkt_tok=c&igshid=d&_ga=e&ref_src=f&srsltid=g&UTM_Id=h",
        "https://tidewater.example/br%69dge?id=7",
    ],
)
def test_one_page_has_one_link_however_somebody_came_to_it(link: str) -> None:
    assert canonical(link) == "https://tidewater.example/bridge?id=7"


@pytest.mark.parametrize(
    "link",
    ["https://x.example/?id=7&q=utm", "https://x.example/a?ref=3&p=2", "https://x.example/%2F%2e?a=%26", "https://x.example/A?B=C&d"],
)
def test_what_may_tell_pages_apart_is_kept(link: str) -> None:
    assert canonical(link).lower() == link.lower()


@given(st.from_regex(r"https?://[a-z]{1,9}\.example(/[\w%&=?.~-]{0,20})?(\?[\w&=%.-]{0,30})?", fullmatch=True))
def test_a_canonical_link_is_its_own(link: str) -> None:
    try:
        once = canonical(link)
    except Problem:
        return
    assert canonical(once) == once


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        ("https://tidewater.example/bridge", "https://tidewater.example/bridge"),
        ("https://www.tidewater.example/bridge?id=7&gclid=1", "https://www.tidewater.example/bridge?id=7"),
        ("https://m.tidewater.example/bridge", "https://m.tidewater.example/bridge"),
        ("http://tidewater.example/bridge", "https://tidewater.example/bridge"),
        ("/the-bridge", "https://www.tidewater.example/the-bridge"),
        ("//tidewater.example/x", "https://tidewater.example/x"),
        ("https://other.example/bridge", None),
        ("https://tidewater.example.evil.example/bridge", None),
        ("https://eviltidewater.example/bridge", None),
        ("https://tidewater.example/", None),
        ("https://tidewater.example", None),
        ("javascript:alert(1)", None),
        ("http://[", None),
        ("https://user@tidewater.example/x", None),
        ("", None),
        (None, None),
    ],
)
def test_a_page_speaks_for_its_own_outlet_only(said: str | None, believed: str | None) -> None:
    assert stated(said, PAGE) == believed


def test_hosts_of_one_outlet_are_known() -> None:
    assert same_outlet("www.a.example", "m.a.example") and same_outlet("a.example", "amp.a.example")
    assert not same_outlet("news.a.example", "a.example") and not same_outlet("www.example", "m.example")
    assert same_site("feeds.a.example", "www.a.example") and same_site("a.example", "b.a.example")
    assert not same_site("a.example", "ba.example")
