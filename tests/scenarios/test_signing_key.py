"""The manifest signing key is replaced while gateways serve, beside the control plane and elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.remote import Elsewhere
from tests.support.running import Ringwork, eventually


@pytest.fixture
def edge(ringwork: Ringwork, estate: Path, tmp_path: Path) -> Iterator[Elsewhere]:
    ringwork.up(estate, "--nodes", "127.0.0.1:0")
    elsewhere = Elsewhere(ringwork, tmp_path / "edge")
    elsewhere.serve("public")
    yield elsewhere
    elsewhere.clean_up()


def trusted(state: Path) -> list[str]:
    return (state / "node/trust/manifest.pub").read_text().split()


def test_during_the_overlap_both_keys_are_trusted_everywhere(ringwork: Ringwork, edge: Elsewhere) -> None:
    before = trusted(ringwork.state)
    assert ringwork.json("signing-key", "rotate")["revision"] == 2
    edge.await_revision(2)
    after = trusted(ringwork.state)
    assert len(before) == 1 and after[1:] == before and after[0] not in before
    eventually(lambda: trusted(edge.state) == after)
    assert ringwork.json("status")["gateway"]["revision"] == 2


def test_rotated_at_once_the_old_key_is_trusted_nowhere(
    ringwork: Ringwork, edge: Elsewhere, estate: Path
) -> None:
    before = trusted(ringwork.state)
    assert ringwork.json("signing-key", "rotate", "--at-once")["outcome"] == "live"
    edge.await_revision(2)
    for state in (ringwork.state, edge.state):
        assert len(trusted(state)) == 1 and trusted(state) != before
    edge.end()
    edge.start()
    edge.await_revision(2)
    ringwork.end()
    assert ringwork.up(estate)["gateway"]["revision"] == 2, "it starts with what the new key signed"
