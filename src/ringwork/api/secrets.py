"""`/secrets`: what the estate refers to as `secret://NAME`; set and removed, never shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import Field

from ringwork.api.conditions import CHANGED_MEANWHILE, ETAG, READ, TAGGED, Changing, Reading, tag_of
from ringwork.api.once import ONCE, fixed, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Handle, Order
from ringwork.control import views
from ringwork.control.model import SecretRecord
from ringwork.control.secrets import MAX_SECRET_BYTES
from ringwork.kernel.refusal import Refused

_Name = Annotated[
    str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._/-]{0,189}$", max_length=190, examples=["orders/token"])
]


class SecretOrder(Order):
    """`value`: at most 65,536 bytes of UTF-8."""

    name: _Name
    value: Annotated[str, Field(min_length=1, max_length=MAX_SECRET_BYTES)]


class Secret(Answer):
    """That there is one. `id` is of the name, which may have slashes."""

    id: Handle
    name: _Name
    changed_at: datetime

    @classmethod
    def of(cls, record: SecretRecord) -> Secret:
        return cls.model_validate(views.secret(record))


class SecretPage(Answer):
    """By name."""

    secrets: Annotated[list[Secret], Field(max_length=LONGEST_PAGE)]
    next: Next


_UNKNOWN = {404: ("secret-unknown",)}
_IN_USE = {409: ("secret-in-use",)}
_Id = Annotated[Handle, Path()]
_Force = Annotated[bool, Query(description="Also when something live needs it.")]

routes = Routes("secrets", prefix="/secrets")


@routes.get("", summary="List secrets", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_secrets(plane: Serving, reading: Reading, paging: Paged) -> SecretPage:
    shown, following = paging.listed(plane.secrets.page, position=lambda record: record.name)
    return reading.read(SecretPage(secrets=[Secret.of(each) for each in shown], next=following))


@routes.get("/{secret_id}", summary="Show that there is a secret", responses=refusals(_UNKNOWN) | READ)
def show_secret(plane: Serving, reading: Reading, secret_id: _Id) -> Secret:
    return reading.read(Secret.of(plane.secrets.demand(secret_id)))


@routes.post(
    "",
    summary="Set a secret",
    response_model=Secret,
    responses=refusals({422: ("secret-value-invalid",)}, ONCE) | {200: {"headers": ETAG}},
    dependencies=[named],
)
def set_secret(plane: Serving, order: SecretOrder) -> Response:
    """In place of the one of that name, where there is one. Gateways use it within a second."""
    record = plane.secrets.prepare(order.name, order.value)
    shown = Secret.of(record)
    answer = fixed(200, shown, etag=tag_of(shown))
    plane.secrets.keep(record)
    return answer


@routes.delete(
    "/{secret_id}",
    summary="Remove a secret",
    responses=refusals(_UNKNOWN, _IN_USE, CHANGED_MEANWHILE) | TAGGED,
)
def remove_secret(plane: Serving, changing: Changing, secret_id: _Id, force: _Force = False) -> Secret:
    """What needs it is not called any more."""
    found = plane.secrets.demand(secret_id)
    shown = Secret.of(found)
    changing.demand(shown)
    reference = f"secret://{found.name}"
    if not force and reference in plane.needed_secrets():
        help = "Apply an estate that does not name it first, or force it."
        raise Refused("secret-in-use", f"{reference} is in use", help, status=409)
    plane.secrets.remove(found.name)
    return changing.changed(shown)
