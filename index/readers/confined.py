"""Complex files, read in a process of their own with limits on memory and time: what brings the reader down ends
there, the file gets a reason, and a new process reads the next."""

from __future__ import annotations

import atexit
import json
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from index.readers.draft import Draft, Item, Mark

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    memory: int = 1 << 30  # bytes of address space
    seconds: int = 60  # of processor time, for one file or one part of an archive
    patience: float = 300.0  # seconds by the clock, for the same; a busy machine is no fault of the file's


LIMITS = Limits()
MOST_DEATHS = 20  # parts of one archive that may bring the reader down before the rest is left
_LONGEST_LINE = 256 * 1024 * 1024  # bytes of an answer; an article of 20 million characters, escaped, has half of it
_ROOT = str(Path(__file__).parents[2])
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "SYSTEMROOT")  # of the environment; a key in it is no reader's business


def read_confined(path: Path, kind: str, mapping: Mapping[str, str], limits: Limits = LIMITS) -> Iterator[Item]:
    """Every article of a file, and (where, why) for each part that fails."""
    where = str(path)
    job: dict[str, object] = {"path": where, "kind": kind, "where": where, "mapping": dict(mapping), "after": None}
    for _ in range(MOST_DEATHS):
        mark: Mark | None = None
        worker = _Worker.taken(limits)
        try:
            for answer in worker.answers(job):
                if "mark" in answer:
                    mark = Mark(*answer["mark"])
                elif "draft" in answer:
                    yield _draft(answer["draft"])
                elif "failed" in answer:
                    if "bug" in answer:
                        log.error("Reading %s failed:\n%s", answer["failed"][0], answer["bug"])
                    yield answer["failed"][0], answer["failed"][1]
            return
        except _Died as died:
            if mark is None or mark.at == job["after"]:  # it came to no other part
                yield where, str(died)
                return
            job["after"] = mark.at
            if mark.where:
                yield mark.where, str(died)
        finally:  # also where the one who reads these drafts stops half-way
            worker.put_back()
    yield where, f"{MOST_DEATHS} parts of it could not be read, so the rest was not looked at. Unpack it and add the files."


class _Died(Exception):
    """The worker ended before its job; says why in words."""


class _Worker:
    _resting: ClassVar[list[_Worker]] = []  # one at most
    _lock = threading.Lock()

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._may_rest = False  # well, and between two jobs
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        kept = {n: os.environ[n] for n in _KEPT if n in os.environ}
        return subprocess.Popen(
            # -P: a folder called "index" where the program happens to be started is not ours
            [sys.executable, "-P", "-m", "index.readers.worker", str(self._limits.memory), str(self._limits.seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept | {"PYTHONPATH": _ROOT, "PYTHONDONTWRITEBYTECODE": "1"},
            start_new_session=True,  # Ctrl-C is for the one who adds; the worker ends when its input does
        )

    @classmethod
    def taken(cls, limits: Limits) -> _Worker:
        """The one that rests, if it has these limits, or a new one."""
        with cls._lock:
            worker = cls._resting.pop() if cls._resting else None
        if worker is None or worker._limits == limits:
            return worker or cls(limits)
        worker.end()
        return cls(limits)

    def put_back(self) -> None:
        """One is kept for the next file; it goes by itself when none comes."""
        with self._lock:
            if self._may_rest and not self._resting:
                self._resting.append(self)
                return
        self.end()

    def answers(self, job: dict[str, object]) -> Iterator[dict[str, Any]]:
        """What the worker says until the job is done. Raises _Died when it ends before, or has to be ended."""
        rested, self._may_rest = self._may_rest, False
        self._send(job)
        lines = self._lines()
        answer = next(lines, None)
        if answer is None and rested:  # it had rested too long, and went as the job came
            self.end()
            self._process = self._started()
            self._send(job)
            lines = self._lines()
            answer = next(lines, None)
        while answer and "done" not in answer:
            yield answer
            answer = next(lines, None)
        if not answer:
            raise _Died(self._last_words())
        self._may_rest = answer["again"]

    def _send(self, job: dict[str, object]) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):  # it is gone: its answer will be none
            self._process.stdin.write(json.dumps(job).encode("ascii") + b"\n")
            self._process.stdin.flush()

    def _lines(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        out = self._process.stdout.fileno()
        pieces: list[bytes] = []
        size = 0
        deadline = time.monotonic() + self._limits.patience
        while True:
            if not select.select([out], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise _Died(f"reading it takes more than {self._limits.patience:.0f} s. {_NEXT}")
            piece = os.read(out, 1 << 20)
            if not piece:
                return
            *ended, rest = piece.split(b"\n")
            for end in ended:
                yield json.loads(b"".join((*pieces, end)))
                pieces, size = [], 0
            pieces.append(rest)
            size += len(rest)
            if size > _LONGEST_LINE:
                raise _Died(f"its text is too long. {_NEXT}")
            if ended:  # the time the caller took does not count
                deadline = time.monotonic() + self._limits.patience

    def _last_words(self) -> str:
        code = self._process.wait()
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            return f"reading it takes more than {self._limits.seconds} s of work. {_NEXT}"
        return f"it brings the reader down (it ended with {code}), or takes more than {self._limits.memory / 1e9:.1f} GB of memory. {_NEXT}"

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):  # what was written to it was never read
                    pipe.close()


_NEXT = "It is damaged, or made to do harm: if you trust it, save its text as .txt and add that."


@atexit.register
def rest_no_more() -> None:
    """End the worker that is kept."""
    with _Worker._lock:
        resting, _Worker._resting[:] = _Worker._resting[:], []
    for worker in resting:
        worker.end()


def _draft(said: dict[str, Any]) -> Draft:
    for name in ("published", "updated"):
        said[name] = date.fromisoformat(said[name]) if said[name] else None
    return Draft(**said | {"pages": tuple(said["pages"])})
