"""OAuth clients, from `ringwork client create` to the gateway, spoken to by clients that are not ours."""

from __future__ import annotations

import json
import socket
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import RSAKey

from tests.support.estates import OPEN, write
from tests.support.ports import free_port
from tests.support.running import Ringwork, eventually
from tests.support.upstream import Upstream

AUDIENCE = "https://api.acme.test"
ORDER = "/shop/v1/orders/7"
SCOPED = f"""\
openapi: 3.1.0
info: {{ title: Orders, version: 1.0.0 }}
paths:
  /orders/{{orderId}}:
    parameters: [{{ name: orderId, in: path, required: true, schema: {{ type: string }} }}]
    get: {{ x-audience: public, operationId: getOrder, x-scopes: [orders:read], responses: {{ '200': {OPEN} }} }}
    delete: {{ x-audience: partner, operationId: dropOrder, x-scopes: [orders:write], responses: {{ '200': {OPEN} }} }}
  /orders/export:
    get: {{ operationId: exportOrders, x-scopes: [orders:export], responses: {{ '200': {OPEN} }} }}
"""


@pytest.fixture
def issuer() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def giving(estate: Path, issuer: str) -> Path:
    """An estate with an authorization server, whose contract demands scopes."""
    write(estate / "apis/orders/v1.yaml", SCOPED)
    with (estate / "ringwork.yaml").open("a") as manifest:
        manifest.write(
            f"authorization_server: {{ issuer: '{issuer}', audiences: ['{AUDIENCE}', 'urn:acme:other'],"
            f" listen: '{issuer.removeprefix('http://')}', rings: [partner, public], lifetime: 2m }}\n"
        )
    return estate


def application(ringwork: Ringwork, ring: str) -> str:
    """Of the partner globex, or of a developer."""
    if ring == "partner":
        (account,) = [each for each in ringwork.json("account", "list") if each["name"] == "globex"]
    else:
        account = ringwork.json("account", "create", "ada")
    words = ("application", "create", account["id"], "shop", "--purpose", "sells")
    return str(ringwork.json(*words, *(("--plan", "free") if ring == "public" else ()))["id"])


def standard(made: dict[str, Any], **given: Any) -> OAuth2Session:
    return OAuth2Session(made["id"], made["secret"], **given)


def ledger(ringwork: Ringwork) -> str:
    """All that is in it."""
    file = ringwork.state / "ledger.jsonl"
    assert ringwork.run("ledger", "export", "--out", str(file)).returncode == 0
    return file.read_text()


def call(ringwork: Ringwork, ring: str, token: str, method: str = "GET") -> int:
    at = ringwork.endpoints()["rings"][ring]
    context = ssl.create_default_context(cafile=at["ca_file"])
    headers = {"authorization": f"Bearer {token}"}
    url = f"{at['base_url']}{ORDER}"
    return httpx.request(method, url, verify=context, headers=headers, trust_env=False).status_code


def test_a_standard_client_gets_tokens_that_open_its_ring_until_they_are_revoked(
    ringwork: Ringwork, giving: Path, issuer: str, upstream: Upstream
) -> None:
    ringwork.up(giving)
    made = ringwork.json("client", "create", application(ringwork, "partner"))
    client = standard(made)
    found = httpx.get(f"{issuer}/.well-known/oauth-authorization-server", trust_env=False).json()
    token = client.fetch_token(found["token_endpoint"], grant_type="client_credentials")
    assert token["scope"] == "orders:read orders:write"
    access = token["access_token"]
    eventually(lambda: call(ringwork, "partner", access) == 200)
    seen = upstream.seen[-1]["headers"]
    assert (seen["x-ringwork-consumer"], seen["x-ringwork-application"]) == ("globex", "shop")
    assert "authorization" not in seen
    assert call(ringwork, "public", access) == 401

    narrow = client.fetch_token(
        found["token_endpoint"], grant_type="client_credentials", scope="orders:read"
    )["access_token"]
    assert [call(ringwork, "partner", narrow, method) for method in ("GET", "DELETE")] == [200, 403]
    assert client.introspect_token(found["introspection_endpoint"], narrow).json()["active"] is True
    assert client.revoke_token(found["revocation_endpoint"], narrow).status_code == 200
    assert [call(ringwork, "partner", each) for each in (narrow, access)] == [401, 200]
    assert client.introspect_token(found["introspection_endpoint"], narrow).json() == {"active": False}

    ringwork.kill()
    ringwork.up(giving)
    assert [call(ringwork, "partner", each) for each in (narrow, access)] == [401, 200]
    ringwork.json("client", "revoke", made["id"])
    assert call(ringwork, "partner", access) == 401
    with pytest.raises(Exception, match="invalid_client"):
        client.fetch_token(found["token_endpoint"], grant_type="client_credentials")
    entries = ledger(ringwork)
    assert "client.create" in entries and made["secret"] not in entries


