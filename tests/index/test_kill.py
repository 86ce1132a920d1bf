"""A short run of tests/index/killing.py, which has the whole story."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_what_was_acknowledged_survives_kill_9() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.index.killing", "--kills", "10", "--seed", "7"],
        capture_output=True, text=True, timeout=300, cwd=ROOT, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "nothing lost, nothing twice" in ran.stdout
    print(ran.stdout)
