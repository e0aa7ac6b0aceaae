"""Tokens of an outside issuer, from `ringwork.yaml` to the gateways, with a real issuer of keys."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.issuers import AUDIENCE, OutsideIssuer, key_for, public
from tests.support.jwks import JwksServer, publishing, sent
from tests.support.remote import Elsewhere
from tests.support.running import Ringwork, eventually
from tests.support.upstream import Upstream

ORDER = "/shop/v1/orders/7"


@pytest.fixture
def issuer() -> OutsideIssuer:
    return OutsideIssuer()


@pytest.fixture
def publisher(issuer: OutsideIssuer) -> Iterator[JwksServer]:
    server = JwksServer(*issuer.jwks["keys"])
    yield server
    server.close()


@pytest.fixture
def accepting(estate: Path, issuer: OutsideIssuer, publisher: JwksServer) -> Path:
    """An estate whose rings accept the issuer, by keys that are fetched."""
    accept(estate, issuer, f'jwks_uri: "{publisher.uri}"\n    refresh: 5s')
    return estate


def accept(estate: Path, issuer: OutsideIssuer, keys: str) -> None:
    said = f"""\
issuers:
  login:
    issuer: {issuer.issuer}
    audiences: ["{AUDIENCE}"]
    {keys}
    rings:
      internal: {{ claim: client_id, services: {{ ci: billing }} }}
      partner: {{ claim: client_id, partners: {{ globex-shop: globex }} }}
      public: {{ plan: free }}
