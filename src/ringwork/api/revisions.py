"""`/revisions`: apply an estate, go back to an earlier one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path as Folder
from typing import Annotated

from fastapi import Path
from pydantic import Field

from ringwork.api.applied import Application
from ringwork.api.conditions import CHANGED_MEANWHILE, READ, Changing, IfMatch, Reading, tag_of
from ringwork.api.once import ONCE, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import refusals
from ringwork.api.routes import Routes
from ringwork.api.words import LARGEST_NUMBER, Answer, Environment, Hash, Order, Text
from ringwork.control import model, views
from ringwork.control.demands import Demand

_Number = Annotated[int, Path(ge=1, le=LARGEST_NUMBER, description="One that is listed.")]


class Apply(Order):
    """`estate`: absolute path of its folder on the control plane's machine. `environment`: what it is applied for;
    default: what the control plane was started with, else what the estate names.
    """

    # No system has a path with a NUL in it.
    estate: Annotated[str, Field(pattern=r"^[^\x00]+$", max_length=4096, examples=["/srv/estate"])]
    environment: Environment | None = None


class Revision(Answer):
    """One applied state. `content` and `manifest` are SHA-256; `note` says where it came from."""

    revision: Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
    created_at: datetime
    manifest: Hash
    content: Hash
    note: Text

    @classmethod
    def of(cls, revision: model.Revision) -> Revision:
        return cls.model_validate(views.revision(revision))


class RevisionPage(Answer):
    """Newest first."""

    revisions: Annotated[list[Revision], Field(max_length=LONGEST_PAGE)]
    next: Next


_PUBLISHING = {400: ("trust-bundle-unusable",), 409: ("not-proven",)}
_APPLYING = {409: ("estate-moved", "listener-taken", "state-of-another-environment")}
_UNKNOWN = {404: ("revision-unknown",)}

routes = Routes("revisions", prefix="/revisions")


@routes.get("", summary="List revisions", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_revisions(plane: Serving, reading: Reading, paging: Paged) -> RevisionPage:
    """All on record; the newest can be gone back to. The ETag is the newest revision's, on every page."""
    before = paging.after_number
    found = plane.revisions(paging.rows, before)
    shown, following = paging.page(found, position=lambda revision: str(revision.number))
    page = RevisionPage(revisions=[Revision.of(each) for each in shown], next=following)
    newest = found if before is None else plane.revisions(1)
    return reading.read(page, tag=tag_of(Revision.of(newest[0])) if newest else None)


@routes.get("/{revision}", summary="Show a revision", responses=refusals(_UNKNOWN) | READ)
def show_revision(plane: Serving, reading: Reading, revision: _Number) -> Revision:
    return reading.read(Revision.of(plane.revision(revision)))


@routes.post(
    "",
    summary="Apply an estate",
    responses=refusals(_PUBLISHING, _APPLYING, CHANGED_MEANWHILE, ONCE),
    dependencies=[named],
)
def apply_estate(plane: Serving, changing: Changing, order: Apply) -> Application:
    """Answered when the gateway serves it, or does not. `If-Match` expects the newest revision."""
    applied = plane.apply(Folder(order.estate), order.environment, _seen(changing))
    return Application.model_validate(applied)


@routes.post(
    "/{revision}/rollback",
    summary="Go back to a revision",
    responses=refusals(_PUBLISHING, _UNKNOWN, CHANGED_MEANWHILE, ONCE),
    dependencies=[named],
)
def roll_back(plane: Serving, changing: Changing, revision: _Number) -> Application:
    """Its content becomes live as a new revision. `If-Match` expects the newest revision."""
    return Application.model_validate(plane.roll_back(revision, _seen(changing)))


def _seen(changing: IfMatch) -> Demand[model.Revision | None]:
    return lambda newest: changing.demand(None if newest is None else Revision.of(newest))
