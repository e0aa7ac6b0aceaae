"""Who calls, as it was found before anything was done."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from ringwork.control.people.callers import Caller

_NAME = "ringwork.caller"


def with_caller(scope: MutableMapping[str, Any], caller: Caller) -> None:
    """Remembers him for the time of a request."""
    scope[_NAME] = caller


def caller_in(scope: MutableMapping[str, Any]) -> Caller:
    return cast(Caller, scope[_NAME])


async def _caller(request: Request) -> Caller:
    return caller_in(request.scope)


Calling = Annotated[Caller, Depends(_caller)]
