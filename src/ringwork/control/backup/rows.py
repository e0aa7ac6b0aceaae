"""Rows of the store as lines of JSON, whichever database they are in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Connection, MetaData, Row, Table, delete, insert, select

from ringwork.control.store.tables import metadata

# Rows in memory at a time, of a million perhaps.
_AT_ONCE = 5_000


def parts(connection: Connection) -> Iterator[tuple[str, int, bytes]]:
    """Table, rows and lines of each part: everything in the store, in the order of its keys."""
    for table in metadata.sorted_tables:
        ordered = select(table).order_by(*table.primary_key.columns)
        rows = iter(connection.execute(ordered.execution_options(yield_per=_AT_ONCE)))
        while some := list(islice(rows, _AT_ONCE)):
            yield table.name, len(some), b"".join(map(_line, some))


class Rows:
    """Puts rows into a database that has the tables, as they were in the schema the rows are from."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tables = _reflected(connection)
        for table in self._tables.values():  # what a migration begins with
            connection.execute(delete(table))

    def take(self, table: str, lines: bytes) -> None:
        """Raises ValueError for rows of a table there is not, or that do not fit it."""
        if table not in self._tables:
            raise ValueError(f"rows of {table}, which is no table")
        columns = self._tables[table].columns.keys()
        rows = [_row(json.loads(line)) for line in lines.splitlines()]
        if any(row.keys() != set(columns) for row in rows):
            raise ValueError(f"rows of {table} that do not fit it")
        if rows:
            self._connection.execute(insert(self._tables[table]), rows)


def _reflected(connection: Connection) -> dict[str, Table]:
    """Of the schema the database has, which may be an older one."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name != "alembic_version")
    return dict(found.tables)


def _line(row: Row[Any]) -> bytes:
    told = {
        name: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in row._asdict().items()
    }
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _row(told: dict[str, Any]) -> dict[str, Any]:
    return {
        name: base64.b64decode(value["base64"]) if isinstance(value, dict) else value
        for name, value in told.items()
    }
