"""Gateways elsewhere, as the store holds them. Frozen; times are aware, UTC, whole seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

Listeners = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Place:
    """What a node is for. `listeners`: ring → addresses in place of the estate's, where they differ."""

    name: str
    rings: tuple[str, ...]
    listeners: Listeners


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An invitation that was given out, without its secret: `sha256` is the secret's hash, lower-case hex."""

    sha256: str
    place: Place
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RemoteNode:
    """An enrolled gateway. `serials`: its last two certificates. `said`: its last report, as it came."""

    place: Place
    serials: tuple[str, ...]
    enrolled_at: datetime
    revoked_at: datetime | None = None
    last_contact: datetime | None = None
    said: Mapping[str, Any] | None = None


class NodeStore(Protocol):
    def invite(self, enrolment: Enrolment, at: datetime) -> None:
        """Any earlier invitation for the same node that was not used is void."""

    def invitation(self, sha256: str) -> Enrolment | None: ...

    def admit(self, sha256: str, node: RemoteNode) -> bool:
        """Uses the invitation up and stores the node, in one transaction; False when it is used already."""

    def certify(self, name: str, serials: tuple[str, ...], at: datetime) -> None: ...

    def revoke(self, name: str, moment: datetime) -> None: ...

    def hear(self, name: str, moment: datetime, said: Mapping[str, Any]) -> None: ...

    def find(self, name: str) -> RemoteNode | None: ...

    def all(self) -> list[RemoteNode]: ...
