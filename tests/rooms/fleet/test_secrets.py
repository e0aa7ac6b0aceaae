"""What a node is given of secrets, and when it changes."""

from __future__ import annotations

import json
from pathlib import Path

from ringwork.control.secrets import NothingStored, Secrets
from ringwork.fleet.secrets import NodeSecrets
from ringwork.kernel.clock import system_clock

OLD, NEW = "env://OLD", "env://NEW"


class World:
    def __init__(self, root: Path) -> None:
        self.path = root / "secrets/upstreams.json"
        self.environment = {"OLD": "1", "NEW": "2"}
        secrets = Secrets(NothingStored(), key=bytes, clock=system_clock, environment=self.environment)
        self.node = NodeSecrets(self.path, secrets)

    @property
    def there(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.path.read_bytes())["secrets"]
        return found


def test_a_node_gets_what_its_revision_needs_and_nobody_else_reads_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.node.provide([NEW])
    assert world.there == {NEW: "2"}
    assert world.path.stat().st_mode & 0o777 == 0o600
    assert world.path.parent.stat().st_mode & 0o777 == 0o700


def test_secrets_of_the_revision_before_stay_for_its_last_requests(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.node.provide([OLD])
    world.node.provide([NEW])
    assert world.there == {OLD: "1", NEW: "2"}
    world.node.provide([NEW])
    assert world.there == {NEW: "2"}


def test_a_rotated_value_reaches_the_node_and_an_unchanged_one_writes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.node.provide([NEW])
    before = world.path.stat().st_ino
    world.node.refresh()
    assert world.path.stat().st_ino == before
    world.environment["NEW"] = "3"
    world.node.refresh()
    assert world.there == {NEW: "3"}


def test_a_secret_that_was_removed_leaves_and_a_file_on_its_way_stays(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.path.parent.mkdir()
    world.path.write_text(json.dumps({"format": 1, "secrets": {"secret://gone": "x", NEW: "2"}}))
    del world.environment["NEW"]
    world.node.provide(["secret://gone", NEW])
    assert world.there == {NEW: "2"}


def test_without_references_nothing_is_written(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.node.provide([])
    world.node.refresh()
    assert not world.path.exists()