"""
    manifest = estate / "ringwork.yaml"
    manifest.write_text(manifest.read_text().partition("issuers:")[0] + said)


def call(ringwork: Ringwork, ring: str, token: str) -> int:
    at = ringwork.endpoints()["rings"][ring]
    context = ssl.create_default_context(cafile=at["ca_file"])
    headers = {"authorization": f"Bearer {token}"}
    return httpx.get(f"{at['base_url']}{ORDER}", verify=context, headers=headers, trust_env=False).status_code


def test_tokens_are_callers_on_each_ring_and_every_command_knows_them(
    ringwork: Ringwork, accepting: Path, issuer: OutsideIssuer, upstream: Upstream
) -> None:
    ringwork.up(accepting)
    anybody, partner, service = (issuer.token(client_id=client) for client in ("app-7", "globex-shop", "ci"))
    eventually(lambda: call(ringwork, "public", anybody) == 200)
    assert upstream.seen[-1]["headers"]["x-ringwork-subject"] == "alice"
    assert "authorization" not in upstream.seen[-1]["headers"]
    assert [call(ringwork, "partner", token) for token in (partner, anybody)] == [200, 401]
    assert [call(ringwork, "internal", token) for token in (service, anybody)] == [200, 401]

    done = ringwork.run("call", "orders", "GET", "/orders/7", "--token", partner, "--ring", "partner")
    assert done.returncode == 0, done.stderr
    ambiguous = ringwork.run("call", "orders", "GET", "/orders/7", "--token", partner)
    assert ambiguous.returncode == 2 and "--ring" in ambiguous.stderr

    words = ("explain", "GET", ORDER, "--ring", "partner", "--token", partner)
    explained = ringwork.json(*words)
    assert explained["caller"]["consumer"] == "globex" and explained["caller"]["proof"] == "access_token"
    assert explained["places"]["partner"] == "partners/globex.yaml:1:1"
    assert explained["places"]["issuer"].startswith("ringwork.yaml:")
    ended = issuer.token(client_id="globex-shop", exp=1)
    refused = ringwork.json("explain", "GET", ORDER, "--ring", "partner", "--token", ended)
    assert "login" in refused["reason"] and "expired" in refused["reason"]

    consumers = {row["name"] for row in ringwork.json("usage", "--by", "consumer")["rows"]}
    assert {"globex", "billing"} <= consumers
    assert any(name.startswith("login:") and "alice" not in name for name in consumers)


def test_keys_rotate_without_a_revision_and_outlive_their_issuer(
    ringwork: Ringwork, accepting: Path, issuer: OutsideIssuer, publisher: JwksServer
) -> None:
    ringwork.up(accepting)
    early = issuer.token()
    eventually(lambda: call(ringwork, "public", early) == 200)
    issuer.key = key_for("ES256")
    assert call(ringwork, "public", issuer.token()) == 401
    publisher.answer = publishing(public(issuer.key))
    eventually(lambda: call(ringwork, "public", issuer.token()) == 200)
    assert call(ringwork, "public", early) == 401
    assert ringwork.json("status")["published"] == 1

    publisher.answer = sent(b"down for maintenance", 503)
    eventually(lambda: "answers 503" in ringwork.output())
    told = json.loads(ringwork.run("status", "--format", "json").stdout)
    assert any("answers 503" in problem for problem in told["problems"])
    assert call(ringwork, "public", issuer.token()) == 200
    assert ringwork.end() == 0
    ringwork.up(accepting)
    assert call(ringwork, "public", issuer.token()) == 200
    publisher.answer = publishing(public(issuer.key))
    eventually(lambda: ringwork.run("status").returncode == 0)


def test_an_issuer_that_is_taken_out_of_the_estate_opens_nothing(
    ringwork: Ringwork, accepting: Path, issuer: OutsideIssuer, publisher: JwksServer
) -> None:
    ringwork.up(accepting)
    token = issuer.token()
    eventually(lambda: call(ringwork, "public", token) == 200)
    manifest = accepting / "ringwork.yaml"
    manifest.write_text(manifest.read_text().partition("issuers:")[0])
    applied = ringwork.json("apply", str(accepting))
    (change,) = (one for one in applied["plan"]["settings"] if one["name"] == "public")
    assert "login" in change["values"]["issuers"]["before"] and change["values"]["issuers"]["after"] is None
    assert call(ringwork, "public", token) == 401


def test_keys_may_be_a_file_of_the_estate(ringwork: Ringwork, estate: Path, issuer: OutsideIssuer) -> None:
    (estate / "tls").mkdir()
    (estate / "tls/login.json").write_text(json.dumps(issuer.jwks))
    accept(estate, issuer, "jwks: tls/login.json")
    ringwork.up(estate)
    early = issuer.token()
    assert call(ringwork, "public", early) == 200
    issuer.key = key_for("ES256")
    (estate / "tls/login.json").write_text(json.dumps(issuer.jwks))
    assert ringwork.json("apply", str(estate))["outcome"] == "live"
    assert (call(ringwork, "public", issuer.token()), call(ringwork, "public", early)) == (200, 401)


def test_a_gateway_elsewhere_gets_the_keys_of_its_rings_and_needs_nobody(
    ringwork: Ringwork, estate: Path, issuer: OutsideIssuer, publisher: JwksServer, tmp_path: Path
) -> None:
    inner = OutsideIssuer(issuer="https://inner.test")
    elsewhere = JwksServer(*inner.jwks["keys"])
    accept(estate, issuer, f'jwks_uri: "{publisher.uri}"\n    refresh: 5s')
    manifest = estate / "ringwork.yaml"
    only_public = manifest.read_text().replace("      partner: {", "      # partner: {")
    manifest.write_text(
        only_public.replace("      internal: {", "      # internal: {")
        + f'  inner:\n    issuer: {inner.issuer}\n    audiences: [a]\n    jwks_uri: "{elsewhere.uri}"\n'
        + "    rings: { partner: { claim: sub, partners: { a: globex } } }\n"
    )
    ringwork.up(estate, "--nodes", "127.0.0.1:0")
    edge = Elsewhere(ringwork, tmp_path / "edge")
    try:
        edge.serve("public")
        early = issuer.token()
        eventually(lambda: at_edge(edge, early) == 200)
        issuer.key = key_for("ES256")
        publisher.answer = publishing(public(issuer.key))
        eventually(lambda: at_edge(edge, issuer.token()) == 200)
        assert at_edge(edge, early) == 401
        held = b"".join(path.read_bytes() for path in edge.state.rglob("*") if path.is_file())
        assert publisher.uri.encode() in held
        for of_others in (elsewhere.uri, inner.issuer, inner.jwks["keys"][0]["x"]):
            assert of_others.encode() not in held
        ringwork.kill()
        publisher.close()
        assert at_edge(edge, issuer.token()) == 200
    finally:
        edge.clean_up()
        elsewhere.close()


def at_edge(edge: Elsewhere, token: str) -> int:
    context = ssl.create_default_context(cafile=str(edge.control.state / "control/ca-outer.pem"))
    url = f"https://localhost:{edge.ports['public']}{ORDER}"
    headers = {"authorization": f"Bearer {token}"}
    return httpx.get(url, verify=context, headers=headers, trust_env=False).status_code


def test_scopes_and_owners_of_the_contract_are_demanded_of_outsiders(
    ringwork: Ringwork, accepting: Path, issuer: OutsideIssuer
) -> None:
    contract = accepting / "apis/orders/v1.yaml"
    own = "operationId: getOrder, x-scopes: [orders:read], x-authorize: { path.orderId: claim.order },"
    contract.write_text(contract.read_text().replace("operationId: getOrder,", own))
    ringwork.up(accepting)

    def token(**claims: Any) -> str:
        said: dict[str, Any] = {"scope": "orders:read", "order": 7} | claims
        return issuer.token(**said)

    eventually(lambda: call(ringwork, "public", token()) == 200)
    refused: tuple[dict[str, Any], ...] = ({"scope": "profile"}, {"order": 8}, {"order": None})
    for less in refused:
        assert call(ringwork, "public", token(**less)) == 403
        assert call(ringwork, "partner", token(**less, client_id="globex-shop")) == 403
        assert call(ringwork, "internal", token(**less, client_id="ci")) == 200
    for claims, step in (({"scope": None}, "authorization"), ({"order": 8}, "bindings")):
        asked = ("explain", "GET", ORDER, "--ring", "public", "--token", token(**claims))
        assert [taken["step"] for taken in ringwork.json(*asked)["steps"]][-1] == step
