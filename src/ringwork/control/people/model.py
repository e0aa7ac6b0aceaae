"""What the store holds of people. Frozen; times are aware, UTC, whole seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

# Issuer of accounts that are here; no URL, so no provider's.
HERE = "here"


@dataclass(frozen=True, slots=True)
class Person:
    """`subject` is the issuer's word, `id` ours, which the ledger names: it tells nobody else who it is.

    `groups` and `password` (its hash) are of accounts here alone.
    """

    id: str
    issuer: str
    subject: str
    name: str
    created_at: datetime
    groups: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is logged in on a device. `claims`: those of the provider that led to a group when it was asked
    last, at `checked_at`; `refresh`: its refresh token, sealed.
    """

    id: str
    sha256: str = field(repr=False)
    person: str
    device: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime
    checked_at: datetime
    claims: tuple[tuple[str, str], ...] = ()
    sid: str | None = None
    refresh: bytes | None = field(default=None, repr=False)
    ended_at: datetime | None = None
    ended_because: str | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """Of somebody who will have the account `name` here."""

    id: str
    sha256: str = field(repr=False)
    name: str
    groups: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MachineToken:
    """What a program that is nobody's, such as CI, calls the admin API with."""

    id: str
    sha256: str = field(repr=False)
    name: str
    groups: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody who has just proven who he is. `claims`: those that lead to a group; `refresh`: not sealed yet."""

    person: Person
    claims: tuple[tuple[str, str], ...] = ()
    sid: str | None = None
    refresh: str | None = field(default=None, repr=False)
