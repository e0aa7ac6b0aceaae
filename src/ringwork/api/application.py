"""The admin API put together."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from ringwork import __version__
from ringwork.api import (
    accounts,
    applications,
    approvals,
    authorities,
    clients,
    gates,
    gateways,
    grants,
    handovers,
    identities,
    invitations,
    keys,
    machine_tokens,
    metrics,
    people,
    records,
    revisions,
    secrets,
    sessions,
    signing_key,
    status,
    token_keys,
    user_grants,
    whoami,
)
from ringwork.api.bodies import Bounded
from ringwork.api.calling import with_caller
from ringwork.api.conditions import answer_with_not_modified
from ringwork.api.document import PATH, admin_document
from ringwork.api.entrance.application import ENTERED_AT, entrance
from ringwork.api.guard import Guard
from ringwork.api.limits import LIMIT, Limit, Limited
from ringwork.api.once import Once
from ringwork.api.permissions import Permitted
from ringwork.api.plane import Plane
from ringwork.api.problems import answer_with_problems
from ringwork.control.people.callers import owner

# Every resource, in the order they are shown.
_RESOURCES = (
    status,
    metrics,
    revisions,
    keys,
    accounts,
    applications,
    handovers,
    clients,
    identities,
    gateways,
    secrets,
    signing_key,
    token_keys,
    user_grants,
    authorities,
    whoami,
    people,
    sessions,
    invitations,
    machine_tokens,
    grants,
    approvals,
    gates,
    records,
)


def admin_api(plane: Plane, *, token: str, hosts: Collection[str], limit: Limit = LIMIT) -> ASGIApp:
    """`token` is that of whoever owns the state directory; `hosts` are values of `Host` that are its own; `limit` is
    how often one caller may call.
    """
    application = _Application()
    application.state.plane = plane
    once = Once(application, plane.receipts)
    inner = Limited(Permitted(Bounded(once), application.routes, plane.people.grants.used), limit)
    return Guard(
        inner,
        entrance(plane.people),
        people=plane.people,
        token=token,
        hosts=hosts,
        entered_at=ENTERED_AT,
    )


def owners_api(plane: Plane) -> ASGIApp:
    """For whoever opened the store himself, in his own process: nobody else can call it, and he may do everything.
    The ledger names him as `acting` does.
    """
    application = _Application()
    application.state.plane = plane

    async def owned(scope: Scope, receive: Receive, send: Send) -> None:
        with_caller(scope, owner())
        await application(scope, receive, send)

    return owned


@cache
def openapi_document() -> dict[str, Any]:
    """The OpenAPI document of the admin API; nothing need run. To be read: all who ask get the same."""
    return admin_document(_Application().routes)


class _Application(FastAPI):
    def __init__(self) -> None:
        super().__init__(
            title="Ringwork admin",
            version=__version__,
            docs_url=None,
            redoc_url=None,
            openapi_url=PATH,
        )
        # The very routes, made once: `include_router` makes each anew for every application, half a second in all.
        for resource in _RESOURCES:
            self.router.routes.extend(resource.routes.routes)
        answer_with_problems(self, self.routes)
        answer_with_not_modified(self)

    def openapi(self) -> dict[str, Any]:
        return openapi_document()
