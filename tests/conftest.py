"""What every test starts from: no settings of the person who runs it, a home of its own, small articles by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import platformdirs
import pytest
from hypothesis import HealthCheck, settings

from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.models import present
from index.types import Article

BRIDGE = Article(
    "",
    "The bridge at Varn",
    "The stone bridge at Varn was opened in May 1932. It carries the road to Harrow across the river Tamsel.\n\n"
    "A flood took its northern arch in 1951. Masons rebuilt it within a year.",
    "Tidewater Courier",
    "Ada Quill",
    "https://tidewater.example/bridge",
    date(2021, 3, 4),
    origin="bridge.txt",
)
COMET = Article(
    "",
    "A comet returns",
    "Comet Ellis passes the Sun every 76 years. Astronomers at Pellworth saw its tail on Tuesday night.\n\n"
    "It will be visible to the naked eye until the end of December.",
    "Orbit Desk",
    published=date(2023, 12, 1),
    origin="comet.txt",
)
BREAD = Article(
    "",
    "Why sourdough rises",
    "Wild yeast makes the gas that lifts a sourdough loaf. Bakers feed the starter with flour and water each morning.",
    "Field & Survey",
    published=date(2022, 7, 13),
    origin="bread.txt",
)
LETTER = Article(
    "",
    "A letter without a date",
    "The lighthouse keeper wrote that the lamp had failed twice in the winter storms. Nobody knows when he wrote it.",
    origin="letter.txt",
)
# No deadline: the machine may be busy with other work. Reproducible: a failure in the gate fails at the desk as well.
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

FOUR = (BRIDGE, COMET, BREAD, LETTER)


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever the person who runs the tests has set, a test does not see; the models may stay where they are."""
    for name in list(os.environ):
        if name.upper().startswith("ARTICLE_QA_") and name.upper() != "ARTICLE_QA_MODELS":
            monkeypatch.delenv(name)
    monkeypatch.setenv("ARTICLE_QA_HOME", str(tmp_path / "home"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def articles(home: Path) -> Iterator[Articles]:
    """`FOUR` in a real library and a real Chroma, searched with the fakes of index/fakes.py."""
    opened = Articles(home, home / "models", embedder=WordEmbedder(), reranker=OverlapReranker())
    opened.add_articles(FOUR)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """The embedded models where `article-qa models pull` puts them. For tests marked `weights`."""
    told = os.environ.get("ARTICLE_QA_MODELS")
    folder = Path(told) if told else Path(platformdirs.user_cache_dir("article-qa", appauthor=False)) / "models"
    missing = [name for name in ("bge-small", "reranker") if not present(name, folder)]
    if missing:
        pytest.skip(f"NOT TESTED WITH REAL WEIGHTS: {' and '.join(missing)} missing in {folder}. Run: article-qa models pull")
    return folder
