"""Tokens of outside issuers at the real gateway: who gets in, who does not, and what nobody hears of them."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.gateway.issuers import (
    ALGORITHMS,
    AUDIENCE,
    FETCHED,
    Json,
    OutsideIssuer,
    accept,
    b64,
    bearer,
    key_for,
    provide_keys,
    public,
)
from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import call
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, request

RINGS = ["internal", "partner", "public"]
OUTER = ["partner", "public"]


class Door:
    """A gateway whose rings accept one issuer."""

    def __init__(self, gateway: Gateway, issuer: OutsideIssuer) -> None:
        self.node, self.gateway, self.issuer = gateway.node, gateway, issuer

    def status(self, ring: str, token: str) -> int:
        return call(self.node, ring, bearer(token)).status


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, shared_upstream: Upstream) -> Iterator[Door]:
    node, issuer = Node(tmp_path_factory.mktemp("door"), shared_upstream.port), OutsideIssuer()
    accept(node, issuer)
    node.change_identity()
    gateway = Gateway(node).start()
    yield Door(gateway, issuer)
    gateway.stop()


def served(node: Node, revision: int) -> None:
    until(lambda: node.status()["revision"] == revision)


def until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("ring", "consumer", "application"),
    [
        ("internal", "billing", "spiffe://acme.test/billing"),
        ("partner", "globex", "login:app-7"),
        ("public", "login:", "app-7"),
    ],
)
def test_the_service_is_told_caller_and_subject_and_not_the_token(
    door: Door, upstream: Upstream, ring: str, consumer: str, application: str
) -> None:
    assert door.status(ring, door.issuer.token()) == 200
    received = upstream.received[-1]
    assert (received.header("x-ringwork-consumer") or "").startswith(consumer)
    assert received.header("x-ringwork-application") == application
    assert received.header("x-ringwork-subject") == "alice"
    assert received.header("authorization") is None


def test_nobody_tells_the_service_a_subject_of_their_own(door: Door, upstream: Upstream) -> None:
    token = door.issuer.token()
    for name in ("X-Ringwork-Subject", "X_Ringwork_Subject"):
        assert call(door.node, "internal", bearer(token), (name, "root")).status == 200
        assert upstream.received[-1].header("x-ringwork-subject") == "alice"
        assert not any("root" in value for _, value in upstream.received[-1].headers)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_accepted_algorithm_opens_the_door(
    node: Node, launch: Callable[..., Gateway], algorithm: str
) -> None:
    issuer = OutsideIssuer(algorithm)
    accept(node, issuer)
    launch()
    assert call(node, "public", bearer(issuer.token())).status == 200
    others = [other for other in ALGORITHMS if other != algorithm]
    for other in others:
        assert call(node, "public", bearer(issuer.token({"alg": other}))).status == 401, other


# Seconds from when the token is made, where a time is meant.
SPOILED: list[Json] = [
    {"iss": None}, {"iss": "https://login.test/"}, {"iss": "https://evil.test"}, {"iss": [1]}, {"aud": None},
    {"aud": "elsewhere"}, {"aud": []}, {"aud": [AUDIENCE.upper()]}, {"exp": None}, {"exp": timedelta(seconds=-1)},
    {"exp": "soon"}, {"exp": -1}, {"exp": True}, {"exp": [timedelta(minutes=5)]}, {"nbf": timedelta(minutes=1)},
    {"nbf": {}}, {"iat": timedelta(minutes=1)},
    {"sub": ["alice"]}, {"sub": "a\r\nX-Ringwork-Ring: internal"}, {"sub": "\u00e9"}, {"sub": "x" * 300},
    {"cnf": {"jkt": "A"}}, {"cnf": {"x5t#S256": "A"}},
]  # fmt: skip


def as_of_now(value: Any) -> Any:
    """A test that is collected long before it runs, and by several workers, must not know the time before."""
    if isinstance(value, list):
        return [as_of_now(each) for each in value]
    return int(time.time() + value.total_seconds()) if isinstance(value, timedelta) else value


@pytest.mark.parametrize("claims", SPOILED, ids=lambda claims: json.dumps(claims, default=str)[:40])
def test_spoiled_claims_open_nothing(door: Door, upstream: Upstream, claims: Json) -> None:
    for ring in RINGS:
        now = {name: as_of_now(value) for name, value in claims.items()}
        assert door.status(ring, door.issuer.token(**now)) == 401
    assert upstream.received == []


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"}, {"alg": "HS256"}, {"alg": "RS256"}, {"alg": "ES384"}, {"alg": None}, {"alg": 1},
        {"alg": "es256"}, {"kid": "other"}, {"kid": "../../../dev/null"}, {"kid": "x' UNION SELECT 'k"}, {"kid": 7},
        {"kid": ["a"]}, {"typ": "JWT"}, {"typ": None}, {"typ": "dpop+jwt"}, {"typ": 1}, {"crit": ["exp"]},
        {"crit": ["b64"], "b64": False}, {"crit": []}, {"cty": "JWT"}, {"zip": "DEF"}, {"enc": "A128GCM"},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_spoiled_headers_open_nothing(door: Door, upstream: Upstream, header: Json) -> None:
    for ring in RINGS:
        assert door.status(ring, door.issuer.token(header)) == 401
    assert upstream.received == []


def stripped(issuer: OutsideIssuer) -> str:
    return issuer.token({"alg": "none"}).rpartition(".")[0] + "."


def unsigned(issuer: OutsideIssuer) -> str:
    return issuer.token().rpartition(".")[0] + "."


def with_a_public_key_for_a_secret(issuer: OutsideIssuer) -> str:
    """RFC 8725 §2.1: HMAC with what everybody knows."""
    pem = issuer.key.raw_value.public_key().public_bytes(  # type: ignore[union-attr]
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    message = f"{b64(issuer.header(alg='HS256'))}.{b64(issuer.claims())}"
    return f"{message}.{b64(hmac.digest(pem, message.encode(), sha256))}"


def with_a_jwk_for_a_secret(issuer: OutsideIssuer) -> str:
    message = f"{b64(issuer.header(alg='HS256'))}.{b64(issuer.claims())}"
    return (
        f"{message}.{b64(hmac.digest(json.dumps(issuer.jwks['keys'][0]).encode(), message.encode(), sha256))}"
    )


def with_a_key_of_its_own(issuer: OutsideIssuer) -> str:
    evil = OutsideIssuer()
    own = {"jwk": public(evil.key), "jku": "https://evil.test/jwks", "x5u": "https://evil.test/cert"}
    return evil.token(own | {"kid": issuer.key.kid})


def of_another_key(issuer: OutsideIssuer) -> str:
    return OutsideIssuer().token({"kid": issuer.key.kid})


def in_der(issuer: OutsideIssuer) -> str:
    """ECDSA as X.509 has it, not as JOSE does (RFC 7518 §3.4)."""
    message, _, _ = issuer.token().rpartition(".")
    raw = issuer.signature(message.encode())
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    return f"{message}.{b64(der)}"


def all_zero(issuer: OutsideIssuer) -> str:
    """CVE-2022-21449."""
    return f"{unsigned(issuer)}{b64(bytes(64))}"


def longer_signature(issuer: OutsideIssuer) -> str:
    message, _, _ = issuer.token().rpartition(".")
    return f"{message}.{b64(issuer.signature(message.encode()) + b'x')}"


def names_twice(issuer: OutsideIssuer) -> str:
    claims = json.dumps(issuer.claims())[:-1] + ',"sub":"bob"}'
    return issuer.signed(b64(issuer.header()), b64(claims.encode()))


def header_names_twice(issuer: OutsideIssuer) -> str:
    header = json.dumps(issuer.header())[:-1] + ',"alg":"ES256"}'
    return issuer.signed(b64(header.encode()), b64(issuer.claims()))


def two_objects(issuer: OutsideIssuer) -> str:
    return issuer.signed(b64(issuer.header()), b64(json.dumps(issuer.claims()).encode() * 2))


def claims_of_another_kind(issuer: OutsideIssuer) -> str:
    return issuer.signed(b64(issuer.header()), b64(b'["iss"]'))


def nested(issuer: OutsideIssuer) -> str:
    return issuer.signed(b64(issuer.header(cty="JWT")), b64(issuer.token().encode()))


def deep(issuer: OutsideIssuer) -> str:
    return issuer.signed(b64(issuer.header()), b64(b"[" * 5_000))


def padded(issuer: OutsideIssuer) -> str:
    return issuer.token() + "=="


def in_the_other_alphabet(issuer: OutsideIssuer) -> str:
    while True:
        token = issuer.token()
        if "-" in token or "_" in token:
            return token.replace("-", "+").replace("_", "/")


def with_a_fourth_part(issuer: OutsideIssuer) -> str:
    return issuer.token() + ".AA"


def encrypted(issuer: OutsideIssuer) -> str:
    return ".".join([b64({"alg": "dir", "enc": "A256GCM"}), "", "AA", "AA", "AA"])


def two_tokens(issuer: OutsideIssuer) -> str:
    return f"{issuer.token()} {issuer.token()}"


def too_long(issuer: OutsideIssuer) -> str:
    return issuer.token(padding="x" * 7_000)


def nothing(issuer: OutsideIssuer) -> str:
    return ""


TORTURES = [
    stripped, unsigned, with_a_public_key_for_a_secret, with_a_jwk_for_a_secret, with_a_key_of_its_own,
    of_another_key, in_der, all_zero, longer_signature, names_twice, header_names_twice, two_objects,
    claims_of_another_kind, nested, deep, padded, in_the_other_alphabet, with_a_fourth_part, encrypted, two_tokens,
    too_long, nothing,
]  # fmt: skip


@pytest.mark.parametrize("torture", TORTURES, ids=lambda torture: torture.__name__)
def test_what_is_no_token_of_the_issuers_opens_nothing(
    door: Door, upstream: Upstream, torture: Callable[[OutsideIssuer], str]
) -> None:
    for ring in RINGS:
        assert door.status(ring, torture(door.issuer)) == 401
    assert upstream.received == []


@pytest.mark.parametrize("ring", OUTER)
def test_a_refusal_is_challenged_and_says_nothing(door: Door, ring: str) -> None:
    """RFC 6750 §3.1."""
    expired = call(door.node, ring, bearer(door.issuer.token(exp=1)))
    forged = call(door.node, ring, bearer(of_another_key(door.issuer)))
    foreign = call(door.node, ring, bearer(door.issuer.token(iss="https://evil.test")))
    assert expired.header("www-authenticate") == f'Bearer realm="{ring}", error="invalid_token"'
    assert expired.without_moment == forged.without_moment == foreign.without_moment
    assert "reason" not in expired.json()
    assert call(door.node, ring).header("www-authenticate") == f'Bearer realm="{ring}"'


@pytest.mark.parametrize("ring", OUTER)
@pytest.mark.parametrize("token", ["good", "bad"])
def test_hidden_and_missing_are_one_with_a_token_too(door: Door, ring: str, token: str) -> None:
    given = bearer(door.issuer.token() if token == "good" else "nonsense")
    hidden = call(door.node, ring, given, target="/shop/v1/orders/export")
    missing = call(door.node, ring, given, target="/nowhere")
    assert hidden.status == missing.status
    assert hidden.without_moment == missing.without_moment


def test_a_value_nobody_mapped_is_nobody(door: Door, upstream: Upstream) -> None:
    for ring in ("internal", "partner"):
        for client in ("app-9", "globex", ["app-7"], "APP-7", None, ""):
            assert door.status(ring, door.issuer.token(client_id=client)) == 401
    assert upstream.received == []


def test_keys_and_tokens_of_a_partner_share_one_limit(node: Node, launch: Callable[..., Gateway]) -> None:
    issuer = OutsideIssuer()
    accept(node, issuer)
    launch()
    key = node.key("partner", consumer="initech", partner="initech")
    by_key, by_token = ("X-Api-Key", key.text), bearer(issuer.token(client_id="app-8"))
    statuses = [call(node, "partner", (by_key, by_token)[n % 2]).status for n in range(11)]
    assert statuses == [200] * 10 + [429]


def test_a_key_and_a_token_must_name_one_caller(door: Door, upstream: Upstream) -> None:
    node, token = door.node, door.issuer.token()
    own, other = node.key("partner"), node.key("partner", consumer="initech", partner="initech")
    assert call(node, "partner", bearer(token), ("X-Api-Key", own.text)).status == 200
    assert call(node, "partner", bearer(token), ("X-Api-Key", other.text)).status == 401
    assert call(node, "partner", bearer("nonsense"), ("X-Api-Key", own.text)).status == 401
    assert call(node, "public", bearer(token), ("X-Api-Key", node.key("public").text)).status == 401
    assert call(node, "partner", bearer(token), bearer(token)).status == 401


def test_a_token_is_presented_in_its_field_alone(door: Door) -> None:
    token = door.issuer.token()
    assert call(door.node, "partner", target=f"/shop/v1/orders?access_token={token}").status == 401
    assert call(door.node, "partner", ("X-Access-Token", token)).status == 401
    assert call(door.node, "partner", ("Authorization", token)).status == 401
    assert call(door.node, "partner", ("Authorization", f"bEARER   {token}")).status == 200


def test_the_log_names_a_subject_by_a_hash_and_no_token(door: Door) -> None:
    token = door.issuer.token(sub="carol@login.test")
    assert call(door.node, "public", bearer(token)).status == 200
    assert call(door.node, "public", bearer(token + "x")).status == 401
    digest = sha256(f"{door.issuer.issuer}\0carol@login.test".encode()).digest()
    hashed = b64(digest[:16])
    until(lambda: any(line.get("subject") == hashed for line in door.node.log_lines()))
    (line,) = (line for line in door.node.log_lines() if line.get("subject") == hashed)
    assert (line["issuer"], line["consumer"], line["proof"]) == ("login", f"login:{hashed}", "access_token")
    written = (door.node.root / "log/access.ndjson").read_text()
    assert "carol" not in written
    assert token.rpartition(".")[2] not in written and token.split(".")[1] not in written


def test_the_log_names_a_subject_where_that_is_declared(node: Node, launch: Callable[..., Gateway]) -> None:
    issuer = OutsideIssuer()
    accept(node, issuer, log_subject="full")
    launch()
    assert call(node, "public", bearer(issuer.token(sub="carol"))).status == 200
    until(lambda: any(line.get("subject") == "carol" for line in node.log_lines()))


@pytest.mark.parametrize("ring", RINGS)
def test_a_declared_service_gets_the_token(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream, ring: str
) -> None:
    """Also where the contract decides which header fields reach the service: no contract declares this one."""
    issuer = OutsideIssuer()

    def enforced(of: str, content: Json) -> None:
        if of != "internal":
            rules = {"format": 1, "nodes": [], "definitions": {}, "operations": {key: {} for key in ids}}
            content["validation"] = {"mode": "enforce", "object": node.put(rules)}

    ids = ("listOrders", "getOrder", "createOrder")
    accept(node, issuer, bundle=enforced, forward=True)
    launch()
    token = issuer.token()
    assert call(node, ring, bearer(token)).status == 200
    assert upstream.received[-1].header("authorization") == f"Bearer {token}"


def test_a_ring_without_issuers_leaves_other_bearers_alone(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream
) -> None:
    launch()
    key = ("X-Api-Key", node.key("public").text)
    assert call(node, "public", bearer("of-the-service"), key).status == 200
    assert upstream.received[-1].header("authorization") == "Bearer of-the-service"
    assert call(node, "public", bearer(OutsideIssuer().token())).status == 401


def test_a_rotated_key_is_believed_and_a_withdrawn_one_is_not_without_a_revision(
    node: Node, launch: Callable[..., Gateway]
) -> None:
    issuer, later = OutsideIssuer(), key_for("ES256")
    revision = accept(node, issuer, keys=FETCHED)
    launch()
    early = issuer.token()
    answer = call(node, "public", bearer(early))
    assert (answer.status, answer.code) == (503, "identity_unavailable")
    provide_keys(node, issuer.jwks)
    until(lambda: call(node, "public", bearer(early)).status == 200)
    both = {"keys": [*issuer.jwks["keys"], public(later)]}
    provide_keys(node, both)
    first, issuer.key = issuer.key, later
    until(lambda: call(node, "public", bearer(issuer.token())).status == 200)
    assert call(node, "public", bearer(early)).status == 200
    provide_keys(node, {"keys": [public(later)]})
    until(lambda: call(node, "public", bearer(early)).status == 401)
    assert call(node, "public", bearer(issuer.token())).status == 200
    assert first.kid != later.kid and node.status()["revision"] == revision


def test_keys_that_cannot_be_read_change_nothing_and_a_restart_needs_nobody(
    node: Node, launch: Callable[..., Gateway]
) -> None:
    issuer = OutsideIssuer()
    accept(node, issuer, keys=FETCHED)
    provide_keys(node, issuer.jwks)
    gateway = launch()
    assert call(node, "public", bearer(issuer.token())).status == 200
    node._write("issuers/keys.json", b"{")
    time.sleep(0.2)
    assert call(node, "public", bearer(issuer.token())).status == 200
    provide_keys(node, issuer.jwks)
    gateway.stop()
    launch()
    assert call(node, "public", bearer(issuer.token())).status == 200


def test_an_issuer_that_is_removed_ends_its_tokens_with_the_revision(
    node: Node, launch: Callable[..., Gateway]
) -> None:
    issuer = OutsideIssuer()
    accept(node, issuer)
    launch()
    token = issuer.token()
    assert call(node, "public", bearer(token)).status == 200
    served(node, node.publish())
    assert call(node, "public", bearer(token)).status == 401
    served(node, accept(node, OutsideIssuer()))
    assert call(node, "public", bearer(token)).status == 401
    served(node, accept(node, issuer, audiences=["elsewhere"]))
    assert call(node, "public", bearer(token)).status == 401
    served(node, accept(node, issuer))
    assert call(node, "public", bearer(token)).status == 200


def test_a_token_that_was_used_ends_in_time(door: Door) -> None:
    token = door.issuer.token(exp=int(time.time()) + 2)
    with Connection(door.node, "public") as connection:
        message = request("GET", "/shop/v1/orders", HOSTS["public"], bearer(token))
        assert connection.exchange(message).status == 200
        until(lambda: connection.exchange(message).status == 401)


def test_a_revision_that_would_accept_too_much_is_refused(node: Node, launch: Callable[..., Gateway]) -> None:
    issuer = OutsideIssuer()
    good = accept(node, issuer)
    launch()
    spoiled: list[Json] = [
        {"algorithms": ["HS256"]}, {"algorithms": ["none"]}, {"algorithms": []}, {"leeway_seconds": 10_000},
        {"callers": {"kind": "developers", "per": "subject", "plan": "free"}}, {"typ": "any"},
    ]  # fmt: skip
    for given in spoiled:
        bad = accept(node, issuer, **given)
        until(lambda: (node.status()["refused"] or {}).get("revision") == bad)  # noqa: B023
        assert node.status()["revision"] == good


def test_a_token_that_ended_is_no_attempt_to_guess_one(node: Node, launch: Callable[..., Gateway]) -> None:
    """Clients use a token until they are told that it has ended, many of them from one address."""
    issuer = OutsideIssuer()

    def change(manifest: Json) -> None:
        content = manifest["rings"]["public"]
        content["authentication"]["access_tokens"] = [issuer.accepted("public")]
        content["bounds"] = {"failed_authentications_per_minute": 3}

    node.publish(change=change)
    launch()
    for token in (issuer.token(exp=1), issuer.token({"kid": "on-its-way"})):
        assert {call(node, "public", bearer(token)).status for _ in range(10)} == {401}
    forged = [call(node, "public", bearer(of_another_key(issuer))).status for _ in range(10)]
    assert forged[-1] == 429
