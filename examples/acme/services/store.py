"""Where a service keeps its things: JSON documents by kind and key, in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from threading import RLock
from typing import Any

Record = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID
"""


class Store:
    """Records of one service. Safe to use from the threads that serve requests.

    A write that must not be interleaved with another is made under `lock`.
    """

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.lock = RLock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(_SCHEMA)

    def get(self, kind: str, key: str) -> Record | None:
        with self.lock:
            row = self._connection.execute(
                "SELECT body FROM record WHERE kind = ? AND key = ?", (kind, key)
            ).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, kind: str, key: str, body: Record) -> Record:
        with self.lock:
            self._connection.execute(
                "INSERT OR REPLACE INTO record VALUES (?, ?, ?)", (kind, key, json.dumps(body))
            )
        return body

    def delete(self, kind: str, key: str) -> bool:
        with self.lock:
            statement = "DELETE FROM record WHERE kind = ? AND key = ?"
            return self._connection.execute(statement, (kind, key)).rowcount > 0

    def all(self, kind: str) -> list[Record]:
        """Every record of a kind, in the order of their keys."""
        with self.lock:
            rows = self._connection.execute(
                "SELECT body FROM record WHERE kind = ? ORDER BY length(key), key", (kind,)
            ).fetchall()
        return [json.loads(body) for (body,) in rows]

    def next_number(self, kind: str, first: int) -> int:
        """The number after the highest key of a kind. Call it under `lock`, with the `put` that uses it."""
        row = self._connection.execute(
            "SELECT max(CAST(key AS INTEGER)) FROM record WHERE kind = ?", (kind,)
        ).fetchone()
        return first if row[0] is None else max(first, int(row[0]) + 1)

    def seed(self, kind: str, records: dict[str, Record]) -> None:
        """Puts what a fresh store begins with; leaves a store that has records of this kind alone."""
        with self.lock:
            if not self.all(kind):
                for key, body in records.items():
                    self.put(kind, key, body)

    def close(self) -> None:
        self._connection.close()
