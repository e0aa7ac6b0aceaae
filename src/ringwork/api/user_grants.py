"""`/user-grants`: what users of APIs allowed applications."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

from fastapi import Path
from pydantic import Field

from ringwork.api.conditions import CHANGED_MEANWHILE, READ, TAGGED, Changing, Reading
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Handle, KeyId, Ring
from ringwork.control.oauth.users import model


class UserGrant(Answer):
    """`user`: a pseudonym, the same for the same user. `expires_at`: at the latest; unused it ends before."""

    id: Handle
    client: KeyId
    application_id: Handle
    user: Handle
    ring: Ring
    scopes: Annotated[
        list[Annotated[str, Field(pattern=r"^[!#-\[\]-~]+$", max_length=255)]], Field(max_length=1_500)
    ]
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_because: Annotated[str, Field(max_length=200)] | None

    untagged = frozenset({"used_at"})

    @classmethod
    def of(cls, grant: model.UserGrant) -> UserGrant:
        return cls(
            id=grant.id,
            client=grant.client_id,
            application_id=grant.application_id,
            user=grant.user,
            ring=cast(Ring, grant.ring),
            scopes=list(grant.scopes),
            created_at=grant.created_at,
            used_at=grant.used_at,
            expires_at=grant.expires_at,
            ended_at=grant.ended_at,
            ended_because=grant.ended_because,
        )


class UserGrantPage(Answer):
    """By id."""

    user_grants: Annotated[list[UserGrant], Field(max_length=LONGEST_PAGE)]
    next: Next


_UNKNOWN = {404: ("user-grant-unknown",)}
_Id = Annotated[Handle, Path()]

routes = Routes("user-grants", prefix="/user-grants")


@routes.get("", summary="List what users allowed", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_user_grants(plane: Serving, reading: Reading, paging: Paged) -> UserGrantPage:
    """Those that are over are here for a day."""
    grants = plane.authorization.users.grants
    shown, following = paging.listed(grants.list, position=lambda grant: grant.id)
    return reading.read(UserGrantPage(user_grants=[UserGrant.of(each) for each in shown], next=following))


@routes.get("/{grant_id}", summary="Show what a user allowed", responses=refusals(_UNKNOWN) | READ)
def show_user_grant(plane: Serving, reading: Reading, grant_id: _Id) -> UserGrant:
    return reading.read(UserGrant.of(plane.authorization.users.grants.demand(grant_id)))


@routes.delete(
    "/{grant_id}", summary="End what a user allowed", responses=refusals(_UNKNOWN, CHANGED_MEANWHILE) | TAGGED
)
def end_user_grant(plane: Serving, changing: Changing, grant_id: _Id) -> UserGrant:
    """Gateways refuse its access tokens from now on, and its refresh tokens get no more. Again is no error."""
    grants = plane.authorization.users.grants
    ended = grants.end(grant_id, "an operator ended it", lambda found: changing.demand(UserGrant.of(found)))
    return changing.changed(UserGrant.of(ended))
