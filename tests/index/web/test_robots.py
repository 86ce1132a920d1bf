from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from index.problem import Problem
from index.web.address import parse_address
from index.web.robots import EVERY, SLOWEST, Manners
from tests.index.web.loopback import Clock, Site, answer, moved, serving

RULES = """User-agent: *
Disallow: /private/
Disallow: /*?print=
Allow: /private/open$
Crawl-delay: 3

User-agent: GreedyBot
Disallow: /
"""


def manners(site: Site) -> tuple[Manners, Clock]:
    clock = Clock()
    return Manners(site.fetcher(), clock, clock.sleep), clock


def ask(these: Manners, site: Site, *targets: str, host: str = "news.example") -> None:
    for target in targets:
        these.before(parse_address(site.url(target, host)))


def robots(rules: str) -> dict[str, bytes]:
    return {"/robots.txt": answer(rules, "text/plain")}


@pytest.mark.parametrize(("target", "allowed"), [("/a", True), ("/private/a", False), ("/private/open", True), ("/a?print=1", False)])
def test_a_page_is_read_only_where_robots_txt_lets_us(target: str, allowed: bool) -> None:
    with serving(robots(RULES)) as site:
        these, _ = manners(site)
        if allowed:
            ask(these, site, target)
        else:
            with pytest.raises(Problem, match=r"robots.txt of news.example asks .* Save the page"):
                ask(these, site, target)


def test_rules_for_us_by_name_win_over_those_for_all() -> None:
    with (
        serving(robots("User-agent: *\nAllow: /\n\nUser-agent: Article-QA\nDisallow: /\n")) as site,
        pytest.raises(Problem, match="robots"),
    ):
        ask(manners(site)[0], site, "/")


def test_robots_txt_is_asked_for_once_a_host() -> None:
    with serving(robots("")) as site:
        these, _ = manners(site)
        ask(these, site, "/a", "/b")
        ask(these, site, "/a", host="other.example")
        assert site.asked == [(f"news.example:{site.port}", "/robots.txt"), (f"other.example:{site.port}", "/robots.txt")]


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "410 Gone"])
def test_where_there_is_no_robots_txt_all_may_be_read(status: str) -> None:
    with serving({"/robots.txt": answer("x", status=status)}) as site:
        ask(manners(site)[0], site, "/a")


@pytest.mark.parametrize("page", [answer(status="500 Oops"), answer(status="503 Busy"), moved("http://127.0.0.9/"), b"nonsense"])
def test_where_robots_txt_cannot_be_had_nothing_is_read_and_it_is_not_asked_for_again(page: bytes) -> None:
    with serving({"/robots.txt": page}) as site:
        these, _ = manners(site)
        for _ in range(2):
            with pytest.raises(Problem, match="ave"):
                ask(these, site, "/a")
        assert len(site.asked) == 1


@pytest.mark.parametrize(
    "rules", ["<html><h1>Hello</h1></html>", "\ufeffUser-agent: *\nDisallow:", "Disallow /", "\0\xff" * 50, "User-agent: *\n" * 9000]
)
def test_a_robots_txt_of_any_other_shape_forbids_nothing(rules: str) -> None:
    with serving(robots(rules)) as site:
        ask(manners(site)[0], site, "/a")


def test_a_hostile_pattern_does_not_hold_us_up() -> None:
    with serving(robots("User-agent: *\nDisallow: /" + "*a" * 40 + "b$\n")) as site:
        ask(manners(site)[0], site, "/" + "a" * 1000)


def test_a_host_is_asked_once_a_second_and_others_meanwhile() -> None:
    with serving(robots("")) as site:
        these, clock = manners(site)
        ask(these, site, "/a")
        ask(these, site, "/a", host="other.example")
        assert clock.slept == []
        ask(these, site, "/b", "/c")
        assert clock.slept == [EVERY, EVERY]
        clock.now += 5
        ask(these, site, "/d")
        assert clock.slept == [EVERY, EVERY]


@pytest.mark.parametrize(
    ("delay", "waits"), [("3", 3.0), ("0", EVERY), ("0.1", EVERY), ("600", SLOWEST), ("nonsense", EVERY), ("-5", EVERY)]
)
def test_a_crawl_delay_is_kept_up_to_what_a_person_will_wait(delay: str, waits: float) -> None:
    with serving(robots(f"User-agent: *\nCrawl-delay: {delay}\n")) as site:
        these, clock = manners(site)
        ask(these, site, "/a", "/b")
        assert clock.slept == [waits]


@pytest.mark.parametrize(
    ("status", "retry", "said"),
    [
        ("429 Too Many", "120", "asked too often (429). Add the link again after 2 minutes, as it asks"),
        ("503 Busy", "45", "is busy (503). Add the link again after 45 seconds, as it asks"),
        ("503 Busy", "86400", "after 24 hours, as it asks"),
        ("429 Too Many", "soon", "in a few minutes"),
        ("429 Too Many", "9" * 40, "in a few minutes"),
        ("429 Too Many", None, "in a few minutes"),
        ("429 Too Many", "in 30 minutes", "after 30 minutes, as it asks"),
        ("429 Too Many", "Tue, 32 Foo 2023 99:00:00 GMT", "in a few minutes"),
    ],
)
def test_a_host_that_asks_for_a_rest_gets_it_and_the_person_hears_until_when(status: str, retry: str | None, said: str) -> None:
    if retry == "in 30 minutes":  # a day and an hour, and so counted from now
        retry = format_datetime(datetime.now(UTC) + timedelta(minutes=30), usegmt=True)
    with serving({"/": answer(status=status, **({"Retry_After": retry} if retry else {}))}) as site:
        these, _ = manners(site)
        assert said in these.rest(site.fetcher().get(parse_address(site.url())))


def test_a_host_that_asked_for_a_long_rest_is_not_asked_again_in_the_same_run() -> None:
    with serving({"/": answer(status="429 Too Many", Retry_After="120")}) as site:
        these, clock = manners(site)
        these.rest(site.fetcher().get(parse_address(site.url())))
        with pytest.raises(Problem, match="another 2 minutes"):
            ask(these, site, "/b")
        clock.now += 115
        ask(these, site, "/b")
        assert clock.slept == [5.0]
