"""Tokens that are bound to a key or a certificate (RFC 9449, RFC 8705) at the real gateway: good for who has it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.issuers import OutsideIssuer, accept, b64
from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.provers import Prover
from tests.gateway.support import call
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, request

RINGS = ["internal", "partner", "public"]
PATH = "/shop/v1/orders"


class Door:
    """A gateway whose rings accept one issuer, and a client with a key."""

    def __init__(self, gateway: Gateway, issuer: OutsideIssuer) -> None:
        self.node, self.gateway, self.issuer = gateway.node, gateway, issuer
        self.prover = Prover()

    def token(self, prover: Prover | None = None, **claims: Any) -> str:
        return self.issuer.token(**{"cnf": {"jkt": (prover or self.prover).jkt}} | claims)

    def asks(self, *fields: tuple[str, str], ring: str = "public", **given: Any) -> int:
        return call(self.node, ring, *fields, **given).status

    def proves(self, ring: str = "public", prover: Prover | None = None, **given: Any) -> int:
        """With a proof that is as it should be, but for what is `given`."""
        prover = prover or self.prover
        return self.asks(*prover.presents(self.token(), "GET", url(ring), **given), ring=ring)


def url(ring: str = "public", path: str = PATH) -> str:
    return f"https://{HOSTS[ring]}{path}"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, shared_upstream: Upstream) -> Iterator[Door]:
    node, issuer = Node(tmp_path_factory.mktemp("door"), shared_upstream.port), OutsideIssuer()
    accept(node, issuer)
    node.change_identity()
    gateway = Gateway(node).start()
    yield Door(gateway, issuer)
    gateway.stop()


@pytest.mark.parametrize("ring", RINGS)
@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_who_proves_to_have_the_key_is_let_in_and_no_service_sees_token_or_proof(
    door: Door, upstream: Upstream, ring: str, algorithm: str
) -> None:
    prover = Prover(algorithm)
    token = door.token(prover)
    for _ in range(3):
        assert door.asks(*prover.presents(token, "GET", url(ring)), ring=ring) == 200
    received = upstream.received[-1]
    assert received.header("authorization") is None and received.header("dpop") is None
    assert received.header("x-ringwork-subject") == "alice"


@pytest.mark.parametrize("ring", RINGS)
def test_who_stole_the_token_is_nobody(door: Door, ring: str) -> None:
    token, thief = door.token(), Prover()
    proof = door.prover.proof("GET", url(ring), token)
    for fields in (
        [("Authorization", f"Bearer {token}")],
        [("Authorization", f"Bearer {token}"), ("DPoP", proof)],
        [("Authorization", f"DPoP {token}")],
        [("Authorization", f"DPoP {token}"), ("DPoP", "")],
        thief.presents(token, "GET", url(ring)),
        thief.presents(token, "GET", url(ring), header={"jwk": door.prover.jwk}),
        [("Authorization", f"DPoP {token}"), ("DPoP", proof), ("DPoP", proof)],
        [("Authorization", f"DPoP {token}"), ("DPoP", f"{proof}, {proof}")],
    ):
        answer = call(door.node, ring, *fields)
        assert answer.status == 401, fields
        assert answer.header("www-authenticate") == f'Bearer realm="{ring}", error="invalid_token"'
    assert door.asks(("Authorization", f"DPoP {token}"), ("DPoP", proof), ring=ring) == 200


@pytest.mark.parametrize("ring", RINGS)
def test_a_token_that_is_bound_to_nothing_does_not_come_as_one_that_is(door: Door, ring: str) -> None:
    token = door.issuer.token()
    assert door.asks(*door.prover.presents(token, "GET", url(ring)), ring=ring) == 401
    assert door.asks(("Authorization", f"Bearer {token}"), ring=ring) == 200


def test_a_proof_is_good_once(door: Door) -> None:
    token = door.token()
    fields = door.prover.presents(token, "GET", url())
    assert [door.asks(*fields) for _ in range(3)] == [200, 401, 401]
    named: dict[str, Any] = {"jti": "of-my-own"}
    assert door.proves(**named) == 200
    assert door.proves(**named) == 401
    with Connection(door.node, "public") as opened:
        fields = door.prover.presents(token, "GET", url())
        sent = request("GET", PATH, HOSTS["public"], *fields)
        assert [opened.exchange(sent).status for _ in range(2)] == [200, 401]


def test_a_key_of_anothers_name_uses_up_nobodys_proofs(door: Door) -> None:
    other = Prover()
    fields = other.presents(door.token(other), "GET", url(), jti="same")
    assert door.asks(*fields) == 200
    assert door.proves(jti="same") == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"htm": "POST"}, {"htm": "get"}, {"htm": None}, {"htm": ["GET"]}, {"htu": None}, {"htu": ""}, {"htu": PATH},
        {"htu": f"http://{HOSTS['public']}{PATH}"}, {"htu": f"https://evil.test{PATH}"}, {"htu": url() + "/"},
        {"htu": f"https://{HOSTS['public']}:8443{PATH}"}, {"htu": f"https://{HOSTS['public']}@evil.test{PATH}"},
        {"htu": f"https://evil.test@{HOSTS['public']}{PATH}"}, {"htu": url("partner")}, {"htu": url(path="/")},
        {"htu": url(path="/shop/v1/orders/../orders")}, {"htu": url(path="/shop/v1//orders")}, {"htu": [url()]},
        {"htu": url(path="/SHOP/v1/orders")}, {"iat": None}, {"iat": "now"}, {"iat": int(time.time()) - 3_600},
        {"iat": int(time.time()) + 3_600}, {"iat": -1}, {"iat": True}, {"jti": None}, {"jti": ""}, {"jti": 7},
        {"jti": "j" * 300}, {"ath": None}, {"ath": ""}, {"ath": "A" * 43}, {"note": "x" * 5_000},
    ],
)  # fmt: skip
def test_a_proof_is_for_one_request_of_now_with_one_token(door: Door, wrong: dict[str, Any]) -> None:
    assert door.proves(**wrong) == 401


@pytest.mark.parametrize(
    "htu",
    [
        url() + "?a=b", url() + "#x", f"HTTPS://{HOSTS['public'].upper()}{PATH}", f"https://{HOSTS['public']}:443{PATH}",
        url(path="/shop/v1/%6frders"),
    ],
)  # fmt: skip
def test_the_same_address_may_be_written_in_other_ways(door: Door, htu: str) -> None:
    assert door.proves(htu=htu) == 200


def test_a_proof_for_another_token_of_the_same_client_is_none(door: Door) -> None:
    fields = dict(door.prover.presents(door.token(), "GET", url()))
    assert door.asks(("Authorization", f"DPoP {door.token()}"), ("DPoP", fields["DPoP"])) == 401


@pytest.mark.parametrize(
    "header",
    [
        {"typ": None}, {"typ": "JWT"}, {"typ": "at+jwt"}, {"alg": "none"}, {"alg": "HS256"}, {"alg": "EdDSA"},
        {"alg": "RS256"}, {"alg": None}, {"jwk": None}, {"jwk": {}}, {"jwk": "x"}, {"jwk": []},
        {"jwk": {"kty": "oct", "k": "AAAA"}}, {"crit": ["exp"]}, {"b64": False},
    ],
)  # fmt: skip
def test_a_proof_of_another_kind_is_none(door: Door, header: dict[str, Any]) -> None:
    assert door.proves(header=header) == 401


def test_a_proof_has_a_public_key_and_is_signed_with_it(door: Door) -> None:
    private = door.prover.jwk | {"d": "AAAA"}
    assert door.proves(header={"jwk": private}) == 401
    for name, value in (("x", "A" * 43), ("y", "A" * 43), ("crv", "P-384"), ("kty", "OKP"), ("x", ["a"])):
        assert door.proves(header={"jwk": door.prover.jwk | {name: value}}) == 401
    assert door.proves(header={"kid": "anything", "jku": "https://evil.test", "x5c": ["AAAA"]}) == 200
    token = door.token()
    proof = door.prover.proof("GET", url(), token)
    head, payload, signature = proof.split(".")
    for broken in (f"{head}.{payload}.", f"{head}.{payload}.{signature[:-4]}AAAA", f"{head}.{payload}", "a.b.c",
                   f"{head}.{b64(b'{}')}.{signature}", "x", "." * 900):  # fmt: skip
        assert door.asks(("Authorization", f"DPoP {token}"), ("DPoP", broken)) == 401
    rsa = Prover("RS256")
    assert door.asks(*rsa.presents(door.token(rsa), "GET", url())) == 401


@pytest.mark.parametrize(
    "cnf",
    [
        {}, [], "x", {"jkt": "A"}, {"jkt": ["A" * 43]}, {"jkt": "A" * 42 + "="}, {"kid": "x"},
        {"jwk": {}}, {"jkt": "A" * 43, "jwk": {}}, {"x5t": "A" * 43}, {"osc": 1},
    ],
)  # fmt: skip
def test_what_cannot_be_proven_here_opens_nothing(door: Door, cnf: Any) -> None:
    token = door.issuer.token(cnf=cnf)
    assert door.asks(("Authorization", f"Bearer {token}")) == 401
    assert door.asks(*door.prover.presents(token, "GET", url())) == 401
    both = door.issuer.token(cnf={"jkt": door.prover.jkt, "x5t#S256": "A" * 43})
    assert door.asks(*door.prover.presents(both, "GET", url())) == 401


def test_a_token_that_is_bound_to_a_certificate_needs_it(door: Door) -> None:
    """Where the ring takes certificates; nobody else can have one there (test_client_certificates.py)."""
    svid = door.node.svid("billing")
    hash_ = svid.thumbprint

    def status(cnf: str, certificate: object) -> int:
        token = door.issuer.token(cnf={"x5t#S256": cnf})
        sent = request("GET", PATH, HOSTS["internal"], ("Authorization", f"Bearer {token}"))
        with Connection(door.node, "internal", certificate=certificate) as opened:  # type: ignore[arg-type]
            return opened.exchange(sent).status

    assert status(hash_, svid) == 200
    assert status(hash_, door.node.svid("billing")) == 401
    assert status(hash_, None) == 401
    assert status("A" * 43, svid) == 401
    for ring in ("partner", "public"):
        token = door.issuer.token(cnf={"x5t#S256": hash_})
        assert door.asks(("Authorization", f"Bearer {token}"), ring=ring) == 401
