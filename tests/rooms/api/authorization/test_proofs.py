"""Proof of a key at the token endpoint (RFC 9449 §5): who has it gets a token that is bound to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.gateway.provers import Prover
from tests.rooms.api.authorization.test_endpoints import refused
from tests.rooms.api.authorization.test_users import Shop
from tests.rooms.control.world import NOW, World
from tests.support.oauth import ISSUER

URL = f"{ISSUER}/token"
AT = int(NOW.timestamp())
OWN = {"grant_type": "client_credentials"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(World(tmp_path))


def proven(prover: Prover, **given: Any) -> dict[str, str]:
    return {"dpop": prover.proof("POST", URL, **{"iat": AT} | given)}


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_a_token_is_bound_to_the_key_that_was_proven(shop: Shop, algorithm: str) -> None:
    prover = Prover(algorithm)
    told = shop.ask("/token", shop.partner, headers=proven(prover), **OWN).json()
    assert told["token_type"] == "DPoP"
    assert shop.claims(told["access_token"])["cnf"] == {"jkt": prover.jkt}
    looked = shop.ask("/introspect", shop.partner, token=told["access_token"]).json()
    assert looked["cnf"] == {"jkt": prover.jkt} and looked["token_type"] == "DPoP"


def test_a_proof_is_good_once(shop: Shop) -> None:
    headers = proven(Prover())
    assert shop.ask("/token", shop.partner, headers=headers, **OWN).status_code == 200
    assert refused(shop.ask("/token", shop.partner, headers=headers, **OWN), "invalid_dpop_proof")


@pytest.mark.parametrize(
    "wrong",
    [
        {"htm": "GET"}, {"htm": None}, {"htu": "https://evil.test/token"}, {"htu": None}, {"htu": URL + "/"},
        {"htu": URL.replace("https", "http")}, {"iat": AT - 100}, {"iat": AT + 100}, {"iat": None}, {"iat": True},
        {"jti": None}, {"jti": ""}, {"jti": 7}, {"jti": "x" * 300}, {"header": {"typ": "JWT"}},
        {"header": {"alg": "none"}}, {"header": {"alg": "HS256"}}, {"header": {"alg": "EdDSA"}},
        {"header": {"jwk": None}}, {"header": {"jwk": {"kty": "oct", "k": "AA"}}}, {"header": {"jwk": "x"}},
        {"header": {"crit": ["x"], "x": 1}}, {"header": {"jwk": Prover().jwk}}, {"note": "x" * 5_000},
    ],
)  # fmt: skip
def test_what_proves_nothing_gets_nothing(shop: Shop, wrong: dict[str, Any]) -> None:
    assert refused(
        shop.ask("/token", shop.partner, headers=proven(Prover(), **wrong), **OWN), "invalid_dpop_proof"
    )


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "." * 50, "x" * 9_000])
def test_what_is_no_proof_is_told(shop: Shop, text: str) -> None:
    assert refused(shop.ask("/token", shop.partner, headers={"dpop": text}, **OWN), "invalid_dpop_proof")


def test_a_private_key_is_not_taken(shop: Shop) -> None:
    prover = Prover()
    private = {name: str(value) for name, value in prover.key.as_dict(private=True).items()}
    headers = proven(prover, header={"jwk": private})
    assert refused(shop.ask("/token", shop.partner, headers=headers, **OWN), "invalid_dpop_proof")


def test_a_public_clients_refresh_tokens_are_good_with_its_key_only(shop: Shop) -> None:
    prover, thief = Prover(), Prover()
    code, verifier = shop.code(shop.public)
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
    back = shop.public.client.redirect_uris[0]
    told = shop.ask("/token", shop.public, headers=proven(prover), redirect_uri=back, **form).json()
    again = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
    assert refused(shop.ask("/token", shop.public, **again), "invalid_grant")
    assert refused(shop.ask("/token", shop.public, headers=proven(thief), **again), "invalid_grant")
    answer = shop.ask("/token", shop.public, headers=proven(prover), **again)
    assert answer.status_code == 200 and answer.json()["token_type"] == "DPoP"


def test_a_code_may_be_bound_to_a_key_before(shop: Shop) -> None:
    prover, thief = Prover(), Prover()
    code, verifier = shop.code(dpop_jkt=prover.jkt)
    form = {
        "grant_type": "authorization_code",
        "code_verifier": verifier,
        "redirect_uri": "https://shop.globex.test/back",
    }
    headers = proven(thief)
    assert refused(shop.ask("/token", shop.partner, headers=headers, code=code, **form), "invalid_grant")
    code, form["code_verifier"] = shop.code(dpop_jkt=prover.jkt)
    assert shop.ask("/token", shop.partner, headers=proven(prover), code=code, **form).status_code == 200
