"""`kill -9` between any two steps: what was acknowledged is there, what was half done is not used.

A child process runs the step and kills itself at the named point; this process then looks, as a restart would.
"""

from __future__ import annotations

import os
import signal
import subprocess
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest

from ringwork.bundle.publish import Publication
from ringwork.control.control import Control
from ringwork.control.native import NativeIdentityNode, mint_key
from ringwork.fleet.binary import find_gateway
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.rollout import Rollout
from ringwork.kernel.clock import system_clock
from tests.support import forked
from tests.support.intents import estate, kept

_ROLLOUT = "ringwork.fleet.rollout"
PUBLISHING = [
    ("before", "ringwork.kernel.files:_sync_all"),
    ("after", "ringwork.kernel.files:_sync_all"),
    ("after", "ringwork.bundle.publish:Publication.write"),
    ("after", "ringwork.control.sources:SourceArchive.write"),
    ("before", f"{_ROLLOUT}:ensure_server_certificate"),
    ("after", f"{_ROLLOUT}:ensure_server_certificate"),
    ("before", "ringwork.control.store.revisions:SqlRevisions.add"),
    ("after", "ringwork.control.store.revisions:SqlRevisions.add"),
    ("before", "ringwork.bundle.publish:Publication.point_to"),
    ("after", "ringwork.bundle.publish:Publication.point_to"),
    ("before", "os:replace"),
    ("after", "os:replace"),
]

STORING = [
    ("before", "ringwork.control.store.credentials:log_change"),
    ("after", "ringwork.control.store.credentials:log_change"),
    ("before", "ringwork.control.store.ledger:noted_in"),
    ("after", "ringwork.control.store.ledger:noted_in"),
    ("after", "ringwork.control.store.credentials:SqlCredentials.add"),
]
_WITHIN_THE_TRANSACTION = {place for _, place in STORING[:-1]}
# Keys there were before → a node that has none is filled, one that has some is told what is new.
CREATING = [
    *((keys, *killed_at) for keys in (0, 1) for killed_at in STORING),
    (0, "before", "ringwork.control.native:NativeIdentityNode.fill"),
    (0, "after", "ringwork.control.native:NativeIdentityNode.fill"),
    (1, "before", "ringwork.control.native:NativeIdentityNode.apply"),
    (1, "after", "ringwork.control.native:NativeIdentityNode.apply"),
]


def opened(state: Path, store: str | None = None) -> tuple[Control, NodeDirectory]:
    node = NodeDirectory(state / "node")
    identities = NativeIdentityNode(node.identity)
    return Control(state / "control", identities, mint=mint_key, clock=system_clock, store=store), node


def publish_again(state: Path, arm: object) -> None:
    """Run by the child: a second revision, killed on the way."""
    control, node = opened(state)
    rollout = Rollout(control, node)
    second = estate(environment="second")
    arm()  # type: ignore[operator]
    rollout.publish(second, note="second", **kept(second))


def create_key(state: Path, arm: object) -> None:
    """Run by the child: a key, killed on the way."""
    from ringwork.control.keys import KeyRequest

    control, _ = opened(state)
    arm()  # type: ignore[operator]
    control.keys.create(KeyRequest(ring="public", consumer="dev", plan="free"))
    control.close()


def killed(state: Path, step: str, place: str, moment: str, *, steps: str = __name__) -> None:
    """Has a child run `step` of the module `steps`, and be killed when it comes to `place`."""
    child = forked.run(_until_killed, state, steps, step, place, moment)
    assert child.returncode == -signal.SIGKILL, child.stderr


def _until_killed(state: Path, steps: str, step: str, place: str, moment: str) -> None:
    """The child."""

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def real_then_die(*arguments: object, **named: object) -> None:
        real(*arguments, **named)
        die()

    module, _, path = place.partition(":")
    *parents, name = path.split(".")
    owner = reduce(getattr, parents, import_module(module))
    real = getattr(owner, name)
    armed = die if moment == "before" else real_then_die
    getattr(import_module(steps), step)(state, lambda: setattr(owner, name, armed))


@pytest.fixture
def state(tmp_path: Path, store: str | None) -> Path:
    """A first revision is live."""
    control, node = opened(tmp_path, store)
    Rollout(control, node).publish(estate(), note="first", **kept(estate()))
    control.close()
    return tmp_path


@pytest.mark.parametrize(("moment", "place"), PUBLISHING)
def test_whatever_publishing_was_killed_at_the_node_is_whole_and_goes_on(
    state: Path, moment: str, place: str
) -> None:
    killed(state, "publish_again", place, moment)
    control, node = opened(state)
    assert_gateway_accepts(node)
    rollout = Rollout(control, node)
    rollout.recover()
    assert_gateway_accepts(node)
    recorded, current = control.revisions.latest(1), Publication(node.published).current()
    assert current is not None and [revision.number for revision in recorded] == [current.revision]
    second = estate(environment="second")
    assert rollout.publish(second, note="again", **kept(second)).revision == 2
    rollout.prune()
    assert_gateway_accepts(node)
    control.close()


@pytest.mark.parametrize(("keys", "moment", "place"), CREATING)
def test_whatever_creating_a_key_was_killed_at_store_and_node_agree_after_the_next_start(
    state: Path, keys: int, moment: str, place: str
) -> None:
    for _ in range(keys):
        create_key(state, lambda: None)
    killed(state, "create_key", place, moment)
    control, node = opened(state)
    control.node.bring_up_to_date()
    from ringwork._native import IdentityWriter

    known = IdentityWriter(str(node.identity))
    stored = control.keys.list()
    assert all(known.get(key.id) is not None for key in stored)
    assert len(stored) == keys + (0 if place in _WITHIN_THE_TRANSACTION else 1)
    with control.ledger.export() as lines:
        made = [line for line in lines if b'"action":"key.create"' in line]
    assert len(made) == len(stored), "one change, one entry (law 7)"
    control.close()


def assert_gateway_accepts(node: NodeDirectory) -> None:
    checked = subprocess.run(
        [str(find_gateway()), "--check", str(node.root)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
