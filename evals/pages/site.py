"""The "Evaluations" page of the app: the runs in a folder, the report of each, and two of them compared."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from evals.pages.listing import HEADLINES, Listed, listed
from evals.pages.sheet import document
from index.problem import Problem

if TYPE_CHECKING:
    from evals.run import Run

log = logging.getLogger(__name__)

PREFIX = "/evaluations"
_ALL = "All evaluations"
_COLUMNS = (*HEADLINES, "cases", "errors")


def make_pages(runs: Path) -> APIRouter:
    """The pages over a folder of RUN.json files, for an app to include; they read, and never write."""
    router = APIRouter(prefix=PREFIX, include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("")
    def listing() -> Response:
        return HTMLResponse(_list(listed(runs)))

    @router.get("/")
    def slash() -> Response:
        return RedirectResponse("../evaluations")

    @router.get("/run/{name:path}")
    def report(name: str) -> Response:
        return _shown("../" * (2 + name.count("/")) + "evaluations", lambda: _report(_found(runs, name)))

    @router.get("/compare")
    def compared(a: str = "", b: str = "") -> Response:
        if not a or not b:
            return _wrong("../evaluations", 400, "Two runs are compared: choose an A and a B in the list.")
        if a == b:
            return _wrong("../evaluations", 400, "A and B are the same run. Choose two different ones in the list.")
        return _shown("../evaluations", lambda: _compared(_found(runs, a), _found(runs, b)))

    return router


def _found(runs: Path, name: str) -> Path:
    """The file of the folder that has this very name; a name is only ever compared, never made a path of."""
    for path in runs.glob("*.json"):
        if path.name == name and path.is_file():
            return path
    raise FileNotFoundError(name)


def _shown(home: str, made: Callable[[], str]) -> Response:
    """The page, or one that says why there is none, with the way back to the list at `home`."""
    try:
        return HTMLResponse(made())
    except FileNotFoundError as missing:
        return _wrong(home, 404, f"There is no run {str(missing)!r}. It may have been removed: choose one in the list.")
    except Problem as problem:
        return _wrong(home, 400, str(problem))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:  # a run that something else wrote
        log.exception("A run cannot be shown")
        return _wrong(home, 400, f"The run holds something that cannot be shown ({type(error).__name__}: {error}).")


def _report(path: Path) -> str:
    from evals.pages.report import render

    return render(_read(path), [(_ALL, "../../evaluations")])


def _compared(before: Path, after: Path) -> str:
    reports = [(f"{words}: {path.name}", f"run/{quote(path.name)}") for words, path in (("Before", before), ("After", after))]
    return _comparison(before, before.stat().st_mtime_ns, after, after.stat().st_mtime_ns, tuple(reports))


@lru_cache(maxsize=8)
def _comparison(before: Path, _was: int, after: Path, _is: int, reports: tuple[tuple[str, str], ...]) -> str:
    """Kept until a file changes: the resampling takes seconds."""
    from evals.compare import compare
    from evals.pages.report import render_comparison

    old, new = _read(before), _read(after)
    return render_comparison(compare(old, new), old, new, [(_ALL, "../evaluations"), *reports])


def _read(path: Path) -> Run:
    from evals.run import read

    return read(path)


def _wrong(home: str, status: int, why: str) -> Response:
    return HTMLResponse(document("This cannot be shown", [f"<p>{escape(why)}</p>"], [(_ALL, home)]), status)


def _list(lines: list[Listed]) -> str:
    way = [("Questions and answers", "./")]
    if not lines:
        empty = [
            '<p class="lead">No evaluation has been run yet.</p>',
            "<p>An evaluation asks questions whose answers are known and measures what comes back: is the article found, the answer",
            "right, each citation exact, and is refused what the articles do not say? Run the cases that came along:</p>",
            "<pre>make evals</pre><p>or, for a single suite: <code>article-qa evals run retrieval</code>. Then reload this page.</p>",
        ]
        return document("Evaluations", empty, way)
    good = [line.file for line in lines if not line.why]
    picked = dict(zip("ba", good, strict=False))  # the newest against the one before
    compares = len(good) > 1
    columns = (*(("A", "B") if compares else ()), "run", *_COLUMNS)
    head = "".join(f'<th scope="col" class="{"" if name == "run" else "figure"}">{escape(name)}' for name in columns)
    rows = "".join(_row(line, picked, compares) for line in lines)
    act = (
        '<div class="act"><button class="send">Compare A with B</button><span class="soft">A is before, B after: '
        "what moved, how surely, and which cases flipped.</span></div>"
        if compares
        else '<p class="soft">With a second run here, two can be compared.</p>'
    )
    page = (
        f'<form action="evaluations/compare" method="get"><div class="wide"><table class="runs"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{act}</form>"
    )
    return document("Evaluations", [page], way)


def _row(line: Listed, picked: Mapping[str, str], compares: bool) -> str:
    if line.why:
        named = f'<th scope="row">{escape(line.file)}<small>{escape(_day(line.when))}</small>'
        return f'<tr>{"<td><td>" if compares else ""}{named}<td class="bad" colspan="{len(_COLUMNS)}">{escape(line.why)}</tr>'
    facts = " · ".join(fact for fact in (_day(line.when), line.model, line.fingerprint[:8]) if fact)
    cells = zip(_COLUMNS, (*map(_figure, line.figures), f"{line.cases:,}", str(line.errors)), strict=True)
    figures = "".join(f'<td class="figure" data-name="{escape(name)}">{shown}' for name, shown in cells)
    return (
        f'<tr>{"".join(_picks(line, picked)) if compares else ""}<th scope="row">'
        f'<a href="evaluations/run/{quote(line.file)}">{escape(line.name or line.file)}</a>'
        f'<small title="{escape(line.file)}, fingerprint {escape(line.fingerprint)}">{escape(facts)}</small>{figures}</tr>'
    )


def _picks(line: Listed, picked: Mapping[str, str]) -> Iterator[str]:
    for side, words in (("a", "before"), ("b", "after")):
        chosen = " checked" if picked.get(side) == line.file else ""
        label = escape(f"{line.name or line.file} of {_day(line.when)} as {side.upper()}, {words}")
        button = f'<input type="radio" name="{side}" value="{escape(line.file)}" aria-label="{label}"{chosen}>'
        yield f'<td class="pick figure" data-name="{side.upper()}">{button}'


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _day(when: str) -> str:
    return when[:16].replace("T", " ")
