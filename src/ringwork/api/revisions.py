"""`/revisions`: apply an estate, go back to an earlier one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from ringwork.api.plane import Plane
from ringwork.control import views


class Apply(BaseModel):
    """`estate`: absolute path of its folder on the control plane's machine. `environment`: what it is applied for;
    default: what the control plane was started with, else what the estate names.
    """

    model_config = ConfigDict(extra="forbid")

    estate: str
    environment: str | None = None


def router(plane: Plane) -> APIRouter:
    routes = APIRouter(prefix="/revisions", tags=["revisions"])

    @routes.get("")
    def show() -> dict[str, Any]:
        return {"revisions": [views.revision(revision) for revision in plane.revisions()]}

    @routes.post("")
    def apply(request: Apply) -> dict[str, Any]:
        return plane.apply(Path(request.estate), request.environment)

    @routes.post("/{revision}/rollback")
    def roll_back(revision: int) -> dict[str, Any]:
        return plane.roll_back(revision)

    return routes
