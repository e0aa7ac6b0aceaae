"""What the store holds of consumers. Frozen; times are aware, UTC, whole seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

AccountKind = Literal["partner", "developer"]
AccountState = Literal["active", "suspended"]
PARTNER: AccountKind = "partner"
DEVELOPER: AccountKind = "developer"


@dataclass(frozen=True, slots=True)
class Account:
    """Who keys belong to. A partner's `name` is that of `partners/NAME.yaml`; `contact` is an address or a URL."""

    id: str
    kind: AccountKind
    name: str
    created_at: datetime
    contact: str | None = None
    suspended_at: datetime | None = None
    suspended_because: str | None = None

    @property
    def state(self) -> AccountState:
        return "active" if self.suspended_at is None else "suspended"


@dataclass(frozen=True, slots=True)
class Application:
    """What of an account's uses keys. `purpose`: what for, as its owner says; None: not on record. `plan`: what keys of
    a developer's get where none is named; None: the ring's default. `pins`: API → the version that is meant where a
    request names none.
    """

    id: str
    account: Account
    name: str
    created_at: datetime
    purpose: str | None = None
    plan: str | None = None
    suspended_at: datetime | None = None
    suspended_because: str | None = None
    pins: Mapping[str, str] = field(default_factory=dict)

    @property
    def works(self) -> bool:
        """Whether its keys do, as far as it goes."""
        return self.suspended_at is None and self.account.suspended_at is None
