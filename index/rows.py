"""Rows of the database as values, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from index.text import digest
from index.types import Article, last_day

Vectors = npt.NDArray[np.float32]

ARTICLE = "a.id, a.title, a.text, a.source, a.author, a.url, a.published, a.language, a.added, a.origin, a.precision, a.updated, a.pages"
PUT_ARTICLE = """INSERT INTO articles (id, title, source, outlet, author, url, published, last_day, precision, updated, language,
        added, origin, digest, state, since, chars, pages, text)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET title = excluded.title, source = excluded.source, outlet = excluded.outlet,
    author = excluded.author, url = excluded.url, published = excluded.published, last_day = excluded.last_day,
    precision = excluded.precision, updated = excluded.updated, language = excluded.language, digest = excluded.digest,
    state = 'pending', version = version + 1, edition = edition + (text <> excluded.text),
    since = CASE WHEN text <> excluded.text THEN excluded.since ELSE since END,
    chars = excluded.chars, pages = excluded.pages, text = excluded.text"""


def columns(article: Article) -> tuple[str | int | None, ...]:
    """The values of PUT_ARTICLE."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    added = article.added or now
    return (
        article.id, article.title, article.source, outlet(article.source), article.author, article.url,
        iso(article.published), iso(last_day(article.published, article.precision)), article.precision, iso(article.updated),
        article.language, added, article.origin, digest(article.text), now if article.added else added, len(article.text),
        json.dumps(article.pages) if article.pages else "", article.text,
    )  # fmt: skip


def article_of(row: Sequence[Any]) -> Article:
    """An article from the columns of ARTICLE."""
    pages = tuple(json.loads(row[12])) if row[12] else ()
    return Article(*(*row[:6], day_of(row[6]), *row[7:11], day_of(row[11]), pages))


def outlet(source: str | None) -> str | None:
    """What a filter compares: no difference of case."""
    return source.casefold() if source else None


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def matrix(blobs: Sequence[bytes]) -> Vectors:
    """Stored vectors as (n, dimension); (0, 0) where there are none."""
    if not blobs:
        return np.zeros((0, 0), dtype=np.float32)
    return np.frombuffer(b"".join(blobs), dtype=np.float16).reshape(len(blobs), -1).astype(np.float32)
