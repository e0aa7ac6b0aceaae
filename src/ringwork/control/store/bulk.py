"""Many rows at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert, text


def insert_all(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """At least one; all have the same columns. PostgreSQL takes them as one statement: of several, each is a message to
    it and back, and twice the work.
    """
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), rows)
        return
    columns = ", ".join(f"{name} {_kind(connection, table, name)}" for name in rows[0])
    given = f"json_to_recordset(CAST(:rows AS json)) AS given({columns})"
    statement = f"INSERT INTO {table.name} ({', '.join(rows[0])}) SELECT * FROM {given}"
    connection.execute(text(statement), {"rows": json.dumps(rows, ensure_ascii=False)})


def _kind(connection: Connection, table: Table, name: str) -> str:
    kind = table.columns[name].type.dialect_impl(connection.dialect)
    return "bigint" if kind.python_type is int else "text"
