"""Adding articles from end to end, beside the bare embedding of the same chunks and llama-index's own ingestion of them."""

from __future__ import annotations

import json
import math
import resource
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from hashlib import sha256
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
STATE = "measured.json"


@dataclass(slots=True)
class _State:
    """What was measured so far: seconds part by part and way by way, the chunks, and the articles that our library has."""

    of: str  # the articles and the parts that they are measured in
    taken: dict[str, list[float]] = field(default_factory=lambda: {"ours": [], "bare": [], "plain": []})
    chunks: int = 0
    ids: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path, of: str) -> _State:
        """Raises Problem where it is that of other articles."""
        if not file.exists():
            return cls(of)
        try:
            found = cls(**json.loads(file.read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise Problem(f"{file} cannot be read ({error}). Give another --folder, or remove this one.") from None
        if found.of != of:
            raise Problem(f"{file} is of other articles, or of another number of them. Give another --folder, or remove this one.")
        return found

    def write(self, file: Path) -> None:
        unfinished = file.with_suffix(".part")
        unfinished.write_text(json.dumps(asdict(self)), "utf-8")
        unfinished.replace(file)


def measure(settings: Settings, articles: Path | None = None, limit: int = ARTICLES, folder: Path | None = None) -> Measured:
    """Chunks a second: a JSONL file to a searchable library, the chunks' texts to vectors, and the texts to an index of llama-index's.

    `articles` is a JSONL file as `article-qa add` reads it, of which `limit` lines are taken; else that many made-up ones.
    Each part of them goes all three ways before the next does. In a `folder` all of it is kept after each part, and the next run
    goes on from there: hours of it need not be in one piece. Raises Problem where an article cannot be added.
    """
    lines = list(islice(articles.open(encoding="utf-8"), limit)) if articles else _lines(limit)
    with nullcontext(folder) if folder else TemporaryDirectory() as place:
        return _measured(settings, lines, Path(place))


def _measured(settings: Settings, lines: Sequence[str], folder: Path) -> Measured:
    from index.articles import Articles
    from index.embedding import TransformerEmbedder

    folder.mkdir(parents=True, exist_ok=True)
    parts = max(PARTS, math.ceil(len(lines) / A_PART))
    state = _State.read(folder / STATE, f"{parts} parts of {sha256(''.join(lines).encode()).hexdigest()[:16]}")
    embedder = TransformerEmbedder(settings.search.embedding, settings.models)
    embedder.passages(["warm up"] * 32)
    plain = VectorStore(settings.models, folder / "plain")  # what a part that was broken off left there makes it no slower
    library = Articles(folder / "ours", settings.models, chunk_tokens=settings.search.chunk_tokens, embedder=embedder)
    try:
        library.own()
        broken_off = {row.id for row in library.list()} - set(state.ids)
        if broken_off:
            library.remove(list(broken_off))
        done = len(state.taken["ours"])
        bar = tqdm(range(done, parts), unit="part", initial=done, total=parts)
        for n in bar:
            part = folder / "part.jsonl"
            part.write_text("".join(lines[n::parts]), "utf-8")
            seconds = {"ours": _seconds(_add, library, part)}
            texts = _texts(library, set(state.ids), settings.search.chunk_tokens)
            for name in ("bare", "plain") if n % 2 else ("plain", "bare"):
                seconds[name] = _seconds(embedder.passages if name == "bare" else plain.insert, texts)
            for name, one in seconds.items():
                state.taken[name].append(one)
            state.chunks += len(texts)
            state.ids = [row.id for row in library.list()]
            state.write(folder / STATE)
            bar.set_postfix({name: f"{sum(every):.0f} s" for name, every in state.taken.items()})
    finally:
        library.close()
    return _told(state, len(lines))


def _told(state: _State, articles: int) -> Measured:
    whole = {name: sum(seconds) for name, seconds in state.taken.items()}
    chunks = state.chunks
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
            f"{articles} articles, {chunks} chunks; end to end {whole['ours'] / whole['bare']:.2f} × the time of the bare embedding"
            f" ({_grown(state.taken)}).",
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
