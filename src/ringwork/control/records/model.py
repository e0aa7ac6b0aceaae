"""Writes as gateways tell of them, and as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

# As `crates/wall/src/recording.rs` bounds them.
MOST_ID_BYTES = 200
TYPE = "^[a-z][a-z0-9-]{0,39}$"
_NANOSECONDS = 1_000_000_000
# Of a year no calendar of ours has.
_LATEST = 253_402_300_799 * _NANOSECONDS

# No word of a gateway's is longer: what a client says of itself is bounded with its header, and what a document says is
# cut (`crates/server/src/serve/recorded.rs`).
Name = Annotated[str, Field(max_length=65_536)]


class _Told(BaseModel):
    """A member this release does not know is of a later one: it is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Who(_Told):
    """`holder`: of an access token, as far as logs may name them."""

    proof: Name
    consumer: Name
    application: Name
    credential: Name | None = None
    issuer: Name | None = None
    holder: Name | None = None
    is_person: bool = False


class RecordId(_Told):
    """One of them: the id, what stands for it, or why there is none."""

    plain: Annotated[str, Field(min_length=1, max_length=MOST_ID_BYTES)] | None = None
    hashed: Annotated[str, Field(pattern="^[0-9a-f]{32}$")] | None = None
    unknown: Annotated[str, Field(pattern="^[a-z_]{1,40}$")] | None = None


class Write(_Told):
    """`call`: the request's id."""

    call: Annotated[str, Field(pattern="^[0-9a-f-]{36}$")]
    at_unix_ns: Annotated[int, Field(ge=0, le=_LATEST)]
    ring: Literal["internal", "partner", "public"]
    api: Name
    version: Name
    operation: Name
    caller: Who
    type: Annotated[str, Field(pattern=TYPE)]
    id: RecordId

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.at_unix_ns // _NANOSECONDS, UTC)


class Told(_Told):
    """A write that has ended. `status`: of the service's answer."""

    write: Write
    outcome: Literal["answered", "unknown"]
    status: Annotated[int, Field(ge=200, le=999)] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one run of a gateway's journal tells between two places of it. `begin`: where the last one ended, 0 of the
    first.
    """

    run: str
    begin: int
    end: int
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry of a record's history: the ledger's, by its number."""

    number: int
    entry: dict[str, Any]
