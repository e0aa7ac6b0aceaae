"""The databases a store can be on: what opens one is tested on both. And no test depends on how fast the machine is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.support.postgresql import PostgreSQL


# The same commit gives the same answer; `make fuzz` looks where it has not looked before.
_EXPLORES = "RINGWORK_EXPLORE" in os.environ
settings.register_profile(
    "any-speed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=not _EXPLORES,
    max_examples=1_000 if _EXPLORES else 100,
)
settings.load_profile("any-speed")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """One server for all tests of a process; a missing one is a failure: `make test` installs it."""
    from tests.support.postgresql import PostgreSQL

    server = PostgreSQL()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """What a state begins with: nothing said, or a database of its own."""
    if request.param == "sqlite":
        yield None
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    with server.database() as name:
        yield server.url(name)
