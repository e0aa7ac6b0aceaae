"""What accounts and applications have in common: how they change, and what becomes of their keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, select, update

from ringwork.control.changes import key_told
from ringwork.control.consumers.model import Account, Application
from ringwork.control.demands import Demand, Foretold
from ringwork.control.store.change_log import log_changes
from ringwork.control.store.credential_rows import WITH_STANDING, credential_of
from ringwork.control.store.database import Database, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import credentials

T = TypeVar("T", bound=Account | Application)

# Keys in memory at a time, of all that an account has.
_AT_ONCE = 1_000
NOT_SUSPENDED: Mapping[str, Any] = {"suspended_at": None, "suspended_because": None}


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """`name`: as actions and subjects of the ledger have it. `keys`: which are those of one, by its id."""

    name: str
    table: Table
    joined: Select[Any]
    of: Callable[[Row[Any]], T]
    keys: Callable[[str], ColumnElement[bool]]

    def found(self, connection: Connection, record_id: str) -> T | None:
        row = connection.execute(self.joined.where(self.table.c.id == record_id)).first()
        return None if row is None else self.of(row)


@dataclass(frozen=True, slots=True)
class Changing(Generic[T]):
    """One that is about to change, and who is asked and told in the transaction."""

    database: Database
    kind: Kind[T]
    id: str
    at: datetime
    demand: Demand[T]
    foretold: Foretold[T]

    def suspend(self, because: str) -> T | None:
        values = {"suspended_at": unix(self.at), "suspended_because": because}
        return self.to("suspend", lambda found: values if found.suspended_at is None else None)

    def resume(self) -> T | None:
        return self.to("resume", lambda found: None if found.suspended_at is None else NOT_SUSPENDED)

    def to(
        self,
        verb: str,
        values: Callable[[T], Mapping[str, Any] | None],
        *,
        row: Select[Any] | None = None,
        beside: Callable[[Connection], object] = lambda connection: None,
    ) -> T | None:
        """As it is then, with gateways told of its keys; None: there is none of this id. `values`: None where nothing
        is to change. `row`: what the ledger tells of, where it is more than its own; `beside`: what changes with it.
        """
        kind, its = self.kind, self.kind.table.c.id == self.id
        own = select(kind.table).where(its) if row is None else row
        action, subject = f"{kind.name}.{verb}", f"{kind.name}:{self.id}"
        with recorded(self.database, self.at, action, subject, own) as connection:
            found = kind.found(connection, self.id)
            if found is None:
                return None
            self.demand(found)
            changed = values(found)
            if changed is None:
                return found
            connection.execute(update(kind.table).where(its).values(changed))
            beside(connection)
            _tell_anew(connection, kind.keys(self.id))
            now = kind.found(connection, self.id)
            assert now is not None  # nobody else writes meanwhile
            self.foretold(now)
            return now


class SqlStandings(Generic[T]):
    """What the store does for both alike."""

    def __init__(self, database: Database, kind: Kind[T]) -> None:
        self._database = database
        self._kind = kind

    def find(self, record_id: str) -> T | None:
        with self._database.reading() as connection:
            return self._kind.found(connection, record_id)

    def suspend(
        self, record_id: str, at: datetime, because: str, demand: Demand[T], foretold: Foretold[T]
    ) -> T | None:
        return self._changing(record_id, at, demand, foretold).suspend(because)

    def resume(self, record_id: str, at: datetime, demand: Demand[T], foretold: Foretold[T]) -> T | None:
        return self._changing(record_id, at, demand, foretold).resume()

    def _changing(
        self, record_id: str, at: datetime, demand: Demand[T], foretold: Foretold[T]
    ) -> Changing[T]:
        return Changing(self._database, self._kind, record_id, at, demand, foretold)


def _tell_anew(connection: Connection, which: ColumnElement[bool]) -> None:
    """Gateways are told of these keys as they stand; of revoked ones they were told for good."""
    wanted = WITH_STANDING.where(which, credentials.c.revoked_at.is_(None)).order_by(credentials.c.id)
    found = connection.execute(wanted.execution_options(yield_per=_AT_ONCE))
    for rows in found.partitions():
        log_changes(connection, [key_told(credential_of(row)) for row in rows])
