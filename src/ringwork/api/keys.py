"""`/keys`: API keys."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from ringwork.api.plane import Plane
from ringwork.control import views
from ringwork.control.durations import lifetime
from ringwork.control.keys import KeyRequest
from ringwork.control.model import Restrictions


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
        return {"keys": [views.key(credential) for credential in found]}

    @routes.post("", status_code=201)
    def create(order: KeyOrder) -> dict[str, Any]:
        return views.created_key(plane.keys.create(order.as_request()))

    @routes.delete("/{key_id}")
    def revoke(key_id: str) -> dict[str, Any]:
        return views.key(plane.keys.revoke(key_id))

    return routes
