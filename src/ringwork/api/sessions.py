"""`/sessions`: who is logged in, where, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import Field

from ringwork.api.conditions import CHANGED_MEANWHILE, READ, TAGGED, Changing, Reading
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Handle, Text
from ringwork.control.people import model


class Session(Answer):
    """A person on a device. `checked_at`: when the provider was asked last; `ended_because`: of one that ended."""

    id: Handle
    person: Handle
    device: Text
    created_at: datetime
    expires_at: datetime
    used_at: datetime
    checked_at: datetime
    ended_at: datetime | None
    ended_because: Text | None

    @classmethod
    def of(cls, session: model.Session) -> Session:
        return cls.model_validate(session, from_attributes=True)


class SessionPage(Answer):
    """By id; those that ended stay for thirty days."""

    sessions: Annotated[list[Session], Field(max_length=LONGEST_PAGE)]
    next: Next


_UNKNOWN = {404: ("session-unknown",)}
_Id = Annotated[Handle, Path()]

routes = Routes("sessions", prefix="/sessions")


@routes.get("", summary="List sessions", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_sessions(plane: Serving, reading: Reading, paging: Paged) -> SessionPage:
    shown, following = paging.listed(plane.people.sessions.list, position=lambda session: session.id)
    return reading.read(SessionPage(sessions=[Session.of(each) for each in shown], next=following))


@routes.get("/{session_id}", summary="Show a session", responses=refusals(_UNKNOWN) | READ)
def show_session(plane: Serving, reading: Reading, session_id: _Id) -> Session:
    return reading.read(Session.of(plane.people.sessions.demand(session_id)))


@routes.delete(
    "/{session_id}", summary="End a session", responses=refusals(_UNKNOWN, CHANGED_MEANWHILE) | TAGGED
)
def end_session(plane: Serving, changing: Changing, session_id: _Id) -> Session:
    """Its next call is refused. Again is no error. `If-Match` is of its state when it was read."""
    ended = plane.people.sessions.end(
        session_id, "ended by an operator", lambda found: changing.demand(Session.of(found))
    )
    return changing.changed(Session.of(ended))
