"""What each command does: one function a command, its printing in `qa.printing`."""

from __future__ import annotations

import argparse
import importlib
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from index import models
from index.archive import export_library, import_library
from index.articles import Articles
from index.converted import converted
from index.problem import Problem
from index.types import AddReport, Filters, Precision
from qa import carried, printing
from qa.assistant import open_articles, open_assistant
from qa.preferred import answer_json
from qa.settings import load_settings

UNKNOWN: tuple[None, Precision] = (None, "day")


def chat(options: argparse.Namespace) -> int:
    from qa.page.serve import serve  # late: gradio is two seconds of import

    settings = load_settings()
    seeds = options.seeds
    if seeds and not Path(seeds).is_dir():
        raise Problem(f"There is no folder {seeds!r}. Give --seeds a folder of articles, or leave it out.")
    for name in _needed(settings.llm.provider, settings.llm.model, settings.search.embedding):
        models.model_path(name, settings.models)  # said now, not when the first question is asked
    assistant = open_assistant(settings)
    if seeds and not assistant.articles.counts()[0]:
        with printing.bar("Adding the articles that come along") as progress:
            assistant.articles.add([seeds], progress=progress)
    # evals may import qa, never the other way round: its pages come in by name
    pages = importlib.import_module("evals.pages.site").make_pages(settings.home / "runs")
    serve(assistant, options.host or settings.host, options.port or settings.port, [("Evaluations", pages)])
    return 0


def add(options: argparse.Namespace) -> int:
    day, precision = options.published or UNKNOWN
    with _articles() as articles, _stoppable() as stop, printing.bar("Adding", options.json, lambda: articles.adding) as progress:
        report = articles.add(
            options.paths, title=options.title, source=options.source, author=options.author, published=day, precision=precision,
            mapping=options.mapping, progress=progress, stop=stop,
        )  # fmt: skip
    return _told(report, options.json, "Nothing was added: there is no file there that can be read.")


def retry(options: argparse.Namespace) -> int:
    with _articles() as articles, _stoppable() as stop, printing.bar("Trying again", options.json, lambda: articles.adding) as progress:
        report = articles.retry(progress, stop)
        left = articles.failures()
    return _told(report, options.json, "There is nothing that can be tried again. Give what was uploaded or pasted anew." if left else "")


def failed(options: argparse.Namespace) -> int:
    with _articles() as articles:
        found = articles.failures()
        if options.forget:
            articles.library.quarantine.empty()
    if options.json:
        _print([failure.as_json() for failure in found])
    else:
        print(printing.failures(found) + (" Forgotten." if options.forget and found else ""))
    return 0


def _told(report: AddReport, as_json: bool, nothing: str) -> int:
    if as_json:
        _print(report.as_json())
    else:
        print(printing.report(report))
    told = "\n".join(f"{origin}: {why}" for origin, why in report.failed)
    done = report.added + report.updated + report.unchanged + report.duplicates
    if told and not (as_json and done):
        print(told, file=sys.stderr)
    if report.stopped:
        print("Stopped. What was done so far is kept.", file=sys.stderr)
        return 130
    if not done and not told and nothing:
        print(nothing, file=sys.stderr)
    return 0 if done or not (told or nothing) else 1


def list_articles(options: argparse.Namespace) -> int:
    with _articles() as articles:
        rows = articles.list()
    if options.json:
        _print([row.as_json() for row in rows])
    else:
        print(printing.rows(rows))
    return 0


def show(options: argparse.Namespace) -> int:
    with _articles() as articles:
        article = articles.get(options.id, options.version)
        versions, origins = articles.versions(options.id), articles.origins(options.id)
    number = options.version or versions[0].number
    if options.json:
        _print(printing.article_json(article) | {"origins": origins, "version": number, "versions": len(versions)})
    else:
        print(printing.article(article, origins, number, versions[0].number))
    return 0


def history(options: argparse.Namespace) -> int:
    with _articles() as articles:
        versions = articles.versions(options.id)
    if options.json:
        _print([version.as_json() for version in versions])
    else:
        print(printing.versions(versions))
    return 0


def edit(options: argparse.Namespace) -> int:
    facts = {name: getattr(options, name) for name in ("title", "source", "author", "url") if getattr(options, name) is not None}
    if options.published:
        facts |= {"published": options.published[0], "precision": options.published[1]}
    if not facts:
        raise Problem("Say what to change: --title, --source, --author, --published or --url.")
    with _articles() as articles:
        article = articles.edit(options.id, **facts)
    if options.json:
        _print(printing.article_json(article))
    else:
        print(printing.facts(article))
    return 0


def remove(options: argparse.Namespace) -> int:
    with _articles() as articles:
        gone = articles.remove(options.ids)
    print(f"Removed {printing.count(gone, 'article')}, with all versions.")
    return 0


