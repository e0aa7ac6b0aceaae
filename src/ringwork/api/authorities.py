"""`/authorities`: the embedded CAs of the rings."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from ringwork.api.plane import Plane
from ringwork.control.durations import lifetime


class Rotation(BaseModel):
    """`lead`: how long another CA is trusted before it issues, `1d`; `overlap`: how long the one before is trusted from
    then on; None: no longer, and nothing is waited for.
    """

    model_config = ConfigDict(extra="forbid")

    lead: str = "1d"
    overlap: str | None = "30d"


def router(plane: Plane) -> APIRouter:
    routes = APIRouter(prefix="/authorities", tags=["authorities"])

    @routes.get("/{name}")
    def show(name: str) -> dict[str, Any]:
        return {"certificates": plane.authorities(name)}

    @routes.post("/{name}/rotate")
    def rotate(name: str, request: Rotation) -> dict[str, Any]:
        overlap = None if request.overlap is None else lifetime(request.overlap)
        return plane.rotate_authority(name, lifetime(request.lead), overlap)

    return routes
