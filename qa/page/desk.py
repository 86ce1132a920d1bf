"""The articles' side of the page: what is there, what is added, and whether the models are ready."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from index.ingest import drafted
from index.problem import Problem
from index.types import AddReport, Article
from qa.page import shelf, words
from qa.page.dates import typed_date
from qa.page.escape import text
from qa.page.examples import examples
from qa.page.turn import Turn

if TYPE_CHECKING:
    from qa.assistant import Assistant

log = logging.getLogger(__name__)

UPLOADED = "upload:"

# heading, list, outlets, status line, timer, the newest turn (the welcome while there is none)
OnShelf = tuple[Any, Any, Any, Any, Any, Any]


class Desk:
    """Where articles are listed and added."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def opened(self, turns: Sequence[Turn]) -> OnShelf:
        """Everything on the left and above, and the welcome."""
        rows = self._assistant.articles.list()
        outlets = sorted({r.source for r in rows if r.source}, key=str.casefold)
        welcome = gr.skip() if turns else shelf.welcome(len(rows), examples(r.title for r in rows))
        running, timer = self._running(len(rows))
        return shelf.shelf_heading(len(rows)), shelf.shelf(rows), gr.update(choices=outlets), running, timer, welcome

    def polled(self, turns: Sequence[Turn]) -> OnShelf:
        """The status line while models load; once they are ready, everything, and no more polling."""
        if self._assistant.state()[0] == "ready":
            return self.opened(turns)
        running, timer = self._running(self._assistant.articles.counts()[0])
        return gr.skip(), gr.skip(), gr.skip(), running, timer, gr.skip()

    def add_files(self, paths: list[str] | None, turns: Sequence[Turn]) -> Generator[tuple[Any, ...], None, None]:
        """Adds uploads and deletes them: any file gradio keeps can be read by whoever knows its address.

        (gr.File leaves an empty file beside each upload; serve.py removes the folder at the end.)
        """
        if not paths:
            yield (gr.skip(),) * 8
            return
        yield (gr.skip(), _note("Reading…"), *(gr.skip(),) * 6)
        try:
            note = self._added(lambda: self._assistant.articles.add_articles(_uploaded(paths), total=len(paths)))
        finally:
            for path in paths:
                Path(path).unlink(missing_ok=True)
        yield (None, note, *self.opened(turns))

    def add_text(
        self, pasted: str, title: str, outlet: str, published: str, turns: Sequence[Turn]
    ) -> Generator[tuple[Any, ...], None, None]:
        """Adds a pasted text; the form is emptied only when it worked."""
        yield (*(gr.skip(),) * 4, _note("Reading…"), *(gr.skip(),) * 6)
        report: list[AddReport] = []

        def add() -> AddReport:
            if not pasted.strip():
                raise Problem("There is no text to add. Paste the article’s text first.")
            when = typed_date(published)
            report.append(
                self._assistant.articles.add_text(
                    pasted, title=title.strip() or None, source=outlet.strip() or None, published=when, origin="pasted"
                )
            )
            return report[0]

        note = self._added(add)
        form = ("", "", "", "") if report and not report[0].failed else (gr.skip(),) * 4
        yield (*form, note, *self.opened(turns))

    def _added(self, add: Any) -> str:
        try:
            return _note(*_told(add()))
        except Problem as problem:
            return _note(str(problem), "failed")
        except Exception:  # a bug must reach the reader as a sentence and the log as a traceback
            log.exception("Adding failed")
            return _note("Something went wrong on our side; it has been written to the log. Nothing was lost.", "failed")

    def _running(self, articles: int) -> tuple[str, Any]:
        state, sentence = self._assistant.state()
        local = self._assistant.settings.llm.provider == "embedded"
        line = shelf.running(state, sentence, articles, self._assistant.model_name, local)
        return line, gr.Timer(active=state == "loading")


def _uploaded(paths: Sequence[str]) -> Iterator[Article | tuple[str, str]]:
    """Uploads as articles, or (origin, why) for each that cannot be one.

    The origin is the file's own name: where gradio kept it is new each time and nobody's business, while the
    same name again with another text is the corrected article.
    """
    for item in drafted([Path(path) for path in paths], {}):
        if isinstance(item, tuple):
            yield _origin(item[0]), item[1]
        else:
            yield replace(item, origin=_origin(item.origin))


def _origin(path: str) -> str:
    return f"{UPLOADED}{Path(path).name}"


def _note(said: str, kind: str = "") -> str:
    return f'<p class="added {kind}" role="status">{text(said)}</p>'


def _told(report: AddReport) -> tuple[str, str]:
    parts = []
    if report.added + report.updated == 1 and report.articles:
        _, title, chunks = report.articles[0]
        parts.append(f"{'Added' if report.added else 'Updated'} “{title}” ({words.counted(chunks, 'passage')}).")
    elif report.added + report.updated:
        parts.append(f"{words.counted(report.added + report.updated, 'article')} added.")
    known = report.unchanged + report.duplicates
    if known:
        parts.append(f"{words.counted(known, 'article')} {'was' if known == 1 else 'were'} in the library already.")
    parts += [f"{origin.removeprefix(UPLOADED)}: {why}" for origin, why in report.failed]
    return " ".join(parts) or "Nothing was added.", "failed" if report.failed else ""
