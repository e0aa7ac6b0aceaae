"""What is asked of the store about consumers. Whatever changes is one transaction with its entry in the ledger and,
where keys begin or cease to work, with what gateways are told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from ringwork.control.consumers.model import Account, AccountKind, Application
from ringwork.control.demands import Demand, Foretold


class AccountRecords(Protocol):
    def add(self, account: Account, foretold: Foretold[Account]) -> bool:
        """False: there is one of this kind and name."""

    def find(self, account_id: str) -> Account | None: ...

    def named(self, kind: AccountKind, name: str) -> Account | None: ...

    def all(self, *, limit: int, after: str = "") -> list[Account]:
        """By id."""

    def suspend(
        self,
        account_id: str,
        at: datetime,
        because: str,
        demand: Demand[Account],
        foretold: Foretold[Account],
    ) -> Account | None:
        """None: there is none of this id. Again is no error, and changes nothing."""

    def resume(
        self, account_id: str, at: datetime, demand: Demand[Account], foretold: Foretold[Account]
    ) -> Account | None: ...


class ApplicationRecords(Protocol):
    def add(self, application: Application, foretold: Foretold[Application]) -> bool:
        """False: the account has one of this name."""

    def find(self, application_id: str) -> Application | None: ...

    def all(self, *, limit: int, after: str = "", account: str | None = None) -> list[Application]:
        """By id; of one account, or of all."""

    def suspend(
        self,
        application_id: str,
        at: datetime,
        because: str,
        demand: Demand[Application],
        foretold: Foretold[Application],
    ) -> Application | None: ...

    def resume(
        self, application_id: str, at: datetime, demand: Demand[Application], foretold: Foretold[Application]
    ) -> Application | None: ...

    def change_plan(
        self,
        application_id: str,
        at: datetime,
        plan: str | None,
        demand: Demand[Application],
        foretold: Foretold[Application],
    ) -> Application | None:
        """Of all its keys that are not revoked."""
