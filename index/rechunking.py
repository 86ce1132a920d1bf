"""All articles cut and embedded anew: for another model or another length of passages."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from index.catalogue import Before
from index.chunking import chunk, embedded_text
from index.embedding import Embedder
from index.ingest import BATCH, Progress
from index.library import Library
from index.types import Article, Chunk


def rechunked(library: Library, embedder: Embedder, chunk_tokens: int, articles: Sequence[str], progress: Progress | None = None) -> None:
    """Cut and embed articles that are here anew, a bounded batch at a time.

    Others may write meanwhile: an article that changed while it was embedded is taken again, one that went is left gone.
    """
    waiting = deque(articles)
    total, done = len(articles), 0
    batch: list[tuple[Article, list[Chunk]]] = []
    while waiting or batch:
        article = library.find(article_id=waiting.popleft()) if waiting else None
        done += 1
        if article:
            batch.append((article, chunk(article, chunk_tokens)))
        if batch and (not waiting or sum(len(c) for _, c in batch) >= BATCH):
            vectors = embedder.passages([embedded_text(a, c) for a, chunks in batch for c in chunks])
            ends = [0]
            for _, chunks in batch:
                ends.append(ends[-1] + len(chunks))
            rows = [(a, c, vectors[s:e]) for (a, c), s, e in zip(batch, ends[:-1], ends[1:], strict=True)]
            again = library.put(rows, expected={a.id: Before(a) for a, _ in batch})
            waiting.extend(i for i in again if library.find(article_id=i))
            done -= len(again)
            batch = []
        if progress:
            progress(article.title if article else "", done, total)
