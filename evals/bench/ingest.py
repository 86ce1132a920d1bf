"""Adding articles from end to end, beside the bare embedding of the same chunks and llama-index's own ingestion of them."""

from __future__ import annotations

import json
import math
import resource
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tqdm import tqdm

from evals.bench import Measured, Row
from evals.bench.made import CHUNKS, made
from evals.bench.yardsticks import VectorStore
from index.problem import Problem
from qa.settings import Settings

ARTICLES = 100
PARTS = 5  # at least so many, and of 200 articles at most, taken in turn: all three meet the machine in the same moods
A_PART = 200


def measure(settings: Settings, articles: Path | None = None, limit: int = ARTICLES) -> Measured:
    """Chunks a second: a JSONL file to a searchable library, the chunks' texts to vectors, and the texts to an index of llama-index's.

    `articles` is a JSONL file as `article-qa add` reads it, of which `limit` lines are taken; else that many made-up ones.
    Each part of them goes all three ways before the next does. Raises Problem where an article cannot be added.
    """
    from index.articles import Articles
    from index.embedding import TransformerEmbedder

    lines = list(islice(articles.open(encoding="utf-8"), limit)) if articles else _lines(limit)
    embedder = TransformerEmbedder(settings.search.embedding, settings.models)
    embedder.passages(["warm up"] * 32)
    taken: dict[str, list[float]] = {"ours": [], "bare": [], "plain": []}  # seconds, part by part
    parts = max(PARTS, math.ceil(len(lines) / A_PART))
    chunks = 0
    with TemporaryDirectory() as folder:
        plain = VectorStore(settings.models, Path(folder) / "plain")
        library = Articles(Path(folder) / "ours", settings.models, chunk_tokens=settings.search.chunk_tokens, embedder=embedder)
        try:
            library.own()
            bar = tqdm(range(parts), unit="part")
            for n in bar:
                part = Path(folder) / f"part{n}.jsonl"
                part.write_text("".join(lines[n::parts]), "utf-8")
                seen = {row.id for row in library.list()}
                taken["ours"].append(_seconds(_add, library, part))
                texts = _texts(library, seen, settings.search.chunk_tokens)
                chunks += len(texts)
                for name in ("bare", "plain") if n % 2 else ("plain", "bare"):
                    taken[name].append(_seconds(embedder.passages if name == "bare" else plain.insert, texts))
                bar.set_postfix({name: f"{sum(seconds):.0f} s" for name, seconds in taken.items()})
        finally:
            library.close()
    whole = {name: sum(seconds) for name, seconds in taken.items()}
    rows = tuple(
        Row("file to searchable", chunks / whole["ours"], chunks, "chunks/s", chunks / whole[name], against)
        for name, against in (
            ("bare", "embedding the same chunks, nothing else"),
            ("plain", "llama-index VectorStoreIndex, Chroma, all-MiniLM on torch"),
        )
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return Measured(
        "ingest",
        rows,
        (
            f"{len(lines)} articles, {chunks} chunks; end to end {whole['ours'] / whole['bare']:.2f} × the time of the bare embedding"
            f" ({_grown(taken)}).",
            f"Peak memory of the process, both yardsticks and torch in it: {peak:.2f} GB.",
        ),
    )


def _grown(taken: dict[str, list[float]]) -> str:
    """Whether it costs more as the library grows: the same for the first and the last quarter of the parts."""
    quarter = math.ceil(len(taken["ours"]) / 4)
    first, last = (sum(taken["ours"][part]) / sum(taken["bare"][part]) for part in (slice(quarter), slice(-quarter, None)))
    return f"{first:.2f} in the first quarter of the parts, {last:.2f} in the last"


def _add(library: Any, part: Path) -> None:
    report = library.add([str(part)])
    if report.failed:
        raise Problem("\n".join(f"{origin}: {why}" for origin, why in report.failed[:10]))


def _texts(library: Any, seen: set[str], tokens: int) -> list[str]:
    """What was embedded of the articles that were not there before."""
    from index.chunking import chunk, embedded_text

    new = [library.get(row.id) for row in library.list() if row.id not in seen]
    return [embedded_text(article, piece) for article in new for piece in chunk(article, tokens)]


def _seconds(way: Callable[..., Any], *given: Any) -> float:
    started = time.perf_counter()
    way(*given)
    return time.perf_counter() - started


def _lines(articles: int) -> list[str]:
    """Made-up articles as JSONL."""
    return [
        json.dumps({"title": a.title, "text": a.text, "source": a.source, "date": str(a.published)}) + "\n"
        for a, _, _ in made(articles * CHUNKS)
    ]
