"""Who hears commands that must work at any time: the control plane, as whoever is logged in; where none runs, the
store itself, through the same admin API, which then runs in this process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ringwork.cli.runtime_commands.admin import answered, ask, is_answered
from ringwork.cli.runtime_commands.listing import pages
from ringwork.cli.runtime_commands.options import opened, state_directory

if TYPE_CHECKING:
    from httpx import Response
    from starlette.types import ASGIApp

# Never looked up: nothing leaves the process.
_HERE = "http://store.invalid"


class Ask(Protocol):
    """One admin request (`admin.ask`). Raises Refused."""

    def __call__(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]: ...


class Desk:
    def __init__(self, ask: Ask) -> None:
        self.ask = ask

    def every(self, path: str, member: str) -> list[dict[str, Any]]:
        """All rows of a list. Raises Refused."""
        return pages(lambda path: self.ask("GET", path), path, member)

    def first(self, path: str, member: str, most: int) -> list[dict[str, Any]]:
        """The first rows of a list. Raises Refused."""
        return pages(lambda path: self.ask("GET", path), path, member, most)


@contextmanager
def desk(state: Path, *, store: str | None = None) -> Iterator[Desk]:
    """`store`: of a state that begins (`opened`). Raises Refused when nobody hears."""
    if store is None and is_answered(state):
        yield Desk(partial(ask, state))
        return
    with opened(state, store) as control:
        from ringwork.api.application import owners_api
        from ringwork.app.stored_plane import StoredPlane

        application = owners_api(StoredPlane(control, state_directory(state)))

        def in_this_process(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
            return answered(_sent(application, method, path, body))

        yield Desk(in_this_process)


def _sent(application: ASGIApp, method: str, path: str, body: dict[str, Any] | None) -> Response:
    import asyncio

    import httpx

    async def sent() -> Response:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url=_HERE) as client:
            return await client.request(method, path, json=body)

    return asyncio.run(sent())
