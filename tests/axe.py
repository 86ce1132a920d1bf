"""axe-core, the checker of accessibility, for the browser tests: fetched once as a package, checked, and never committed."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import platformdirs
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

VERSION = "4.14.1"
PACKAGE_SHA512 = (
    "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5"
)
SCRIPT_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
GRAVE = ("serious", "critical")
_FOUND = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.flatMap(one =>
    one.nodes.map(node => [one.impact, one.id, node.target.join(" "), node.failureSummary]))"""


def findings(page: Page) -> list[str]:
    """What is seriously wrong with the page as it stands: rule, place and reason of each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(script())
    found: list[list[Any]] = page.evaluate(_FOUND)
    return [f"{impact} {rule} at {where}: {why}" for impact, rule, where, why in found if impact in GRAVE]


@cache
def script() -> str:
    """The text of axe.min.js from the user's cache folder, fetched with npm where it is not there yet; skips where that cannot be."""
    kept = Path(platformdirs.user_cache_dir("article-qa", appauthor=False)) / f"axe-core-{VERSION}.min.js"
    if not kept.is_file() or _sha256(kept.read_bytes()) != SCRIPT_SHA256:
        kept.parent.mkdir(parents=True, exist_ok=True)
        aside = kept.with_suffix(".part")
        aside.write_bytes(_fetched())
        aside.replace(kept)
    return kept.read_text("utf-8")


def _fetched() -> bytes:
    if not shutil.which("npm"):
        pytest.skip("NOT CHECKED FOR ACCESSIBILITY: axe-core is not in the cache, and there is no npm to fetch it with.")
    with TemporaryDirectory() as folder:
        done = subprocess.run(["npm", "pack", f"axe-core@{VERSION}", "--silent"], cwd=folder, capture_output=True, text=True, timeout=120)
        package = Path(folder) / f"axe-core-{VERSION}.tgz"
        if done.returncode or not package.is_file():
            reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or [f"exit {done.returncode}"]
            pytest.skip(f"NOT CHECKED FOR ACCESSIBILITY: npm could not fetch axe-core ({reason[0]}).")
        assert hashlib.sha512(package.read_bytes()).hexdigest() == PACKAGE_SHA512, "the package is not the one that was pinned"
        with tarfile.open(package) as held:
            inside = held.extractfile("package/axe.min.js")
            assert inside is not None
            text = inside.read()
    assert _sha256(text) == SCRIPT_SHA256
    return text


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
