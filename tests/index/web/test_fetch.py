import gzip
import re
import shutil
import ssl
import subprocess
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from index.problem import Problem
from index.web.address import Guard, parse_address
from index.web.fetch import HOPS, Fetcher, Reply
from tests.index.web.loopback import Page, Send, Site, answer, moved, serving

WORDS = "The stone bridge at Varn was opened in May 1932. "


def get(site: Site, target: str = "/", **options: object) -> Reply:
    return site.fetcher().get(parse_address(site.url(target)), **options)  # type: ignore[arg-type]


def failure(page: Page, seconds: float = 60.0) -> str:
    with serving({"/": page}) as site, pytest.raises(Problem) as problem:
        site.fetcher(seconds).get(parse_address(site.url()))
    return str(problem.value)


def test_a_page_comes_with_its_kind_and_charset_and_the_site_hears_the_name_that_was_asked_for() -> None:
    with serving({"/a?b=c": answer("<p>é</p>".encode("latin-1"), "text/HTML; Charset=ISO-8859-1")}) as site:
        reply = get(site, "/a?b=c#part")
        assert (reply.status, reply.kind, reply.charset, reply.body) == (200, "text/html", "iso-8859-1", "<p>é</p>".encode("latin-1"))
        assert site.asked == [(f"news.example:{site.port}", "/a?b=c")]


def test_nothing_of_the_environment_goes_along(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / ".netrc").write_text("machine news.example login ada password secret")
    monkeypatch.setenv("HOME", str(tmp_path))
    with serving({"/": answer("x", Set_Cookie="id=1"), "/b": moved("/")}) as site:
        get(site)
        assert get(site, "/b").body == b"x"
        heads = "".join(site.heads).lower()
    assert "user-agent: article-qa/0.1" in heads
    assert not any(word in heads for word in ("cookie", "authorization", "referer", "proxy"))


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "GZIP"])
def test_a_packed_page_is_unpacked(encoding: str) -> None:
    data = WORDS.encode() * 5000
    packed = zlib.compress(data) if encoding == "deflate" else gzip.compress(data[:1000]) + gzip.compress(data[1000:]) + b"\0" * 512
    with serving({"/": answer(packed, Content_Encoding=encoding)}) as site:
        assert get(site).body == data


def test_a_bare_deflate_stream_is_unpacked_too() -> None:
    packer = zlib.compressobj(wbits=-15)
    with serving({"/": answer(packer.compress(WORDS.encode()) + packer.flush(), Content_Encoding="deflate")}) as site:
        assert get(site).body == WORDS.encode()


def bomb(megabytes: int, wbits: int) -> bytes:
    packer = zlib.compressobj(1, wbits=wbits)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


@pytest.mark.parametrize(("encoding", "wbits"), [("gzip", 31), ("deflate", 15), ("deflate", -15)])
def test_a_bomb_is_given_up_at_the_limit_and_not_held_in_memory(encoding: str, wbits: int) -> None:
    page = answer(bomb(60, wbits), Content_Encoding=encoding)
    tracemalloc.start()
    try:
        assert "larger than 10.0 MB" in failure(page)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "gzip, br"])
def test_what_is_packed_in_a_way_that_was_not_asked_for_is_not_opened(encoding: str) -> None:
    assert "not asked for" in failure(answer(gzip.compress(gzip.compress(bytes(1_000_000))), Content_Encoding=encoding))


def test_damaged_and_cut_off_packing_is_named() -> None:
    assert "cannot be unpacked" in failure(answer(b"no gzip at all", Content_Encoding="gzip"))
    assert "broke off" in failure(answer(gzip.compress(WORDS.encode() * 100)[:-20], Content_Encoding="gzip"))


def endless(send: Send) -> None:
    send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        send(b"more and more " * 5000)


def endless_chunks(send: Send) -> None:
    send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        send(b"fffe\r\n" + b"m" * 0xFFFE + b"\r\n")


def endless_head(send: Send) -> None:
    send(b"HTTP/1.1 200 OK\r\n")
    while True:
        send(b"X-More: " + b"m" * 1000 + b"\r\n")


def endless_hints(send: Send) -> None:
    while True:
        send(b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n")
        time.sleep(0.01)


@pytest.mark.parametrize("page", [endless, endless_chunks])
def test_an_endless_body_is_given_up_at_the_limit(page: Page) -> None:
    assert "larger than 10.0 MB" in failure(page)


def test_a_body_that_says_it_is_too_large_is_not_begun() -> None:
    assert "larger" in failure(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99999999999\r\n\r\n")


def dripping(begin: bytes) -> Callable[[Send], None]:
    def page(send: Send) -> None:
        send(begin)
        while True:
            send(b"x")
            time.sleep(0.05)

    return page


@pytest.mark.parametrize(
    "page",
    [
        dripping(b""),
        dripping(b"HTTP/1.1 200 OK\r\nX: "),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"),
        lambda send: time.sleep(1.5),
        endless_hints,
    ],
    ids=["status line", "head", "body", "silence", "hints"],
)
def test_a_slow_loris_is_left_at_the_deadline(page: Page) -> None:
    started = time.monotonic()
    assert re.search("not here after|does not answer|cannot be reached", failure(page, 0.5))
    assert time.monotonic() - started < 8


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"nonsense",
        b"HTTP/1.1 999999 X\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/html\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\nContent-Type: text/html\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\nContent-Type: text/html\r\n\r\nabcdef",
        endless_head,
    ],
)
def test_a_broken_answer_is_a_problem_with_the_next_step(page: Page) -> None:
    assert "save the page" in failure(page).lower()


@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream", "application/javascript", "video/mp4", "multipart/mixed", ""])
def test_other_kinds_than_pages_text_pdf_and_feeds_are_not_downloaded(kind: str) -> None:
    assert "of the kind" in failure(answer("x", kind))


