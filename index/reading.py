"""Paths and links → articles without ids, one after the other, and how far the reading is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from index.library import Library
from index.problem import Problem
from index.readers import Draft, find_files, read_drafts
from index.readers.fields import check_mapping
from index.types import Article, Precision

Failed = tuple[str, str, str]  # origin, why, the path or link that was asked for
LINK = 100_000  # bytes a link counts for before it is read


class Reading:
    """Iterated once. `done` of `total` are bytes: how many articles a file holds is known only when it is read."""

    def __init__(self, library: Library, paths: Sequence[str], facts: Mapping[str, Any], mapping: Mapping[str, str] | None = None) -> None:
        """`facts` win over what a file says of itself; `mapping` names the fields of records (JSON, CSV).
        Raises Problem for a mapping of what no article has."""
        self.done = 0
        self._library = library
        self._facts = {name: value for name, value in facts.items() if value}
        self._mapping = dict(mapping or {})
        check_mapping(self._mapping)
        self._links = [p for p in paths if "://" in p]
        self._files: list[Path | tuple[Path, str]] = []
        for path in paths:
            if "://" not in path:
                self._files += find_files(Path(os.path.abspath(os.path.expanduser(path))))
        self._sizes = [_size(f) for f in self._files]
        self.total = sum(self._sizes) + LINK * len(self._links)

    def __len__(self) -> int:
        return len(self._files) + len(self._links)

    def __iter__(self) -> Iterator[Article | Failed]:
        for file, size in zip(self._files, self._sizes, strict=True):
            first = self.done
            for item in self._of_file(file):
                if isinstance(item, Article):  # about where in a file of many this one stands: its words are most of it
                    self.done = min(self.done + len(item.text), first + size)
                yield item
            self.done = first + size
        if self._links:
            yield from self._of_links()

    def _of_file(self, file: Path | tuple[Path, str]) -> Iterator[Article | Failed]:
        if isinstance(file, tuple):
            path, why = str(file[0]), file[1]
            yield from self._watched(path, iter([(path, why, path)]))
        else:
            yield from self._watched(str(file), (self._article(str(file), item) for item in _drafts(file, self._mapping)))

    def _of_links(self) -> Iterator[Article | Failed]:
        # Late: a fifth of a second of import, and files need none of it.
        from index.web.fetch import Fetcher
        from index.web.links import read_links
        from index.web.robots import Manners

        fetcher = Fetcher()
        manners = Manners(fetcher)  # one for all: it knows how long each site wants to be left alone
        for link in self._links:
            items = ((where, found) if isinstance(found, str) else found for where, found in read_links([link], fetcher, manners))
            yield from self._watched(link, (self._article(link, item) for item in items))
            self.done += LINK

    def _watched(self, path: str, items: Iterator[Article | Failed]) -> Iterator[Article | Failed]:
        """What failed in `path` before and does not fail now leaves the quarantine when all of it is read."""
        failed = []
        for item in items:
            if not isinstance(item, Article):
                failed.append(item[0])
            yield item
        self._library.quarantine.clear_path(path, failed)

    def _article(self, path: str, item: Draft | tuple[str, str]) -> Article | Failed:
        return (*item, path) if isinstance(item, tuple) else replace(_article(path, item), **self._facts)


def drafted(files: Sequence[Path], facts: Mapping[str, Any]) -> Iterator[Article | tuple[str, str]]:
    """The articles in some files, each with its origin, or (where, why) for what cannot be one; `facts` win."""
    for file in files:
        for item in _drafts(file, {}):
            yield item if isinstance(item, tuple) else replace(_article(str(file), item), **facts)


def _article(path: str, item: Draft) -> Article:
    title = item.title or ("" if item.origin else Path(path).stem.replace("_", " ").replace("-", " ").strip())
    return Article(
        "", title or item.text.strip().partition("\n")[0][:120], item.text, item.source, item.author, item.url, item.published,
        item.language, "", item.origin or path, cast(Precision, item.precision), item.updated, item.pages,
    )  # fmt: skip


def _drafts(path: Path, mapping: Mapping[str, str]) -> Iterator[Draft | tuple[str, str]]:
    try:
        yield from read_drafts(path, mapping)
    except Problem as problem:
        yield str(path), str(problem)


def _size(file: Path | tuple[Path, str]) -> int:
    try:
        return 0 if isinstance(file, tuple) else os.path.getsize(file)
    except (OSError, ValueError):  # it is named as missing when it is read
        return 0
