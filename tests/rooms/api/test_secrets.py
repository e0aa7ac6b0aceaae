"""`/secrets`: set, listed without their values, removed when nothing needs them."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.rooms.api.twin import PlaneTwin
from tests.rooms.control.world import World

VALUE = "s3cr3t-of-the-service"


def test_a_secret_is_set_replaced_and_removed_and_never_shown(client: TestClient, world: World) -> None:
    made = client.post("/secrets", json={"name": "orders/token", "value": VALUE})
    assert world.kept_secrets.value("secret://orders/token") == VALUE
    again = client.post("/secrets", json={"name": "orders/token", "value": "another"})
    assert again.json()["id"] == made.json()["id"]
    assert world.kept_secrets.value("secret://orders/token") == "another"
    listed = client.get("/secrets")
    assert [each["name"] for each in listed.json()["secrets"]] == ["orders/token"]
    shown = client.get(f"/secrets/{made.json()['id']}")
    assert VALUE not in made.text + again.text + listed.text + shown.text
    assert client.delete(f"/secrets/{made.json()['id']}").json() == shown.json()
    assert client.get("/secrets").json()["secrets"] == []
    assert VALUE not in world.everything_stored()


def test_what_is_needed_is_removed_by_force_only(client: TestClient, plane: PlaneTwin) -> None:
    made = client.post("/secrets", json={"name": "stock", "value": VALUE}).json()
    plane.needed.add("secret://stock")
    assert client.delete(f"/secrets/{made['id']}").json()["code"] == "secret-in-use"
    assert client.delete(f"/secrets/{made['id']}?force=true").status_code == 200
    assert client.delete(f"/secrets/{made['id']}").json()["code"] == "secret-unknown"


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"name": "../etc", "value": VALUE}, "request-malformed"),
        ({"name": "stock", "value": ""}, "request-malformed"),
        ({"name": "stock", "value": "é" * 40_000}, "secret-value-invalid"),
        ({"name": "stock", "value": "\ud800"}, "request-malformed"),
    ],
)
def test_what_cannot_be_a_secret_is_refused_without_repeating_it(
    client: TestClient, order: dict[str, str], code: str
) -> None:
    import json

    refused = client.post("/secrets", content=json.dumps(order), headers={"content-type": "application/json"})
    assert refused.json()["code"] == code
    assert VALUE not in refused.text
