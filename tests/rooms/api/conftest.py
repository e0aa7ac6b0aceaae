"""The admin API on either database."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.rooms.api.twin import PlaneTwin, client_of
from tests.rooms.control.world import World


@pytest.fixture
def world(tmp_path: Path, store: str | None) -> World:
    return World(tmp_path, store=store)


@pytest.fixture
def plane(world: World) -> PlaneTwin:
    return PlaneTwin(world)


@pytest.fixture
def client(plane: PlaneTwin) -> TestClient:
    return client_of(plane)
