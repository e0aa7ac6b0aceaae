"""The data record's tables: which entries of the ledger tell of which record, and how far journals were read."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from ringwork.control.ledger.deeds import Noted
from ringwork.control.records.model import Batch, Kept, Told
from ringwork.control.records.words import actor, call, deed
from ringwork.control.store.bulk import insert_all
from ringwork.control.store.database import Database
from ringwork.control.store.ledger import noted_all
from ringwork.control.store.tables import ledger, record_journals, record_writes


class SqlRecords:
    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, gateway: str, batch: Batch, at: datetime) -> int:
        row = (record_journals.c.gateway == gateway) & (record_journals.c.run == batch.run)
        with self._database.writing() as connection:
            read = connection.execute(select(record_journals.c.position).where(row)).scalar()
            # Whoever sends it did not hear how far it is, or this is a store that was put back: it goes on from there.
            if batch.begin != (read or 0):
                return int(read or 0)
            if batch.told:
                _enter(connection, gateway, batch.told, at)
            if read is None:
                values = {"gateway": gateway, "run": batch.run, "position": batch.end}
                connection.execute(insert(record_journals).values(values))
            else:
                connection.execute(update(record_journals).where(row).values(position=batch.end))
        return batch.end

    def positions(self, gateway: str, runs: Collection[str]) -> Mapping[str, int]:
        columns = record_journals.c
        found = select(columns.run, columns.position).where(columns.gateway == gateway, columns.run.in_(runs))
        with self._database.reading() as connection:
            return dict.fromkeys(runs, 0) | {row.run: row.position for row in connection.execute(found)}

    def history(self, subjects: Collection[str], *, limit: int, before: int | None) -> list[Kept]:
        columns = record_writes.c
        found = select(ledger).join(record_writes, ledger.c.seq == columns.entry)
        found = found.where(columns.subject.in_(subjects))
        if before is not None:
            found = found.where(columns.entry < before)
        with self._database.reading() as connection:
            rows = connection.execute(found.order_by(columns.entry.desc()).limit(limit))
            return [Kept(row.seq, json.loads(row.entry)) for row in rows]


def _enter(connection: Connection, gateway: str, told: Collection[Told], at: datetime) -> None:
    noted = [Noted(deed(one.write), actor(one.write.caller), call(one, gateway or None)) for one in told]
    first = noted_all(connection, at, noted)
    rows = [{"subject": one.deed.subject, "entry": seq} for seq, one in enumerate(noted, first)]
    insert_all(connection, record_writes, rows)
