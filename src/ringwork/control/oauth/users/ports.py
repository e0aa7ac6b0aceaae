"""What is asked of the store about what users allowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from ringwork.control.oauth.users.model import UserGrant


class UserGrantRecords(Protocol):
    def add(self, grant: UserGrant, *, most: int) -> None:
        """The oldest of its user and client ends, where there are `most`."""

    def find(self, grant_id: str) -> UserGrant | None: ...

    def with_code(self, sha256: str) -> UserGrant | None: ...

    def of_user(self, user: str) -> list[UserGrant]:
        """Those that did not end, the newest first."""

    def all(self, *, limit: int, after: str = "") -> list[UserGrant]:
        """By id; those that ended, too."""

    def change(self, grant_id: str, at: datetime, turn: Callable[[UserGrant], UserGrant]) -> UserGrant | None:
        """What `turn` makes of it. Where that ends it, gateways are told to refuse its access tokens, in the same
        transaction. None: there is none of this id.
        """

    def forget(self, at: datetime, idle_since: datetime) -> None:
        """Those that are over, with a day for whoever looks: they ended, or expired, or were not used since."""
