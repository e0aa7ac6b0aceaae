"""Faults of the wall itself: a build that leaves out one check is caught, by the probe that is named after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway.process import gateway_binary
from tests.mutation.probes import PROBES
from tests.mutation.world import FAULTY, World, checks


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    assert FAULTY.is_file(), f"{FAULTY} is missing: run `tools/faulty`"
    world = World(tmp_path_factory.mktemp("mutation") / "node")
    yield world
    world.close()


def test_there_is_a_probe_for_every_check_and_enough_of_them() -> None:
    assert set(PROBES) == set(checks())
    assert len(PROBES) >= 50


def test_a_wall_that_leaves_nothing_out_keeps_everything_out(world: World) -> None:
    with world.without(None):
        assert [check for check, happens in PROBES.items() if happens(world)] == []


@pytest.mark.parametrize("check", PROBES)
def test_a_check_that_is_left_out_is_noticed(world: World, check: str) -> None:
    with world.without(check):
        assert PROBES[check](world), f"nobody notices that {check} is not checked"


def test_what_is_shipped_can_leave_nothing_out() -> None:
    """The names of checks and the variable that chooses one are in the build for tests only."""
    assert b"RINGWORK_FAULT" in FAULTY.read_bytes()
    assert b"RINGWORK_FAULT" not in gateway_binary().read_bytes()
    assert b"callers-kept-apart" not in gateway_binary().read_bytes()
