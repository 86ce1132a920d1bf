"""Libraries of any size for measuring: made-up articles with the statistics of text, and vectors with those of embeddings."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evals import datasets
from index.library import Library
from index.types import Article, Chunk
from qa.settings import Settings

Vectors = npt.NDArray[np.float32]
CHUNKS = 10  # of each article
WORDS = 130  # of each chunk
SENTENCE = 18  # words
VOCABULARY = 40_000
TOPIC = 40  # words that an article says far more often than others do
SAID = 0.2  # of an article's words are of its topic
DAYS = 5 * 365
DIMENSION = 384
LATENT = 24  # directions that matter: embeddings of text fill their space no more than that
DONE = "made"


def library_of(chunks: int, settings: Settings) -> Path:
    """The home of a library of so many chunks, made when it is not there yet. The same on every machine."""
    home = settings.home / "evals" / f"made-{chunks}"
    if not (home / DONE).exists():
        shutil.rmtree(home, ignore_errors=True)
        library = Library(home / "library.sqlite")
        try:
            library.note("embedding", settings.search.embedding)
            batch: list[tuple[Article, list[Chunk], Vectors]] = []
            for item in made(chunks):
                batch.append(item)
                if len(batch) == 100:
                    library.put(batch)
                    batch = []
            library.put(batch)
        finally:
            library.close()
        (home / DONE).write_text(f"{chunks} chunks\n")
    return home


def made(chunks: int) -> Iterator[tuple[Article, list[Chunk], Vectors]]:
    """Articles with their chunks and vectors, by seed."""
    drawn = np.random.default_rng(1)
    words, shares = vocabulary()
    for n in range(-(-chunks // CHUNKS)):
        count = min(CHUNKS, chunks - n * CHUNKS)
        topic = topic_of(n, len(words))
        picked = drawn.choice(len(words), size=(count, WORDS), p=shares)
        of_topic = drawn.random((count, WORDS)) < SAID
        picked[of_topic] = drawn.choice(topic, size=int(of_topic.sum()))
        text, spans = "", []
        for row in picked:
            start = len(text) + 2 if text else 0
            text += ("\n\n" if text else "") + _sentences([words[i] for i in row])
            spans.append((start, len(text)))
        article = Article(
            f"made{n:06}",
            " ".join(words[i] for i in topic[:6]),
            text,
            f"Outlet {n % 20}",
            published=date(2019, 1, 1) + timedelta(n * 7 % DAYS),
            origin=f"made:{n}",
        )
        parts = [Chunk(f"made{n:06}-{i}", article.id, i, start, end, text[start:end]) for i, (start, end) in enumerate(spans)]
        yield article, parts, vectors_of(n, count)


def vectors_of(article: int, count: int) -> Vectors:
    """Unit vectors of an article's chunks: near each other, and somewhere in a continuum that all articles share."""
    meaning = np.random.default_rng(4).normal(size=(LATENT, DIMENSION))
    drawn = np.random.default_rng(1_000_000 + article)
    latent = drawn.normal(size=(1, LATENT)) * 0.8 + drawn.normal(size=(count, LATENT)) * 0.6
    vectors = latent @ meaning + drawn.normal(size=(count, DIMENSION))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def questions(count: int, chunks: int) -> list[tuple[str, Vectors]]:
    """Each asks with four words of some article's topic among four that stand everywhere; and the vector of one near it."""
    drawn = np.random.default_rng(2)
    words, _ = vocabulary()
    asked = []
    for _ in range(count):
        n = int(drawn.integers(-(-chunks // CHUNKS)))
        topic = drawn.choice(topic_of(n, len(words)), size=4, replace=False)
        common = drawn.choice(np.arange(60, 600), size=4, replace=False)
        vector = vectors_of(n, 1)[0] + drawn.normal(size=DIMENSION).astype(np.float32) * 0.02
        asked.append((" ".join(words[i] for i in drawn.permutation([*topic, *common])), vector / np.linalg.norm(vector)))
    return asked


def vocabulary() -> tuple[list[str], npt.NDArray[np.float64]]:
    """Words and how often each is said (Zipf's law): those of the seed articles, the frequent ones first, then made-up ones."""
    counted = Counter(w for path in datasets.seed_cases().paths for w in re.findall(r"[a-z]{2,}", path.read_text("utf-8").lower()))
    words = [word for word, _ in counted.most_common()]
    drawn = np.random.default_rng(3)
    syllables = ["".join(pair) for pair in zip(*[np.repeat(list("bdfgklmnprst"), 5), np.tile(list("aeiou"), 12)], strict=True)]
    known = set(words)
    while len(words) < VOCABULARY:
        word = "".join(drawn.choice(syllables, size=4))
        if word not in known:
            known.add(word)
            words.append(word)
    shares = 1 / (np.arange(VOCABULARY) + 2.7) ** 1.05
    return words, shares / shares.sum()


def topic_of(article: int, words: int) -> npt.NDArray[np.int64]:
    """The words an article is about: mostly rare, some less so; neighbours in number share none."""
    drawn = np.random.default_rng(1_000 + article)
    return np.asarray(np.exp(drawn.uniform(np.log(300), np.log(words), size=TOPIC)), dtype=np.int64)


def _sentences(words: list[str]) -> str:
    parts = [words[i : i + SENTENCE] for i in range(0, len(words), SENTENCE)]
    return " ".join(f"{part[0].capitalize()} {' '.join(part[1:])}".strip() + "." for part in parts)
