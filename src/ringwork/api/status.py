"""`/status`: what the gateway serves."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from ringwork.api.plane import Plane


def router(plane: Plane) -> APIRouter:
    routes = APIRouter(tags=["status"])

    @routes.get("/status")
    def show() -> dict[str, Any]:
        return plane.status()

    return routes
