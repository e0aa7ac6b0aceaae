"""What is asked of the store about consumers. Whatever changes is one transaction with its entry in the ledger and,
where keys begin or cease to work, with what gateways are told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, TypeVar

from ringwork.control.consumers.model import Account, AccountKind, Application
from ringwork.control.demands import Demand, Foretold

T_co = TypeVar("T_co", bound=Account | Application, covariant=True)


class StandingRecords(Protocol[T_co]):
    def find(self, record_id: str) -> T_co | None: ...

    def suspend(
        self, record_id: str, at: datetime, because: str, demand: Demand[T_co], foretold: Foretold[T_co]
    ) -> T_co | None:
        """None: there is none of this id. Again is no error, and changes nothing."""

    def resume(
        self, record_id: str, at: datetime, demand: Demand[T_co], foretold: Foretold[T_co]
    ) -> T_co | None: ...


class AccountRecords(StandingRecords[Account], Protocol):
    def add(self, account: Account, foretold: Foretold[Account]) -> bool:
        """False: there is one of this kind and name."""

    def named(self, kind: AccountKind, name: str) -> Account | None: ...

    def all(self, *, limit: int, after: str = "") -> list[Account]:
        """By id."""


class ApplicationRecords(StandingRecords[Application], Protocol):
    def add(self, application: Application, foretold: Foretold[Application]) -> bool:
        """False: the account has one of this name."""

    def all(self, *, limit: int, after: str = "", account: str | None = None) -> list[Application]:
        """By id; of one account, or of all."""

    def change_plan(
        self,
        application_id: str,
        at: datetime,
        plan: str | None,
        demand: Demand[Application],
        foretold: Foretold[Application],
    ) -> Application | None:
        """Of all its keys that are not revoked."""

    def pin(
        self,
        application_id: str,
        at: datetime,
        api: str,
        version: str | None,
        demand: Demand[Application],
        foretold: Foretold[Application],
    ) -> Application | None:
        """`version` None: it is not pinned any more."""
