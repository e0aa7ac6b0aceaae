"""`/gateways`: gateways elsewhere, and `/gateway-invitations`, which enrol one each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import Path, Response
from pydantic import Field

from ringwork.api.applied import GatewayRefusal
from ringwork.api.conditions import CHANGED_MEANWHILE, READ, TAGGED, Changing, Reading
from ringwork.api.once import ONCE, fixed, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import NO_LIFETIME, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Count, Lifetime, Order, Ring, Text
from ringwork.control.durations import lifetime
from ringwork.control.node_records import Place, RemoteNode
from ringwork.control.nodes import LONGEST_INVITATION
from ringwork.fleet.remote.views import node_view

_MOST_LISTENERS = 100
_Name = Annotated[str, Field(pattern="^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", max_length=63)]
_Rings = Annotated[list[Ring], Field(min_length=1, max_length=3)]
_Address = Annotated[
    str, Field(pattern=r"^[0-9A-Za-z.:\[\]-]+:[1-9][0-9]{0,4}$", max_length=300, examples=["0.0.0.0:8443"])
]
_Listeners = dict[Ring, Annotated[list[_Address], Field(min_length=1, max_length=_MOST_LISTENERS)]]


class GatewayOrder(Order):
    """`listeners`: where it listens for a ring, if not where the estate says. `expires`: at most 7 days."""

    name: _Name
    rings: _Rings
    listeners: Annotated[_Listeners, Field(max_length=3)] = Field(default_factory=dict)
    expires: Lifetime = "1h"


class GatewayInvitation(Answer):
    """`token` is shown here and never again: it enrols one gateway, once."""

    name: _Name
    token: Annotated[str, Field(min_length=1, max_length=8192)]
    expires_at: datetime


class Gateway(Answer):
    """`running`, `revision`, `refused`, `problem` and `version` are its last words, of `last_contact`."""

    untagged: ClassVar[frozenset[str]] = frozenset(
        ("last_contact", "version", "running", "revision", "refused", "problem")
    )
    name: _Name
    rings: _Rings
    listeners: Annotated[
        dict[Ring, Annotated[list[Text], Field(max_length=_MOST_LISTENERS)]], Field(max_length=3)
    ]
    enrolled_at: datetime
    revoked_at: datetime | None
    last_contact: datetime | None
    version: Text | None
    running: bool
    revision: Count | None
    refused: GatewayRefusal | None
    problem: Text | None

    @classmethod
    def of(cls, node: RemoteNode) -> Gateway:
        view = node_view(node)
        return cls.model_validate({name: view[name] for name in cls.model_fields})


class GatewayPage(Answer):
    """By name."""

    gateways: Annotated[list[Gateway], Field(max_length=LONGEST_PAGE)]
    next: Next


_UNKNOWN = {404: ("node-unknown",)}
_INVITING = {400: ("listen-malformed", "listener-foreign"), 409: ("nodes-too-many",)}
_GivenName = Annotated[_Name, Path()]

routes = Routes("gateways")


@routes.get("/gateways", summary="List gateways elsewhere", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_gateways(plane: Serving, reading: Reading, paging: Paged) -> GatewayPage:
    shown, following = paging.listed(plane.nodes.page, position=lambda node: node.place.name)
    return reading.read(GatewayPage(gateways=[Gateway.of(each) for each in shown], next=following))


@routes.get("/gateways/{name}", summary="Show a gateway elsewhere", responses=refusals(_UNKNOWN) | READ)
def show_gateway(plane: Serving, reading: Reading, name: _GivenName) -> Gateway:
    return reading.read(Gateway.of(plane.nodes.demand(name)))


@routes.post(
    "/gateway-invitations",
    summary="Invite a gateway",
    response_model=GatewayInvitation,
    responses=refusals(_INVITING, NO_LIFETIME, ONCE),
    dependencies=[named],
)
def invite_gateway(plane: Serving, order: GatewayOrder) -> Response:
    """The token is shown this once; again only to who sends the same request with the same `Idempotency-Key`. One
    for the same name before it is void.
    """
    listeners: dict[str, tuple[str, ...]] = {
        ring: tuple(addresses) for ring, addresses in order.listeners.items()
    }
    place = Place(order.name, tuple(dict.fromkeys(order.rings)), listeners)
    prepared = plane.nodes.prepare(place, lifetime(order.expires, longest=LONGEST_INVITATION))
    expires_at = prepared.enrolment.expires_at
    shown = GatewayInvitation(name=order.name, token=prepared.token.text(), expires_at=expires_at)
    answer = fixed(200, shown)
    plane.nodes.keep(prepared)
    return answer


@routes.delete(
    "/gateways/{name}",
    summary="Revoke a gateway",
    responses=refusals(_UNKNOWN, CHANGED_MEANWHILE) | TAGGED,
)
def revoke_gateway(plane: Serving, changing: Changing, name: _GivenName) -> Gateway:
    """It is told nothing more, and ends when it next asks. Again is no error."""
    ended = plane.nodes.revoke(name, lambda found: changing.demand(Gateway.of(found)))
    return changing.changed(Gateway.of(ended))
