import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.html_visible import decoded, hides, load, visible


def shown(body: str, head: str = "") -> str:
    tree = load(f"<html><head>{head}</head><body>{body}<p>{'All of this can be seen. ' * 20}</p></body></html>".encode())
    return " ".join(visible(tree).text_content().split())


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display:none">HIDDEN</p>',
        '<p style="DISPLAY : NONE !important">HIDDEN</p>',
        '<p style="color:red;/* a */display:/* b */none">HIDDEN</p>',
        '<p style="visibility:hidden">HIDDEN</p>',
        '<p style="opacity:0">HIDDEN</p>',
        '<p style="opacity:.01">HIDDEN</p>',
        '<p style="font-size:0">HIDDEN</p>',
        '<p style="font-size: 0px">HIDDEN</p>',
        '<p style="font-size:1px">HIDDEN</p>',
        '<p style="position:absolute; left:-9999px">HIDDEN</p>',
        '<p style="position:fixed;top:-200em">HIDDEN</p>',
        '<p style="text-indent:-9999px">HIDDEN</p>',
        '<p style="margin-left:-5000px">HIDDEN</p>',
        '<p style="height:0;overflow:hidden">HIDDEN</p>',
        '<p style="width:1px;height:1px;overflow:hidden">HIDDEN</p>',
        '<p style="max-height:0">HIDDEN</p>',
        '<p style="clip:rect(0 0 0 0)">HIDDEN</p>',
        '<p style="clip-path:inset(50%)">HIDDEN</p>',
        '<p style="transform:scale(0)">HIDDEN</p>',
        '<p style="transform:translateX(-9999px)">HIDDEN</p>',
        '<p style="color:transparent">HIDDEN</p>',
        '<p style="color:#fff;background:#fff">HIDDEN</p>',
        "<p hidden>HIDDEN</p>",
        '<p hidden="until-found">HIDDEN</p>',
        '<div aria-hidden="true"><p>HIDDEN</p></div>',
        '<div aria-hidden=" TRUE "><b>HIDDEN</b></div>',
        '<span class="x sr-only">HIDDEN</span>',
        '<span class="visually-hidden">HIDDEN</span>',
        "<template><p>HIDDEN</p></template>",
        "<noscript>HIDDEN</noscript>",
        "<dialog><p>HIDDEN</p></dialog>",
        "<!-- HIDDEN -->",
        "<!-- a --><!-- HIDDEN --> b",
        '<p class="trap">HIDDEN</p>',
        '<p class="x trap2 y">HIDDEN</p>',
        '<p id="gone">HIDDEN</p>',
        '<p class="faint">HIDDEN</p>',
        '<div class="faded"><div><p>HIDDEN</p></div></div>',
    ],
)
def test_what_readers_do_not_see_is_gone(hidden: str) -> None:
    rules = "/* p */ .trap, .trap2 { display: none } #gone{font-size:0} .faded{visibility:hidden} .faint{opacity:0}"
    rules += " @media print { p { display:none } }"
    text = shown(f"<p>Before.</p>{hidden}<p>After.</p>", f"<style>{rules}</style>")
    assert "HIDDEN" not in text
    assert "Before." in text and "After." in text


@pytest.mark.parametrize(
    "seen",
    [
        '<p style="font-size:0.9em">SEEN</p>',
        '<p style="opacity:0.5">SEEN</p>',
        '<p style="display:block; color:#fff">SEEN</p>',
        '<p style="position:relative;left:-3px">SEEN</p>',
        '<p style="margin-left:-15px">SEEN</p>',
        '<p style="height:0">SEEN</p>',
        '<p style="overflow:hidden">SEEN</p>',
        '<p style="min-height:0">SEEN</p>',
        '<p style="transform:scale(0.95)">SEEN</p>',
        '<p style="nonsense;;:;x:">SEEN</p>',
        '<p aria-hidden="false">SEEN</p>',
        '<p class="not-trap">SEEN</p>',
        '<p class="printed">SEEN</p>',
        '<span aria-hidden="true">S</span>EEN',
        "<dialog open>SEEN</dialog>",
        "<details>SEEN</details>",
    ],
)
def test_what_readers_do_see_stays(seen: str) -> None:
    rules = ".trap{display:none} @media print { .printed { display:none } } .outer .not-trap { display: none } .not-trap { color: red }"
    assert "SEEN" in shown(seen, f"<style>{rules}</style>")


@pytest.mark.parametrize("way", ['style="opacity:0"', 'class="fade"', 'style="visibility:hidden"'])
def test_a_story_that_waits_for_its_script_is_seen(way: str) -> None:
    head = "<head><style>.fade{opacity:0}</style></head>"
    tree = load(f"<html>{head}<body><nav>Home</nav><div {way}><p>SEEN {'word ' * 50}</p></div></body></html>".encode())
    assert "SEEN" in visible(tree).text_content()


@pytest.mark.parametrize(
    ("word", "encoding", "declared", "server"),
    [
        ("Мост", "cp1251", "windows-1251", None),
        ("Мост", "cp1251", None, "windows-1251"),
        ("Мост", "cp1251", "windows-1251", "utf-8"),
        ("東京の橋", "shift_jis", None, "Shift_JIS"),
        ("東京の橋", "euc-jp", "euc-jp", None),
        ("café", "utf-8", None, "iso-8859-1"),
        ("café", "utf-8", "iso-8859-1", None),
        ("café – “x”", "cp1252", None, "iso-8859-1"),
        ("café", "utf-16", None, None),
        ("café", "utf-8-sig", "iso-8859-1", "iso-8859-1"),
        ("café", "cp1252", "no-such-encoding", "neither-this"),
    ],
)
def test_a_page_is_read_in_its_encoding_whoever_names_it(word: str, encoding: str, declared: str | None, server: str | None) -> None:
    meta = f'<meta charset="{declared}">' if declared else ""
    data = f"<html><head>{meta}</head><body><p>{word}</p><p>{'plain words ' * 30}</p></body></html>".encode(encoding)
    assert word in decoded(data, server)


@pytest.mark.parametrize("data", [b"", b"no markup", gzip.compress(b"<p>x</p>" * 1000), b"\0\0\0", b"<", b"<!-- -->"])
def test_what_is_no_page_gives_no_text_and_is_not_unpacked(data: bytes) -> None:
    tree = load(data)
    assert tree is None or "x" not in visible(tree).text_content()


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 20_000 + "x",
        "<p style='" + "/*" * 200_000 + "'>x",
        "<style>" + "@a" * 200_000 + "</style><p>x",
        "<style>" + "/*" * 200_000 + "</style><p>x",
        "<style>" + ".a{opacity:0}" * 30_000 + "</style>" + "<p class=a>x</p>" * 20_000,
        "<p style='transform:translate(" + "(" * 100_000 + "'>x",
        "<p hidden>x</p>" * 30_000,
    ],
    ids=["deep", "comments", "at", "sheet", "rules", "brackets", "many"],
)
def test_a_hostile_page_takes_no_long_time(page: str) -> None:
    started = time.process_time()
    visible(load(f"<html><body>{page}</body></html>".encode()))
    assert time.process_time() - started < 5


@given(st.text(max_size=200))
def test_any_style_is_judged(style: str) -> None:
    assert hides(style) in (True, False)
