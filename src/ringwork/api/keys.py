"""`/keys`: API keys."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from ringwork.api.plane import Plane
from ringwork.control.durations import lifetime
from ringwork.control.keys import CreatedKey, KeyRequest
from ringwork.control.model import Credential, Restrictions


class KeyOrder(BaseModel):
    """`expires`: lifetime, `90d`; left out: it does not expire."""

    model_config = ConfigDict(extra="forbid")

    ring: str | None = None
    consumer: str | None = None
    application: str = "default"
    plan: str | None = None
    partner: str | None = None
    expires: str | None = None
    apis: list[str] = Field(default=[], max_length=255)
    versions: list[str] = Field(default=[], max_length=255)
    networks: list[str] = Field(default=[], max_length=255)

    def as_request(self) -> KeyRequest:
        """Raises Refused when the lifetime cannot be read."""
        return KeyRequest(
            ring=self.ring,
            consumer=self.consumer,
            application=self.application,
            plan=self.plan,
            partner=self.partner,
            lifetime=None if self.expires is None else lifetime(self.expires),
            restrictions=Restrictions(tuple(self.apis), tuple(self.versions), tuple(self.networks)),
        )


def router(plane: Plane) -> APIRouter:
    routes = APIRouter(prefix="/keys", tags=["keys"])

    @routes.get("")
    def show(after: str = "", limit: int = 100) -> dict[str, Any]:
        found = plane.keys.list(limit=min(max(limit, 1), 1000), after=after)
        return {"keys": [as_json(credential) for credential in found]}

    @routes.post("", status_code=201)
    def create(order: KeyOrder) -> dict[str, Any]:
        return created_as_json(plane.keys.create(order.as_request()))

    @routes.delete("/{key_id}")
    def revoke(key_id: str) -> dict[str, Any]:
        return as_json(plane.keys.revoke(key_id))

    return routes


def created_as_json(created: CreatedKey) -> dict[str, Any]:
    """The one answer that ever holds a key."""
    return as_json(created.credential) | {"key": created.minted.secret}


def as_json(credential: Credential) -> dict[str, Any]:
    limits = credential.restrictions
    return {
        "id": credential.id,
        "ring": credential.ring,
        "environment": credential.environment,
        "consumer": credential.consumer,
        "application": credential.application,
        "plan": credential.plan,
        "partner": credential.partner,
        "created_at": credential.created_at.isoformat(),
        "expires_at": credential.expires_at.isoformat() if credential.expires_at else None,
        "revoked_at": credential.revoked_at.isoformat() if credential.revoked_at else None,
        "apis": list(limits.apis),
        "versions": list(limits.versions),
        "networks": list(limits.networks),
    }
