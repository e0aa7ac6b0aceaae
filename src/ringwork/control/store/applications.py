"""Applications of accounts."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from ringwork.control.consumers.model import DEVELOPER, PARTNER, Account, Application
from ringwork.control.demands import Demand, Foretold
from ringwork.control.ids import new_id
from ringwork.control.model import Credential
from ringwork.control.store.accounts import account_for, account_of
from ringwork.control.store.consumers import Kind, SqlStandings
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import accounts, applications, credentials

_WITH_ACCOUNT = select(
    *applications.c, *(column.label(f"account_{column.name}") for column in accounts.c)
).join(accounts, accounts.c.id == applications.c.account)


class SqlApplications(SqlStandings[Application]):
    def __init__(self, database: Database) -> None:
        super().__init__(database, _APPLICATION)

    def add(self, application: Application, foretold: Foretold[Application]) -> bool:
        row = select(applications).where(applications.c.id == application.id)
        subject, at = f"application:{application.id}", application.created_at
        with recorded(self._database, at, "application.create", subject, row) as connection:
            if _named(connection, application.account, application.name) is not None:
                return False
            connection.execute(insert(applications).values(_as_row(application)))
            foretold(application)
            return True

    def all(self, *, limit: int, after: str = "", account: str | None = None) -> list[Application]:
        page = _WITH_ACCOUNT.where(applications.c.id > after).order_by(applications.c.id).limit(limit)
        if account is not None:
            page = page.where(applications.c.account == account)
        with self._database.reading() as connection:
            return [_application_of(row) for row in connection.execute(page)]

    def change_plan(
        self,
        application_id: str,
        at: datetime,
        plan: str | None,
        demand: Demand[Application],
        foretold: Foretold[Application],
    ) -> Application | None:
        others = _on_other_plans(application_id, plan)
        counted = select(func.count()).select_from(credentials).where(others).scalar_subquery()
        row = select(applications, counted.label("keys_on_other_plans"))
        return self._changing(application_id, at, demand, foretold).to(
            "change-plan",
            lambda _: {"plan": plan},
            row=row.where(applications.c.id == application_id),
            beside=lambda connection: connection.execute(update(credentials).where(others).values(plan=plan)),
        )

    def pin(
        self,
        application_id: str,
        at: datetime,
        api: str,
        version: str | None,
        demand: Demand[Application],
        foretold: Foretold[Application],
    ) -> Application | None:
        def pinned(found: Application) -> dict[str, Any] | None:
            others = {name: one for name, one in found.pins.items() if name != api}
            pins = others if version is None else others | {api: version}
            return None if pins == dict(found.pins) else {"pins": json.dumps(pins, sort_keys=True)}

        return self._changing(application_id, at, demand, foretold).to("pin", pinned)


def application_found(connection: Connection, application_id: str) -> Application | None:
    """As it stands; None: there is none of this id."""
    return _APPLICATION.found(connection, application_id)


def application_for(connection: Connection, credential: Credential) -> Application:
    """The one a new key names, which may have to be made with its account: as a part of making the key."""
    kind, at = DEVELOPER if credential.partner is None else PARTNER, credential.created_at
    account = account_for(connection, kind, credential.consumer, at)
    found = _named(connection, account, credential.application)
    if found is not None:
        return found
    made = Application(new_id(), account, credential.application, at, plan=credential.plan)
    connection.execute(insert(applications).values(_as_row(made)))
    return made


def _named(connection: Connection, account: Account, name: str) -> Application | None:
    its = _WITH_ACCOUNT.where(applications.c.account == account.id, applications.c.name == name)
    row = connection.execute(its).first()
    return None if row is None else _application_of(row)


def _on_other_plans(application_id: str, plan: str | None) -> ColumnElement[bool]:
    own = (credentials.c.application_id == application_id) & credentials.c.revoked_at.is_(None)
    return own & credentials.c.plan.is_distinct_from(plan)


def _application_of(row: Row[Any]) -> Application:
    given = {column.name: getattr(row, column.name) for column in applications.c}
    given |= {name: moment(given[name]) for name in ("created_at", "suspended_at")}
    given |= {"pins": json.loads(given["pins"])}
    return Application(**given | {"account": account_of(row, "account_")})


def _as_row(application: Application) -> dict[str, Any]:
    return {
        "id": application.id,
        "account": application.account.id,
        "name": application.name,
        "purpose": application.purpose,
        "plan": application.plan,
        "created_at": unix(application.created_at),
    }


def _keys(application_id: str) -> ColumnElement[bool]:
    return credentials.c.application_id == application_id


_APPLICATION = Kind("application", applications, _WITH_ACCOUNT, _application_of, _keys)
