"""kill -9 while articles are added: whatever was acknowledged is found afterwards, by word and by vector, and none is there twice."""

from __future__ import annotations

import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.text import words

ROOT = Path(__file__).parents[2]
KILLS = 6
# Adds articles that no other run adds, one `add` each, and says the number once `add` has returned.
CHILD = """
import random, sys
from pathlib import Path
from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.types import Article
home, run = Path(sys.argv[1]), int(sys.argv[2])
articles = Articles(home, home, embedder=WordEmbedder(), reranker=OverlapReranker())
drawn = random.Random(run)
print("ready", flush=True)
for n in range(100_000):
    letters = " ".join("".join(drawn.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(12))
    made = [Article("", f"R{run}N{n}", f"Run{run}number{n} says {letters}.", origin=f"{run}/{n}.txt")]
    if n % 5 == 4:  # and now and then one of the earlier ones changes
        made.append(Article("", f"R{run}N{n - 1}", f"Run{run}number{n - 1} has changed to {letters}.", origin=f"{run}/{n - 1}.txt"))
    articles.add_articles(made)
    print(n, flush=True)
"""


def killed(home: Path, run: int, after: float) -> int:
    """How many articles a child had acknowledged when it was killed, `after` seconds from its first one."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(home), str(run)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout
    assert child.stdout.readline() == "ready\n", "the child did not start"
    assert child.stdout.readline() == "0\n", "the child could not add after the kill before"
    select.select([], [], [], after)
    child.send_signal(signal.SIGKILL)
    said = child.communicate(timeout=60)[0].splitlines()
    return 1 + len(said)


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    home = tmp_path / "home"
    chance = random.Random(7)
    started = time.monotonic()
    acknowledged = {run: killed(home, run, chance.uniform(0.0, 0.6)) for run in range(KILLS)}
    assert sum(acknowledged.values()) >= KILLS

    with closing(Articles(home, home, candidates=50, embedder=WordEmbedder(), reranker=OverlapReranker())) as articles:
        assert articles.own()
        rows = articles.list()
        assert not [origin for origin, times in Counter(row.origin for row in rows).items() if times > 1]
        assert articles.counts() == (len(rows), len(rows))
        assert {row.state for row in rows} == {"indexed"}
        assert articles.verify() == []
        index = articles._dense.index
        assert index is not None
        ids = [i for batch, _ in articles.library.batches() for i in batch]
        assert index._collection.count() == len(ids) == len(set(ids))

        there = {row.origin: row.id for row in rows}
        for run, count in acknowledged.items():
            for n in range(count):
                article = articles.get(there[f"{run}/{n}.txt"])
                by_word = articles.search(f"run{run}number{n}", top_k=1)[0]
                assert by_word.chunk.article_id == article.id
        for batch, vectors in articles.library.batches():
            for chunk_id, vector in zip(batch, vectors, strict=True):
                assert chunk_id in (index.query(vector, 3) or [])
        assert all(words(row.title) for row in rows)
    print(f"{sum(acknowledged.values())} acknowledged, {len(rows)} there, {time.monotonic() - started:.1f} s")