def test_what_becomes_of_the_application_becomes_of_its_clients_tokens(
    ringwork: Ringwork, giving: Path, issuer: str
) -> None:
    ringwork.up(giving)
    shop = application(ringwork, "public")
    made = ringwork.json("client", "create", shop)
    fetch = {"url": f"{issuer}/token", "grant_type": "client_credentials"}
    token = standard(made).fetch_token(**fetch)["access_token"]
    eventually(lambda: call(ringwork, "public", token) == 200)
    assert call(ringwork, "partner", token) == 401
    ringwork.json("application", "suspend", shop, "--reason", "misbehaves")
    assert call(ringwork, "public", token) == 401
    with pytest.raises(Exception, match="invalid_client"):
        standard(made).fetch_token(**fetch)
    ringwork.json("application", "resume", shop)
    assert call(ringwork, "public", token) == 200

    write(giving / "plans/slow.yaml", "title: Slow\nlimits: { per_minute: 1, per_day: 2 }\nscopes: []\n")
    assert ringwork.run("apply", str(giving)).returncode == 0
    ringwork.json("application", "change-plan", shop, "slow")
    assert call(ringwork, "public", token) == 403
    assert "scope" not in standard(made).fetch_token(**fetch)
    rows = [each for each in ringwork.json("client", "list") if each["id"] == made["id"]]
    assert [each["plan"] for each in rows] == ["slow"]
    assert made["id"] not in {each["id"] for each in ringwork.json("key", "list")}
    explained = ringwork.json("explain", "GET", ORDER, "--ring", "public", "--token", token)
    assert explained["caller"]["consumer"] == "ada"


def test_a_client_proves_itself_by_what_it_signs_and_keys_of_tokens_rotate(
    ringwork: Ringwork, giving: Path, issuer: str, tmp_path: Path
) -> None:
    key = RSAKey.generate_key(2048, {"kid": "k1"})
    write(tmp_path / "jwks.json", json.dumps({"keys": [key.as_dict(private=False)]}))
    ringwork.up(giving)
    jwks = ("--jwks", str(tmp_path / "jwks.json"))
    made = ringwork.json("client", "create", application(ringwork, "partner"), *jwks)
    assert made["secret"] is None
    client = OAuth2Session(made["id"], key.as_pem(private=True), token_endpoint_auth_method="private_key_jwt")
    client.register_client_auth_method(
        PrivateKeyJWT(token_endpoint=f"{issuer}/token", alg="RS256", headers={"kid": "k1"})
    )

    def fetched() -> str:
        return str(client.fetch_token(f"{issuer}/token", grant_type="client_credentials")["access_token"])

    early = fetched()
    eventually(lambda: call(ringwork, "partner", early) == 200)
    assert ringwork.run("token-key", "rotate").returncode == 0
    assert call(ringwork, "partner", fetched()) == 200
    assert len(httpx.get(f"{issuer}/jwks", trust_env=False).json()["keys"]) == 2
    assert ringwork.run("token-key", "rotate", "--at-once").returncode == 0
    later = fetched()
    eventually(lambda: call(ringwork, "partner", later) == 200)
    assert call(ringwork, "partner", early) == 401


def test_an_address_somebody_uses_is_said_before_anything_changes_and_the_listener_follows_the_estate(
    ringwork: Ringwork, giving: Path, issuer: str
) -> None:
    manifest = giving / "ringwork.yaml"
    whole = manifest.read_text()
    without = whole.partition("authorization_server:")[0]
    manifest.write_text(without)
    ringwork.up(giving)
    host, _, port = issuer.removeprefix("http://").partition(":")
    manifest.write_text(whole)
    with socket.create_server((host, int(port))):
        refused = ringwork.run("apply", str(giving))
        assert refused.returncode == 2 and "listener-taken" in refused.stderr
        assert ringwork.json("status")["published"] == 1
    assert ringwork.run("apply", str(giving)).returncode == 0
    eventually(lambda: ringwork.endpoints()["authorization"] == issuer)
    assert httpx.get(f"{issuer}/jwks", trust_env=False).status_code == 200
    made = ringwork.json("client", "create", application(ringwork, "public"))
    token = standard(made).fetch_token(f"{issuer}/token", grant_type="client_credentials")["access_token"]
    eventually(lambda: call(ringwork, "public", token) == 200)

    manifest.write_text(without)
    shown = ringwork.run("plan", str(giving)).stdout
    assert "authorization" in shown
    assert ringwork.run("apply", str(giving)).returncode == 0
    assert call(ringwork, "public", token) == 401
    eventually(lambda: ringwork.endpoints()["authorization"] is None)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{issuer}/jwks", trust_env=False)
    refused = ringwork.run("client", "create", made["application_id"])
    assert refused.returncode == 2 and "authorization-server-missing" in refused.stderr
