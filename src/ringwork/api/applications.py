"""`/applications`: what of an account's uses keys."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from fastapi import Path, Response
from pydantic import Field

from ringwork.api.accounts import Suspension
from ringwork.api.changed import Foreseen, changed
from ringwork.api.conditions import CHANGED_MEANWHILE, ETAG, READ, TAGGED, Changing, Reading
from ringwork.api.once import ONCE, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import NOTHING_APPLIED, created, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import LINE, Answer, Cause, Handle, Name, Order, Title
from ringwork.control.consumers import model
from ringwork.control.consumers.applications import ApplicationRequest

_VersionName = Annotated[str, Field(pattern=LINE, min_length=1, max_length=64)]
_Purpose = Annotated[str, Field(pattern=LINE, min_length=1, max_length=1_000)]


class ApplicationOrder(Order):
    """`account` is an id. `purpose`: what it uses the APIs for, which is on record. `plan`: of a developer's, what its
    keys get; left out, the ring's default.
    """

    account: Handle
    name: Title
    purpose: _Purpose
    plan: Name | None = None


class PlanOrder(Order):
    """`plan` null: the ring's default."""

    plan: Name | None


class PinOrder(Order):
    """`version` null: the API's default again."""

    api: Name
    version: _VersionName | None


class Application(Answer):
    """`state` `account-suspended`: it is its account that is. `consumer`: the name of that. `purpose` null: it is not
    on record. `pins`: API → the version that is meant where a request names none.
    """

    id: Handle
    account: Handle
    kind: Literal["partner", "developer"]
    consumer: Title
    name: Title
    purpose: _Purpose | None
    plan: Name | None
    state: Literal["active", "suspended", "account-suspended"]
    created_at: datetime
    suspended_at: datetime | None
    suspended_because: Cause | None
    pins: Annotated[dict[Name, _VersionName], Field(max_length=255)]

    @classmethod
    def of(cls, application: model.Application) -> Application:
        return cls(
            id=application.id,
            account=application.account.id,
            kind=application.account.kind,
            consumer=application.account.name,
            name=application.name,
            purpose=application.purpose,
            plan=application.plan,
            state=_state(application),
            created_at=application.created_at,
            suspended_at=application.suspended_at,
            suspended_because=application.suspended_because,
            pins=dict(application.pins),
        )


def _state(application: model.Application) -> Literal["active", "suspended", "account-suspended"]:
    if application.works:
        return "active"
    return "account-suspended" if application.suspended_at is None else "suspended"


class ApplicationPage(Answer):
    """By id."""

    applications: Annotated[list[Application], Field(max_length=LONGEST_PAGE)]
    next: Next


_UNKNOWN = {404: ("application-unknown",)}
_PIN = {400: ("api-unknown", "version-unknown", "version-in-path", "too-many-pins")}
_PLAN = {400: ("plan-mismatch", "plan-unknown")}
_MAKING = {
    400: ("application-malformed", *_PLAN[400]),
    404: ("account-unknown",),
    409: ("application-exists", *NOTHING_APPLIED[409]),
}
_Id = Annotated[Handle, Path()]

routes = Routes("applications", prefix="/applications")


@routes.get("", summary="List applications", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_applications(plane: Serving, reading: Reading, paging: Paged) -> ApplicationPage:
    shown, following = paging.listed(plane.applications.list, position=lambda application: application.id)
    page = ApplicationPage(applications=[Application.of(each) for each in shown], next=following)
    return reading.read(page)


@routes.get("/{application_id}", summary="Show an application", responses=refusals(_UNKNOWN) | READ)
def show_application(plane: Serving, reading: Reading, application_id: _Id) -> Application:
    return reading.read(Application.of(plane.applications.demand(application_id)))


@routes.post(
    "",
    status_code=201,
    summary="Make an application",
    response_model=Application,
    responses=refusals(_MAKING, ONCE) | created(ETAG),
    dependencies=[named],
)
def create_application(plane: Serving, order: ApplicationOrder) -> Response:
    """Without a key: `POST /keys` makes one, by the names of account and application."""
    foreseen = Foreseen(Application.of, location=lambda application: f"/applications/{application.id}")
    request = ApplicationRequest(order.account, order.name, order.purpose, order.plan)
    return foreseen.response(plane.applications.create(request, foreseen.tell))


@routes.post(
    "/{application_id}/plan",
    summary="Change the plan of an application",
    response_model=Application,
    responses=refusals(_UNKNOWN, _PLAN, NOTHING_APPLIED, CHANGED_MEANWHILE, ONCE) | TAGGED,
    dependencies=[named],
)
def change_plan(plane: Serving, changing: Changing, application_id: _Id, order: PlanOrder) -> Response:
    """Of all its keys, at once, whatever plan each had; what they used up of the day stays used."""
    change = partial(plane.applications.change_plan, application_id, order.plan)
    return changed(changing, Application.of, change)


@routes.post(
    "/{application_id}/pin",
    summary="Pin an application to a version",
    response_model=Application,
    responses=refusals(_UNKNOWN, _PIN, NOTHING_APPLIED, CHANGED_MEANWHILE, ONCE) | TAGGED,
    dependencies=[named],
)
def pin_application(plane: Serving, changing: Changing, application_id: _Id, order: PinOrder) -> Response:
    """Of an API that is versioned by header: what its keys and tokens mean where a request names no version. A version
    its agreement does not have is not there for it, pinned or not.
    """
    change = partial(plane.applications.pin, application_id, order.api, order.version)
    return changed(changing, Application.of, change)


@routes.post(
    "/{application_id}/suspend",
    summary="Suspend an application",
    response_model=Application,
    responses=refusals(_UNKNOWN, CHANGED_MEANWHILE, ONCE) | TAGGED,
    dependencies=[named],
)
def suspend_application(
    plane: Serving, changing: Changing, application_id: _Id, order: Suspension
) -> Response:
    """Gateways refuse all its keys from now on. Again is no error, and changes nothing."""
    change = partial(plane.applications.suspend, application_id, order.reason)
    return changed(changing, Application.of, change)


@routes.post(
    "/{application_id}/resume",
    summary="Resume an application",
    response_model=Application,
    responses=refusals(_UNKNOWN, CHANGED_MEANWHILE, ONCE) | TAGGED,
    dependencies=[named],
)
def resume_application(plane: Serving, changing: Changing, application_id: _Id) -> Response:
    """Its keys work again, but for those that were revoked; and once its account does."""
    return changed(changing, Application.of, partial(plane.applications.resume, application_id))
