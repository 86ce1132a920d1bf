"""The process in which complex files are read: `python -m index.readers.worker`, served by index.readers.confined.

A job is one line of JSON on standard input. The answer is lines of JSON on standard output: "mark" when
a part of an archive is begun, "draft" for an article, "failed" for a part that cannot be one, "done".
"""

from __future__ import annotations

import json
import logging
import os
import re
import resource
import select
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from index.problem import Problem
from index.readers import kinds
from index.readers.draft import Item, Mark

IDLE = 30  # seconds without a job, after which it goes
_HEAVY = 300 * 1024  # kilobytes of memory once used, after which it gives way to a fresh one


def main() -> None:
    memory, seconds = int(sys.argv[1]), int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what a library prints is no answer
    for kind, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        with suppress(ValueError, OSError):  # macOS takes no limit on memory; time and pages still hold there
            resource.setrlimit(kind, (limit, limit))
    while select.select([0], [], [], IDLE)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        _serve(json.loads(line), seconds, answers)


def _serve(job: dict[str, Any], seconds: int, answers: TextIO) -> None:
    def say(**message: object) -> None:
        json.dump(message, answers)
        answers.write("\n")
        answers.flush()

    _allow(seconds)
    where = job["where"]
    try:
        for item in _items(job):
            _allow(seconds)
            if isinstance(item, Mark):
                where = item.where or job["where"]
                say(mark=[item.at, item.where])
            elif isinstance(item, tuple):
                say(failed=item)
            else:
                say(draft=asdict(item) | {n: d.isoformat() for n in ("published", "updated") if (d := getattr(item, n))})
    except Problem as problem:
        say(failed=(job["where"], str(problem)))
    except MemoryError:
        say(failed=(where, kinds.TOO_MUCH_MEMORY))
    except OSError as error:
        say(failed=(job["where"], f"it cannot be read ({error.strerror or error})."))
    except Exception as error:  # a bug: the other process logs it as one
        said = f"reading it failed ({type(error).__name__}); the log says where. Save its text as .txt and add that."
        say(failed=(where, said), bug=traceback.format_exc())
    say(done=True, again=_most_memory() < _HEAVY)


def _most_memory() -> int:
    """The most memory this process has had, in kB. `getrusage` would count that of the process it was forked from."""
    status = Path("/proc/self/status").read_text("ascii", "replace")
    found = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _items(job: dict[str, Any]) -> Iterator[Item | Mark]:
    # Late: only an archive needs them, and zip archives need this module's neighbours.
    from index.readers.packed import read_zip
    from index.readers.warc import read_warc

    kind, where, mapping = job["kind"], job["where"], job["mapping"]
    with open(os.fsencode(job["path"]), "rb") as stream:
        if kind in kinds.ARCHIVES:
            read = read_zip if kind == ".zip" else read_warc
            for item in read(stream, where, mapping, job["after"]):
                yield item if isinstance(item, Mark | tuple) else kinds.finished(item, where)
        else:
            yield from kinds.read_stream(stream, kind, where, mapping)


def _allow(seconds: int) -> None:
    """So much more processor time; then the system ends this process."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + seconds + 1, hard))


if __name__ == "__main__":
    logging.disable()
    main()
