"""A POST that names itself is done once, however often it is sent and whoever dies in between."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from ringwork.control import receipts as bounds
from ringwork.control.store.tables import ledger, receipts
from ringwork.kernel.canonical import content_hash
from tests.rooms.api.twin import PlaneTwin, client_of
from tests.rooms.control.world import World
from tests.rooms.fleet.test_killed import killed
from tests.support.running import eventually

NAME = "5d3a1f0e-7c5b-4e4e-9a7e-0d6b7a1c9f42"
NAMED = {"idempotency-key": NAME}
KEY = {"partner": "globex"}
MAKING: list[tuple[str, dict[str, Any]]] = [
    ("/keys", KEY),
    ("/identities/certificates", {"service": "orders"}),
    ("/identities/tokens", {"service": "orders"}),
    ("/revisions", {"estate": "/srv/estate"}),
    ("/revisions/1/rollback", {}),
    ("/signing-key/rotate", {}),
    ("/authorities/internal/rotate", {}),
]
_ADD = "ringwork.control.store.credentials:SqlCredentials.add"
# Where a control plane is killed that makes a key: from the last step of its transaction to the first after it.
DYING = [
    ("before", "ringwork.control.store.receipts:_put"),
    ("after", "ringwork.control.store.receipts:_put"),
    ("after", _ADD),
    ("after", "tests.rooms.control.world:DictionaryNode.fill"),
]


def entries(world: World) -> int:
    with world.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(ledger)).scalar_one())


def kept(world: World) -> int:
    with world.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(receipts)).scalar_one())


def fields_of(answer: httpx.Response) -> dict[str, str]:
    """All but those that are each request's own."""
    return {name: value for name, value in answer.headers.items() if name != "ratelimit"}


@pytest.mark.parametrize(("path", "body"), MAKING)
def test_what_is_sent_again_is_answered_again_and_not_done_again(
    world: World, plane: PlaneTwin, client: TestClient, path: str, body: dict[str, Any]
) -> None:
    first = client.post(path, json=body, headers=NAMED)
    done = entries(world), plane.newest, len(plane.rotated)
    for name in (NAME, f'"{NAME}"'):
        again = client.post(path, json=body, headers={"idempotency-key": name})
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert fields_of(again) == fields_of(first)
    assert (entries(world), plane.newest, len(plane.rotated)) == done
    other = client.post(path, json=body, headers={"idempotency-key": NAME + "-2"})
    assert other.is_success and (entries(world), plane.newest, len(plane.rotated)) != done


def test_another_request_of_the_same_name_is_refused(world: World, client: TestClient) -> None:
    client.post("/keys", json=KEY, headers=NAMED)
    for path, body in (("/keys", KEY | {"expires": "1d"}), ("/identities/tokens", {"service": "orders"})):
        answer = client.post(path, json=body, headers=NAMED)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert entries(world) == 1


def test_what_was_refused_can_be_sent_again(client: TestClient, world: World) -> None:
    world.applied = False
    assert client.post("/keys", json=KEY, headers=NAMED).status_code == 409
    world.applied = True
    assert client.post("/keys", json=KEY, headers=NAMED).status_code == 201


@pytest.mark.parametrize("name", ["", "short", '"' + NAME, "x" * 129, "with a space in it", '""'])
def test_what_is_no_name_is_refused(client: TestClient, world: World, name: str) -> None:
    assert client.post("/keys", json=KEY, headers={"idempotency-key": name}).status_code == 422
    assert entries(world) == 0


def test_while_it_is_being_answered_it_is_told_to_wait(plane: PlaneTwin, client: TestClient) -> None:
    def apply() -> int:
        answer = client.post("/revisions", json={"estate": "/srv/slow"}, headers=NAMED)
        return int(answer.status_code)

    with ThreadPoolExecutor(1) as caller:
        first = caller.submit(apply)
        eventually(lambda: bool(plane.applied))
        answer = client.post("/revisions", json={"estate": "/srv/slow"}, headers=NAMED)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-key-in-flight")
        assert answer.headers["retry-after"] == "1"
        plane.awaited.set()
        assert first.result() == 200
    assert apply() == 200 and len(plane.applied) == 1


