"""`/signing-key`: the key manifests are signed with."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from ringwork.api.plane import Plane
from ringwork.control.durations import lifetime


class Rotation(BaseModel):
    """`overlap`: how long the key before is trusted still, `7d`; None: no longer."""

    model_config = ConfigDict(extra="forbid")

    overlap: str | None = "7d"


def router(plane: Plane) -> APIRouter:
    routes = APIRouter(prefix="/signing-key", tags=["signing-key"])

    @routes.post("/rotate")
    def rotate(request: Rotation) -> dict[str, Any]:
        return plane.rotate_signing_key(None if request.overlap is None else lifetime(request.overlap))

    return routes
