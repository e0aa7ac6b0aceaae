"""`/grants`: who is in a group for some time. `/break-glass`: one that is taken, not given."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Response
from pydantic import Field

from ringwork.api.approvals import Approval
from ringwork.api.calling import Calling
from ringwork.api.conditions import CHANGED_MEANWHILE, ETAG, READ, TAGGED, Changing, Reading, tag_of
from ringwork.api.once import ONCE, fixed, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import NO_LIFETIME, created, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Cause, Handle, Lifetime, Name, Order, Text
from ringwork.control.approvals import model
from ringwork.control.durations import lifetime
from ringwork.control.people.callers import Caller
from ringwork.control.people.model import Person
from ringwork.kernel.refusal import Refused


class GrantOrder(Order):
    """`lasts`: at most as long as the group's file says. `reason` is for who decides, and for the ledger."""

    group: Name
    lasts: Lifetime
    reason: Cause


class Grant(Answer):
    """`name`: what the person is called. `used_at`: when it last allowed what nothing else did; null: never.
    `broke_glass`: nobody approved it.
    """

    id: Handle
    person: Handle
    name: Text
    group: Name
    reason: Text
    since: datetime
    until: datetime
    broke_glass: bool
    used_at: datetime | None
    ended_at: datetime | None
    ended_because: Text | None

    @classmethod
    def of(cls, grant: model.Grant) -> Grant:
        return cls.model_validate(grant, from_attributes=True)


class GrantPage(Answer):
    """By id; those that are over stay for four hundred days."""

    grants: Annotated[list[Grant], Field(max_length=LONGEST_PAGE)]
    next: Next


_UNKNOWN = {404: ("grant-unknown",)}
_ASKING = {
    400: ("group-unknown", "lifetime-too-long"),
    403: ("grant-not-eligible",),
    409: ("grant-held", "grant-not-a-person", "grant-one-at-a-time", "group-held", "group-not-granted"),
}
_Id = Annotated[Handle, Path()]

routes = Routes("grants")


@routes.post(
    "/grants",
    status_code=201,
    summary="Ask for a grant",
    response_model=Approval,
    responses=refusals(_ASKING, {409: ("approvals-too-many",)}, NO_LIFETIME, ONCE) | created(ETAG),
    dependencies=[named],
)
def ask_for_grant(plane: Serving, calling: Calling, order: GrantOrder) -> Response:
    """A request, which others decide within a day. Once it is approved there is a grant of the same id, from then on
    for as long as was asked for.
    """
    person, grants = _person(calling), plane.people.grants
    asked = grants.prepare(person, calling.groups, order.group, lifetime(order.lasts), order.reason)
    shown = Approval.of(asked, grants.approvals)
    answer = fixed(201, shown, location=f"/approvals/{asked.id}", etag=tag_of(shown))
    grants.approvals.keep(asked)
    return answer


@routes.post(
    "/break-glass",
    status_code=201,
    summary="Take a grant without approval",
    response_model=Grant,
    responses=refusals(_ASKING, NO_LIFETIME, ONCE) | created(ETAG),
    dependencies=[named],
)
def break_glass(plane: Serving, calling: Calling, order: GrantOrder) -> Response:
    """For the night nobody else is awake: it holds at once, and stands in the ledger as what it is."""
    person, grants = _person(calling), plane.people.grants
    grant = grants.prepare_break_glass(
        person, calling.groups, order.group, lifetime(order.lasts), order.reason
    )
    shown = Grant.of(grant)
    answer = fixed(201, shown, location=f"/grants/{grant.id}", etag=tag_of(shown))
    grants.take(grant)
    return answer


@routes.get("/grants", summary="List grants", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_grants(plane: Serving, reading: Reading, paging: Paged) -> GrantPage:
    shown, following = paging.listed(plane.people.grants.list, position=lambda grant: grant.id)
    return reading.read(GrantPage(grants=[Grant.of(each) for each in shown], next=following))


@routes.get("/grants/{grant_id}", summary="Show a grant", responses=refusals(_UNKNOWN) | READ)
def show_grant(plane: Serving, reading: Reading, grant_id: _Id) -> Grant:
    return reading.read(Grant.of(plane.people.grants.find(grant_id)))


@routes.delete(
    "/grants/{grant_id}",
    summary="End a grant",
    responses=refusals(_UNKNOWN, {403: ("grant-not-yours",)}, CHANGED_MEANWHILE) | TAGGED,
)
def end_grant(plane: Serving, calling: Calling, changing: Changing, grant_id: _Id) -> Grant:
    """One's own; of others with the permission `people`. It allows nothing from the next call on; again is no error."""

    def demand(found: model.Grant) -> None:
        is_own = calling.person is not None and calling.person.id == found.person
        if not is_own and "people" not in calling.all_permissions:
            help = "Who holds it ends it, or who has the permission `people`."
            raise Refused("grant-not-yours", "this grant is somebody else's", help, status=403)
        changing.demand(Grant.of(found))

    ended = plane.people.grants.end(grant_id, f"ended by {calling.actor.name}", demand)
    return changing.changed(Grant.of(ended))


def _person(calling: Caller) -> Person:
    """Raises Refused: machines, and whoever owns the state, are nobody who could be in a group for some time."""
    if calling.person is None:
        help = "Log in: `ringwork login`. A machine's groups are those of its token."
        raise Refused("grant-not-a-person", "grants are of people", help, status=409)
    return calling.person
