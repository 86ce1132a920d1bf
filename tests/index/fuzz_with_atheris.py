"""Coverage-guided fuzzing of one reader: slower by the input than tests/index/test_fuzz.py, and deeper.

    .venv/bin/pip install atheris
    nice -n 19 .venv/bin/python -m tests.index.fuzz_with_atheris pdf -runs=20000 -max_len=4000 -timeout=60

The first word is a target of test_fuzz.py, the rest is libFuzzer's. Its own crash files land in the folder it is started in.
Not collected by pytest, and atheris is no dependency: it has wheels for Linux only.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

# Only these are watched for coverage: with everything that trafilatura brings, starting takes minutes.
with atheris.instrument_imports(include=["index", "pypdf", "trafilatura", "warcio"]):
    import pypdf  # noqa: F401
    import trafilatura  # noqa: F401

    import index.html_article  # noqa: F401 - imported late by the reader, so here to be watched
    from tests.index.test_fuzz import TARGETS, check


def main() -> None:
    name = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"Name one of: {', '.join(TARGETS)}")
    read, seed = TARGETS[name]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "seed").write_bytes(seed)
        atheris.Setup([*sys.argv, folder], lambda data: check(read, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
