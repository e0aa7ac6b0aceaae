"""The admin API put together."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import FastAPI
from starlette.types import ASGIApp

from ringwork import __version__
from ringwork.api import authorities, identities, keys, metrics, revisions, signing_key, status
from ringwork.api.guard import Guard
from ringwork.api.plane import Plane
from ringwork.api.problems import answer_with_problems

# Every resource, in the order they are shown.
_RESOURCES = (status, metrics, revisions, keys, identities, signing_key, authorities)


def admin_api(plane: Plane, *, token: str, hosts: Collection[str]) -> ASGIApp:
    """`token` is demanded from every caller; `hosts` are the only values of `Host` that are served."""
    application = FastAPI(title="Ringwork admin", version=__version__, docs_url=None, redoc_url=None)
    answer_with_problems(application)
    for resource in _RESOURCES:
        application.include_router(resource.router(plane))
    return Guard(application, token=token, hosts=hosts)
