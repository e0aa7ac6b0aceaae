"""What the store holds as plain JSON: the same for the admin API and the command line."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ringwork.control.identities import IssuedSvid
from ringwork.control.key_status import status_of
from ringwork.control.keys import CreatedKey
from ringwork.control.model import Credential, IssuedIdentity, Revision, SecretRecord
from ringwork.kernel.clock import rfc3339

if TYPE_CHECKING:
    from ringwork.control.leaks.telling import Told
    from ringwork.control.recognition import Recognised
    from ringwork.control.tokens import ServiceToken


def key(credential: Credential, now: datetime) -> dict[str, Any]:
    limits = credential.restrictions
    return {
        "id": credential.id,
        "ring": credential.ring,
        "environment": credential.environment,
        "consumer": credential.consumer,
        "application": credential.application,
        "application_id": credential.application_id,
        "plan": credential.plan,
        "partner": credential.partner,
        "created_at": rfc3339(credential.created_at),
        "expires_at": _when(credential.expires_at),
        "revoked_at": _when(credential.revoked_at),
        "suspended": credential.suspended,
        "status": status_of(credential, now),
        "used_at": _when(credential.used_at),
        "apis": list(limits.apis),
        "versions": list(limits.versions),
        "networks": list(limits.networks),
        "scopes": list(limits.scopes),
    }


def secret(record: SecretRecord) -> dict[str, Any]:
    """That there is one, and since when; never its value."""
    return {"id": record.id, "name": record.name, "changed_at": rfc3339(record.changed_at)}


def created_key(created: CreatedKey, now: datetime) -> dict[str, Any]:
    """The one view that ever holds a key."""
    return key(created.credential, now) | {"key": created.minted.secret}


def recognised(found: Recognised) -> dict[str, Any]:
    """`id` and `environment` are what the text says, whether or not it is on record."""
    return {
        "ours": found.credential is not None,
        "state": found.state.value,
        "id": None if found.text is None else found.text.id,
        "environment": None if found.text is None else found.text.environment,
    }


def leak(told: Told) -> dict[str, Any]:
    """A key that was found somewhere, without the key."""
    place, known = told.found, told.key.credential
    return {
        "commit": place.commit,
        "file": place.file,
        "line": place.at.line,
        "column": place.at.column,
        **recognised(told.key),
        "ring": None if known is None else known.ring,
        "consumer": None if known is None else known.consumer,
        "application": None if known is None else known.application,
        "revoked_now": told.revoked_now,
    }


def identity(issued: IssuedIdentity) -> dict[str, Any]:
    return {
        "handle": issued.handle,
        "kind": issued.kind,
        "spiffe_id": issued.spiffe_id,
        "issued_at": rfc3339(issued.issued_at),
        "expires_at": rfc3339(issued.expires_at),
        "revoked_at": _when(issued.revoked_at),
    }


def svid(issued: IssuedSvid) -> dict[str, Any]:
    """Holds the private key: the one time it is seen."""
    return identity(issued.record) | {
        "certificate_pem": issued.certificate_pem.decode(),
        "key_pem": issued.key_pem.decode(),
        "ca_pem": issued.ca_pem.decode(),
    }


def token(issued: ServiceToken) -> dict[str, Any]:
    """Holds the token: the one time it is seen."""
    return {"handle": issued.jti, "expires_at": rfc3339(issued.expires_at), "token": issued.text}


def revision(found: Revision) -> dict[str, Any]:
    return {
        "revision": found.number,
        "created_at": rfc3339(found.created_at),
        "manifest": found.manifest,
        "content": found.content,
        "note": found.note,
    }


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
