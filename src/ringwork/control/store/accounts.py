"""Accounts of consumers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select

from ringwork.control.consumers.model import PARTNER, Account, AccountKind
from ringwork.control.demands import Foretold
from ringwork.control.ids import new_id
from ringwork.control.store.consumers import Kind, SqlStandings
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import accounts, applications, credentials


class SqlAccounts(SqlStandings[Account]):
    def __init__(self, database: Database) -> None:
        super().__init__(database, _ACCOUNT)

    def add(self, account: Account, foretold: Foretold[Account]) -> bool:
        row, subject = select(accounts).where(accounts.c.id == account.id), f"account:{account.id}"
        with recorded(self._database, account.created_at, "account.create", subject, row) as connection:
            if _named(connection, account.kind, account.name) is not None:
                return False
            connection.execute(insert(accounts).values(_as_row(account)))
            foretold(account)
            return True

    def named(self, kind: AccountKind, name: str) -> Account | None:
        with self._database.reading() as connection:
            return _named(connection, kind, name)

    def all(self, *, limit: int, after: str = "") -> list[Account]:
        page = select(accounts).where(accounts.c.id > after).order_by(accounts.c.id).limit(limit)
        with self._database.reading() as connection:
            return [account_of(row) for row in connection.execute(page)]


def account_for(connection: Connection, kind: AccountKind, name: str, at: datetime) -> Account:
    """The one of this name, which may have to be made: as a part of what is done, which is one entry of the ledger."""
    found = _named(connection, kind, name)
    if found is not None:
        return found
    made = Account(new_id(), kind, name, at)
    connection.execute(insert(accounts).values(_as_row(made)))
    return made


def admit_partners(connection: Connection, names: Iterable[str], at: datetime) -> None:
    """Makes accounts of those that have none."""
    known = connection.execute(select(accounts.c.name).where(accounts.c.kind == PARTNER)).scalars()
    for name in sorted({*names} - {*known}):
        account_for(connection, PARTNER, name, at)


def account_of(row: Row[Any], prefix: str = "") -> Account:
    """`prefix`: of the columns' names."""
    given = {column.name: getattr(row, prefix + column.name) for column in accounts.c}
    return Account(**given | {name: moment(given[name]) for name in ("created_at", "suspended_at")})


def _named(connection: Connection, kind: AccountKind, name: str) -> Account | None:
    row = connection.execute(select(accounts).where(accounts.c.kind == kind, accounts.c.name == name)).first()
    return None if row is None else account_of(row)


def _as_row(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "kind": account.kind,
        "name": account.name,
        "contact": account.contact,
        "created_at": unix(account.created_at),
    }


def _keys(account_id: str) -> ColumnElement[bool]:
    own = select(applications.c.id).where(applications.c.account == account_id)
    return credentials.c.application_id.in_(own)


_ACCOUNT = Kind("account", accounts, select(accounts), account_of, _keys)