def reindex(options: argparse.Namespace) -> int:
    with _articles() as articles, printing.bar("Reindexing") as progress:
        number, chunks = articles.reindex(progress)
    print(f"Indexed {printing.count(number, 'article')} in {printing.count(chunks, 'passage')}.")
    return 0


def verify(options: argparse.Namespace) -> int:
    with _articles() as articles:
        found = articles.checked(options.repair)
    unchecked = "".join(f"\nNot checked: {what}. Stop that process, or run verify again later." for what in found.unchecked)
    if found.wrong or (options.repair and found.unchecked):
        raise Problem("\n".join(found.wrong) + unchecked + ("" if options.repair else "\nRun: article-qa verify --repair"))
    if unchecked:
        print(f"What was checked is well: {', '.join(found.checked)}.{unchecked}")
    else:
        print(f"All is well: {', '.join(found.checked)}.")
    return 0


def search(options: argparse.Namespace) -> int:
    with _articles() as articles:
        passages = articles.search(options.question, _filters(options), options.top_k, today=options.today, ignored=options.ignore)
        hints = articles.hints(options.question, options.today)
    printing.warn_of_unmatched(hints, options.ignore)
    if options.json:
        _print([p.as_json() for p in passages])
    else:
        print(printing.preferences(hints, options.ignore) + printing.passages(passages))
    return 0


def ask(options: argparse.Namespace) -> int:
    assistant = open_assistant(load_settings())
    try:
        asked = assistant.ask(options.question, _history(options.history), _filters(options), options.today, ignored=options.ignore)
        events = printing.heeding(asked, options.ignore)
        if options.json:
            _print(answer_json(events, options.ignore))
        else:
            printing.stream(events, options.ignore)
    finally:
        assistant.close()
    return 0


def models_list(options: argparse.Namespace) -> int:
    told = models.describe(load_settings().models)
    if options.json:
        _print(told)
    else:
        print(printing.models(told))
    return 0


def models_pull(options: argparse.Namespace) -> int:
    settings = load_settings()
    needed = _needed(settings.llm.provider, settings.llm.model, settings.search.embedding)
    names = options.names or list(dict.fromkeys([*models.DEFAULTS, *needed]))
    models.pull(names, settings.models)
    for name in names:
        if models.models()[name].kind == "llm":
            print(f"Preparing {name}; the first time this takes about a minute.", file=sys.stderr)
            converted(models.model_path(name, settings.models))
    return 0


def export(options: argparse.Namespace) -> int:
    talks = load_settings().home / "talks.sqlite"
    with _articles() as articles:
        export_library(articles, Path(options.file), lambda file: carried.put(talks, file))
    print(f"Wrote {options.file}.")
    return 0


def import_(options: argparse.Namespace) -> int:
    talks = load_settings().home / "talks.sqlite"
    came = 0

    def take(file: Path) -> None:
        nonlocal came
        came = carried.take(file, talks)

    with _articles() as articles, printing.bar("Importing", now=lambda: articles.adding) as progress:
        number = import_library(articles, Path(options.file), progress, take)
    print(f"Took in {printing.count(number, 'article')} and {printing.count(came, 'conversation')}.")
    return 0


@contextmanager
def _articles() -> Iterator[Articles]:
    articles = open_articles(load_settings())
    try:
        with articles.library.reading():
            yield articles
    finally:
        articles.close()


@contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """Ctrl-C asks to stop where nothing is lost; a second one does not wait for that."""
    stop = threading.Event()

    def asked(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, asked)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _needed(provider: str, llm: str, embedding: str) -> list[str]:
    wanted = ["reranker", *([embedding] if embedding in models.models() else []), *([llm] if provider == "embedded" else [])]
    return [name for name in wanted if name in models.models()]


def _filters(options: argparse.Namespace) -> Filters:
    if options.published_from and options.published_to and options.published_from > options.published_to:
        raise Problem(f"--from {options.published_from} is after --to {options.published_to}. Swap them.")
    return Filters(tuple(options.source), options.published_from, options.published_to, collection=options.collection)


def _history(file: str | None) -> list[tuple[str, str]]:
    if not file:
        return []
    try:
        pairs = json.loads(Path(file).read_text(encoding="utf-8"))
        if not isinstance(pairs, list) or not all(isinstance(p, list) and [type(text) for text in p] == [str, str] for p in pairs):
            raise ValueError("it holds something else")
        return [(question, answer) for question, answer in pairs]
    except (OSError, ValueError, RecursionError) as error:
        raise Problem(f"The history {file} cannot be read ({error}). It is a JSON list of [question, answer text] pairs.") from None


def _print(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
