"""A library in memory, in the shape of the real one. What it finds, it finds by shared words."""

from __future__ import annotations

import builtins
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

from index.problem import Problem
from index.question.hints import Hint, hints
from index.question.preferences import Preferences
from index.search import checked_question
from index.sentences import split_sentences
from index.types import Adding, AddReport, Article, Chunk, Failure, Filters, Passage, Row, Version

ALL = Filters()
TODAY = date(2024, 3, 8)  # a Friday; where no day is told


class FakeArticles:
    """Keeps articles in a dictionary; a passage is a paragraph."""

    def __init__(self, articles: Sequence[Article] = ()) -> None:
        self.kept = {a.id: a for a in articles}
        self.read: list[str] = []  # what each uploaded file held while it was there
        self.old: list[Article] = []  # texts that articles had before
        self.stories: list[set[str]] = []
        self.failed: list[Failure] = []
        self.adding: Adding | None = None
        self.named: dict[str, int] = {}  # collections
        self.library = SimpleNamespace(collections=lambda: self.named)
        self.held: threading.Event | None = None  # an adding waits for it before its second article

    def add_articles(
        self,
        articles: Iterable[Article | tuple[str, str]],
        progress: object = None,
        total: int = 0,
        *,
        stop: threading.Event | None = None,
    ) -> AddReport:
        added: builtins.list[Article] = []
        failed = []
        for number, item in enumerate(articles):
            if number and self.held:
                self.adding = Adding("", number, total, "articles", number, number, 4.0)
                while not self.held.wait(0.02):
                    if stop and stop.is_set():
                        return AddReport(added=len(added), articles=tuple((a.id, a.title, 1) for a in added), stopped=True)
            if isinstance(item, tuple):
                failed.append(item)
            else:
                self.read.append(item.text)
                added.append(self._keep(item.title, item.text, item.source, item.published))
        return AddReport(added=len(added), failed=tuple(failed), articles=tuple((a.id, a.title, len(chunks(a))) for a in added))

    def add_text(
        self,
        text: str,
        *,
        title: str | None,
        source: str | None,
        author: str | None = None,
        published: date | None = None,
        origin: str = "pasted",
    ) -> AddReport:
        article = self._keep(title or text[:40], text, source, published)
        return AddReport(added=1, articles=((article.id, article.title, len(chunks(article))),))

    def add(self, paths: Sequence[str], *, stop: threading.Event | None = None, **facts: Any) -> AddReport:
        """Links with “gone” in them are not there; any other leads to an article about itself."""
        report, failed = AddReport(), []
        for path in paths:
            if "gone" in path:
                failed.append((path, "it is not there (404)."))
                self.failed.append(Failure(path, "it is not there (404).", "2026-01-01", path))
            else:
                report = self.add_text(f"What {path} says.", title=facts.get("title") or path, source=facts.get("source"))
        return replace(report, added=len(paths) - len(failed), failed=tuple(failed))

    def failures(self) -> builtins.list[Failure]:
        return self.failed

    def retry(self, progress: object = None, stop: threading.Event | None = None) -> AddReport:
        asked, self.failed = self.failed, []
        return self.add([f.path.replace("gone", "back") for f in asked], source=None)

    def versions(self, article_id: str) -> builtins.list[Version]:
        texts = [self.get(article_id), *(a for a in self.old if a.id == article_id)]
        return [
            Version(len(texts) - n, a.title, a.source, a.published, a.precision, len(a.text), a.added, None if n == 0 else "2026")
            for n, a in enumerate(texts)
        ]

    def cited(self, article_id: str, start: int, end: int, quote: str) -> tuple[Article, bool]:
        for article in (self.get(article_id), *self.old):
            if article.id == article_id and article.text[start:end] == quote:
                return article, article in self.old
        raise Problem("The words cited stand in no version.")

    def story(self, article_id: str) -> builtins.list[Row]:
        return [r for r in self.list() if r.id == article_id or any({r.id, article_id} <= s for s in self.stories)]

    def origins(self, article_id: str) -> builtins.list[str]:
        return [self.get(article_id).origin]

    def edit(self, article_id: str, **facts: Any) -> Article:
        if "title" in facts and not facts["title"]:
            raise Problem("The title is empty. An article needs one.")
        self.kept[article_id] = replace(self.get(article_id), **facts)
        return self.kept[article_id]

    def _keep(self, title: str, text: str, source: str | None, published: date | None) -> Article:
        article = Article(f"a{len(self.kept) + 1}", title, text, source, published=published)
        self.kept[article.id] = article
        return article

    def remove(self, ids: Sequence[str]) -> int:
        return sum(self.kept.pop(i, None) is not None for i in ids)

    def list(self) -> builtins.list[Row]:
        return [
            Row(a.id, a.title, a.source, a.author, a.url, a.published, a.added, len(a.text), len(chunks(a)), "indexed", a.origin)
            for a in self.kept.values()
        ]

    def get(self, article_id: str, version: int | None = None) -> Article:
        if article_id not in self.kept:
            raise Problem("There is no such article.")
        texts = [*(a for a in reversed(self.old) if a.id == article_id), self.kept[article_id]]
        return texts[version - 1 if version else -1]

    def counts(self) -> tuple[int, int]:
        return len(self.kept), sum(len(chunks(a)) for a in self.kept.values())

    def hints(self, question: str, today: date | None = None) -> tuple[Hint, ...]:
        """By the real reading of a question; nothing here depends on the day it is, but by `today`."""
        return hints(question, today or TODAY, sorted({a.source for a in self.kept.values() if a.source}))

    def search(
        self,
        question: str,
        filters: Filters = ALL,
        top_k: int | None = None,
        *,
        today: date | None = None,
        ignored: Sequence[str] = (),
    ) -> builtins.list[Passage]:
        question = checked_question(question)
        wish = Preferences(tuple(h for h in self.hints(question, today) if not h.left_out(ignored)), today)
        days = sorted({a.published for a in self.kept.values() if a.published})
        asked = bag(question)
        found = []
        for article in self.kept.values():
            if filters.sources and article.source not in filters.sources:
                continue
            for chunk in chunks(article):
                sentences = split_sentences(chunk.text, chunk.start)
                best = max(sentences, key=lambda s: len(asked & bag(s.text)))
                shared = len(asked & bag(chunk.text + " " + article.title))
                if shared:
                    wished = wish.logits(article, chunk.text, days) if wish else 0.0
                    found.append((wished, shared / len(asked), article, chunk, best))
        found.sort(key=lambda f: (-f[0], -f[1]))
        return [
            Passage(
                c,
                a.title,
                a.source,
                a.url,
                a.published,
                rank,
                min(1.0, share),
                b,
                ("Tidewater Courier",) if "Ever Given" in a.title else (),
                found_by=("words", "meaning") if rank == 1 else ("words",),
            )
            for rank, (_, share, a, c, b) in enumerate(found[: top_k or 6], 1)
        ]


def chunks(article: Article) -> list[Chunk]:
    return [
        Chunk(f"{article.id}-{n}", article.id, n, m.start(), m.end(), m[0])
        for n, m in enumerate(re.finditer(r"[^\n]+(?:\n[^\n]+)*", article.text))
    ]


def bag(text: str) -> set[str]:
    return {w for w in re.findall(r"\w+", text.casefold()) if len(w) > 2}
