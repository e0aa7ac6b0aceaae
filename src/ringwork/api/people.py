"""`/people`: who has ever logged in, or has an account here."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Path, Response
from pydantic import Field

from ringwork.api.changed import changed
from ringwork.api.conditions import CHANGED_MEANWHILE, READ, TAGGED, Changing, Reading
from ringwork.api.once import ONCE, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Groups, Handle, Text
from ringwork.control.people import model


class Person(Answer):
    """`id` is what the ledger names. `issuer` is the provider, `here` for an account of this control plane, whose
    `groups` are kept here; a provider's people have those of their sessions.
    """

    id: Handle
    issuer: Text
    name: Text
    groups: Groups
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, person: model.Person) -> Person:
        return cls.model_validate(person, from_attributes=True)


class PersonPage(Answer):
    """By id."""

    people: Annotated[list[Person], Field(max_length=LONGEST_PAGE)]
    next: Next


_UNKNOWN = {404: ("person-unknown",)}
_Id = Annotated[Handle, Path()]

routes = Routes("people", prefix="/people")


@routes.get("", summary="List people", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_people(plane: Serving, reading: Reading, paging: Paged) -> PersonPage:
    shown, following = paging.listed(plane.people.accounts.list, position=lambda person: person.id)
    return reading.read(PersonPage(people=[Person.of(each) for each in shown], next=following))


@routes.get("/{person_id}", summary="Show a person", responses=refusals(_UNKNOWN) | READ)
def show_person(plane: Serving, reading: Reading, person_id: _Id) -> Person:
    return reading.read(Person.of(plane.people.accounts.demand(person_id)))


@routes.delete(
    "/{person_id}", summary="End a person's access", responses=refusals(_UNKNOWN, CHANGED_MEANWHILE) | TAGGED
)
def end_person(plane: Serving, changing: Changing, person_id: _Id) -> Person:
    """With all sessions, at once, and whatever a provider says. Again is no error."""
    ended = plane.people.accounts.end(person_id, lambda found: changing.demand(Person.of(found)))
    return changing.changed(Person.of(ended))


@routes.post(
    "/{person_id}/restore",
    summary="Let a person in again",
    response_model=Person,
    responses=refusals(_UNKNOWN, {409: ("person-here",)}, CHANGED_MEANWHILE, ONCE) | TAGGED,
    dependencies=[named],
)
def restore_person(plane: Serving, changing: Changing, person_id: _Id) -> Response:
    """Of a provider; who has an account here is invited again."""
    return changed(changing, Person.of, partial(plane.people.accounts.restore, person_id))
