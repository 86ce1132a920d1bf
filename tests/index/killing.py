"""kill -9 at random moments, over and over: `python -m tests.index.killing --kills 200 --seed 1`.

A child adds, updates, removes, reindexes and imports, and says when each is done; it is killed at a moment drawn
by chance. Then another child opens the library as the product does and looks at everything: what was acknowledged
is there, once, found by its words and by its vector; what was under way is there as it was or as it was to be.
SQLite and Chroma are real, the models are those of index/fakes.py.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import select
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import chromadb  # noqa: F401  imported before the forks, so that each child starts at once

from index import words
from index.archive import export_library, import_library
from index.articles import Articles
from index.fakes import OverlapReranker, WordEmbedder
from index.types import Article, Filters

Texts = dict[str, str | None]  # by origin; None is: not there
SECONDS = 0.8  # a child lives at most, counted from its start or from when it has opened the library
OPERATIONS = {"add": 45, "update": 25, "remove": 18, "import": 9, "reindex": 3}
MANY = 250  # articles, from which on removing is preferred


def opened(home: Path) -> Articles:
    return Articles(home, home, candidates=50, embedder=WordEmbedder(), reranker=OverlapReranker())


def story(chance: random.Random, mark: str) -> str:
    """One to three passages, each sentence with a word that stands nowhere else."""
    return " ".join(
        f"{mark}s{n} says {' '.join(''.join(chance.choices('abcdefghijklmnopqrstuvwxyz', k=7)) for _ in range(11))}."
        for n in range(chance.choice([2, 5, 16, 24]))
    )


def changes(chance: random.Random, now: Texts, donor: Texts, run: int) -> Iterator[tuple[str, Texts]]:
    """What is done next, and the texts as they are after it."""
    number = 0
    while True:
        here = sorted(now)
        weights = OPERATIONS | ({"remove": 120} if len(here) > MANY else {})
        kind = chance.choices(list(weights), list(weights.values()))[0]
        number += 1
        if kind == "add":
            yield kind, {f"{run}/{number}-{n}.txt": story(chance, f"r{run}n{number}a{n}") for n in range(chance.choice([1, 1, 3, 30]))}
        elif kind == "import":
            yield kind, {origin: text for origin, text in donor.items() if origin not in now}
        elif kind == "reindex":
            yield kind, {}
        elif here:
            some = chance.sample(here, min(len(here), chance.choice([1, 2, 12]) * (3 if len(here) > MANY else 1)))
            if kind == "remove":
                yield kind, dict.fromkeys(some)
            else:
                yield kind, {o: story(chance, f"r{run}n{number}u{i}") for i, o in enumerate(some) if o not in donor}


def work(home: Path, file: Path, before: Texts, donor: Texts, run: int, seed: int, say: Callable[[Any], None]) -> None:
    """The child that is killed."""
    now = dict(before)
    with closing(opened(home)) as articles:
        articles.own()
        say("open")
        for kind, after in changes(random.Random(f"{seed}/{run}"), now, donor, run):
            say([kind, after])
            if kind == "reindex":
                articles.reindex()
            elif kind == "import":
                import_library(articles, file)
            elif kind == "remove":
                found = [articles.library.find(origin=origin) for origin in after]
                articles.remove([a.id for a in found if a])
            else:
                articles.add_articles([Article("", o, text or "", origin=o) for o, text in after.items()])
            for origin, text in after.items():  # in place: `changes` looks at it
                if text is None:
                    now.pop(origin, None)
                else:
                    now[origin] = text
            say("done")


def check(home: Path, now: Texts, last: tuple[str, Texts] | None, say: Callable[[Any], None]) -> None:
    """The child that looks: says how the texts are now, and whether the vector index had to be built anew."""
    rebuilt: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: rebuilt.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("index").addHandler(handler)
    with closing(opened(home)) as articles:
        assert articles.own(), "the index is still owned"
        rows = articles.list()
        doubled = [origin for origin, times in Counter(row.origin for row in rows).items() if times > 1]
        assert not doubled, f"there twice: {doubled}"
        assert {row.state for row in rows} <= {"indexed"}, "not all is indexed"
        wrong = articles.verify()  # asks Chroma for every vector; the leg below compares them itself in so small a library
        assert not wrong, wrong
        found: Texts = {row.origin: articles.get(row.id).text for row in rows}
        kind, after = last or ("", {})
        for origin in {*now, *found, *after}:
            allowed = {now.get(origin), after.get(origin, now.get(origin))}
            assert found.get(origin) in allowed, f"{origin} is neither as it was nor as it was to be (during {kind})"
        if kind == "remove":
            assert len({origin in found for origin in after}) < 2, "half of what was to be removed is gone"

        index, library = articles._dense.index, articles.library
        assert index is not None
        ids = [i for batch, _ in library.batches() for i in batch]
        assert index._collection.count() == len(ids) == len(set(ids)), "the vector index holds another number of vectors"
        for batch, vectors in library.batches():
            numbered = library.numbers(batch)
            for chunk_id, vector in zip(batch, vectors, strict=True):
                near = articles._dense.nearest(vector, Filters(), 50)
                number = numbered[chunk_id]
                assert number in near, f"chunk {chunk_id} is not found by its vector"
                # Nothing is nearer than itself; the fake embedder gives some two texts one vector, and either may come first.
                _, before = library.vectors_of(near[: near.index(number) + 1])
                assert (before @ vector >= vector @ vector - 1e-3).all(), f"chunk {chunk_id} is found behind others that are further away"
        for number, (chunk, _) in library.chunks(list(library.numbers(ids).values())).items():
            assert words.search(library.connection, chunk.text.split()[0], Filters(), 3) == [number], f"{chunk.id} is not found by word"
        assert set(library.stories([row.id for row in rows])) == {row.id for row in rows}, "an article has no story"
        for row in rows:
            numbers = [version.number for version in library.versions(row.id)]
            assert numbers == list(range(len(numbers), 0, -1)), f"{row.id} has lost a version"
        say([found, [message for message in rebuilt if "anew" in message]])


def forked(act: Callable[[Callable[[Any], None]], None], after: float = 300.0, *, from_first: bool = False) -> tuple[list[Any], bool]:
    """What a child said, and whether it ended well; killed `after` seconds, counted from the first it says where `from_first`."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        code = 1
        try:
            act(lambda value: os.write(writing, (json.dumps(value) + "\n").encode()) and None)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    said, ends = b"", time.monotonic() + (300.0 if from_first else after)
    with os.fdopen(reading, "rb", buffering=0) as stream:
        while select.select([stream], [], [], max(0.0, ends - time.monotonic()))[0]:
            block = stream.read(65536)
            if not block:
                break
            if from_first and not said:
                ends = time.monotonic() + after
            said += block
        os.kill(child, signal.SIGKILL)  # it is ours and not waited for yet, so its number is nobody else's
        said += stream.read() or b""
    status = os.waitpid(child, 0)[1]
    return [json.loads(line) for line in said.splitlines(keepends=True) if line.endswith(b"\n")], os.WIFEXITED(status) and not status


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    chance, started = random.Random(options.seed), time.monotonic()
    now: Texts = {}
    done: Counter[str] = Counter()
    under_way: Counter[str] = Counter()
    rebuilt: Counter[str] = Counter()
    largest = 0
    with tempfile.TemporaryDirectory() as folder:
        home, file = Path(folder, "home"), Path(folder, "donor.aqa")
        donor: Texts = {f"donor/{n}.txt": story(chance, f"donor{n}") for n in range(25)}

        def prepare(say: Callable[[Any], None]) -> None:
            with closing(opened(Path(folder, "donor"))) as articles:
                articles.add_articles([Article("", o, text or "", origin=o) for o, text in donor.items()])
                export_library(articles, file)

        assert forked(prepare)[1], "the library to import from could not be made"
        for run in range(options.kills):
            seconds, at_work = chance.uniform(0.0, SECONDS), chance.random() < 0.7
            said, _ = forked(partial(work, home, file, now, donor, run, options.seed), seconds, from_first=at_work)
            last = None
            for line in said:
                if line == "open":
                    continue
                if line == "done":
                    assert last
                    done[last[0]] += 1
                    now = {o: t for o, t in {**now, **last[1]}.items() if t is not None}
                    last = None
                else:
                    last = (line[0], line[1])
            under_way[last[0] if last else "opening or between"] += 1
            told, well = forked(partial(check, home, now, last))
            if not well:
                print(
                    f"FAILED after kill {run + 1} (seed {options.seed}), {seconds:.3f} s {'at work' if at_work else 'old'}", file=sys.stderr
                )
                return 1
            now, anew = told[-1]
            rebuilt.update(anew)
            largest = max(largest, len(now))
    print(
        f"{options.kills} kills, seed {options.seed}, {time.monotonic() - started:.0f} s: nothing lost, nothing twice. Acknowledged: "
        f"{dict(done)}. Killed during: {dict(under_way)}. At most {largest} articles. "
        f"The vector index was built anew {rebuilt.total()} times: {dict(rebuilt)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
