"""The routes of one kind of resource, made once: every application of the process serves the very same."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.routing import APIRoute


class Routes(APIRouter):
    def __init__(self, tag: str, *, prefix: str = "") -> None:
        super().__init__(prefix=prefix, tags=[tag], generate_unique_id_function=_operation_id)


def _operation_id(route: APIRoute) -> str:
    """Of one function each; mypy would find two of one name in a module, and the document's test between modules."""
    return route.name