def test_of_many_at_once_one_is_done(world: World, client: TestClient) -> None:
    def make(_: int) -> int:
        return int(client.post("/keys", json=KEY, headers=NAMED).status_code)

    with ThreadPoolExecutor(8) as callers:
        assert {*callers.map(make, range(16))} <= {201, 409}
    assert entries(world) == 1


def test_nothing_that_is_shown_once_is_in_the_store(world: World, client: TestClient) -> None:
    shown = client.post("/keys", json=KEY, headers=NAMED).json()["key"]
    token = {"service": "orders"}
    issued = client.post("/identities/tokens", json=token, headers={"idempotency-key": NAME[::-1]}).json()
    stored = world.everything_stored()
    assert kept(world) == 2
    for secret in (shown, issued["token"], NAME, NAME[::-1]):
        assert secret not in stored and repr(secret.encode())[2:-1] not in stored


def test_what_was_published_before_its_answer_was_lost_is_said_and_not_published_again(
    plane: PlaneTwin, client: TestClient
) -> None:
    order = {"estate": "/srv/half"}
    assert client.post("/revisions", json=order, headers=NAMED).status_code == 500
    again = client.post("/revisions", json=order, headers=NAMED).json()
    assert (again["outcome"], again["revision"], len(plane.applied)) == ("unanswered", 2, 1)


def test_a_change_gateways_were_not_told_of_is_told_when_it_is_sent_again(
    world: World, client: TestClient
) -> None:
    world.node.broken = True
    assert client.post("/keys", json=KEY, headers=NAMED).status_code == 503
    world.node.repaired()
    made = client.post("/keys", json=KEY, headers=NAMED).json()
    assert [*world.node.known] == [made["id"]]


def test_a_receipt_is_kept_for_a_day(world: World, client: TestClient) -> None:
    first = client.post("/keys", json=KEY, headers=NAMED).json()
    world.now += bounds.KEPT_FOR
    world.receipts.forget_old()
    assert client.post("/keys", json=KEY, headers=NAMED).json() == first
    world.now += timedelta(seconds=1)
    assert client.post("/keys", json=KEY, headers=NAMED).json()["id"] != first["id"]
    world.now += bounds.KEPT_FOR + timedelta(seconds=1)
    world.receipts.forget_old()
    assert kept(world) == 0


def test_receipts_have_a_bound(world: World, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        world.now += timedelta(seconds=1)
        client.post("/keys", json=KEY, headers={"idempotency-key": f"{NAME}-{number}"})
    monkeypatch.setattr(bounds, "MOST_KEPT", 2)
    world.receipts.forget_old()
    assert kept(world) == 2
    assert client.post("/keys", json=KEY, headers={"idempotency-key": f"{NAME}-4"}).status_code == 201
    assert entries(world) == 5


def make_key(state: Path, arm: Callable[[], None]) -> None:
    """Run by a child: a key is asked for, and the control plane is killed on the way."""
    client = client_of(PlaneTwin(World(state)))
    arm()
    client.post("/keys", json=KEY, headers=NAMED)


@pytest.mark.parametrize(("moment", "place"), DYING)
def test_whenever_the_control_plane_is_killed_sending_it_again_makes_one_key(
    tmp_path: Path, store: str | None, moment: str, place: str
) -> None:
    World(tmp_path, store=store).database.close()
    killed(tmp_path, "make_key", place, moment, steps=__name__)
    world = World(tmp_path)
    client = client_of(PlaneTwin(world))
    made = client.post("/keys", json=KEY, headers=NAMED)
    assert made.status_code == 201
    (stored,) = world.keys.list()
    assert stored.sha256 == content_hash(made.json()["key"].encode()) and entries(world) == 1
    assert [*world.node.known] == [stored.id]
    assert client.post("/keys", json=KEY, headers=NAMED).content == made.content
    world.database.close()
