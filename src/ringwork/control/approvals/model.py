"""A request that others decide, and what comes of one. Frozen; times are aware, UTC, whole seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

# Whoever owns the state directory, where a person is named.
OWNER = "0" * 12

State = Literal["open", "approved", "declined", "withdrawn", "expired"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Members of `groups` decide; `quorum` of them have to approve. `own`: who asked may be one of them."""

    groups: tuple[str, ...]
    quorum: int
    own: bool = False


@dataclass(frozen=True, slots=True)
class Decider:
    """`actor` as the ledger names him; `person` None: whoever owns the state directory, or a `machine`."""

    actor: str
    person: str | None
    groups: tuple[str, ...]
    machine: str | None = None

    @property
    def asks_as(self) -> str:
        """What a request of his says it is by."""
        return self.person or self.machine or OWNER


@dataclass(frozen=True, slots=True)
class Decision:
    """One approver's word; `by` as the ledger names him."""

    by: str
    at: datetime
    approves: bool
    note: str


@dataclass(frozen=True, slots=True)
class Approval:
    """`kind` says what `asked` means; `outcome` None: nobody ended it, though it may have expired. `by` is a person
    (of a gate also a machine's token, or `OWNER`), `name` what that one is called.
    """

    id: str
    kind: str
    asked: Mapping[str, Any]
    by: str
    name: str
    reason: str
    asked_at: datetime
    expires_at: datetime
    decisions: tuple[Decision, ...] = ()
    outcome: Literal["approved", "declined", "withdrawn"] | None = None
    ended_at: datetime | None = None

    def state(self, now: datetime) -> State:
        if self.outcome is not None:
            return self.outcome
        return "expired" if now >= self.expires_at else "open"


@dataclass(frozen=True, slots=True)
class Grant:
    """A person, called `name`, is in a group until a moment. Its id is that of the request it came of; `broke_glass`:
    of none.
    """

    id: str
    person: str
    name: str
    group: str
    reason: str
    since: datetime
    until: datetime
    broke_glass: bool = False
    used_at: datetime | None = None
    ended_at: datetime | None = None
    ended_because: str | None = None

    def holds(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.until
