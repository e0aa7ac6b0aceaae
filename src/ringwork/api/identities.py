"""`/identities`: certificates and tokens of services."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from ringwork.api.plane import Plane
from ringwork.control import views
from ringwork.control.durations import lifetime
from ringwork.control.identities import LONGEST_SVID_LIFETIME
from ringwork.control.tokens import MAX_LIFETIME


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
        return {"identities": [views.identity(identity) for identity in found]}

    @routes.post("/certificates", status_code=201)
    def issue_certificate(order: CertificateOrder) -> dict[str, Any]:
        given = lifetime(order.expires, longest=LONGEST_SVID_LIFETIME)
        return views.svid(plane.identities.issue_certificate(order.service, given))

    @routes.post("/tokens", status_code=201)
    def issue_token(order: TokenOrder) -> dict[str, Any]:
        given = lifetime(order.expires, longest=MAX_LIFETIME)
        return views.token(plane.identities.issue_token(order.service, given))

    @routes.delete("/{handle}")
    def revoke(handle: str) -> dict[str, Any]:
        return views.identity(plane.identities.revoke(handle))

    return routes
