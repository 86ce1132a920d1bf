"""What each command does: one function a command, its printing in `qa.printing`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index import models
from index.archive import export_library, import_library
from index.articles import Articles
from index.problem import Problem
from index.types import Filters
from qa import printing
from qa.assistant import open_articles, open_assistant
from qa.settings import load_settings
from qa.types import Answer


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
    serve(assistant, options.host or settings.host, options.port or settings.port)
    return 0


def add(options: argparse.Namespace) -> int:
    with _articles() as articles, printing.bar("Adding", quiet=options.json) as progress:
        report = articles.add(
            options.paths, title=options.title, source=options.source, author=options.author, published=options.published, progress=progress
        )
    if options.json:
        _print(report.as_json())
    else:
        print(printing.report(report))
    failed = "\n".join(f"{origin}: {why}" for origin, why in report.failed)
    if failed and not options.json:
        print(failed, file=sys.stderr)
    if report.added + report.updated + report.unchanged + report.duplicates:
        return 0
    if options.json and failed:
        print(failed, file=sys.stderr)
    if not failed:
        print("Nothing was added: there is no .txt, .md or .html file there.", file=sys.stderr)
    return 1


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
        article = articles.get(options.id)
    if options.json:
        _print(printing.article_json(article))
    else:
        print(printing.article(article))
    return 0


def remove(options: argparse.Namespace) -> int:
    with _articles() as articles:
        gone = articles.remove(options.ids)
    print(f"Removed {printing.count(gone, 'article')}.")
    return 0


def reindex(options: argparse.Namespace) -> int:
    with _articles() as articles, printing.bar("Reindexing") as progress:
        number, chunks = articles.reindex(progress)
    print(f"Indexed {printing.count(number, 'article')} in {printing.count(chunks, 'passage')}.")
    return 0


def verify(options: argparse.Namespace) -> int:
    with _articles() as articles:
        wrong = articles.verify(options.repair)
        number, chunks = articles.counts()
    if wrong:
        raise Problem("\n".join(wrong) + ("" if options.repair else "\nRun: article-qa verify --repair"))
    print(f"All is well: {printing.count(number, 'article')}, {printing.count(chunks, 'passage')}.")
    return 0


def search(options: argparse.Namespace) -> int:
    with _articles() as articles:
        passages = articles.search(options.question, _filters(options), options.top_k)
    if options.json:
        _print([p.as_json() for p in passages])
    else:
        print(printing.passages(passages))
    return 0


def ask(options: argparse.Namespace) -> int:
    assistant = open_assistant(load_settings())
    try:
        events = assistant.ask(options.question, _history(options.history), _filters(options), options.today)
        if options.json:
            *_, last = events
            assert isinstance(last, Answer)  # the last event always is
            _print(last.as_json())
        else:
            printing.stream(events)
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
    models.pull(options.names or list(dict.fromkeys([*models.DEFAULTS, *needed])), settings.models)
    return 0


def export(options: argparse.Namespace) -> int:
    with _articles() as articles:
        export_library(articles, Path(options.file))
    print(f"Wrote {options.file}.")
    return 0


def import_(options: argparse.Namespace) -> int:
    with _articles() as articles:
        number = import_library(articles, Path(options.file))
    print(f"Took in {printing.count(number, 'article')}.")
    return 0


@contextmanager
def _articles() -> Iterator[Articles]:
    articles = open_articles(load_settings())
    try:
        yield articles
    finally:
        articles.close()


def _needed(provider: str, llm: str, embedding: str) -> list[str]:
    wanted = ["reranker", *([embedding] if embedding in models.models() else []), *([llm] if provider == "embedded" else [])]
    return [name for name in wanted if name in models.models()]


def _filters(options: argparse.Namespace) -> Filters:
    if options.published_from and options.published_to and options.published_from > options.published_to:
        raise Problem(f"--from {options.published_from} is after --to {options.published_to}. Swap them.")
    return Filters(tuple(options.source), options.published_from, options.published_to)


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
