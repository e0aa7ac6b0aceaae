"""What is asked of the store about clients and tokens. Whatever changes is one transaction with its entry in the ledger
and with what gateways are told.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from ringwork.control.consumers.model import Application
from ringwork.control.demands import Demand, Foretold
from ringwork.control.oauth.model import Client, TokenKey


class ClientRecords(Protocol):
    def add(self, client: Client, demand: Demand[Application], foretold: Foretold[Client]) -> Client:
        """As it is on record: with its application's plan, and suspended where that is."""

    def find(self, client_id: str) -> Client | None: ...

    def all(self, *, limit: int, after: str = "") -> list[Client]:
        """By id; revoked ones, too."""

    def count(self, application_id: str) -> int:
        """Of one application, those that are not revoked."""

    def change(
        self, verb: str, client_id: str, at: datetime, turn: Callable[[Client], Client]
    ) -> Client | None:
        """What `turn` makes of it: another secret, or its end. None: there is none of this id."""


class AssertionRecords(Protocol):
    def use(self, sha256: str, expires_at: datetime) -> bool:
        """False: it was used before."""

    def forget(self, before: datetime) -> None: ...


class TokenKeyRecords(Protocol):
    def all(self) -> list[TokenKey]:
        """The newest first."""

    def put(
        self, key: TokenKey, before_ends_at: datetime, *, unless: Callable[[list[TokenKey]], bool]
    ) -> list[TokenKey]:
        """Adds a key; those before end then at the latest. Nothing where there are such as `unless` says. All there
        are afterwards.
        """

    def forget(self, before: datetime) -> None:
        """Those that ended before."""


class RevocationRecords(Protocol):
    def add(self, jti: str, ring: str, expires_at: datetime, at: datetime) -> None:
        """Gateways of the ring are told. Again is no error."""

    def has(self, jti: str) -> bool: ...

    def forget(self, before: datetime) -> int:
        """Those of tokens that ended before; how many."""
