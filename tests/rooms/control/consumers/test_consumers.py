"""Accounts and applications: what suspending, resuming and another plan guarantee for keys, on either database."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ringwork.control.consumers.applications import ApplicationRequest
from ringwork.control.keys import KeyRequest
from ringwork.control.model import Restrictions, Revision
from ringwork.control.store import consumers as bulk
from ringwork.control.store.revisions import SqlRevisions
from ringwork.control.store.tables import ledger
from ringwork.kernel.refusal import Refused
from tests.rooms.control.world import AGREED, NOW, World

SHOP = KeyRequest(ring="public", consumer="dev", application="shop", plan="free")
APP = replace(SHOP, application="app")


@pytest.fixture
def world(tmp_path: Path, store: str | None) -> World:
    return World(tmp_path, store=store)


def made(world: World, *requests: KeyRequest) -> list[str]:
    return [world.keys.create(request).credential.id for request in requests]


def application(world: World, key: str) -> str:
    return world.keys.demand(key).application_id


def account(world: World, key: str) -> str:
    return world.applications.demand(application(world, key)).account.id


def entries(world: World) -> list[dict[str, str]]:
    with world.database.reading() as connection:
        return [json.loads(row.entry) for row in connection.execute(select(ledger))]


def actions(world: World) -> list[str]:
    return [each["action"] for each in entries(world)]


def test_keys_of_the_same_names_are_of_one_application_of_one_account(world: World) -> None:
    first, again, other = made(world, SHOP, SHOP, APP)
    assert application(world, first) == application(world, again) != application(world, other)
    assert account(world, first) == account(world, other)
    assert [each.name for each in world.accounts.list(limit=9)] == ["dev"]


def test_a_partner_and_a_developer_of_one_name_are_two(world: World) -> None:
    keys = made(world, KeyRequest(partner="globex"), replace(SHOP, consumer="globex"))
    world.accounts.suspend(account(world, keys[1]), "x")
    assert [*world.node.known] == keys[:1]
    assert {each.kind for each in world.accounts.list(limit=9)} == {"partner", "developer"}


def test_partners_of_the_estate_have_accounts_once_it_is_applied(world: World) -> None:
    revisions = SqlRevisions(world.database)
    for number, partners in ((1, ("globex", "initech")), (2, ("initech", "umbrella"))):
        revisions.add(Revision(number, NOW, "c", "m", "estate", replace(AGREED, partners=partners)))
    assert {each.name for each in world.accounts.list(limit=9)} == {"globex", "initech", "umbrella"}
    assert actions(world) == ["revision.publish"] * 2, "an account a revision brings along is part of it"


@pytest.mark.parametrize("whole", [True, False])
def test_no_key_of_what_is_suspended_is_known_to_the_node_when_it_returns(world: World, whole: bool) -> None:
    shop, app, others = made(world, SHOP, APP, replace(SHOP, consumer="other"))
    if whole:
        done = world.accounts.suspend(account(world, shop), "did not pay")
        assert (done.suspended_at, done.suspended_because) == (NOW, "did not pay")
    else:
        world.applications.suspend(application(world, shop), "did not pay")
    left = {others} if whole else {app, others}
    assert {*world.node.known} == left
    assert world.keys.demand(shop).suspended and world.keys.demand(app).suspended == whole
    assert not world.keys.demand(others).suspended
    if whole:
        world.accounts.resume(account(world, shop))
    else:
        world.applications.resume(application(world, shop))
    assert {*world.node.known} == {shop, app, others}


def test_a_key_that_was_revoked_while_suspended_never_works_again(world: World) -> None:
    key, other = made(world, SHOP, SHOP)
    world.accounts.suspend(account(world, key), "x")
    world.keys.revoke(key)
    world.accounts.resume(account(world, key))
    assert {*world.node.known} == {other}
    rebuilt = World(world.root.parent)
    rebuilt.identity.bring_up_to_date()
    assert {*rebuilt.node.known} == {other}


def test_of_two_suspensions_both_are_to_be_ended(world: World) -> None:
    (key,) = made(world, SHOP)
    world.applications.suspend(application(world, key), "x")
    world.accounts.suspend(account(world, key), "y")
    world.applications.resume(application(world, key))
    assert not world.node.known and world.keys.demand(key).suspended
    world.applications.suspend(application(world, key), "x")
    world.accounts.resume(account(world, key))
    assert not world.node.known
    world.applications.resume(application(world, key))
    assert key in world.node.known


def test_again_changes_nothing(world: World) -> None:
    (key,) = made(world, SHOP)
    world.accounts.suspend(account(world, key), "x")
    world.now += timedelta(hours=1)
    assert world.accounts.suspend(account(world, key), "z").suspended_because == "x"
    world.accounts.resume(account(world, key))
    world.accounts.resume(account(world, key))
    assert actions(world) == ["key.create", "account.suspend", "account.resume"]
    assert [each.get("reason") for each in entries(world)] == [None, "x", None]


def test_what_is_suspended_gets_no_keys(world: World) -> None:
    (key,) = made(world, SHOP)
    world.applications.suspend(application(world, key), "x")
    for where, code in ((SHOP, "application-suspended"), (replace(SHOP, application="other"), None)):
        if code is None:
            made(world, where)
            world.accounts.suspend(account(world, key), "x")
            code = "account-suspended"
        with pytest.raises(Refused) as refused:
            world.keys.create(replace(where, application="another" if code.startswith("account") else "shop"))
        assert (refused.value.code, refused.value.status) == (code, 409)
    assert "another" not in {each.name for each in world.applications.list(limit=9)}


def test_a_suspended_key_is_recognised_as_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.keys = world.keys_with_checksums()
    created = world.keys.create(SHOP)
    world.accounts.suspend(account(world, created.credential.id), "x")
    assert world.keys.recognise(created.minted.secret).state == "suspended"


def test_another_plan_is_of_all_keys_at_once_and_not_of_revoked_ones(world: World) -> None:
    first, own, ended = made(world, SHOP, replace(SHOP, plan="gold"), SHOP)
    world.keys.revoke(ended)
    before = {key: dict(world.node.known[key]) for key in (first, own)}
    changed = world.applications.change_plan(application(world, first), "gold")
    assert changed.plan == "gold"
    assert {key: each["plan"] for key, each in world.node.known.items()} == {first: "gold", own: "gold"}
    assert world.node.known[first] == before[first] | {"plan": "gold"}
    assert world.keys.demand(ended).plan == "free"
    assert world.keys.create(replace(SHOP, plan=None)).credential.plan == "gold"
    world.applications.change_plan(application(world, first), None)
    assert {each["plan"] for each in world.node.known.values()} == {None}
    assert actions(world).count("application.change-plan") == 2


def test_a_plan_that_only_keys_differ_from_is_told_by_the_ledger(world: World) -> None:
    first, _ = made(world, SHOP, replace(SHOP, plan="gold"))
    for _ in range(2):
        world.applications.change_plan(application(world, first), "free")
    assert {each["plan"] for each in world.node.known.values()} == {"free"}
    assert actions(world).count("application.change-plan") == 1


def test_a_plan_of_what_is_suspended_brings_no_key_back(world: World) -> None:
    (key,) = made(world, SHOP)
    world.applications.suspend(application(world, key), "x")
    world.applications.change_plan(application(world, key), "gold")
    assert not world.node.known
    world.applications.resume(application(world, key))
    assert world.node.known[key]["plan"] == "gold"


def test_a_pin_is_of_all_keys_at_once_those_to_come_too(world: World) -> None:
    first, ended = made(world, SHOP, SHOP)
    world.keys.revoke(ended)
    shop = application(world, first)
    assert world.applications.pin(shop, "orders", "v1").pins == {"orders": "v1"}
    (later,) = made(world, SHOP)
    known = {key: each["pins"] for key, each in world.node.known.items()}
    assert known == {first: ["orders:v1"], later: ["orders:v1"]}
    assert world.applications.pin(shop, "orders", "v1").pins == {"orders": "v1"}
    world.applications.pin(shop, "orders", None)
    assert all("pins" not in each for each in world.node.known.values())
    assert actions(world).count("application.pin") == 2


@pytest.mark.parametrize(
    ("api", "version", "code"), [("order", "v1", "api-unknown"), ("orders", "v9", "version-unknown")]
)
def test_nobody_is_pinned_to_what_is_not_there(world: World, api: str, version: str, code: str) -> None:
    (key,) = made(world, SHOP)
    with pytest.raises(Refused) as refused:
        world.applications.pin(application(world, key), api, version)
    assert refused.value.code == code
    assert world.applications.pin(application(world, key), api, None).pins == {}


def test_an_api_versioned_by_path_takes_no_pin_but_gives_one_back(world: World) -> None:
    (key,) = made(world, SHOP)
    shop = application(world, key)
    world.applications.pin(shop, "orders", "v1")
    world.by_path = ("orders",)
    with pytest.raises(Refused, match="versioned by path") as refused:
        world.applications.pin(shop, "orders", "v1")
    assert refused.value.code == "version-in-path" and "versioning: header" in refused.value.help
    assert world.applications.pin(shop, "orders", None).pins == {}


def test_who_holds_keys_that_work_is_told_by_application_and_restriction(world: World) -> None:
    narrow = replace(SHOP, restrictions=Restrictions(apis=("orders",)))
    first, again, other, ended = made(world, SHOP, SHOP, APP, replace(SHOP, application="gone"))
    restricted = made(world, narrow)[0]
    late = replace(SHOP, application="late", lifetime=timedelta(hours=1))
    made(world, late, KeyRequest(partner="globex"))
    world.keys.revoke(ended)
    world.applications.pin(application(world, other), "orders", "v1")
    at = int(NOW.timestamp())
    world.keys.note_uses({first: at - 60, again: at - 120, restricted: at - 180}, ("public",))
    world.now += timedelta(hours=2)
    told = [
        (one.application, one.restrictions.apis, one.keys, one.used_at and (NOW - one.used_at).seconds)
        for one in world.keys.holders()
    ]
    assert told[:2] == [("shop", (), 2, 60), ("shop", ("orders",), 1, 180)]
    assert sorted(told[2:]) == [("app", (), 1, None), ("default", (), 1, None)]
    held = {one.application: one for one in world.keys.holders()}
    assert held["app"].pins == {"orders": "v1"}
    assert (held["default"].partner, held["default"].ring) == ("globex", "partner")
    world.accounts.suspend(account(world, first), "r")
    assert [one.consumer for one in world.keys.holders()] == ["globex"]


@pytest.mark.parametrize(
    ("restrictions", "fits"),
    [
        (Restrictions(), True),
        (Restrictions(apis=("orders",)), True),
        (Restrictions(apis=("stock",)), False),
        (Restrictions(versions=("orders:v1",)), True),
        (Restrictions(versions=("orders:v2",)), False),
        (Restrictions(apis=("orders",), versions=("stock:v1",)), False),
    ],
)
def test_what_a_key_is_restricted_to_is_read_as_gateways_do(restrictions: Restrictions, fits: bool) -> None:
    assert restrictions.permit("orders", "v1") is fits


def test_plans_that_make_no_sense_are_refused(world: World) -> None:
    developers, partners = made(world, SHOP, KeyRequest(partner="globex"))
    for key, plan, code in ((developers, "fre", "plan-unknown"), (partners, "free", "plan-mismatch")):
        with pytest.raises(Refused) as refused:
            world.applications.change_plan(application(world, key), plan)
        assert refused.value.code == code
    assert world.node.known[developers]["plan"] == "free"


def test_accounts_and_applications_are_made_before_their_keys(world: World) -> None:
    dev = world.accounts.create("dev", "dev@acme.test")
    shop = world.applications.create(ApplicationRequest(dev.id, "shop", "To sell.", "gold"))
    (key,) = made(world, replace(SHOP, plan=None))
    assert (application(world, key), world.node.known[key]["plan"]) == (shop.id, "gold")
    assert actions(world) == ["account.create", "application.create", "key.create"]
    with pytest.raises(Refused, match="there is an account"):
        world.accounts.create("dev")
    with pytest.raises(Refused, match="has an application"):
        world.applications.create(ApplicationRequest(dev.id, "shop", "Again.", None))


def test_very_many_keys_are_stopped_in_one_transaction_a_few_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_AT_ONCE", 3)
    keys = made(world, *[SHOP] * 8, *[APP] * 3)
    world.accounts.suspend(account(world, keys[0]), "x")
    assert not world.node.known
    world.accounts.resume(account(world, keys[0]))
    assert {*world.node.known} == {*keys}


def test_a_crash_between_store_and_node_loses_nothing(world: World) -> None:
    (key,) = made(world, SHOP)
    world.node.broken = True
    with pytest.raises(OSError, match="node"):
        world.accounts.suspend(account(world, key), "x")
    restarted = World(world.root.parent, node=world.node.repaired())
    restarted.identity.bring_up_to_date()
    assert not restarted.node.known


@pytest.mark.parametrize("what", ["account", "application"])
def test_what_is_not_there_is_said(world: World, what: str) -> None:
    room = world.accounts if what == "account" else world.applications
    asked: list[Callable[[], object]] = [
        lambda: room.demand("0" * 16),
        lambda: room.suspend("0" * 16, "x"),
        lambda: room.resume("0"),
    ]
    for done in asked:
        with pytest.raises(Refused) as refused:
            done()
        assert (refused.value.code, refused.value.status) == (f"{what}-unknown", 404)
