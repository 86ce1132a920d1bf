"""Cases made from one's own articles by the configured model, each checked, for a person to review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from evals import library
from evals.datasets import article_files
from evals.generation.growing import log_of
from evals.generation.making import make
from evals.types import Dataset
from index.problem import Problem

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.settings import Settings


def generate(settings: Settings, articles: Path | None, n: int, seed: int, unanswerable: float, out: Path) -> int:
    """Make `n` cases in `out` and print what came of it; 0. Without a folder of articles, from the person's own library.

    Stopped half-way, the same call goes on. Raises Problem, and ModelTrouble when the model stays silent.
    """
    with _opened(settings, articles) as (assistant, called), _bar(n) as shown:
        _, tally = make(assistant, called, out, n=n, seed=seed, share=unanswerable, shown=shown)
    if not out.exists():
        raise Problem(f"No case could be made.\n{tally.as_text()}")
    print(f"{tally.as_text()}\n{_advice(out, articles)}")
    return 0


def _advice(out: Path, articles: Path | None) -> str:
    return (
        f"Cases: {out}\n"
        f"Dropped, and why: {log_of(out)}\n"
        "Please review the cases before you trust their figures: each line is one. Mend its words or delete the line,\n"
        'and take the tag "review" out of those you have read. A deleted case is not made again.\n'
        f"Then: python -m evals run --dataset cases:{out} --articles {articles or library.OWN}"
    )


@contextmanager
def _opened(settings: Settings, folder: Path | None) -> Iterator[tuple[Assistant, dict[str, str]]]:
    """An assistant over the folder's articles, in the library that a run on them will use too, or over the person's own;
    and what a case calls each article: its file's name where only one is called so, or else its id."""
    from qa.assistant import open_assistant

    dataset = Dataset("generated", paths=article_files(folder) if folder else ())
    own = library.settings_for(dataset, settings) if folder else settings
    assistant = open_assistant(own)
    try:
        if folder:
            library.fill(assistant.articles, dataset, own.home, library.progress_bar(dataset))
        rows = assistant.articles.list()
        if not rows:
            raise Problem("There are no articles in the library. Add some with `article-qa add`, or name a folder with --articles FOLDER.")
        names = Counter(path.name for path in dataset.paths)
        yield assistant, {row.id: Path(row.origin).name if names[Path(row.origin).name] == 1 else row.id for row in rows}
    finally:
        assistant.close()


@contextmanager
def _bar(n: int) -> Iterator[Callable[[int], None]]:
    from tqdm import tqdm

    with tqdm(total=n, desc="cases", unit="case", smoothing=0.1) as bar:

        def shown(made: int) -> None:
            bar.update(made - bar.n)
            bar.refresh()

        yield shown
