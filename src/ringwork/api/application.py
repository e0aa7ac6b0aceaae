"""The admin API put together."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from ringwork import __version__
from ringwork.api import authorities, identities, keys, metrics, revisions, signing_key, status
from ringwork.api.bodies import Bounded
from ringwork.api.conditions import answer_with_not_modified
from ringwork.api.document import PATH, admin_document
from ringwork.api.guard import Guard
from ringwork.api.limits import LIMIT, Limit, Limited
from ringwork.api.once import Once
from ringwork.api.plane import Plane
from ringwork.api.problems import answer_with_problems

# Every resource, in the order they are shown.
_RESOURCES = (status, metrics, revisions, keys, identities, signing_key, authorities)


def admin_api(plane: Plane, *, token: str, hosts: Collection[str], limit: Limit = LIMIT) -> ASGIApp:
    """`token` is demanded from every caller; `hosts` are the only values of `Host` that are served; `limit` is how
    often one caller may call.
    """
    application = _Application()
    application.state.plane = plane
    once = Once(application, plane.receipts)
    return Guard(Limited(Bounded(once), limit), token=token, hosts=hosts)


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document of the admin API; nothing need run."""
    return _Application().openapi()


class _Application(FastAPI):
    def __init__(self) -> None:
        super().__init__(
            title="Ringwork admin",
            version=__version__,
            docs_url=None,
            redoc_url=None,
            openapi_url=PATH,
            generate_unique_id_function=_operation_id,
        )
        answer_with_problems(self, [route for each in _RESOURCES for route in each.routes.routes])
        answer_with_not_modified(self)
        for resource in _RESOURCES:
            self.include_router(resource.routes)

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = admin_document(self.routes)
        return self.openapi_schema


def _operation_id(route: APIRoute) -> str:
    """Of one function each; mypy would find two of one name in a module, and the document's test between modules."""
    return route.name
