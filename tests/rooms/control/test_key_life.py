"""Keys are rotated with an overlap, end with a warning, and tell when they were used last; on either database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ringwork.control.key_status import SOON, status_of
from ringwork.control.keys import KeyRequest
from ringwork.control.model import Credential, Restrictions
from ringwork.control.store import key_uses
from ringwork.control.store.tables import ledger
from ringwork.kernel.refusal import Refused
from tests.rooms.control.world import NOW, World

LIFETIME = timedelta(days=90)
SHOP = KeyRequest(
    ring="public",
    consumer="dev",
    application="shop",
    plan="gold",
    lifetime=LIFETIME,
    restrictions=Restrictions(("orders",), ("orders:v1",), ("192.0.2.0/24",)),
)
RINGS = ("partner", "public")


@pytest.fixture
def world(tmp_path: Path, store: str | None) -> World:
    return World(tmp_path, store=store)


def unix(world: World, key: str) -> object:
    return world.node.known[key]["expires_at"]


def entries(world: World) -> list[str]:
    with world.database.reading() as connection:
        return [row.entry for row in connection.execute(select(ledger))]


def test_what_follows_is_the_same_but_for_the_key_and_lives_as_long(world: World) -> None:
    before = world.keys.create(SHOP).credential
    world.now += timedelta(days=80)
    made = world.keys.rotate(before.id, timedelta(days=7))
    own = {"id", "sha256", "created_at", "expires_at"}
    for name in {*Credential.__dataclass_fields__} - own:
        assert getattr(made.credential, name) == getattr(before, name), name
    assert made.credential.expires_at == world.now + LIFETIME
    assert world.keys.demand(before.id).expires_at == world.now + timedelta(days=7)
    assert {*world.node.known} == {before.id, made.credential.id}
    assert unix(world, before.id) == int((world.now + timedelta(days=7)).timestamp())
    assert made.minted.secret not in world.everything_stored()


def test_a_key_before_lives_no_longer_than_it_would_have(world: World) -> None:
    before = world.keys.create(SHOP).credential
    world.now += LIFETIME - timedelta(days=1)
    world.keys.rotate(before.id, timedelta(days=7))
    assert world.keys.demand(before.id).expires_at == before.expires_at


def test_one_that_does_not_expire_is_followed_by_one_that_does_not(world: World) -> None:
    before = world.keys.create(replace(SHOP, lifetime=None)).credential
    made = world.keys.rotate(before.id, timedelta(days=7)).credential
    assert made.expires_at is None
    assert world.keys.demand(before.id).expires_at == NOW + timedelta(days=7)


def test_without_an_overlap_the_key_before_is_revoked(world: World) -> None:
    before = world.keys.create(SHOP).credential
    made = world.keys.rotate(before.id, None).credential
    assert {*world.node.known} == {made.id} and world.keys.demand(before.id).revoked_at == NOW


def test_a_rotation_is_one_transaction_and_both_keys_are_on_record(world: World) -> None:
    before = world.keys.create(SHOP).credential
    made = world.keys.rotate(before.id, None).credential
    told = entries(world)[1:]
    assert '"action":"key.create","actor":"ringwork"' in told[0] and f'"subject":"key:{made.id}"' in told[0]
    assert '"action":"key.rotate"' in told[1] and f'"subject":"key:{before.id}"' in told[1]
    world.node.broken = True
    with pytest.raises(OSError, match="node"):
        world.keys.rotate(made.id, None)
    restarted = World(world.root.parent, node=world.node.repaired())
    restarted.identity.bring_up_to_date()
    assert len(restarted.node.known) == 1 and made.id not in restarted.node.known


@pytest.mark.parametrize("over", ["revoked", "expired", "suspended"])
def test_what_does_not_work_is_followed_by_nothing(world: World, over: str) -> None:
    before = world.keys.create(SHOP).credential
    if over == "revoked":
        world.keys.revoke(before.id)
    elif over == "expired":
        world.now += LIFETIME
    else:
        world.applications.suspend(before.application_id, "x")
    with pytest.raises(Refused, match=over) as refused:
        world.keys.rotate(before.id, None)
    assert (refused.value.code, refused.value.status) == ("key-over", 409)
    assert len(world.keys.list()) == 1


def test_a_status_is_what_gateways_make_of_it_and_what_to_see_to(world: World) -> None:
    key = world.keys.create(SHOP).credential
    ends = key.expires_at
    assert ends is not None
    soon = timedelta(seconds=1)
    assert [status_of(key, at) for at in (ends - SOON - soon, ends - SOON, ends - soon, ends)] == [
        "active",
        "expires-soon",
        "expires-soon",
        "expired",
    ]
    assert status_of(replace(key, suspended=True), ends - soon) == "suspended"
    assert status_of(replace(key, suspended=True, revoked_at=NOW), ends) == "revoked"


def test_each_key_that_ends_soon_is_told_of_once(world: World) -> None:
    told: list[tuple[list[str], int]] = []
    watch = world.keys.told_of_ending(lambda keys, more: told.append(([key.id for key in keys], more)))
    late = world.keys.create(SHOP).credential
    soon = world.keys.create(replace(SHOP, lifetime=timedelta(days=15))).credential
    now = world.keys.create(replace(SHOP, lifetime=timedelta(days=3))).credential
    gone = world.keys.create(replace(SHOP, lifetime=timedelta(days=3))).credential
    world.keys.revoke(gone.id)
    for _ in range(2):
        watch.look()
    assert told == [([now.id], 0)]
    assert [key.id for key in world.keys.every_ending(timedelta(days=20))] == [now.id, soon.id]
    assert world.keys.count_ending() == 1
    for day in range(90):
        world.now = NOW + timedelta(days=day)
        watch.look()
    assert told == [([now.id], 0), ([soon.id], 0), ([late.id], 0)]


def test_many_that_end_at_once_are_counted(world: World) -> None:
    told: list[tuple[int, int]] = []
    for _ in range(13):
        world.keys.create(replace(SHOP, lifetime=timedelta(days=1)))
    world.keys.told_of_ending(lambda keys, more: told.append((len(keys), more))).look()
    assert told == [(10, 3)]


def test_the_latest_use_stays_in_whatever_order_it_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_uses, "_AT_ONCE", 1)
    keys = [world.keys.create(SHOP).credential.id for _ in range(2)]
    at = int(NOW.timestamp())
    for used in ({keys[0]: at - 60, keys[1]: at - 600}, {keys[0]: at - 120}, {"made0up": at}, {}):
        world.keys.note_uses(used, RINGS)
    assert [world.keys.demand(key).used_at for key in keys] == [
        NOW - timedelta(minutes=1),
        NOW - timedelta(minutes=10),
    ]
    assert len(entries(world)) == 2, "that a key was used is no entry"


def test_a_gateway_tells_of_keys_of_its_rings_and_of_no_time_to_come(world: World) -> None:
    key, at = world.keys.create(SHOP).credential.id, int(NOW.timestamp())
    world.keys.note_uses({key: at}, ("partner",))
    assert world.keys.demand(key).used_at is None
    world.keys.note_uses({key: at + 10_000}, ("public",))
    assert world.keys.demand(key).used_at == NOW
