"""`/machine-tokens`: what programs that are nobody's, such as CI, call this API with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Response
from pydantic import Field

from ringwork.api.calling import Calling
from ringwork.api.conditions import CHANGED_MEANWHILE, ETAG, READ, TAGGED, Changing, Reading, tag_of
from ringwork.api.once import ONCE, fixed, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import NO_LIFETIME, created, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Groups, Handle, Lifetime, Name, Order
from ringwork.control.durations import lifetime
from ringwork.control.people import model
from ringwork.control.people.machines import LONGEST_LIFETIME


class MachineTokenOrder(Order):
    """`name`: what the ledger calls the machine. `groups`: none beyond what the caller may do himself. `expires`: at
    most 366 days.
    """

    name: Name
    groups: Annotated[list[Name], Field(min_length=1, max_length=100)]
    expires: Lifetime = "90d"


class MachineToken(Answer):
    """Without the token."""

    id: Handle
    name: Name
    groups: Groups
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, token: model.MachineToken) -> MachineToken:
        return cls.model_validate(token, from_attributes=True)


class CreatedMachineToken(MachineToken):
    """`token` is shown here and never again."""

    token: Annotated[str, Field(pattern="^rwm_", max_length=64)]


class MachineTokenPage(Answer):
    """By id."""

    machine_tokens: Annotated[list[MachineToken], Field(max_length=LONGEST_PAGE)]
    next: Next


_UNKNOWN = {404: ("machine-token-unknown",)}
_MAKING = {400: ("group-unknown",), 403: ("group-beyond-yours",), 409: ("machine-tokens-too-many",)}
_Id = Annotated[Handle, Path()]

routes = Routes("machine-tokens", prefix="/machine-tokens")


@routes.get("", summary="List machine tokens", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_machine_tokens(plane: Serving, reading: Reading, paging: Paged) -> MachineTokenPage:
    shown, following = paging.listed(plane.people.machines.list, position=lambda token: token.id)
    page = MachineTokenPage(machine_tokens=[MachineToken.of(each) for each in shown], next=following)
    return reading.read(page)


@routes.get("/{token_id}", summary="Show a machine token", responses=refusals(_UNKNOWN) | READ)
def show_machine_token(plane: Serving, reading: Reading, token_id: _Id) -> MachineToken:
    return reading.read(MachineToken.of(plane.people.machines.demand(token_id)))


@routes.post(
    "",
    status_code=201,
    summary="Make a machine token",
    response_model=CreatedMachineToken,
    responses=refusals(_MAKING, NO_LIFETIME, ONCE) | created(ETAG),
    dependencies=[named],
)
def create_machine_token(plane: Serving, calling: Calling, order: MachineTokenOrder) -> Response:
    """It is shown this once; again only to who sends the same request with the same `Idempotency-Key`. Several of one
    name may be good at once, so that one can take the place of another.
    """
    given = lifetime(order.expires, longest=LONGEST_LIFETIME)
    prepared = plane.people.machines.prepare(order.name, order.groups, given, calling)
    record = MachineToken.of(prepared.record)
    shown = CreatedMachineToken(**record.model_dump(), token=prepared.token.text)
    answer = fixed(201, shown, location=f"/machine-tokens/{record.id}", etag=tag_of(record))
    plane.people.machines.keep(prepared)
    return answer


@routes.delete(
    "/{token_id}", summary="Revoke a machine token", responses=refusals(_UNKNOWN, CHANGED_MEANWHILE) | TAGGED
)
def revoke_machine_token(plane: Serving, changing: Changing, token_id: _Id) -> MachineToken:
    """Its next call is refused. It stays on record; again is no error."""
    ended = plane.people.machines.revoke(token_id, lambda found: changing.demand(MachineToken.of(found)))
    return changing.changed(MachineToken.of(ended))
