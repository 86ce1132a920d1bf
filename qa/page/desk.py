"""The articles' side of the page: what is there, what is added, and whether the models are ready."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from index.ingest import drafted
from index.problem import Problem
from index.types import AddReport, Article
from qa.page import shelf
from qa.page.adding import Adder, can_retry, failures, failures_heading
from qa.page.dates import typed_date, typed_precision
from qa.page.examples import examples
from qa.page.turn import Turn

if TYPE_CHECKING:
    from qa.assistant import Assistant

UPLOADED = "upload:"
SEEDS = Path(__file__).parents[2] / "seeds"  # the articles that come along, where this is a checkout

# heading, list, outlets, collections, status line, timer, the newest turn (the welcome while there is none), and of what could not be
# added: its fold, its reasons, the button to try again
OnShelf = tuple[Any, Any, Any, Any, Any, Any, Any, Any, Any, Any]
ON_SHELF = 10
_SHELF_AS_IS = (gr.skip(),) * ON_SHELF
_CANCEL, _NO_CANCEL = gr.update(visible=True), gr.update(visible=False)


class Desk:
    """Where articles are listed and added."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._adder = Adder(lambda: assistant.articles)

    def opened(self, turns: Sequence[Turn] | None) -> OnShelf:
        """Everything on the left and above, and the welcome where a page shows no turns; None: what it shows is not known (chat.py)."""
        rows = self._assistant.articles.list()
        outlets = sorted({r.source for r in rows if r.source}, key=str.casefold)
        welcome = gr.skip() if turns or turns is None else shelf.welcome(len(rows), examples(r.title for r in rows), _seeds())
        running, timer = self._running(len(rows))
        return (
            shelf.shelf_heading(len(rows)), shelf.shelf(rows), gr.update(choices=outlets), self._collections(), running, timer,
            welcome, *self._failures(),
        )  # fmt: skip

    def polled(self, turns: Sequence[Turn] | None) -> OnShelf:
        """The status line while models load; once they are ready, everything, and no more polling."""
        if self._assistant.state()[0] == "ready":
            return self.opened(turns)
        running, timer = self._running(self._assistant.articles.counts()[0])
        return (*_SHELF_AS_IS[:4], running, timer, *_SHELF_AS_IS[6:])

    def add_files(self, paths: list[str] | None, turns: Sequence[Turn] | None) -> Generator[tuple[Any, ...], None, None]:
        """Adds uploads and deletes them: any file gradio keeps can be read by whoever knows its address.

        (gr.File leaves an empty file beside each upload; serve.py removes the folder at the end.)
        """
        if not paths:
            yield (gr.skip(),) * (3 + ON_SHELF)
            return

        def add(stop: threading.Event) -> AddReport:
            try:
                return self._assistant.articles.add_articles(_uploaded(paths), total=len(paths), stop=stop)
            finally:
                for path in paths:
                    Path(path).unlink(missing_ok=True)

        for now in self._adder.run(add):
            note = now
            yield (gr.skip(), note, _CANCEL, *_SHELF_AS_IS)
        yield (None, note, _NO_CANCEL, *self.opened(turns))

    def add_text(
        self, pasted: str, title: str, outlet: str, published: str, turns: Sequence[Turn] | None
    ) -> Generator[tuple[Any, ...], None, None]:
        """Adds a pasted text, or what pasted links lead to; the form is emptied only when it worked."""
        adding = self._adder.run(lambda stop: self._add_form(pasted, title.strip(), outlet.strip(), published, stop))
        note, report = "", None
        while True:
            try:
                note = next(adding)
            except StopIteration as ended:
                report = ended.value
                break
            yield (*(gr.skip(),) * 4, note, _CANCEL, *_SHELF_AS_IS)
        form = ("", "", "", "") if report and not report.failed and not report.stopped else (gr.skip(),) * 4
        yield (*form, note, _NO_CANCEL, *self.opened(turns))

    def retry(self, turns: Sequence[Turn] | None) -> Generator[tuple[Any, ...], None, None]:
        """Tries again what could not be added."""
        note = ""
        for note in self._adder.run(lambda stop: self._assistant.articles.retry(stop=stop)):
            yield (note, _CANCEL, *_SHELF_AS_IS)
        yield (note, _NO_CANCEL, *self.opened(turns))

    def add_seeds(self, turns: Sequence[Turn]) -> Generator[tuple[Any, ...], None, None]:
        """Adds the articles that come along."""
        note = ""
        for note in self._adder.run(lambda stop: self._assistant.articles.add([str(SEEDS)], stop=stop)):
            yield (note, _CANCEL, *_SHELF_AS_IS)
        yield (note, _NO_CANCEL, *self.opened(turns))

    def cancel(self) -> None:
        """Ends the adding that goes on; what is done is kept, and its report says so."""
        self._adder.cancel()

    def _add_form(self, pasted: str, title: str, outlet: str, published: str, stop: threading.Event) -> AddReport:
        articles = self._assistant.articles
        when = typed_date(published)
        links = _links(pasted)
        if links:
            if title and len(links) > 1:
                raise Problem("One title cannot be that of several articles. Empty the title, or add one link at a time.")
            precision = typed_precision(published) if when else "day"
            return articles.add(links, title=title or None, source=outlet or None, published=when, precision=precision, stop=stop)
        if not pasted.strip():
            raise Problem("There is no text to add. Paste the article’s text or its link first.")
        return articles.add_text(pasted, title=title or None, source=outlet or None, published=when, origin="pasted")

    def _collections(self) -> Any:
        known = self._assistant.articles.library.collections()
        return gr.update(choices=[(f"{name} ({count:,})", name) for name, count in known.items()], visible=bool(known))

    def _failures(self) -> tuple[Any, Any, Any]:
        found = self._assistant.articles.failures()
        fold = gr.update(label=failures_heading(len(found)), visible=bool(found))
        return fold, failures(found), gr.update(visible=can_retry(found))

    def _running(self, articles: int) -> tuple[str, Any]:
        state, sentence = self._assistant.state()
        local = self._assistant.settings.llm.provider == "embedded"
        line = shelf.running(state, sentence, articles, self._assistant.model_name, local)
        return line, gr.Timer(active=state == "loading")


def _seeds() -> int:
    """How many articles come along."""
    return len([path for path in SEEDS.glob("*.md") if path.name != "README.md"])


def _links(pasted: str) -> list[str]:
    """The links, where nothing but links was pasted, one a line."""
    lines = pasted.split()
    return lines if lines and all(line.lower().startswith(("http://", "https://")) for line in lines) else []


def _uploaded(paths: Sequence[str]) -> Iterator[Article | tuple[str, str]]:
    """Uploads as articles, or (origin, why) for each that cannot be one.

    The origin is the file's own name: where gradio kept it is new each time and nobody's business, while the
    same name again with another text is the corrected article.
    """
    for path in paths:
        folder = f"{Path(path).parent}/"
        for item in drafted([Path(path)], {}):
            if isinstance(item, tuple):
                yield _origin(item[0], folder), item[1]
            else:
                yield replace(item, origin=_origin(item.origin, folder))


def _origin(origin: str, folder: str) -> str:
    """A part of an upload under the upload's name; a page that an upload tells of under its own address."""
    return f"{UPLOADED}{origin.removeprefix(folder)}" if origin.startswith(folder) else origin
