"""The corpus of a dataset, indexed into a library of its own under home/evals/<fingerprint>, and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.citing import Place, locate
from evals.types import Case, Dataset
from index.problem import Problem
from index.text import clean, digest
from index.types import Article, Passage
from qa.settings import Settings

if TYPE_CHECKING:
    from index.articles import Articles

Progress = Callable[[str, int, int], None]
INDEX = Path(__file__).parents[1] / "index"
# The code that decides what an indexed corpus is; how it is searched changes with every question anyway.
MADE_BY = (
    "readers/*.py",
    "text.py",
    "sentences.py",
    "chunking.py",
    "ingest.py",
    "words.py",
    "embedding.py",
    "onnx*.py",
    "models.toml",
)
DONE = "complete"  # written beside the library once the whole corpus is indexed
OWN = Path("library")  # stands for the person's own articles where a folder is asked for


@dataclass(slots=True)
class Library:
    """An indexed corpus, and which of its articles each gold name means."""

    articles: Articles
    names: Mapping[str, str]
    sources: Mapping[str, str | None]
    _read: dict[str, Article] = field(default_factory=dict)

    def gold(self, case: Case) -> dict[str, int]:
        """The gold articles by id with their grades. One the library left out is never found."""
        return {self.names.get(name, name): grade for name, grade in case.articles.items()}

    def article(self, article_id: str) -> Article:
        if article_id not in self._read:
            self._read[article_id] = self.articles.get(article_id)
        return self._read[article_id]

    def places(self, case: Case) -> list[list[Place]]:
        """For each gold quote, everywhere it stands in the gold articles."""
        golds = [self.article(i) for i in self.gold(case) if i in self.sources]
        return [[p for g in golds for p in locate(g.id, g.text, clean(quote))] for quote in case.quotes]

    def ranking(self, passages: tuple[Passage, ...] | list[Passage], case: Case) -> list[str]:
        """The articles found, best first: each passage's, then gold near-copies that were folded into it."""
        ranked: list[str] = []
        for passage in passages:
            ranked.append(passage.chunk.article_id)
            ranked += [i for i in self.gold(case) if self.sources.get(i) and self.sources[i] in passage.copies]
        return list(dict.fromkeys(ranked))


def home_of(dataset: Dataset, settings: Settings) -> Path:
    """Where the dataset's library is: the same corpus, under the same index settings and code, is indexed once."""
    seen = hashlib.sha256(f"{settings.search.embedding} {settings.search.chunk_tokens}".encode())
    for path in sorted(p for pattern in MADE_BY for p in INDEX.glob(pattern)):
        seen.update(path.read_bytes())
    for path in dataset.paths:
        seen.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for a in dataset.articles:
        seen.update("\0".join((a.origin, a.title, a.text, a.source or "", str(a.published), "")).encode("utf-8", "replace"))
    return settings.home / "evals" / seen.hexdigest()[:16]


def settings_for(dataset: Dataset, settings: Settings) -> Settings:
    """The settings of an evaluation: everything as set, but a library of its own, kept beside no other in a server."""
    return settings.model_copy(update={"home": home_of(dataset, settings), "chroma_url": ""})


def fill(articles: Articles, dataset: Dataset, home: Path, progress: Progress | None = None) -> Library:
    """The dataset's corpus in `articles`, indexed unless it is already. Raises Problem when an article cannot be read.

    Stopped half-way, the next call goes on: what is there is passed over.
    """
    if not (home / DONE).exists():
        if dataset.paths:
            report = articles.add([str(p) for p in dataset.paths], progress=progress)
        else:
            report = articles.add_articles(dataset.articles, progress=progress)
        if report.failed and dataset.paths:
            raise Problem("\n".join(f"{origin}: {why}" for origin, why in report.failed))
        home.mkdir(parents=True, exist_ok=True)
        (home / DONE).write_text(f"{report.added + report.updated + report.unchanged} articles\n")
    rows = articles.list()
    names: dict[str, str] = {}
    for row in rows:
        names |= {row.id: row.id, row.origin: row.id}
        if dataset.paths:
            names |= {Path(row.origin).name: row.id, Path(row.origin).stem: row.id}
    by_text = {digest(clean(a.text)): names[a.origin] for a in dataset.articles if a.origin in names}
    for a in dataset.articles:  # the same text under a second id is one article: either id means it
        if a.origin not in names and digest(clean(a.text)) in by_text:
            names[a.origin] = by_text[digest(clean(a.text))]
    return Library(articles, names, {row.id: row.source for row in rows})


def own_articles(settings: Settings) -> tuple[Article, ...]:
    """The person's own library as the corpus of a Dataset; each article's origin is its id, as cases made from it name it."""
    from qa.assistant import open_articles

    articles = open_articles(settings)
    try:
        return tuple(replace(articles.get(row.id), origin=row.id) for row in articles.list())
    finally:
        articles.close()


def progress_bar(dataset: Dataset) -> Progress:
    """A bar on stderr while the dataset is indexed, with the time left. Files are told in bytes."""
    from tqdm import tqdm

    bars: list[tqdm[Any]] = []
    unit: dict[str, Any] = {"unit": "B", "unit_scale": True} if dataset.paths else {"unit": "article"}

    def show(what: str, done: int, total: int) -> None:
        if not bars:
            bars.append(tqdm(total=total, desc="indexing", smoothing=0.1, **unit))
        bars[0].update(done - bars[0].n)
        if done >= total:
            bars[0].close()

    return show
