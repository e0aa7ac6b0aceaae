"""`/identities`: certificates and tokens of services."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from ringwork.api.plane import Plane
from ringwork.control.durations import lifetime
from ringwork.control.identities import LONGEST_SVID_LIFETIME, IssuedSvid
from ringwork.control.model import IssuedIdentity
from ringwork.control.tokens import MAX_LIFETIME, ServiceToken


class CertificateOrder(BaseModel):
    """`expires`: lifetime, at most 30 days."""

    model_config = ConfigDict(extra="forbid")

    service: str
    expires: str = "24h"


class TokenOrder(BaseModel):
    """`expires`: lifetime, at most a day."""

    model_config = ConfigDict(extra="forbid")

    service: str
    expires: str = "1h"


def router(plane: Plane) -> APIRouter:
    routes = APIRouter(prefix="/identities", tags=["identities"])

    @routes.get("")
    def show(after: str = "", limit: int = 100) -> dict[str, Any]:
        found = plane.identities.list(limit=min(max(limit, 1), 1000), after=after)
        return {"identities": [as_json(identity) for identity in found]}

    @routes.post("/certificates", status_code=201)
    def issue_certificate(order: CertificateOrder) -> dict[str, Any]:
        given = lifetime(order.expires, longest=LONGEST_SVID_LIFETIME)
        return svid_as_json(plane.identities.issue_certificate(order.service, given))

    @routes.post("/tokens", status_code=201)
    def issue_token(order: TokenOrder) -> dict[str, Any]:
        given = lifetime(order.expires, longest=MAX_LIFETIME)
        return token_as_json(plane.identities.issue_token(order.service, given))

    @routes.delete("/{handle}")
    def revoke(handle: str) -> dict[str, Any]:
        return as_json(plane.identities.revoke(handle))

    return routes


def svid_as_json(issued: IssuedSvid) -> dict[str, Any]:
    """Holds the private key: the one time it is seen."""
    return as_json(issued.record) | {
        "certificate_pem": issued.certificate_pem.decode(),
        "key_pem": issued.key_pem.decode(),
        "ca_pem": issued.ca_pem.decode(),
    }


def token_as_json(token: ServiceToken) -> dict[str, Any]:
    return {"handle": token.jti, "expires_at": token.expires_at.isoformat(), "token": token.text}


def as_json(identity: IssuedIdentity) -> dict[str, Any]:
    return {
        "handle": identity.handle,
        "kind": identity.kind,
        "spiffe_id": identity.spiffe_id,
        "issued_at": identity.issued_at.isoformat(),
        "expires_at": identity.expires_at.isoformat(),
        "revoked_at": identity.revoked_at.isoformat() if identity.revoked_at else None,
    }
