"""The whole library as one file, and back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from index.articles import Articles
from index.ingest import Progress
from index.library import Library
from index.problem import Problem
from index.schema import FORMAT
from index.types import Article

BATCH = 200  # articles whose past is taken in one transaction


Beside = Callable[[Path], object]  # of a file of ours, what is not the library's


def export_library(articles: Articles, target: Path, beside: Beside | None = None) -> None:
    """A consistent snapshot, taken while others read and write; whole or not at all.

    `beside` puts what else belongs there into the same SQLite file, before that has its name.

    Raises Problem when the file cannot be written.
    """
    unfinished = target.with_name(target.name + ".part")
    try:
        unfinished.unlink(missing_ok=True)
        articles.library.snapshot(unfinished)
        if beside:
            beside(unfinished)
        os.replace(unfinished, target)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        raise Problem(f"{target} could not be written ({error}). Choose another place, or free some disk space.") from error
    except Problem:
        unfinished.unlink(missing_ok=True)
        raise


def import_library(articles: Articles, file: Path, progress: Progress | None = None, beside: Beside | None = None) -> int:
    """Take in every article of an export; those that are here already stay as they are. Returns how many came.

    A text whose place (file or pasted title) is taken here by another text comes in beside it, as an article of its own.

    An article that came whole brings its earlier versions, its other origins and what was edited by hand.

    `beside` takes what else is in a copy of the file, before the first article comes: when it raises, none does.

    Raises Problem when the file is no export of ours. Nothing of it is trusted: texts are cut and embedded anew.
    """
    if not file.is_file():
        raise Problem(f"There is no file {file}. Give a file made by: article-qa export FILE")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "import.sqlite")
        try:
            # A copy, because opening brings the format up to date and must not touch the person's file.
            shutil.copyfile(file, copy)
            with closing(sqlite3.connect(copy)) as probe:
                probe.execute("SELECT value FROM meta WHERE key = 'library'").fetchone()[0]
                version = int(probe.execute("PRAGMA user_version").fetchone()[0])
        except (OSError, sqlite3.Error, TypeError) as error:
            raise Problem(f"{file} is not an export of article-qa. Give a file made by: article-qa export FILE") from error
        if version > FORMAT:
            raise Problem(f"{file} was exported by a newer article-qa (format {version}, this one knows {FORMAT}). Update article-qa.")
        if beside:
            beside(copy)
        other = Library(copy)
        try:
            report = articles.add_articles(_every(other), progress, other.counts()[0], keep=True)
            ids = [row.id for row in other.rows()]
            for first in range(0, len(ids), BATCH):
                articles.library.take_past(other, ids[first : first + BATCH])
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise Problem(f"{file} is damaged ({error}). What could be read of it is kept; give another export.") from error
        finally:
            other.close()
    if report.failed:
        raise Problem("\n".join(f"{origin}: {why}" for origin, why in report.failed))
    return report.added + report.updated


def _every(library: Library) -> Iterator[Article]:
    for row in library.rows():
        yield library.get(row.id)
