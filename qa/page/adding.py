"""Adding as the page tells it: how far it is, what became of it, and what could not be added."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Sequence
from typing import Protocol

from index.problem import Problem
from index.types import Adding, AddReport, Failure
from qa.page import words
from qa.page.escape import text
from qa.page.language import heard, say

log = logging.getLogger(__name__)

BEAT = 0.5  # seconds between two looks at how far it is
REASONS = 50  # failures listed in a report at most; all are under the shelf
LISTED = 200  # failures listed under the shelf at most

Add = Callable[[threading.Event], AddReport]


class Watched(Protocol):
    """The part of `index.articles.Articles` that says how far an adding is."""

    @property
    def adding(self) -> Adding | None: ...


class Adder:
    """One adding at a time. It goes on when whoever started it leaves the page; Cancel ends it, keeping what is done."""

    def __init__(self, articles: Callable[[], Watched]) -> None:
        self._articles = articles
        self._one = threading.Lock()
        self._stop = threading.Event()

    def cancel(self) -> None:
        self._stop.set()

    def run(self, add: Add) -> Generator[str, None, AddReport | None]:
        """A line again and again while `add` runs, the report at last; returns the report where there is one."""
        stop = self._stop = threading.Event()
        ended = threading.Event()
        reports: list[AddReport] = []
        failures: list[str] = []

        def work() -> None:
            try:
                with self._one:
                    reports.append(add(stop))
            except Problem as problem:
                failures.append(str(problem))
            except Exception:  # a bug must reach the reader as a sentence and the log as a traceback
                log.exception("Adding failed")
                failures.append("Something went wrong on our side; it has been written to the log. Nothing was lost.")
            finally:
                ended.set()

        yield note(say("Reading…"))
        threading.Thread(target=work, name="page-add", daemon=True).start()
        while not ended.wait(BEAT):
            yield progress(self._articles().adding, stopping=stop.is_set())
        yield told(reports[0]) if reports else note(heard(failures[0]), "failed")
        return reports[0] if reports else None


def note(said: str, kind: str = "") -> str:
    return f'<p class="added {kind}" role="status">{text(said)}</p>'


def progress(now: Adding | None, *, stopping: bool = False) -> str:
    """How far an adding is. No live region: it changes twice a second, and only its ends are worth interrupting for."""
    if stopping:
        return note(say("Stopping; what is added already is kept…"))
    if now is None:
        return f'<p class="added busy"><i></i>{say("Reading…")}</p>'
    parts = []
    known = now.total and now.done <= now.total
    if known and now.unit == "articles":
        parts.append(say("{count} of {files} read", count=words.number(now.done), files=words.counted(now.total, "file")))
    elif known:
        parts.append(say("{percent}% read", percent=round(100 * now.done / now.total)))
    parts.append(say("{articles} in the library", articles=words.counted(now.articles, "article")))
    if now.rate >= 1:
        parts.append(say("{count} passages a second", count=words.number(now.rate)))
    if known and now.left and now.seconds > 2:  # before that, nobody can know
        parts.append(say("{time} left", time=words.lasting(now.left)))
    bar = f'<progress max="{now.total}" value="{now.done}" aria-label="{say("How much is read")}"></progress>' if known else ""
    return f'<div class="added">{bar}<p class="figures">{" · ".join(parts)}</p></div>'


def told(report: AddReport) -> str:
    """What became of everything that was given, with the reason for each that failed."""
    parts = [say("Stopped; what was added before is kept.")] if report.stopped else []
    changed = report.added + report.updated
    if changed == 1 and report.articles:
        _, title, chunks = report.articles[0]
        said = "Added “{title}” ({passages})." if report.added else "Updated “{title}” ({passages})."
        parts.append(say(said, title=title, passages=words.counted(chunks, "passage")))
    elif changed:
        articles = words.counted(changed, "article")
        if report.updated:
            added, updated = words.number(report.added), words.number(report.updated)
            parts.append(say("{articles}: {added} added, {updated} updated.", articles=articles, added=added, updated=updated))
        else:
            parts.append(say("{articles} added.", articles=articles))
    known = report.unchanged + report.duplicates
    if known:
        said = "{articles} was in the library already." if known == 1 else "{articles} were in the library already."
        parts.append(say(said, articles=words.counted(known, "article")))
    if report.failed:
        parts.append(f"{failures_heading(len(report.failed))}:")
    said = note(" ".join(parts) or say("Nothing was added."), "failed" if report.failed and not changed and not known else "")
    return said + _reasons([(words.place(origin), why) for origin, why in report.failed], REASONS)


def failures(found: Sequence[Failure]) -> str:
    """What could not be added so far, the latest first; what cannot be tried again by itself is said to be so."""
    given = any(f.origin.startswith(("upload:", "pasted:")) for f in found)
    again = f'<p class="quiet">{say("What was uploaded or pasted has to be given again.")}</p>' if given else ""
    return _reasons([(words.place(f.origin), f.why) for f in found], LISTED) + again


def failures_heading(number: int) -> str:
    return say("{count} could not be added", count=words.number(number))


def can_retry(found: Sequence[Failure]) -> bool:
    return any(not f.origin.startswith(("upload:", "pasted:")) for f in found)


def _reasons(found: Sequence[tuple[str, str]], shown: int) -> str:
    if not found:
        return ""
    items = "".join(f"<li><b>{text(place)}:</b> {text(heard(why))}</li>" for place, why in found[:shown])
    more = f"<li>{say('and {count} more', count=words.number(len(found) - shown))}</li>" if len(found) > shown else ""
    return f'<ul class="reasons">{items}{more}</ul>'
