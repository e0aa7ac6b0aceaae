"""Whoever has the link reads what waits there once, whatever else there is to be had of the store."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from ringwork.control.handovers.handovers import PreparedHandover
from ringwork.control.keys import KeyRequest
from ringwork.control.sealing import unseal
from ringwork.control.signing_keys import sealing_key
from ringwork.control.store.tables import handovers, ledger
from ringwork.kernel.refusal import Refused
from tests.rooms.control.world import World

WAIT = timedelta(days=1)
SECRETS = {"API key, sandbox": "rw_sandbox_x", "API key, production": "rw_production_y"}


@pytest.fixture
def world(tmp_path: Path, store: str | None) -> World:
    return World(tmp_path, store=store)


def handed(world: World) -> PreparedHandover:
    key = world.keys.create(KeyRequest(ring="public", consumer="dev", application="shop")).credential
    account = world.applications.demand(key.application_id).account
    prepared = world.handovers.prepare(account, SECRETS, WAIT)
    world.handovers.keep(prepared)
    return prepared


def entries(world: World) -> list[dict[str, str]]:
    with world.database.reading() as connection:
        rows = [json.loads(row.entry) for row in connection.execute(select(ledger).order_by(ledger.c.seq))]
    return [each for each in rows if each["subject"].startswith("handover:")]


def test_what_waits_is_read_once(world: World) -> None:
    token = handed(world).token.text
    waiting = world.handovers.behind(token)
    assert waiting is not None and waiting.state(world.now) == "waiting"
    assert world.handovers.open(token) == SECRETS
    assert world.handovers.open(token) is None
    opened = world.handovers.behind(token)
    assert opened is not None and opened.state(world.now) == "opened"


def test_of_many_at_once_one_reads_it(world: World) -> None:
    token = handed(world).token.text
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(world.handovers.open, [token] * 16))
    assert [each for each in read if each is not None] == [SECRETS]


def test_nobody_reads_it_of_the_store_with_its_key_alone(world: World) -> None:
    prepared = handed(world)
    with world.database.reading() as connection:
        row = connection.execute(select(handovers)).one()
    assert prepared.token.text not in str(row)
    with pytest.raises(InvalidTag):
        unseal(sealing_key(world.directory), row.sealed, of=row.id.encode())


@pytest.mark.parametrize("way", ["opened", "ended", "expired"])
def test_what_does_not_wait_any_more_is_in_the_store_no_more(world: World, way: str) -> None:
    prepared = handed(world)
    match way:
        case "opened":
            world.handovers.open(prepared.token.text)
        case "ended":
            world.handovers.end(prepared.record.id)
        case "expired":
            world.now += WAIT
            world.handovers.forget_old()
    assert world.handovers.open(prepared.token.text) is None
    with world.database.reading() as connection:
        assert connection.execute(select(handovers.c.sealed)).scalar_one() is None
    assert world.handovers.demand(prepared.record.id).state(world.now) == way


def test_what_has_ended_leads_nowhere_and_ends_no_second_time(world: World) -> None:
    prepared = handed(world)
    first = world.handovers.end(prepared.record.id)
    world.now += timedelta(hours=1)
    assert world.handovers.end(prepared.record.id) == first
    assert world.handovers.behind(prepared.token.text) is None
    with pytest.raises(Refused, match="no handover"):
        world.handovers.end("0123456789ab")


@pytest.mark.parametrize("token", ["", "rwh_", "rwh_" + "x" * 43, "x" * 10_000, "rwh_\udcff"])
def test_what_is_no_link_leads_nowhere(world: World, token: str) -> None:
    handed(world)
    assert world.handovers.behind(token) is None and world.handovers.open(token) is None


def test_the_ledger_names_who_read_it_by_the_link_and_holds_no_secret(world: World) -> None:
    prepared = handed(world)
    world.handovers.open(prepared.token.text)
    made, opened = entries(world)
    assert (made["action"], opened["action"]) == ("handover.make", "handover.open")
    assert opened["actor"] == f"account:{prepared.record.account}" and opened["through"] == "handover"
    with world.database.reading() as connection:
        every = [row.entry for row in connection.execute(select(ledger))]
    assert not any(secret in entry for entry in every for secret in (*SECRETS.values(), prepared.token.text))
