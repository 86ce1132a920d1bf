"""Adding articles from end to end, beside the bare embedding of the same chunks."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from evals import datasets
from evals.bench import Measured, Row
from index.problem import Problem
from qa.settings import Settings

REPEATS = 3


def measure(settings: Settings) -> Measured:
    """Chunks a second, three times in turn: files to a searchable library, and texts to vectors alone."""
    from index.articles import Articles
    from index.chunking import chunk, embedded_text
    from index.embedding import TransformerEmbedder

    paths = [str(path) for path in datasets.seed_cases().paths]
    embedder = TransformerEmbedder(settings.search.embedding, settings.models)
    embedder.passages(["warm up"] * 32)
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(REPEATS):
        with TemporaryDirectory() as home:
            articles = Articles(Path(home), settings.models, chunk_tokens=settings.search.chunk_tokens, embedder=embedder)
            try:
                articles.own()
                started = time.perf_counter()
                report = articles.add(paths)
                seconds = time.perf_counter() - started
                if report.failed:
                    raise Problem("\n".join(f"{origin}: {why}" for origin, why in report.failed))
                texts = [
                    embedded_text(article, piece)
                    for row in articles.list()
                    for article in [articles.get(row.id)]
                    for piece in chunk(article, settings.search.chunk_tokens)
                ]
                ours.append(len(texts) / seconds)
            finally:
                articles.close()
        started = time.perf_counter()
        embedder.passages(texts)
        bare.append(len(texts) / (time.perf_counter() - started))
    row = Row(
        "files to searchable",
        median(ours),
        REPEATS,
        "chunks/s",
        median(bare),
        "embedding the same chunks, nothing else",
    )
    return Measured(
        "ingest",
        (row,),
        (f"{len(paths)} articles, {len(texts)} chunks; a ratio of 1 means that all but the embedding is free.",),
    )
