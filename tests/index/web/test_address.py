import ipaddress
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.problem import Problem
from index.web.address import Guard, is_public, look_up, parse_address

PUBLIC = "93.184.216.34"
NAMES = {
    "news.example": [PUBLIC, "2606:2800:220:1:248:1893:25c8:1946"],
    "mixed.example": [PUBLIC, "10.0.0.7"],
    "mixed6.example": [PUBLIC, "::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "6to4.example": ["2002:7f00:1::"],
    "teredo.example": ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "azure.example": ["168.63.129.16"],
    "none.example": [],
}


def resolve(host: str, seconds: float) -> list[str]:
    if host not in NAMES:
        raise socket.gaierror(-2, "Name or service not known")
    return NAMES[host]


def admit(link: str) -> tuple[str, ...]:
    return tuple(map(str, Guard(resolve).admit(parse_address(link))))


# The vectors of reliability-and-speed A4 and their relatives. All but the last few are refused without a look-up.
REFUSED = """
http://127.0.0.1/  http://127.1/  http://127.0.0.1./  http://[::1]/  http://[::]/  http://0.0.0.0/  http://0/  http://169.254.169.254/latest/meta-data/
http://metadata.google.internal/computeMetadata/v1/  http://2130706433/  http://0x7f.1/  http://0x7f000001/  http://0177.0.0.1/
http://017700000001/  http://127.0.0.0x1/  http://[::ffff:127.0.0.1]/  http://[::ffff:7f00:1]/  http://[::127.0.0.1]/  http://[64:ff9b::127.0.0.1]/
http://[64:ff9b::a9fe:a9fe]/  http://[64:ff9b:1::7f00:1]/  http://[2002:7f00:1::]/  http://[2002:a9fe:a9fe::1]/  http://[2001::1]/  http://[fe80::1]/
http://[fe80::1%25eth0]/  http://[fc00::1]/  http://[fd00:ec2::254]/  http://[fec0::1]/  http://[ff02::1]/  http://[ff0e::1]/  http://[100::1]/
http://[2001:db8::1]/  http://[3fff::1]/  http://[5f00::1]/  http://10.0.0.1/  http://172.16.0.1/  http://192.168.1.1/  http://100.64.0.1/
http://100.100.100.200/  http://192.0.0.192/  http://192.88.99.1/  http://198.18.0.1/  http://203.0.113.5/  http://224.0.0.1/  http://239.1.1.1/
http://240.0.0.1/  http://255.255.255.255/  http://168.63.129.16/  http://localhost/  http://LOCALHOST./  http://a.localhost/  http://printer/
http://printer.local/  http://db.internal/  http://router.home.arpa/  http://x.onion/  http://user@news.example/  http://user:word@news.example/
http://news.example@127.0.0.1/  http://127.0.0.1@news.example/  http://@news.example/  http://news.example:22/  http://news.example:0/
http://news.example:8080/  http://news.example:99999/  http://news.example:٨٠/  ftp://news.example/  file:///etc/passwd  gopher://news.example/
javascript:alert(1)  data:text/html,x  //news.example/  news.example  http:///path  http:/news.example  https:news.example  http://  http://.../
http://news..example/  http://-news.example/  http://news.example\\@127.0.0.1/  http://127.0.0.1\\@news.example/  http://news.exa%6dple/
http://①②⑦.⓪.⓪.①/  http://１２７.０.０.１/  http://127。0。0。1/  http://١٢٧.٠.٠.١/  http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/  http://[v1.x]/  http://[::1  http://news.exa\u200bmple/
http://news\u2024example/a\u202eb  http://mixed.example/  http://mixed6.example/
http://mapped.example/  http://nat64.example/  http://6to4.example/  http://teredo.example/  http://azure.example/  http://none.example/
http://unknown.example/
""".replace("\\u200b", "\u200b")


@pytest.mark.parametrize("link", [link for link in REFUSED.split() if link])
def test_a_link_that_leads_anywhere_but_to_the_open_internet_is_refused_with_a_next_step(link: str) -> None:
    with pytest.raises(Problem, match=r"[.]"):
        admit(link)


@pytest.mark.parametrize(
    "link",
    [
        "http://news.example/a b",
        "http://news.example/\nx",
        "http://news.example/\x00",
        "http://a.example/\r\nHost:b",
        "http://a\tb.example/",
        "http://news.example/\u202egpj.exe",
    ],
)
def test_a_link_with_blanks_or_unseen_characters_is_refused(link: str) -> None:
    with pytest.raises(Problem, match="cannot be seen"):
        parse_address(link)


@pytest.mark.parametrize(
    ("link", "read"),
    [
        ("https://news.example", "https://news.example/"),
        ("HTTP://NEWS.Example.:80/A?b=c#d", "http://news.example/A?b=c"),
        ("https://news.example:80/", "https://news.example:80/"),
        ("https://bücher.example/straße?q=ä", "https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%A4"),
        ("https://аpple.example/", "https://xn--pple-43d.example/"),  # the first letter is Cyrillic, and the name then says so
        ("http://ｎｅｗｓ.example/", "http://news.example/"),
        ("http://93.184.216.34/x", "http://93.184.216.34/x"),
        ("http://[2606:2800:220:1:248:1893:25C8:1946]/", "http://[2606:2800:220:1:248:1893:25c8:1946]/"),
        ("https://news.example/a%20b/%E4", "https://news.example/a%20b/%E4"),
        ("https://news.example?x=1", "https://news.example/?x=1"),
        ("https://under_score.example/", "https://under_score.example/"),
    ],
)
def test_a_link_is_taken_apart_once_and_reads_the_same_again(link: str, read: str) -> None:
    assert str(parse_address(link)) == read
    assert parse_address(read) == parse_address(link)


def test_a_public_name_gives_all_its_addresses() -> None:
    assert admit("https://news.example/") == tuple(NAMES["news.example"])


def test_a_name_is_looked_up_once() -> None:
    asked: list[str] = []

    def rebinding(host: str, seconds: float) -> list[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    guard = Guard(rebinding)
    assert [str(ip) for ip in guard.admit(parse_address("http://news.example/"))] == [PUBLIC]
    assert len(asked) == 1
    with pytest.raises(Problem, match="private network"):
        guard.admit(parse_address("http://news.example/"))


def test_an_unknown_name_says_what_to_do_offline() -> None:
    with pytest.raises(Problem, match=r"unknown.example cannot be reached from here .*save the page and add the file"):
        admit("https://unknown.example/")


def test_a_look_up_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*arguments: object, **options: object) -> list[object]:
        time.sleep(2)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        look_up("news.example", 0.05)
    assert time.monotonic() - started < 1.5


def test_a_look_up_finds_a_literal_and_names_a_failure() -> None:
    assert look_up("127.0.0.1", 5.0) == ["127.0.0.1"]
    with pytest.raises(OSError, match=r".+"):
        look_up("a" * 70 + ".example", 5.0)


def test_what_tests_allow_is_allowed_and_nothing_beside_it() -> None:
    guard = Guard(resolve, lambda ip, port: (str(ip), port) == ("127.0.0.1", 8099))
    assert guard.admit(parse_address("http://127.0.0.1:8099/"))
    for link in ("http://127.0.0.1/", "http://127.0.0.1:8098/", "http://127.0.0.2:8099/", "http://mixed.example/"):
        with pytest.raises(Problem):
            guard.admit(parse_address(link))


ADDRESSES = st.ip_addresses() | st.sampled_from(
    [ipaddress.ip_address(a) for a in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1", "fc00::1", PUBLIC)]
)


def wrapped(ip: ipaddress.IPv4Address) -> list[ipaddress.IPv6Address]:
    n = int(ip)
    return [
        ipaddress.IPv6Address(base + (n << shift)) for base, shift in ((0xFFFF << 32, 0), (0x64FF9B << 96, 0), (0x2002 << 112, 80), (0, 0))
    ]


@given(ADDRESSES)
def test_no_address_that_is_not_global_is_public_in_any_wrapping(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if not ip.is_global or ip.is_multicast:
        assert not is_public(ip) or (isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None)
    if isinstance(ip, ipaddress.IPv4Address) and not is_public(ip):
        assert not any(is_public(six) for six in wrapped(ip))


@given(st.lists(ADDRESSES, min_size=1, max_size=4), st.sampled_from([80, 443, 8080]))
def test_the_guard_never_lets_an_address_through_that_is_not_global(ips: list[ipaddress.IPv4Address], port: int) -> None:
    guard = Guard(lambda host, seconds: [str(ip) for ip in ips])
    try:
        let = guard.admit(parse_address(f"http://news.example:{port}/"))
    except Problem:
        return
    assert port != 8080
    assert set(let) == set(ips)
    for ip in let:
        inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None) or ip
        assert inner.is_global and not inner.is_multicast and not inner.is_loopback and not inner.is_link_local


@given(st.text(max_size=60) | st.from_regex(r"https?://[\w.@:\[\]%#?/\\-]{0,40}", fullmatch=True))
def test_any_text_is_a_link_that_reads_the_same_again_or_a_problem(text: str) -> None:
    try:
        address = parse_address(text)
    except Problem:
        return
    assert address.scheme in ("http", "https")
    assert address.host.isascii() and "@" not in address.authority and "\\" not in str(address)
    assert str(address).isascii() and " " not in str(address)
    assert parse_address(str(address)) == address
