"""The identity change log: what a node's identity data is made of, in order.

The shapes are the serde type `Change` of `crates/wall/src/identity/writer.rs`; only these functions make one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ringwork.control.model import Credential, IssuedIdentity

Change = dict[str, Any]

CERTIFICATE = "certificate"
TOKEN = "token"


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """`seq` only ever grows; a node remembers the last it has applied."""

    seq: int
    change: Change


def key_put(credential: Credential) -> Change:
    """The whole of what a gateway may know of a key."""
    limits = credential.restrictions
    return {
        "change": "put_key",
        "id": credential.id,
        "sha256": credential.sha256,
        "environment": credential.environment,
        "ring": credential.ring,
        "consumer": credential.consumer,
        "application": credential.application,
        "plan": credential.plan,
        "partner": credential.partner,
        "not_before": _unix(credential.not_before),
        "expires_at": _unix(credential.expires_at),
        "apis": list(limits.apis),
        "versions": list(limits.versions),
        "networks": list(limits.networks),
    }


def key_deleted(key_id: str) -> Change:
    return {"change": "delete_key", "id": key_id}


def identity_revoked(identity: IssuedIdentity) -> Change:
    if identity.kind == CERTIFICATE:
        return {"change": "revoke_certificate", "serial": identity.handle}
    return {"change": "revoke_token", "jti": identity.handle}


def revocation_forgotten(identity: IssuedIdentity) -> Change:
    """What has expired needs no revocation any more."""
    if identity.kind == CERTIFICATE:
        return {"change": "forget_certificate", "serial": identity.handle}
    return {"change": "forget_token", "jti": identity.handle}


def _unix(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
