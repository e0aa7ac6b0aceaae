"""API keys: what creating, restricting and revoking guarantee."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ringwork.control.keys import KeyRequest
from ringwork.control.model import Restrictions
from ringwork.kernel.refusal import Refused
from tests.rooms.control.world import NOW, World


@pytest.fixture
def world(tmp_path: Path, store: str | None) -> World:
    return World(tmp_path, store=store)


PUBLIC = KeyRequest(ring="public", consumer="dev", application="shop", plan="free")


def test_a_created_key_is_known_to_the_node_when_create_returns(world: World) -> None:
    created = world.keys.create(PUBLIC)
    assert world.node.known[created.credential.id]["sha256"] == created.credential.sha256


def test_scopes_of_a_key_are_its_own_restriction(world: World) -> None:
    created = world.keys.create(replace(PUBLIC, restrictions=Restrictions(scopes=("orders:read",))))
    assert world.node.known[created.credential.id]["scopes"] == ["orders:read"]
    assert world.keys.demand(created.credential.id).restrictions.scopes == ("orders:read",)
    plain = world.keys.create(PUBLIC)
    assert "scopes" not in world.node.known[plain.credential.id]


@pytest.mark.parametrize("scope", ["", "a b", 'a"b', "a\\b", "ä", "a\n", "x" * 256])
def test_what_is_no_scope_is_refused(world: World, scope: str) -> None:
    with pytest.raises(Refused) as refused:
        world.keys.create(replace(PUBLIC, restrictions=Restrictions(scopes=(scope,))))
    assert refused.value.code == "scope-malformed"


def test_the_key_is_stored_nowhere(world: World) -> None:
    created = world.keys.create(PUBLIC)
    secret = created.minted.secret.encode()
    files = [path for path in world.root.rglob("*") if path.is_file()]
    assert files and not any(secret in path.read_bytes() for path in files)
    assert created.minted.secret not in world.everything_stored()
    assert created.minted.secret not in repr(created)


def test_the_database_and_keys_are_readable_by_their_owner_only(world: World, store: str | None) -> None:
    world.keys.create(PUBLIC)
    assert world.root.stat().st_mode & 0o077 == 0
    assert (world.root / ("store.json" if store else "ringwork.db")).stat().st_mode & 0o077 == 0


def test_a_revoked_key_is_gone_from_the_node_when_revoke_returns(world: World) -> None:
    created = world.keys.create(PUBLIC)
    revoked = world.keys.revoke(created.credential.id)
    assert created.credential.id not in world.node.known
    assert revoked.revoked_at == NOW
    assert world.keys.revoke(created.credential.id) == revoked


def test_a_partners_key_is_the_partners(world: World) -> None:
    credential = world.keys.create(KeyRequest(partner="globex")).credential
    assert (credential.ring, credential.consumer, credential.partner) == ("partner", "globex", "globex")


def test_a_lifetime_becomes_an_end(world: World) -> None:
    created = world.keys.create(replace(PUBLIC, lifetime=timedelta(days=90)))
    assert world.node.known[created.credential.id]["expires_at"] == int(
        (NOW + timedelta(days=90)).timestamp()
    )


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (KeyRequest(), "ring-missing"),
        (KeyRequest(ring="internal", consumer="x"), "ring-without-keys"),
        (KeyRequest(ring="pubic", consumer="x"), "ring-without-keys"),
        (KeyRequest(ring="partner", consumer="x"), "partner-missing"),
        (KeyRequest(ring="public"), "consumer-missing"),
        (KeyRequest(ring="public", consumer=""), "consumer-malformed"),
        (KeyRequest(ring="public", consumer="a\nb"), "consumer-malformed"),
        (replace(PUBLIC, application="x" * 256), "application-malformed"),
        (replace(PUBLIC, plan="fre"), "plan-unknown"),
        (KeyRequest(partner="globax"), "partner-unknown"),
        (KeyRequest(partner="globex", plan="free"), "plan-mismatch"),
        (KeyRequest(partner="globex", ring="public"), "ring-mismatch"),
        (KeyRequest(partner="globex", consumer="initech"), "consumer-mismatch"),
        (replace(PUBLIC, restrictions=Restrictions(apis=("order",))), "api-unknown"),
        (replace(PUBLIC, restrictions=Restrictions(versions=("orders:v9",))), "version-unknown"),
        (replace(PUBLIC, restrictions=Restrictions(networks=("10.0.0.1/8",))), "network-malformed"),
        (replace(PUBLIC, restrictions=Restrictions(networks=("10.0.0.0/8",) * 256)), "too-many-restrictions"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(
    world: World, request_: KeyRequest, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        world.keys.create(request_)
    assert refused.value.code == code and refused.value.help
    assert world.keys.list() == [] and not world.node.known


def test_a_misspelt_partner_is_answered_with_the_right_one(world: World) -> None:
    with pytest.raises(Refused, match="globax") as refused:
        world.keys.create(KeyRequest(partner="globax"))
    assert "globex" in refused.value.help


def test_revoking_what_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(Refused) as refused:
        world.keys.revoke("nobody")
    assert refused.value.status == 404


def test_keys_are_listed_in_pages(world: World) -> None:
    ids = sorted(world.keys.create(PUBLIC).credential.id for _ in range(5))
    first = [key.id for key in world.keys.list(limit=3)]
    assert first + [key.id for key in world.keys.list(limit=3, after=first[-1])] == ids


def test_a_crash_between_store_and_node_loses_nothing(world: World) -> None:
    world.node.broken = True
    with pytest.raises(OSError, match="node"):
        world.keys.create(PUBLIC)
    restarted = World(world.root.parent, node=world.node.repaired())
    restarted.identity.bring_up_to_date()
    (credential,) = restarted.keys.list()
    assert credential.id in restarted.node.known


def test_a_node_that_lost_everything_is_rebuilt_in_order(world: World) -> None:
    kept, gone = (world.keys.create(PUBLIC).credential.id for _ in range(2))
    world.keys.revoke(gone)
    rebuilt = World(world.root.parent)
    rebuilt.identity.bring_up_to_date()
    assert set(rebuilt.node.known) == {kept}


def test_without_an_estate_there_is_nothing_to_make_a_key_for(tmp_path: Path, store: str | None) -> None:
    with pytest.raises(Refused, match="no estate"):
        World(tmp_path, applied=False, store=store).keys.create(PUBLIC)
