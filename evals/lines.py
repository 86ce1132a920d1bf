"""Outside files, read so that a mistake in one names the file, the line and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from index.problem import Problem


class Line:
    """One JSON object of a file, with typed access to its fields."""

    def __init__(self, fields: dict[str, Any], path: Path, number: int) -> None:
        self.fields, self.path, self.number = fields, path, number

    def wrong(self, what: str) -> NoReturn:
        raise Problem(f"{self.path}, line {self.number}: {what}")

    def text(self, name: str, default: str | None = None) -> str:
        value = self.fields.get(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            self.wrong(f'"{name}" must be a text that is not empty, and is {_shown(value)}.')
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        value = self.fields.get(name, default)
        if not isinstance(value, bool):
            self.wrong(f'"{name}" must be true or false, and is {_shown(value)}.')
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts that are not empty; an absent field is an empty list."""
        value = self.fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            self.wrong(f'"{name}" must be a list of texts that are not empty, and is {_shown(value)}.')
        return tuple(value)

    def groups(self, name: str) -> tuple[tuple[str, ...], ...]:
        """A list of lists of texts, none of them empty."""
        value = self.fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(g, list) and g for g in value):
            self.wrong(f'"{name}" must be a list of lists of texts, [["any", "of"], ["and any of"]], and is {_shown(value)}.')
        return tuple(Line({name: group}, self.path, self.number).texts(name) for group in value)

    def only(self, known: set[str]) -> None:
        """A misspelt field must not go unseen."""
        for name in self.fields.keys() - known:
            self.wrong(f'there is no field "{name}"; the fields are {", ".join(sorted(known))}.')


def json_lines(path: Path) -> Iterator[Line]:
    """The objects of a JSONL file; blank lines are passed over. Raises Problem."""
    for number, text in enumerate(read_text(path).split("\n"), 1):
        if not text.strip():
            continue
        try:
            fields = json.loads(text)
        except ValueError as error:
            raise Problem(f"{path}, line {number}: this is not JSON ({error}).") from None
        if not isinstance(fields, dict):
            raise Problem(f"{path}, line {number}: a JSON object {{…}} is wanted, and this is {_shown(fields)}.")
        yield Line(fields, path, number)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file. Raises Problem."""
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise Problem(f"{path}: there is no such file.") from None
    except UnicodeDecodeError as error:
        number = path.read_bytes()[: error.start].count(b"\n") + 1
        raise Problem(f"{path}, line {number}: this is not UTF-8. Save the file as UTF-8.") from None
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror or error}.") from None


def read_json(path: Path) -> Any:
    """The value of a JSON file. Raises Problem with the line of the mistake."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise Problem(f"{path}, line {error.lineno}: this is not JSON ({error.msg}).") from None


def day_of(value: object) -> date | None:
    """The day of "2023-12-01", "2023/12/01" and what follows; of "01/04/63" nobody knows: None."""
    try:
        return date.fromisoformat(str(value).replace("/", "-")[:10])
    except ValueError:
        return None


def _shown(value: Any) -> str:
    shown = "missing" if value is None else json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= 60 else shown[:57] + "…"
