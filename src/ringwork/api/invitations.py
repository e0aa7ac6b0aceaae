"""`/invitations`: of people who will have an account here, where there is no provider."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import Field

from ringwork.api.calling import Calling
from ringwork.api.conditions import CHANGED_MEANWHILE, ETAG, READ, TAGGED, Changing, Reading, tag_of
from ringwork.api.entrance.addresses import base_of, invitation_link
from ringwork.api.once import ONCE, fixed, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import NO_LIFETIME, created, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import AccountName, Answer, Groups, Handle, Lifetime, Name, Order
from ringwork.control.durations import lifetime
from ringwork.control.people import model
from ringwork.control.people.accounts import LONGEST_INVITATION


class InvitationOrder(Order):
    """`name`: of the account. `groups`: none beyond what the caller may do himself. `expires`: at most 7 days."""

    name: AccountName
    groups: Annotated[list[Name], Field(min_length=1, max_length=100)]
    expires: Lifetime = "1d"


class Invitation(Answer):
    id: Handle
    name: AccountName
    groups: Groups
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, invitation: model.Invitation) -> Invitation:
        return cls.model_validate(invitation, from_attributes=True)


class MadeInvitation(Invitation):
    """`link` is shown here and never again: whoever opens it chooses the password."""

    link: Annotated[str, Field(pattern="^https?://", max_length=512)]


class InvitationPage(Answer):
    """Those that can be used, by id."""

    invitations: Annotated[list[Invitation], Field(max_length=LONGEST_PAGE)]
    next: Next


_UNKNOWN = {404: ("invitation-unknown",)}
_INVITING = {
    400: ("group-unknown",),
    403: ("group-beyond-yours",),
    409: ("invitations-too-many", "people-elsewhere"),
}
_Id = Annotated[Handle, Path()]

routes = Routes("invitations", prefix="/invitations")


@routes.get("", summary="List invitations", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_invitations(plane: Serving, reading: Reading, paging: Paged) -> InvitationPage:
    shown, following = paging.listed(
        plane.people.accounts.invitations, position=lambda invitation: invitation.id
    )
    page = InvitationPage(invitations=[Invitation.of(each) for each in shown], next=following)
    return reading.read(page)


@routes.get("/{invitation_id}", summary="Show an invitation", responses=refusals(_UNKNOWN) | READ)
def show_invitation(plane: Serving, reading: Reading, invitation_id: _Id) -> Invitation:
    return reading.read(Invitation.of(plane.people.accounts.demand_invitation(invitation_id)))


@routes.post(
    "",
    status_code=201,
    summary="Invite somebody",
    response_model=MadeInvitation,
    responses=refusals(_INVITING, NO_LIFETIME, ONCE) | created(ETAG),
    dependencies=[named],
)
def invite(plane: Serving, calling: Calling, request: Request, order: InvitationOrder) -> Response:
    """To an account here, or to another password of one. The link is shown this once; again only to who sends the
    same request with the same `Idempotency-Key`. One for the same name before it is void.
    """
    given = lifetime(order.expires, longest=LONGEST_INVITATION)
    prepared = plane.people.accounts.prepare(order.name, order.groups, given, calling)
    record = Invitation.of(prepared.record)
    link = invitation_link(base_of(request, plane.people.policy()), prepared.token.text)
    shown = MadeInvitation(**record.model_dump(), link=link)
    answer = fixed(201, shown, location=f"/invitations/{record.id}", etag=tag_of(record))
    plane.people.accounts.keep(prepared)
    return answer


@routes.delete(
    "/{invitation_id}",
    summary="Take an invitation back",
    responses=refusals(_UNKNOWN, CHANGED_MEANWHILE) | TAGGED,
)
def withdraw_invitation(plane: Serving, changing: Changing, invitation_id: _Id) -> Invitation:
    """Its link leads nowhere from now on. Again is no error."""
    ended = plane.people.accounts.uninvite(invitation_id, lambda found: changing.demand(Invitation.of(found)))
    return changing.changed(Invitation.of(ended))
