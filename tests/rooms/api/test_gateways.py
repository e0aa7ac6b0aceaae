"""`/gateways`, `/gateway-invitations`: machines that are told what their rings need."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.testclient import TestClient

from ringwork.control.enrolment_token import read_token
from tests.rooms.control.world import World

ORDER = {"name": "edge", "rings": ["public"], "listeners": {"public": ["0.0.0.0:8443"]}}


def enrolled(client: TestClient, world: World, **order: object) -> None:
    token = read_token(client.post("/gateway-invitations", json=ORDER | order).json()["token"])
    world.nodes.enrol(token.secret, ec.generate_private_key(ec.SECP256R1()).public_key())


def test_an_invitation_enrols_one_gateway_and_it_is_listed_until_it_is_revoked(
    client: TestClient, world: World
) -> None:
    assert client.get("/gateways").json() == {"gateways": [], "next": None}
    enrolled(client, world)
    (listed,) = client.get("/gateways").json()["gateways"]
    assert (listed["name"], listed["rings"]) == ("edge", ["public"])
    assert listed["listeners"] == {"public": ["0.0.0.0:8443"]}
    ended = client.delete("/gateways/edge")
    assert ended.json()["revoked_at"] is not None
    assert client.get("/gateways/edge").json() == ended.json() == client.delete("/gateways/edge").json()


def test_a_token_is_shown_again_to_who_sends_the_same_request_and_no_other_works(
    client: TestClient, world: World
) -> None:
    named = {"idempotency-key": "0123456789abcdef0123"}
    first = client.post("/gateway-invitations", json=ORDER, headers=named).json()
    assert client.post("/gateway-invitations", json=ORDER, headers=named).json() == first
    world.now += timedelta(minutes=1)
    assert client.post("/gateway-invitations", json=ORDER).json()["token"] != first["token"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "Edge"}, "request-malformed"),
        ({"rings": []}, "request-malformed"),
        ({"listeners": {"public": ["0.0.0.0:99999"]}}, "listen-malformed"),
        ({"listeners": {"internal": ["0.0.0.0:8443"]}}, "listener-foreign"),
        ({"expires": "8d"}, "lifetime-too-long"),
    ],
)
def test_what_no_gateway_can_be_is_refused(client: TestClient, change: dict[str, object], code: str) -> None:
    assert client.post("/gateway-invitations", json=ORDER | change).json()["code"] == code


def test_who_saw_another_gateway_does_not_revoke_this_one(client: TestClient, world: World) -> None:
    enrolled(client, world)
    seen = client.get("/gateways/edge").headers["etag"]
    world.now += timedelta(minutes=1)
    enrolled(client, world, rings=["public", "partner"])
    refused = client.delete("/gateways/edge", headers={"if-match": seen})
    assert refused.json()["code"] == "changed-meanwhile"
    assert client.delete("/gateways/nowhere").json()["code"] == "node-unknown"
