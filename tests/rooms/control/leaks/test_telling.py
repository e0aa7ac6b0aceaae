"""What is done about keys that were found: the active ones end, once each, for a reason that is on record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ringwork.control.keys import KeyRequest
from ringwork.control.leaks.search import Found, Sighting
from ringwork.control.leaks.telling import Teller
from ringwork.control.native import mint_key
from ringwork.control.recognition import KeyState
from ringwork.control.store.ledger import SqlLedger
from tests.rooms.control.world import World
from tests.support.key_texts import forged

PUBLIC = KeyRequest(ring="public", consumer="dev", plan="free")


@pytest.fixture
def world(tmp_path: Path, store: str | None) -> World:
    return World(tmp_path, store=store)


def found(key: str, file: str = "app.py") -> Found:
    return Found(file, Sighting(3, 8, key), "c0ffee")


def entries(world: World) -> list[tuple[str, str, str | None]]:
    """Action, subject and reason."""
    read = [json.loads(entry) for _, entry in SqlLedger(world.database).after(0, limit=100)]
    return [(each["action"], each["subject"], each.get("reason")) for each in read]


def test_an_active_key_is_revoked_once_with_its_place_as_reason(world: World) -> None:
    keys = world.keys_with_checksums()
    made = keys.create(PUBLIC)
    teller = Teller(keys, revoke=True)
    for file in ("app.py", "copy.py"):
        assert teller.tell(found(made.minted.secret, file)).revoked_now
    assert made.minted.id not in world.node.known
    assert entries(world) == [
        ("key.create", f"key:{made.minted.id}", None),
        ("key.revoke", f"key:{made.minted.id}", "leaked: c0ffee:app.py:3:8"),
    ]


def test_nothing_is_revoked_unless_told(world: World) -> None:
    keys = world.keys_with_checksums()
    made = keys.create(PUBLIC)
    told = Teller(keys).tell(found(made.minted.secret))
    assert told.key.state is KeyState.ACTIVE and not told.revoked_now
    assert made.minted.id in world.node.known


def test_whoever_knows_an_id_cannot_have_its_key_revoked(world: World) -> None:
    keys = world.keys_with_checksums()
    made = keys.create(PUBLIC)
    told = Teller(keys, revoke=True).tell(found(forged(made.minted.id, "dev")))
    assert told.key.state is KeyState.UNKNOWN and not told.revoked_now
    assert made.minted.id in world.node.known and len(entries(world)) == 1


def test_a_key_that_ended_before_stays_as_it_was(world: World) -> None:
    keys = world.keys_with_checksums()
    made = keys.create(PUBLIC)
    keys.revoke(made.minted.id)
    told = Teller(keys, revoke=True).tell(found(made.minted.secret))
    assert told.key.state is KeyState.REVOKED and not told.revoked_now
    assert len(entries(world)) == 2


def test_without_a_store_a_key_is_unknown(world: World) -> None:
    told = Teller(None).tell(found(mint_key("dev").secret))
    assert told.key.state is KeyState.UNKNOWN and told.key.text is not None


def test_a_reason_has_a_bound(world: World) -> None:
    keys = world.keys_with_checksums()
    made = keys.create(PUBLIC)
    Teller(keys, revoke=True).tell(found(made.minted.secret, "x" * 10_000))
    *_, reason = entries(world)[-1]
    assert reason is not None and len(reason) == 255
