"""`/clients` and `/token-keys`: made once, changed as they were seen, and shown without what is secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from starlette.testclient import TestClient

from ringwork.control.oauth.users.model import User
from ringwork.control.oauth.users.requests import Request
from tests.gateway.certificates import self_signed
from tests.rooms.api.test_consumers import NAME, made
from tests.rooms.api.test_pages import pages
from tests.rooms.control.world import World
from tests.support.client_certificates import asking
from tests.support.oauth import TERMS
from tests.support.users import USER_TERMS


@pytest.fixture
def application(client: TestClient, world: World) -> str:
    world.terms = TERMS
    account = made(client, "/accounts", {"name": "ada"})["id"]
    order = {"account": account, "name": "shop", "purpose": "To sell.", "plan": "free"}
    return str(made(client, "/applications", order)["id"])


def order(application: str, *keys: Any) -> dict[str, Any]:
    return {"application": application} | ({"jwks": {"keys": list(keys)}} if keys else {})


def test_a_client_is_made_once_and_its_secret_shown_to_who_asks_again_by_name(
    client: TestClient, world: World, application: str
) -> None:
    answers = [
        client.post("/clients", json=order(application), headers={"idempotency-key": NAME}) for _ in range(2)
    ]
    assert answers[0].status_code == 201 and answers[0].json() == answers[1].json()
    one = answers[0].json()
    shown = client.get(answers[0].headers["location"]).json()
    assert "secret" not in shown and shown | {"secret": one["secret"]} == one
    assert (shown["ring"], shown["consumer"], shown["plan"]) == ("public", "ada", "free")
    listed = [each["id"] for page in pages(client, "/clients", 1) for each in page["clients"]]
    assert listed == [one["id"]]
    assert world.node.known[one["id"]]["plan"] == "free"
    assert client.get("/keys").json()["keys"] == []
    for path in (f"/keys/{one['id']}", "/clients/k99"):
        assert client.get(path).status_code == 404
    assert client.delete(f"/keys/{one['id']}").status_code == 404


def test_a_client_is_changed_as_it_was_seen(client: TestClient, application: str) -> None:
    one = made(client, "/clients", order(application))
    place = f"/clients/{one['id']}"
    seen = {"if-match": client.get(place).headers["etag"]}
    rotated = client.post(f"{place}/rotate-secret", json={"overlap": "1h"}, headers=seen)
    assert rotated.status_code == 200 and rotated.json()["secret"] != one["secret"]
    assert rotated.json()["previous_secret_until"] is not None
    assert rotated.headers["etag"] == client.get(place).headers["etag"]
    assert client.delete(place, headers=seen).status_code == 412
    assert client.delete(place).json()["revoked_at"] is not None
    assert client.delete(place).status_code == 200
    refused = client.post(f"{place}/rotate-secret", json={"overlap": None})
    assert (refused.status_code, refused.json()["code"]) == (409, "client-over")


@pytest.mark.parametrize(
    ("key", "status"),
    [
        (ECKey.generate_key("P-256", {"kid": "a"}).as_dict(private=False), 201),
        (OKPKey.generate_key("Ed25519", {"kid": "a"}).as_dict(private=False), 201),
        (RSAKey.generate_key(2048, {"kid": "a"}).as_dict(private=False), 201),
        (RSAKey.generate_key(1024, {"kid": "a"}).as_dict(private=False), 400),
        (ECKey.generate_key("P-256", {"kid": "a"}).as_dict(private=True), 422),
        (ECKey.generate_key("P-256").as_dict(private=False) | {"kid": ""}, 422),
        ({"kty": "EC", "kid": "a"}, 400),
        ({"kty": "oct", "kid": "a", "k": "AAAA"}, 422),
        ({"kty": "EC", "crv": "P-256", "kid": "a", "x": "AAAA", "y": "AAAA"}, 400),
    ],
)
def test_a_client_brings_public_keys_or_none(
    client: TestClient, application: str, key: dict[str, Any], status: int
) -> None:
    answer = client.post("/clients", json=order(application, key))
    assert answer.status_code == status, answer.text
    if status == 201:
        assert answer.json()["secret"] is None
        refused = client.post(f"/clients/{answer.json()['id']}/rotate-secret", json={})
        assert refused.json()["code"] == "client-without-secret"
    elif status == 400:
        assert answer.json()["code"] == "client-keys-unusable"


def test_no_client_is_made_of_what_may_have_none(
    client: TestClient, world: World, application: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(body: dict[str, Any]) -> Any:
        return client.post("/clients", json=body).json()["code"]

    assert refusal(order("0" * 16)) == "application-unknown"
    assert client.post("/clients", json=order(application) | {"scopes": ["a b"]}).status_code == 422
    monkeypatch.setattr("ringwork.control.oauth.clients.MOST_OF_AN_APPLICATION", 1)
    made(client, "/clients", order(application))
    assert refusal(order(application)) == "clients-too-many"
    client.post(f"/applications/{application}/suspend", json={"reason": "x"})
    monkeypatch.undo()
    assert refusal(order(application)) == "application-suspended"
    world.terms = None
    assert refusal(order(application)) == "authorization-server-missing"


def test_a_client_is_made_with_a_certificate_and_given_another_once(
    client: TestClient, world: World, application: str, tmp_path: Path
) -> None:
    world.terms = asking(TERMS, "public")
    first, second = (self_signed(tmp_path, name) for name in ("first", "second"))
    pem = second.certificate.read_text()
    one = made(client, "/clients", order(application) | {"certificate": first.certificate.read_text()})
    assert (one["secret"], one["authentication"]) == (None, "self_signed_tls_client_auth")
    assert one["certificate_bound"] and one["certificate"]["thumbprint"] == first.thumbprint
    assert one["certificate"]["subject"] == "CN=first"
    place = f"/clients/{one['id']}"
    seen = {"if-match": client.get(place).headers["etag"], "idempotency-key": NAME}
    turned = {"certificate": pem, "overlap": "1h"}
    answers = [client.post(f"{place}/rotate-certificate", json=turned, headers=seen) for _ in range(2)]
    assert answers[0].status_code == 200 and answers[0].json() == answers[1].json()
    assert answers[0].json()["certificate"]["thumbprint"] == second.thumbprint
    assert answers[0].headers["etag"] == client.get(place).headers["etag"]
    shown = client.get(place).json()
    assert shown["previous_certificate_until"] is not None and shown["previous_secret_until"] is None
    stale = client.post(f"{place}/rotate-certificate", json=turned, headers={"if-match": seen["if-match"]})
    assert stale.status_code == 412
    ended = client.post(f"{place}/rotate-certificate", json=turned | {"overlap": None})
    assert ended.json()["previous_certificate_until"] is None
    for path, body, code in (
        ("rotate-secret", {}, "client-without-secret"),
        ("rotate-certificate", {"certificate": "x"}, "client-certificate-unusable"),
        ("rotate-certificate", turned | {"overlap": "soon"}, "lifetime-malformed"),
    ):
        assert client.post(f"{place}/{path}", json=body).json()["code"] == code
    secret = made(client, "/clients", order(application) | {"certificate_bound": True})
    assert secret["certificate_bound"] and secret["secret"] and secret["certificate"] is None
    refused = client.post(f"/clients/{secret['id']}/rotate-certificate", json=turned)
    assert (refused.status_code, refused.json()["code"]) == (409, "client-without-certificate")
    assert pem.splitlines()[1] not in world.everything_stored()


def test_no_client_has_a_certificate_that_nobody_sees(
    client: TestClient, world: World, application: str, tmp_path: Path
) -> None:
    pem = self_signed(tmp_path).certificate.read_text()
    key = ECKey.generate_key("P-256", {"kid": "a"}).as_dict(private=False)
    wanted = order(application) | {"certificate": pem}
    assert client.post("/clients", json=wanted).json()["code"] == "client-certificates-missing"
    world.terms = asking(TERMS, "public")
    for wrong, code in (
        (order(application, key) | {"certificate": pem}, "client-proofs"),
        (wanted | {"certificate": pem * 2}, "client-certificate-unusable"),
    ):
        answer = client.post("/clients", json=wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert client.post("/clients", json=wanted | {"certificate": pem * 40}).status_code == 422
    world.terms = asking(TERMS, "partner")
    answer = client.post("/clients", json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (409, "client-certificates-missing")


def test_keys_of_tokens_rotate_as_they_were_seen(client: TestClient, application: str) -> None:
    first = client.get("/token-keys")
    seen = {"if-match": first.headers["etag"]}
    after = client.post("/token-keys/rotate", json={}, headers=seen)
    assert [key["kid"] for key in after.json()["keys"]][1:] == [key["kid"] for key in first.json()["keys"]]
    assert client.post("/token-keys/rotate", json={}, headers=seen).status_code == 412
    at_once = client.post("/token-keys/rotate", json={"lead": None}).json()
    assert len(at_once["keys"]) == 1
    assert "d" not in at_once["keys"][0]


def test_a_client_of_users_is_made_and_what_they_allowed_is_listed_and_ended(
    client: TestClient, world: World, application: str
) -> None:
    world.terms = USER_TERMS
    uris = ["https://shop.test/back"]
    one = made(client, "/clients", {"application": application, "redirect_uris": uris})
    assert (one["redirect_uris"], one["authentication"]) == (uris, "client_secret")
    public = made(client, "/clients", {"application": application, "redirect_uris": uris, "public": True})
    assert (public["secret"], public["authentication"]) == (None, "none")
    for wrong in (
        {"public": True},
        {"redirect_uris": ["http://evil.test/"]},
        {"redirect_uris": ["javascript:1"]},
    ):
        assert client.post("/clients", json={"application": application} | wrong).status_code == 400
    found = world.authorization.clients.demand(one["id"])
    request = Request(one["id"], uris[0], True, None, ("orders:read",), (), "c" * 43)
    for name in ("alice", "bob"):
        user = User(f"{name:a<12}".encode().hex()[:16], name, name.title())
        world.authorization.users.grants.allow(request, found, user, USER_TERMS.server)
    listed = [each for page in pages(client, "/user-grants", 1) for each in page["user_grants"]]
    assert [each["scopes"] for each in listed] == [["orders:read"]] * 2
    assert "alice" not in json.dumps(listed)
    path = f"/user-grants/{listed[0]['id']}"
    tag = client.get(path).headers["etag"]
    assert client.delete(path, headers={"if-match": '"other"'}).status_code == 412
    assert client.delete(path, headers={"if-match": tag}).json()["ended_because"] == "an operator ended it"
    assert client.delete(path).status_code == 200
    assert client.get("/user-grants/0123456789abcdef").status_code == 404
