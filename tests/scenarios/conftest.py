"""What the scenarios run on: a real `ringwork up` with the real gateway in front of a service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.conversation import say
from tests.support.estates import write_estate
from tests.support.running import Ringwork
from tests.support.upstream import Upstream

__all__ = ["say"]  # commands that need nothing running


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    service = Upstream()
    yield service
    service.close()


@pytest.fixture
def estate(tmp_path: Path, upstream: Upstream) -> Path:
    """Files of one test's own."""
    return write_estate(tmp_path / "estate", upstream.port)


@pytest.fixture
def ringwork(tmp_path: Path) -> Iterator[Ringwork]:
    """Nothing runs yet."""
    fresh = Ringwork(tmp_path / "state")
    yield fresh
    fresh.clean_up()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Ringwork]:
    """Runs already, for one module's tests together: they leave the estate as it is."""
    root = tmp_path_factory.mktemp("running")
    started = Ringwork(root / "state")
    try:
        started.up(write_estate(root / "estate", upstream.port))
        yield started
    finally:
        started.clean_up()
