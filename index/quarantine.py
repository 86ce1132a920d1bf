"""What could not be added, with the reason and the time, until it can."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from index.store import Store
from index.types import Failure


class Quarantine:
    """A failure is kept under its origin: told again it is replaced, and it goes when that origin succeeds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def rows(self) -> list[Failure]:
        """The latest first."""
        sql = "SELECT origin, why, at, path FROM failures ORDER BY at DESC, origin"
        return [Failure(*r) for r in self._store.connection.execute(sql)]

    def keep(self, failures: Iterable[tuple[str, str, str]], told: Mapping[str, Any] | None) -> None:
        """(origin, why, path) each; `told` are the words of the request, to make it again by; None where that cannot be."""
        now, request = datetime.now(UTC).isoformat(timespec="seconds"), json.dumps(told, sort_keys=True)
        rows = [(origin, why, now, path, request) for origin, why, path in failures]
        if rows:
            with self._store.writing() as connection:
                connection.executemany("INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?)", rows)

    def clear(self, origins: Iterable[str]) -> None:
        """These have succeeded."""
        found = [o for o in origins if self._has(o)]  # nearly always none: then nothing is written
        if found:
            with self._store.writing() as connection:
                connection.executemany("DELETE FROM failures WHERE origin = ?", [(o,) for o in found])

    def clear_path(self, path: str, failed: Iterable[str]) -> None:
        """`path` was read to its end; only these parts of it have `failed` now."""
        still = set(failed)
        rows = self._store.connection.execute("SELECT origin FROM failures WHERE path = ?", (path,)).fetchall()
        self.clear([str(r[0]) for r in rows if r[0] not in still])

    def requests(self) -> list[tuple[list[str], dict[str, Any]]]:
        """What to ask for again: paths, with the words of their request."""
        asked: dict[str, dict[str, None]] = {}
        sql = "SELECT told, path FROM failures WHERE told <> 'null' ORDER BY told, path"
        for told, path in self._store.connection.execute(sql):
            asked.setdefault(str(told), {})[str(path)] = None
        return [(list(paths), json.loads(told)) for told, paths in asked.items()]

    def empty(self) -> int:
        """Forget them all; how many there were."""
        with self._store.writing() as connection:
            return connection.execute("DELETE FROM failures").rowcount

    def _has(self, origin: str) -> bool:
        return bool(self._store.connection.execute("SELECT 1 FROM failures WHERE origin = ?", (origin,)).fetchone())
