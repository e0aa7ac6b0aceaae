"""`kill -9` between any two steps: whoever is suspended has no key at the node, and the ledger says so, or neither."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ringwork._native import IdentityWriter
from ringwork.control.control import Control
from ringwork.control.keys import KeyRequest
from ringwork.control.model import Revision
from tests.rooms.control.world import AGREED, NOW
from tests.rooms.fleet.test_killed import killed, opened

_STORE = "ringwork.control.store"
POINTS = [
    ("before", f"{_STORE}.consumers:_tell_anew"),
    ("after", f"{_STORE}.consumers:log_changes"),
    ("after", f"{_STORE}.consumers:_tell_anew"),
    ("before", f"{_STORE}.ledger:noted_in"),
    ("after", f"{_STORE}.ledger:noted_in"),
    ("before", f"{_STORE}.ledger:keep_promise"),
    ("after", f"{_STORE}.consumers:Changing.to"),
    ("before", "ringwork.control.native:NativeIdentityNode.apply"),
    ("after", "ringwork.control.native:NativeIdentityNode.apply"),
]
SHOP = KeyRequest(ring="public", consumer="dev", application="shop", plan="free")


ROTATING = [
    ("before", f"{_STORE}.credentials:noted_new"),
    ("after", f"{_STORE}.credentials:noted_new"),
    ("before", f"{_STORE}.credentials:log_changes"),
    ("after", f"{_STORE}.credentials:log_changes"),
    *POINTS[3:6],
    ("after", f"{_STORE}.credentials:SqlCredentials.rotate"),
    *POINTS[7:],
]


def _account(control: Control) -> str:
    return next(each.id for each in control.accounts.list(limit=9) if each.kind == "developer")


def _application(control: Control) -> str:
    (found,) = control.applications.list(limit=9)
    return found.id


def suspend(state: Path, arm: object) -> None:
    control, _ = opened(state)
    arm()  # type: ignore[operator]
    control.accounts.suspend(_account(control), "x")


def resume(state: Path, arm: object) -> None:
    control, _ = opened(state)
    control.accounts.suspend(_account(control), "x")
    arm()  # type: ignore[operator]
    control.accounts.resume(_account(control))


def suspend_application(state: Path, arm: object) -> None:
    control, _ = opened(state)
    arm()  # type: ignore[operator]
    control.applications.suspend(_application(control), "x")


def change_plan(state: Path, arm: object) -> None:
    control, _ = opened(state)
    arm()  # type: ignore[operator]
    control.applications.change_plan(_application(control), "gold")


@pytest.mark.parametrize("step", ["suspend", "resume", "suspend_application", "change_plan"])
@pytest.mark.parametrize(("moment", "place"), POINTS)
def test_whatever_it_was_killed_at_store_node_and_ledger_tell_the_same(
    tmp_path: Path, store: str | None, step: str, moment: str, place: str
) -> None:
    control, _ = opened(tmp_path, store)
    control.revisions.add(Revision(1, NOW, "c", "m", "estate", AGREED))
    keys = [control.keys.create(SHOP).credential.id for _ in range(3)]
    control.keys.revoke(keys[2])
    control.close()
    killed(tmp_path, step, place, moment, steps=__name__)
    control, node = opened(tmp_path)
    control.node.bring_up_to_date()
    known = IdentityWriter(str(node.identity))
    stored = {key: control.keys.demand(key) for key in keys}
    assert known.get(keys[2]) is None
    for key in keys[:2]:
        told = known.get(key)
        assert (told is None) == stored[key].suspended
        assert told is None or json.loads(json.dumps(told))["plan"] == stored[key].plan
    assert len({(each.suspended, each.plan) for each in list(stored.values())[:2]}) == 1, "all or none"
    with control.ledger.export() as lines:
        done = [json.loads(line).get("action") for line in lines]
    suspended = stored[keys[0]].suspended
    began = done.count("account.suspend") + done.count("application.suspend")
    assert suspended == (began > done.count("account.resume"))
    assert (stored[keys[0]].plan == "gold") == ("application.change-plan" in done)
    control.close()


def rotate(state: Path, arm: object) -> None:
    control, _ = opened(state)
    (key,) = control.keys.list()
    arm()  # type: ignore[operator]
    control.keys.rotate(key.id, None)


@pytest.mark.parametrize(("moment", "place"), ROTATING)
def test_whatever_a_rotation_was_killed_at_one_of_the_two_keys_works(
    tmp_path: Path, store: str | None, moment: str, place: str
) -> None:
    control, _ = opened(tmp_path, store)
    control.revisions.add(Revision(1, NOW, "c", "m", "estate", AGREED))
    before = control.keys.create(SHOP).credential.id
    control.close()
    killed(tmp_path, "rotate", place, moment, steps=__name__)
    control, node = opened(tmp_path)
    control.node.bring_up_to_date()
    known = IdentityWriter(str(node.identity))
    stored = control.keys.list()
    (works,) = (key.id for key in stored if key.revoked_at is None)
    assert [key.id for key in stored if known.get(key.id) is not None] == [works]
    assert (works == before) == (len(stored) == 1)
    with control.ledger.export() as lines:
        done = [json.loads(line).get("action") for line in lines]
    assert done.count("key.create") == len(stored) == done.count("key.rotate") + 1
    control.close()
