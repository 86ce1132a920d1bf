"""From nothing to ready, each in a process of its own: the help text, and an assistant that is warm."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from evals import datasets
from evals.bench import Measured, middle
from evals.library import settings_for
from evals.session import How, opened
from index.problem import Problem
from qa.settings import Settings

REPEATS = 3
_WARM = """
from qa.assistant import open_assistant
from qa.settings import load_settings
assistant = open_assistant(load_settings())
assistant.warm()
assistant.close()
"""
_MODEL = """
from qa.llm import Llm
from qa.settings import load_settings
print(Llm(load_settings()).complete([("user", "Say yes.")], 1))
"""


def measure(settings: Settings) -> Measured:
    """Medians of three, taken in turn."""
    dataset = datasets.seed_cases()
    with opened(dataset, settings, How(llm=False)):
        pass  # indexed before the clock runs
    home = str(settings_for(dataset, settings).home)
    taken: dict[str, list[float]] = {}
    for _ in range(REPEATS):
        for name, command in {
            "nothing": ["-c", "pass"],
            "help": ["-m", "evals", "--help"],
            "model": ["-c", _MODEL],
            "warm": ["-c", _WARM],
        }.items():
            taken.setdefault(name, []).append(_seconds(command, home))
    rows = (
        middle("python -m evals --help, median", taken["help"], taken["nothing"], "python -c pass"),
        middle("an assistant that is warm, median", taken["warm"], taken["model"], "the model alone, its first word"),
    )
    return Measured("start", rows, ("Each in a new process, over the indexed seeds.",))


def _seconds(command: list[str], home: str) -> float:
    started = time.perf_counter()
    done = subprocess.run([sys.executable, *command], env=os.environ | {"ARTICLE_QA_HOME": home}, capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"python {command[0]} failed: {done.stderr.strip().splitlines()[-1:] or done.returncode}")
    return time.perf_counter() - started