@pytest.mark.parametrize("kind", ["text/html", "application/xhtml+xml", "text/plain", "application/pdf", "application/rss+xml", "text/xml"])
def test_pages_text_pdf_and_feeds_are(kind: str) -> None:
    with serving({"/": answer("x", kind)}) as site:
        assert get(site).kind == kind


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "403 Forbidden", "204 No Content", "304 Not Modified"])
def test_any_other_status_comes_without_a_body(status: str) -> None:
    with serving({"/": b"HTTP/1.1 " + status.encode() + b"\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"}) as site:
        assert (get(site).status, get(site).body) == (int(status[:3]), b"")


# Redirects


@pytest.mark.parametrize("to", ["/b?c=d", "b?c=d", "//news.example:{port}/b?c=d", "http://www.news.example:{port}/b?c=d", " /b?c=d#part"])
def test_a_redirect_is_followed(to: str) -> None:
    with serving({"/b?c=d": answer("here")}) as site:
        site.pages["/"] = moved(to.format(port=site.port), "301 Moved Permanently")
        reply = get(site)
    assert reply.body == b"here"
    assert reply.address.target == "/b?c=d"


def test_a_redirect_in_raw_utf_8_is_followed() -> None:
    with serving({"/": moved("/brücke"), "/br%C3%BCcke": answer("here")}) as site:
        assert get(site).body == b"here"


def test_redirects_end_after_five() -> None:
    with serving({"/": moved("/"), **{f"/{n}": moved(f"/{n - 1}") for n in range(2, 7)}, "/1": answer("here")}) as site:
        assert get(site, "/6").body == b"here"
        with pytest.raises(Problem, match="more than 5 times"):
            get(site)
        assert len(site.asked) == 2 * (HOPS + 1)


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1:{other}/secret",
        "http://secret.example:{other}/secret",
        "//127.0.0.2:{port}/secret",
        "http://169.254.169.254/latest/meta-data/",
        "http://metadata.google.internal/",
        "http://[::1]/",
        "http://2130706433/",
        "http://user@news.example:{port}/",
        "file:///etc/passwd",
        "gopher://news.example/",
        "http://localhost:{other}/secret",
        "http://10.0.0.1/\\@news.example",
    ],
)
def test_a_redirect_to_a_private_place_is_refused_and_nothing_is_asked_there(to: str) -> None:
    with serving({"/secret": answer("keys")}) as secret, serving({}) as site:
        site.pages["/"] = moved(to.format(port=site.port, other=secret.port))
        with pytest.raises(Problem):
            get(site)
        assert secret.asked == []
        assert len(site.asked) == 1


def test_the_connection_goes_to_the_address_that_was_checked_whatever_the_name_means_next() -> None:
    with serving({"/": answer("public")}) as site, serving({"/": answer("keys")}, ip="127.0.0.2", port=site.port) as secret:
        asked: list[str] = []

        def rebinding(host: str, seconds: float) -> list[str]:
            asked.append(host)
            return [site.ip] if len(asked) == 1 else [secret.ip]

        fetcher = Fetcher(Guard(rebinding, site.allows))
        assert fetcher.get(parse_address(site.url())).body == b"public"
        assert asked == ["news.example"]
        with pytest.raises(Problem, match=r"private|port"):
            fetcher.get(parse_address(site.url()))
        site.pages["/"] = moved("/again")  # and a redirect to the same name is looked up and checked anew
        asked.clear()
        with pytest.raises(Problem, match=r"private|port"):
            fetcher.get(parse_address(site.url()))
        assert secret.asked == []


def test_a_second_address_is_tried_where_the_first_cannot_be_connected_to() -> None:
    with serving({"/": answer("here")}) as site:
        guard = Guard(lambda host, seconds: ["127.0.0.3", site.ip], lambda ip, port: port == site.port)
        assert Fetcher(guard).get(parse_address(site.url())).body == b"here"


def test_a_site_that_does_not_listen_is_named() -> None:
    with serving({}) as site:
        pass
    with pytest.raises(Problem, match=r"news.example cannot be reached from here"):
        site.fetcher().get(parse_address(site.url()))


def test_every_hop_is_asked_about_and_its_waiting_is_not_counted() -> None:
    with serving({"/": moved("/b"), "/b": answer("here")}) as site:
        hops: list[str] = []

        def before(address: object) -> None:
            hops.append(str(address))
            time.sleep(1.2)

        assert site.fetcher(2.0).get(parse_address(site.url()), before).body == b"here"
    assert hops == [site.url(), site.url("/b")]


# Certificates


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    key, file = tmp_path / "key.pem", tmp_path / "certificate.pem"
    options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=news.example -addext"
    command = [openssl, *options.split(), "subjectAltName=DNS:news.example", "-keyout", str(key), "-out", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return key, file


def test_a_certificate_is_checked_for_the_name_although_the_connection_goes_to_an_address(certificate: tuple[Path, Path]) -> None:
    key, file = certificate
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file, key)
    asked: list[str | None] = []
    server.sni_callback = lambda connection, name, context: asked.append(name)
    trusted = ssl.create_default_context(cafile=file)
    with serving({"/": answer("here")}, tls=server) as site:
        good = Fetcher(site.guard(), trusted=trusted)
        assert good.get(parse_address(site.url(scheme="https"))).body == b"here"
        assert asked == ["news.example"]
        with pytest.raises(Problem, match=r"certificate of other.example is not valid"):
            good.get(parse_address(site.url(host="other.example", scheme="https")))
        with pytest.raises(Problem, match=r"certificate of news.example is not valid"):
            site.fetcher().get(parse_address(site.url(scheme="https")))
