"""Exactly the words a model sees: one file each, the whole file is what is sent."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8").strip()


def variables(name: str) -> set[str]:
    """The `$names` in a prompt."""
    return set(Template(_text(name)).get_identifiers())


def render(name: str, **values: str) -> str:
    """The prompt with its variables filled in. Raises ValueError when one is missing or not in the file."""
    if set(values) != variables(name):
        raise ValueError(f"prompts/{name}.md wants {sorted(variables(name))}, was given {sorted(values)}")
    return Template(_text(name)).substitute(values)


def digest(name: str) -> str:
    """Twelve hex digits that change with the prompt's words."""
    return hashlib.sha256(_text(name).encode()).hexdigest()[:12]


def names() -> list[str]:
    """Every prompt there is."""
    return sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.md"))
