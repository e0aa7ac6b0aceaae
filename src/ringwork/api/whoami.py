"""`/whoami`: who calls, and what he may do. `/logout`: his own session, ended."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, get_args

from fastapi import Response
from pydantic import Field

from ringwork.api.calling import Calling
from ringwork.api.changed import Foreseen
from ringwork.api.conditions import READ, Reading
from ringwork.api.grants import Grant
from ringwork.api.once import ONCE, named
from ringwork.api.plane import Serving
from ringwork.api.refusals import refusals
from ringwork.api.routes import Routes
from ringwork.api.sessions import Session
from ringwork.api.words import Answer, Groups, Handle, Text
from ringwork.control.people.callers import Caller
from ringwork.kernel.refusal import Refused
from ringwork.manifest.permissions import Permission


class Whoami(Answer):
    """`actor`: as the ledger names him. `credential`: what he called with, `owner` is the state's own token.
    `groups` are his own, `grants` what he holds for some time; `permissions` are of both. `expires_at`: when the
    credential ends, at the latest.
    """

    actor: Text
    credential: Literal["session", "machine-token", "owner"]
    person: Handle | None
    name: Text | None
    session: Handle | None
    groups: Groups
    grants: Annotated[list[Grant], Field(max_length=100)]
    permissions: Annotated[list[Permission], Field(max_length=20)]
    expires_at: datetime | None

    @classmethod
    def of(cls, caller: Caller) -> Whoami:
        holder = caller.session or caller.machine
        return cls(
            actor=caller.actor.name,
            credential=_kind(caller),
            person=None if caller.person is None else caller.person.id,
            name=None if caller.person is None else caller.person.name,
            session=None if caller.session is None else caller.session.id,
            groups=list(caller.groups),
            grants=[Grant.of(grant) for grant, _ in caller.grants],
            permissions=[each for each in get_args(Permission) if each in caller.all_permissions],
            expires_at=None if holder is None else holder.expires_at,
        )


def _kind(caller: Caller) -> Literal["session", "machine-token", "owner"]:
    if caller.session is not None:
        return "session"
    return "owner" if caller.machine is None else "machine-token"


routes = Routes("whoami")


@routes.get("/whoami", summary="Show who calls", responses=refusals() | READ)
def who_am_i(calling: Calling, reading: Reading) -> Whoami:
    return reading.read(Whoami.of(calling))


@routes.post(
    "/logout",
    summary="End one's own session",
    response_model=Session,
    responses=refusals({409: ("no-session",)}, ONCE),
    dependencies=[named],
)
def log_out(plane: Serving, calling: Calling) -> Response:
    """The token is of no use from now on."""
    if calling.session is None:
        help = "A machine token is revoked, the state's own token stays."
        raise Refused("no-session", "this credential is no session", help, status=409)
    foreseen = Foreseen(Session.of)
    ended = plane.people.sessions.end(calling.session.id, "logged out", foretold=foreseen.tell)
    return foreseen.response(ended)
