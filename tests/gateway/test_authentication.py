"""Who calls: keys, and what becomes of those who are nobody."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.gateway.credentials import make_key
from tests.gateway.node import Node
from tests.gateway.process import Gateway
from tests.gateway.support import call
from tests.gateway.upstream import Upstream

OUTER = ["partner", "public"]


@pytest.mark.parametrize("ring", OUTER)
def test_a_key_is_taken_from_either_field(shared_gateway: Gateway, upstream: Upstream, ring: str) -> None:
    node = shared_gateway.node
    key = node.key(ring)
    assert call(node, ring, ("X-Api-Key", key.text)).status == 200
    assert call(node, ring, ("Authorization", f"Bearer {key.text}")).status == 200


@pytest.mark.parametrize("ring", ["internal", *OUTER])
def test_nobody_gets_401(shared_gateway: Gateway, upstream: Upstream, ring: str) -> None:
    response = call(shared_gateway.node, ring)
    assert (response.status, response.code) == (401, "credentials_missing")
    assert response.header("www-authenticate")
    assert upstream.received == []


def unknown_key(node: Node, ring: str) -> list[tuple[str, str]]:
    return [("X-Api-Key", make_key().text)]


def wrong_secret(node: Node, ring: str) -> list[tuple[str, str]]:
    key, other = node.key(ring), make_key()
    stolen = other.text.replace(other.id, key.id)
    return [("X-Api-Key", stolen)]


def misspelled_key(node: Node, ring: str) -> list[tuple[str, str]]:
    text = node.key(ring).text
    return [("X-Api-Key", text[:-1] + ("0" if text[-1] != "0" else "1"))]


def expired_key(node: Node, ring: str) -> list[tuple[str, str]]:
    return [("X-Api-Key", node.key(ring, expires_at=int(time.time()) - 1).text)]


def key_of_tomorrow(node: Node, ring: str) -> list[tuple[str, str]]:
    return [("X-Api-Key", node.key(ring, not_before=int(time.time()) + 86_400).text)]


def key_of_another_environment(node: Node, ring: str) -> list[tuple[str, str]]:
    return [("X-Api-Key", node.key(ring, environment="production").text)]


def two_keys(node: Node, ring: str) -> list[tuple[str, str]]:
    return [("X-Api-Key", node.key(ring).text), ("X-Api-Key", make_key().text)]


def internal_token(node: Node, ring: str) -> list[tuple[str, str]]:
    return [("X-Internal-Service-Token", node.tokens.issue("billing"))]


@pytest.mark.parametrize("ring", OUTER)
@pytest.mark.parametrize(
    "proof",
    [
        unknown_key, wrong_secret, misspelled_key, expired_key, key_of_tomorrow, key_of_another_environment,
        two_keys, internal_token,
    ],
)  # fmt: skip
def test_what_proves_nothing_is_401(
    shared_gateway: Gateway, upstream: Upstream, ring: str, proof: object
) -> None:
    assert callable(proof)
    node = shared_gateway.node
    assert call(node, ring, *proof(node, ring)).status == 401
    assert upstream.received == []


@pytest.mark.parametrize("ring", OUTER)
def test_a_revocation_is_effective_at_once(shared_gateway: Gateway, upstream: Upstream, ring: str) -> None:
    node = shared_gateway.node
    key = node.key(ring)
    assert call(node, ring, ("X-Api-Key", key.text)).status == 200
    node.change_identity({"change": "delete_key", "id": key.id})
    assert call(node, ring, ("X-Api-Key", key.text)).status == 401


@pytest.mark.parametrize("ring", OUTER)
def test_a_key_works_where_it_is_restricted_to(
    shared_gateway: Gateway, upstream: Upstream, ring: str
) -> None:
    node = shared_gateway.node

    def status(**restrictions: list[str]) -> int:
        return call(node, ring, ("X-Api-Key", node.key(ring, **restrictions).text)).status

    assert status(apis=["orders"], versions=["orders:v1"], networks=["127.0.0.0/8"]) == 200
    assert status(apis=["inventory"]) == 403
    assert status(versions=["orders:v2"]) == 403
    assert status(networks=["192.0.2.0/24"]) in (401, 403)


def test_internal_callers_hear_why(shared_gateway: Gateway) -> None:
    node = shared_gateway.node
    token = node.tokens.issue("billing", lifetime_seconds=-60)
    response = call(node, "internal", ("X-Internal-Service-Token", token))
    assert response.status == 401
    assert response.json()["reason"]


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "somebody-else"}, {"iss": "https://elsewhere.test"}, {"sub": "spiffe://evil.test/billing"},
        {"exp": int(time.time()) + 86_400 * 30}, {"sub": "billing"},
    ],
)  # fmt: skip
def test_a_token_of_another_making_is_401(
    shared_gateway: Gateway, upstream: Upstream, claims: dict[str, Any]
) -> None:
    node = shared_gateway.node
    token = node.tokens.issue("billing", **claims)
    assert call(node, "internal", ("X-Internal-Service-Token", token)).status == 401
    assert upstream.received == []
