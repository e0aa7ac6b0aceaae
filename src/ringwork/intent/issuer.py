"""An outside issuer as a ring accepts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ringwork.kernel.findings import Location


@dataclass(frozen=True, slots=True)
class CallersIntent:
    """Whom tokens name. `kind` "partners" and "services": by `mapped`, value of `claim` → name. "people": each subject
    a caller of its own. "developers": each `per` a caller of its own, with the limits of `plan`. "clients": those of
    our own authorization server.
    """

    kind: Literal["partners", "services", "people", "developers", "clients"]
    claim: str = ""
    mapped: dict[str, str] | None = None
    per: str = ""
    plan: str = ""


@dataclass(frozen=True, slots=True)
class FetchedKeys:
    """`ca_pem` None: the system's CAs vouch for the address."""

    jwks_uri: str
    ca_pem: str | None
    refresh_seconds: int


@dataclass(frozen=True, slots=True)
class IssuerIntent:
    """`keys`: where they are fetched, or a JWK set of public keys."""

    name: str
    issuer: str
    audiences: tuple[str, ...]
    algorithms: tuple[str, ...]
    typ: str
    leeway_seconds: int
    keys: FetchedKeys | dict[str, Any]
    callers: CallersIntent
    forward: bool
    log_subject: str
    declared_at: Location
    scope_claim: str = "scope"
