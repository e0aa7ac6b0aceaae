"""`/status`: what the gateway serves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from ringwork.api.applied import GatewayRefusal
from ringwork.api.conditions import READ, Reading
from ringwork.api.plane import Serving
from ringwork.api.refusals import refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Count, Text
from ringwork.manifest.files import MAX_ENTRIES


class _Said(Answer):
    """A gateway's own words; a newer one may say more, which is not passed on."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Readiness(_Said):
    """What the gateway needs: there, or what is wrong with it."""

    available: bool
    problem: Text | None


class RingStatus(_Said):
    listeners: Annotated[list[Text], Field(max_length=MAX_ENTRIES)]
    certificate: Readiness


class ServiceLack(_Said):
    """Of a service: `endpoints` it has, and those that are not called (`addresses`: why)."""

    endpoints: Count
    left_out: Count
    addresses: Annotated[dict[str, Text], Field(max_length=MAX_ENTRIES)]


class LimitsShared(_Said):
    """Whether limits are kept together with other gateways now, and since when. `available` false: this one goes on
    with its share, one part in `gateways`. `gateways_seen`: as many as said that they are there.
    """

    available: bool
    problem: Text | None
    since: datetime
    gateways: Count
    gateways_seen: Count


class Export(_Said):
    """What came of sending the log on, in records."""

    endpoint: Text
    sent: Count
    rejected: Count
    dropped: Count
    damaged: Count
    gaps: Count
    backlog_bytes: Count
    last_success: datetime | None
    problem: Text | None


class Status(Answer):
    """`revision`: what is served, null: nothing. `upstreams`: services of which not every endpoint is called, by API
    and version; `shared_limits`: null where limits are this gateway's own; `telemetry`: by signal.
    """

    running: bool
    pid: Count | None
    version: Text | None
    revision: Count | None
    refused: GatewayRefusal | None
    identity: Readiness | None
    rings: Annotated[dict[str, RingStatus], Field(max_length=3)]
    upstreams: Annotated[dict[str, ServiceLack], Field(max_length=MAX_ENTRIES)]
    shared_limits: LimitsShared | None
    telemetry: Annotated[dict[str, Export], Field(max_length=2)]


routes = Routes("status")


@routes.get("/status", summary="Show the gateway", responses=refusals() | READ)
def show_status(plane: Serving, reading: Reading) -> Status:
    """The gateway's own words, whether it is there to stand by them, and what became of sending its log on."""
    return reading.read(Status.model_validate(plane.status()))
