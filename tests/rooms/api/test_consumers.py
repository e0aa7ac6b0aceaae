"""`/accounts` and `/applications`: what is changed as it was seen, once, and told with whose it is."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.rooms.api.test_pages import pages
from tests.rooms.control.world import World

NAME = "0c1f5a3e-8d0b-4c7e-9f5e-7a9a2f4b6c1d"
WHY = {"reason": "did not pay"}
SHOP = {"ring": "public", "consumer": "dev", "application": "shop", "plan": "free"}


def made(client: TestClient, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    place = client.get(answer.headers["location"])
    assert place.headers["etag"] == answer.headers["etag"]
    return answer.json()


@pytest.fixture
def key(client: TestClient) -> Any:
    return made(client, "/keys", SHOP)


@pytest.fixture
def application(client: TestClient, key: Any) -> Any:
    return client.get(f"/applications/{key['application_id']}").json()


@pytest.fixture
def places(application: Any) -> list[str]:
    return [f"/applications/{application['id']}", f"/accounts/{application['account']}"]


def test_an_account_an_application_and_a_key_are_made_one_after_the_other(client: TestClient) -> None:
    dev = made(client, "/accounts", {"name": "dev", "contact": "dev@acme.test"})
    assert (dev["kind"], dev["state"], dev["contact"]) == ("developer", "active", "dev@acme.test")
    shop = made(client, "/applications", {"account": dev["id"], "name": "shop", "purpose": "To sell."})
    assert (shop["consumer"], shop["purpose"], shop["plan"]) == ("dev", "To sell.", None)
    assert made(client, "/keys", SHOP)["application_id"] == shop["id"]
    again = client.post("/accounts", json={"name": "dev"})
    assert (again.status_code, again.json()["code"]) == (409, "account-exists")


def test_whoever_is_suspended_has_no_key_that_works(
    client: TestClient, world: World, key: Any, places: list[str]
) -> None:
    for place, state in zip(places, ("suspended", "account-suspended"), strict=True):
        done = client.post(f"{place}/suspend", json=WHY).json()
        assert done["state"] == "suspended" and done["suspended_because"] == "did not pay"
        assert not world.node.known and client.get(f"/keys/{key['id']}").json()["suspended"]
        assert client.get(places[0]).json()["state"] == state
        refused = client.post("/keys", json=SHOP)
        assert refused.status_code == 409 and refused.json()["code"].endswith("-suspended")
        assert client.post(f"{place}/resume").json()["state"] == "active"
        assert [*world.node.known] == [key["id"]]


def test_it_is_changed_as_it_was_seen_or_not_at_all(client: TestClient, places: list[str]) -> None:
    for place in places:
        seen = client.get(place).headers["etag"]
        done = client.post(f"{place}/suspend", json=WHY, headers={"if-match": seen})
        assert done.status_code == 200 and done.headers["etag"] == client.get(place).headers["etag"] != seen
        for verb, body in (("suspend", WHY), ("resume", None)):
            assert client.post(f"{place}/{verb}", json=body, headers={"if-match": seen}).status_code == 412
        assert client.get(place).json()["state"] == "suspended"
        assert client.get(place, headers={"if-none-match": done.headers["etag"]}).status_code == 304
        client.post(f"{place}/resume")
    seen = client.get(places[0]).headers["etag"]
    for status in (200, 412):
        changed = client.post(f"{places[0]}/plan", json={"plan": "gold"}, headers={"if-match": seen})
        assert changed.status_code == status


def test_what_is_sent_again_is_done_once_and_answered_as_before(
    client: TestClient, world: World, places: list[str]
) -> None:
    sent = [(f"{places[0]}/plan", {"plan": "gold"}), *((f"{place}/suspend", WHY) for place in places)]
    for number, (path, body) in enumerate(sent):
        named = {"idempotency-key": f"{NAME}-{number}"}
        first = client.post(path, json=body, headers=named)
        size = len(world.everything_stored())
        again = client.post(path, json=body, headers=named)
        assert (again.status_code, again.content) == (first.status_code, first.content) and again.is_success
        assert again.headers["etag"] == first.headers["etag"]
        assert len(world.everything_stored()) == size
    resumed = client.post(f"{places[1]}/resume")
    assert resumed.json()["state"] == "active"
    again = client.post(sent[2][0], json=WHY, headers={"idempotency-key": f"{NAME}-2"})
    assert again.json()["state"] == "suspended", "as it was answered"
    assert client.get(places[1]).json()["state"] == "active", "and not done again"


def test_a_suspension_gateways_were_not_told_of_is_told_when_it_is_sent_again(
    client: TestClient, world: World, places: list[str]
) -> None:
    world.node.broken = True
    named = {"idempotency-key": NAME}
    assert client.post(f"{places[1]}/suspend", json=WHY, headers=named).status_code == 503
    world.node.repaired()
    assert client.post(f"{places[1]}/suspend", json=WHY, headers=named).json()["state"] == "suspended"
    assert not world.node.known


def test_they_are_paged(client: TestClient) -> None:
    names = {f"dev-{number}" for number in range(5)}
    for name in names:
        made(client, "/keys", SHOP | {"consumer": name})
    accounts = [each for page in pages(client, "/accounts", 2) for each in page["accounts"]]
    assert {each["name"] for each in accounts} == names and len(accounts) == 5
    found = [each["consumer"] for page in pages(client, "/applications", 2) for each in page["applications"]]
    assert {*found} == names and len(found) == 5


@pytest.mark.parametrize("text", ["", "\n", "a\0b", "\x1b[31m", "x" * 256, "\x9b"])
def test_what_would_speak_to_a_terminal_is_no_reason(
    client: TestClient, places: list[str], text: str
) -> None:
    for place in places:
        assert client.post(f"{place}/suspend", json={"reason": text}).status_code == 422
    answer = client.post("/accounts", json={"name": text})
    assert answer.status_code in (400, 422)


def test_what_cannot_be_is_refused(client: TestClient, places: list[str], application: Any) -> None:
    partners = client.get(f"/keys/{made(client, '/keys', {'partner': 'globex'})['id']}").json()
    its = f"/applications/{partners['application_id']}/plan"
    for path, body, code in (
        (f"{places[0]}/plan", {"plan": "fre"}, "plan-unknown"),
        (its, {"plan": "free"}, "plan-mismatch"),
        ("/applications/" + "0" * 16 + "/plan", {"plan": "free"}, "application-unknown"),
        ("/accounts/" + "0" * 16 + "/suspend", WHY, "account-unknown"),
        ("/applications", {"account": "0" * 16, "name": "x", "purpose": "x"}, "account-unknown"),
        (
            "/applications",
            {"account": application["account"], "name": "shop", "purpose": "x"},
            "application-exists",
        ),
    ):
        answer = client.post(path, json=body)
        assert answer.json()["code"] == code, answer.text
    assert client.post(f"{places[0]}/plan", json={}).status_code == 422


def test_a_key_is_rotated_once_as_it_was_seen(client: TestClient, world: World, key: Any) -> None:
    place, named = f"/keys/{key['id']}", {"idempotency-key": NAME}
    seen = client.get(place).headers["etag"]
    stale = client.post(f"{place}/rotate", json={}, headers={"if-match": '"other"'})
    assert stale.status_code == 412 and len(world.node.known) == 1
    first = client.post(f"{place}/rotate", json={"overlap": "1d"}, headers=named | {"if-match": seen})
    again = client.post(f"{place}/rotate", json={"overlap": "1d"}, headers=named | {"if-match": seen})
    assert first.status_code == again.status_code == 201 and first.content == again.content
    assert first.json()["key"].startswith("rw_dev_") and len(world.node.known) == 2
    assert client.get(first.headers["location"]).headers["etag"] == first.headers["etag"]
    assert client.get(place).json()["status"] == "expires-soon"
    client.delete(place)
    over = client.post(f"{place}/rotate", json={})
    assert (over.status_code, over.json()["code"]) == (409, "key-over")
    assert client.post("/keys/nobody/rotate", json={"overlap": "soon"}).status_code == 400
    assert client.post("/keys/nobody/rotate", json={}).status_code == 404


def test_that_a_key_is_used_keeps_nobody_from_revoking_it(client: TestClient, world: World, key: Any) -> None:
    place = f"/keys/{key['id']}"
    seen = client.get(place)
    assert seen.json()["used_at"] is None
    world.keys.note_uses({key["id"]: int(world.now.timestamp())}, ("public",))
    assert client.get(place).json()["used_at"] == "2026-11-21T09:00:00Z"
    assert client.delete(place, headers={"if-match": seen.headers["etag"]}).status_code == 200
