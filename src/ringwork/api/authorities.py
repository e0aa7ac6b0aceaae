"""`/authorities`: the embedded CAs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import Field

from ringwork.api.applied import Application
from ringwork.api.conditions import CHANGED_MEANWHILE, READ, Changing, Reading
from ringwork.api.once import ONCE, named
from ringwork.api.plane import Serving
from ringwork.api.refusals import NO_LIFETIME, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Lifetime, Order, Text
from ringwork.control.authority_files import Part
from ringwork.control.durations import lifetime
from ringwork.control.nodes import MAX_NODES

_Name = Literal["internal", "outer", "nodes"]
_Given = Annotated[
    _Name,
    Path(
        description="`internal` vouches for services and their ring, `outer` for the others, `nodes` for gateways."
    ),
]


class AuthorityRotation(Order):
    """`lead`: how long another CA is trusted before it issues; `overlap`: how long the one before is trusted from then
    on; null: no longer, and nothing is waited for.
    """

    lead: Lifetime = "1d"
    overlap: Lifetime | None = "30d"


class Certificate(Answer):
    """Of a CA. `until`: when it is trusted no longer; `waits_for`: gateways that do not trust it yet."""

    ca: _Name
    fingerprint: Annotated[str, Field(max_length=128)]
    part: Part
    until: datetime | None
    expires_at: datetime
    waits_for: Annotated[list[Text], Field(max_length=MAX_NODES + 1)]


class Authority(Answer):
    """Its certificates in force, the one that issues first."""

    certificates: Annotated[list[Certificate], Field(max_length=16)]

    @classmethod
    def of(cls, certificates: list[dict[str, Any]]) -> Authority:
        return cls.model_validate({"certificates": certificates})


routes = Routes("authorities", prefix="/authorities")


@routes.get("/{name}", summary="Show a CA", responses=refusals() | READ)
def show_authority(plane: Serving, reading: Reading, name: _Given) -> Authority:
    return reading.read(Authority.of(plane.authorities(name)))


@routes.post(
    "/{name}/rotate",
    summary="Rotate a CA",
    responses=refusals(
        NO_LIFETIME, {409: ("ca-rotating", "cas-too-many", "not-proven")}, CHANGED_MEANWHILE, ONCE
    ),
    dependencies=[named],
)
def rotate_authority(
    plane: Serving, changing: Changing, name: _Given, order: AuthorityRotation
) -> Application:
    """Begins to put another CA in its place, or does so at once. `If-Match` expects it as it is shown."""
    lead, overlap = lifetime(order.lead), None if order.overlap is None else lifetime(order.overlap)
    rotated = plane.rotate_authority(name, lead, overlap, lambda found: changing.demand(Authority.of(found)))
    return Application.model_validate(rotated)
