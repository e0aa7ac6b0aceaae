"""The identity change log: what a node's identity data is made of, in order.

The shapes are the serde type `Change` of `crates/wall/src/identity/writer.rs`; only these functions make one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from ringwork.control.approvals.model import Grant
from ringwork.control.model import Credential, IssuedIdentity
from ringwork.control.people.model import Person

Change = dict[str, Any]

# Certificates and tokens are believed on this ring only (audience/defaults).
_SERVICES_RING = "internal"

CERTIFICATE = "certificate"
TOKEN = "token"


@dataclass(frozen=True, slots=True)
class Entry:
    """A change with what the log must know of it.

    `subject`: the newest entry about it says everything. `ring`: the one ring whose nodes need it.
    `removes`: nothing is left of the subject, so a node that never had it needs no word of it.
    """

    subject: str
    ring: str
    removes: bool
    change: Change


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """`seq` only ever grows; a node remembers the last it has applied."""

    seq: int
    change: Change


@dataclass(frozen=True, slots=True)
class Standing:
    """What a node that knows nothing needs: the newest change about each subject, as JSON without a line break, keys by
    ascending id.

    It is read as it is asked for; `epoch` and `seq` are the log's, and of its newest change, when reading began.
    """

    epoch: str
    seq: int
    changes: Iterator[str]


@dataclass(frozen=True, slots=True)
class LogExtent:
    """`newest`: number of the newest change ever made. A copy that ends below `floor`, or was told another
    `epoch`, lacks removals it can no longer be told: it starts over.
    """

    epoch: str
    floor: int
    newest: int

    def continues(self, seq: int) -> bool:
        """Whether a copy that ends at `seq` can be told the rest; one that is empty always can."""
        return seq == 0 or self.floor <= seq <= self.newest


def key_put(credential: Credential) -> Entry:
    """The whole of what a gateway may know of a key."""
    limits = credential.restrictions
    change = {
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
        # A gateway that does not know of scopes, or pins, is not told of keys without.
        **({"scopes": list(limits.scopes)} if limits.scopes else {}),
        **(
            {"pins": [f"{api}:{name}" for api, name in sorted(credential.pins.items())]}
            if credential.pins
            else {}
        ),
    }
    return Entry(f"key:{credential.id}", credential.ring, removes=False, change=change)


def key_deleted(credential: Credential) -> Entry:
    change = {"change": "delete_key", "id": credential.id}
    return Entry(f"key:{credential.id}", credential.ring, removes=True, change=change)


def key_told(credential: Credential) -> Entry:
    """What gateways are told of a key as it stands."""
    works = credential.revoked_at is None and not credential.suspended
    return key_put(credential) if works else key_deleted(credential)


def grant_put(grant: Grant, person: Person) -> Entry:
    """What gateways know somebody by, his group, and when it ends."""
    change = {
        "change": "put_grant",
        "person": _hashed(person),
        "id": grant.id,
        "group": grant.group,
        "until": _unix(grant.until),
    }
    return Entry(f"grant:{grant.id}", _SERVICES_RING, removes=False, change=change)


def grant_deleted(grant: Grant, person: Person) -> Entry:
    change = {"change": "delete_grant", "person": _hashed(person), "id": grant.id}
    return Entry(f"grant:{grant.id}", _SERVICES_RING, removes=True, change=change)


def _hashed(person: Person) -> str:
    """As the wall names the subject of a token (`crates/wall/src/identity/access/claims.rs`)."""
    return sha256(f"{person.issuer}\0{person.subject}".encode()).hexdigest()


def identity_revoked(identity: IssuedIdentity) -> Entry:
    return _about(identity, "revoke", removes=False)


def revocation_forgotten(identity: IssuedIdentity) -> Entry:
    """What has expired needs no revocation any more."""
    return _about(identity, "forget", removes=True)


def access_token_revoked(jti: str, ring: str) -> Entry:
    """A token of our authorization server, for the one ring its client is of."""
    return Entry(f"access-token:{jti}", ring, removes=False, change={"change": "revoke_token", "jti": jti})


def access_token_forgotten(jti: str, ring: str) -> Entry:
    """It is over anyhow."""
    return Entry(f"access-token:{jti}", ring, removes=True, change={"change": "forget_token", "jti": jti})


def _about(identity: IssuedIdentity, verb: str, *, removes: bool) -> Entry:
    name = "serial" if identity.kind == CERTIFICATE else "jti"
    change = {"change": f"{verb}_{identity.kind}", name: identity.handle}
    return Entry(f"{identity.kind}:{identity.handle}", _SERVICES_RING, removes, change)


def _unix(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
