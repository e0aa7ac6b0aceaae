"""When keys were used last, to the minute; no entry of the ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice

from sqlalchemy import bindparam, text

from ringwork.control.store.database import Database

# Rows in one transaction: whoever changes something waits for no more.
_AT_ONCE = 1_000
# Of keys there are, of those rings alone; the latest use stays, in whatever order they are told. Both databases say it
# alike.
_NOTE = text(
    "INSERT INTO key_uses (id, used_at) SELECT id, :used_at FROM credentials WHERE id = :key AND ring IN :rings"
    " ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at WHERE key_uses.used_at < excluded.used_at"
).bindparams(bindparam("rings", expanding=True))


def note_uses(database: Database, uses: Mapping[str, int], rings: Collection[str]) -> None:
    """Key → Unix time, of keys of `rings`."""
    rows = ({"key": key, "used_at": at, "rings": [*rings]} for key, at in uses.items())
    while some := list(islice(rows, _AT_ONCE)):
        with database.writing() as connection:
            for row in some:
                connection.execute(_NOTE, row)
