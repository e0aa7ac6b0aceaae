"""What a gateway says of itself in `status.json`, and waiting for its word on a revision."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

# Listeners are fixed for the life of a process: the supervisor answers this refusal with a restart.
LISTENERS_CHANGED = "listeners_changed"
NOT_STARTED = "gateway_not_started"

_POLL_SECONDS = 0.01


class Refusal(BaseModel):
    """Why a revision is not served."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    revision: int
    code: str
    message: str
    api: str | None = None


class Lack(BaseModel):
    """Of a service: `endpoints` it has, and those that are left out (`addresses`: why; not all where they are many)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    endpoints: int
    left_out: int
    addresses: dict[str, str] = {}


class SharedLimits(BaseModel):
    """Whether limits are kept together with other gateways now, and since when (seconds since the Unix epoch).

    `available` False: it goes on with its share, one part in `gateways`; `problem` says why. `gateways_seen`: as many
    as said that they are there.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    available: bool
    problem: str | None = None
    since: int
    gateways: int
    gateways_seen: int


class GatewayStatus(BaseModel):
    """`revision`: what is served now; None while nothing is. A newer gateway may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pid: int
    version: str
    revision: int | None = None
    refused: Refusal | None = None
    identity: dict[str, Any] = {}
    rings: dict[str, Any] = {}
    # `api:version` → endpoints that are not called; services that lack nothing are not in it.
    upstreams: dict[str, Lack] = {}
    # None: limits are this gateway's own.
    shared_limits: SharedLimits | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A gateway's word on a revision: `refusal` None means it serves it."""

    revision: int
    refusal: Refusal | None = None


def read_status(path: Path) -> GatewayStatus | None:
    """The last word of the gateway; None when it never spoke or cannot be understood."""
    try:
        return GatewayStatus.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


class Witness(Protocol):
    """Who knows the gateway that runs now; what a dead one wrote counts for nothing."""

    def speaks(self) -> bool: ...

    def failure(self, revision: int = 0) -> str | None: ...


def wait_for_word(path: Path, revision: int, *, timeout: float, witness: Witness) -> Acknowledged | None:
    """Waits until the running gateway serves or refuses `revision`; None when it says neither in `timeout` s.

    A gateway that cannot even start with it has refused it.
    """
    deadline = time.monotonic() + timeout
    while True:
        word = _word(read_status(path), revision)
        if word is not None and witness.speaks():
            return word
        failure = witness.failure(revision)
        if failure is not None:
            return Acknowledged(revision, Refusal(revision=revision, code=NOT_STARTED, message=failure))
        if time.monotonic() >= deadline:
            return None
        time.sleep(_POLL_SECONDS)


def _word(status: GatewayStatus | None, revision: int) -> Acknowledged | None:
    if status is None:
        return None
    if status.revision is not None and status.revision >= revision:
        return Acknowledged(status.revision)
    refused = status.refused
    if refused is not None and refused.revision >= revision and refused.code != LISTENERS_CHANGED:
        return Acknowledged(refused.revision, refused)
    return None
