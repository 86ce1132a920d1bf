"""The embedded language model: llama.cpp's own server in this process, on loopback, behind a random key."""

from __future__ import annotations

import os
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.problem import Problem
from qa.settings import EMBEDDED_CONTEXT


@dataclass(frozen=True, slots=True)
class Served:
    """Where a model listens (OpenAI-compatible) and the key it wants."""

    base_url: str
    api_key: str


_running: dict[tuple[Path, int], tuple[Any, Served]] = {}
_lock = threading.Lock()


def serve_embedded(model: Path, threads: int = 0) -> Served:
    """Start the model, or find it running already: one copy a process, 1.1 GB for the 1.5B.

    `threads` 0 takes every core where there are two, and leaves one free where there are more. Raises
    Problem when the weights cannot be loaded.
    """
    with _lock:
        found = _running.get((model, threads))
        if found is None:
            found = _running[(model, threads)] = _start(model, threads or _threads())
        return found[1]


def _threads() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores - 1 if cores > 2 else cores


def _start(model: Path, threads: int) -> tuple[Any, Served]:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.n_ctx = EMBEDDED_CONTEXT
    params.n_parallel = 1
    for cores in (params.cpuparams, params.cpuparams_batch):
        cores.n_threads = threads
        # Threads that spin while they wait for each other starve when anything else runs: beside one busy
        # process two of them wrote 0.6 tokens a second, and 3 without spinning (docs/performance.md).
        cores.poll = 0
    params.cache_prompt = True
    params.cache_ram_mib = 256  # earlier prompts kept aside; the default is 8 GB
    params.verbosity = -1
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    key = secrets.token_urlsafe(24)
    params.api_keys = [key]
    try:
        server = xllamacpp.Server(params)
    except Exception as error:  # xllamacpp raises what C++ gives it
        raise Problem(f"The language model {model.name} could not be started ({error}). Run: article-qa models pull") from error
    return server, Served(f"{server.listening_address}/v1", key)
