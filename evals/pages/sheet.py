"""The paper that reports are printed on: one HTML document that holds all it needs and may load nothing."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path

Links = Sequence[tuple[str, str]]
_HERE = Path(__file__).parent


def document(title: str, body: Iterable[str], links: Links = (), *, filtered: bool = False) -> str:
    """The whole page. `links` are (words, address) that stand above the title; `filtered` brings the script for them.

    The policy inside the page lets in nothing but our own style and script, by their digests: whatever an article
    or a model managed to say, it cannot run or load a thing, opened from a disk or served by the app.
    """
    style, script = _kept("report.css"), _kept("report.js") if filtered else ""
    policy = f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; base-uri 'none'; form-action 'self'"
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{style}</style>"
    )
    shown = "".join(f'<a href="{escape(address)}">{escape(words)}</a>' for words, address in links)
    nav = f'<nav aria-label="Evaluations">{shown}</nav>\n' if shown else ""
    end = f"<script>{script}</script>" if script else ""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{nav}<main>\n<h1>{escape(title)}</h1>\n'
        + "\n".join(body)
        + f"\n</main>\n{end}</body></html>\n"
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], figures: int = 1, kind: str = "") -> str:
    """Cells are HTML already. The first is the row's own heading; from the column `figures` on they are numbers."""

    def cell(tag: str, at: int, html: str) -> str:
        scope = ' scope="col"' if tag == "th" else ""
        kind = ' class="figure"' if at >= figures else ""
        return f"<{tag}{scope}{kind}>{html}</{tag}>"

    head = "".join(cell("th", i, escape(name)) for i, name in enumerate(columns))
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>' + "".join(cell("td", i, html) for i, html in enumerate(row[1:], 1)) + "</tr>" for row in rows
    )
    return f'<div class="wide" tabindex="0"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def filters(states: Sequence[tuple[str, str, int]], tags: Mapping[str, int], of_metrics: str, metrics: Mapping[str, int]) -> str:
    """What the cases can be filtered by, with counts; hidden until the script is there to do it."""
    chips = [("", "all", sum(n for *_, n in states)), *states]
    radios = "".join(
        f'<label class="choice"><input type="radio" name="state" value="{value}"{"" if value else " checked"}>'
        f"<span>{words} <b>{n}</b></span></label>"
        for value, words, n in chips
    )
    return (
        '<section id="filter" aria-label="Filter the cases" hidden><fieldset><legend>State</legend>'
        f"{radios}</fieldset>{_select('tag', 'Tag', tags)}{_select('failed', of_metrics, metrics)}"
        '<label>Search <input type="search" placeholder="words in a question, answer or source" autocomplete="off"></label>'
        '<p><output></output> <button type="button" data-fold="open">Open all</button> '
        '<button type="button" data-fold="close">Close all</button></p></section>'
    )


def _select(name: str, words: str, counts: Mapping[str, int]) -> str:
    if not counts:
        return ""
    options = "".join(f'<option value="{i}">{escape(one)} ({n})</option>' for i, (one, n) in enumerate(counts.items()))
    return f'<label>{words} <select name="{name}"><option value="">any</option>{options}</select></label>'


def ordered(names: Iterable[str]) -> dict[str, int]:
    """How often each occurs, by name."""
    return dict(sorted(Counter(names).items()))


@cache
def _kept(name: str) -> str:
    return (_HERE / name).read_text("utf-8")


def _digest(text: str) -> str:
    """As a content security policy names an inline style or script; of none, that there is none."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" if text else "'none'"
