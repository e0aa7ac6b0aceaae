"""Users of APIs, from a browser at a certified provider to the gateway, spoken for by clients that are not ours."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from tests.gateway.provers import Prover
from tests.scenarios.test_oauth import application, ledger
from tests.support.estates import OPEN, write
from tests.support.identity_provider.provider import CLIENT, SECRET, IdentityProvider, Person
from tests.support.ports import free_port
from tests.support.running import Ringwork, eventually
from tests.support.upstream import Upstream

AUDIENCE = "https://api.acme.test"
CONTRACT = f"""\
openapi: 3.1.0
info: {{ title: Orders, version: 1.0.0 }}
components:
  securitySchemes:
    login:
      type: oauth2
      flows:
        authorizationCode:
          authorizationUrl: https://login.acme.test/authorize
          tokenUrl: https://login.acme.test/token
          scopes: {{ 'orders:read': See your orders, 'orders:write': Cancel your orders, 'never:used': Never }}
paths:
  /customers/{{customerId}}/orders:
    parameters: [{{ name: customerId, in: path, required: true, schema: {{ type: string }} }}]
    get:
      x-audience: public
      operationId: listOrders
      security: [{{ login: [orders:read] }}]
      x-authorize: {{ path.customerId: claim.sub }}
      responses: {{ '200': {OPEN} }}
    delete:
      x-audience: public
      operationId: dropOrders
      security: [{{ login: [orders:write] }}]
      x-authorize: {{ path.customerId: claim.sub }}
      responses: {{ '200': {OPEN} }}
"""
SERVER = """
authorization_server:
  issuer: '{issuer}'
  audiences: ['{audience}']
  listen: '{listen}'
  rings: [partner, public]
  lifetime: 2m
  users:
    issuer: {provider}
    client_id: {client}
    client_secret: env://RINGWORK_TEST_IDP
    scopes: [profile, groups]
    claims: [groups]
"""


class Waiting:
    """An application on the user's machine, to which the browser comes back."""

    def __init__(self) -> None:
        came = self.came = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/back"):  # a browser looks for an icon, too
                    came.append(self.path)
                self.send_response(200)
                self.send_header("content-length", "7")
                self.end_headers()
                self.wfile.write(b"Welcome")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/back"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    started = Waiting()
    yield started
    started.close()


@pytest.fixture
def issuer() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def idp(issuer: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityProvider]:
    monkeypatch.setenv("RINGWORK_TEST_IDP", SECRET)
    started = IdentityProvider(issuer, redirect_uris=[f"{issuer}/authorize/callback"])
    started.person("c-7", name="Alice", groups=["gold"])
    started.person("c-8", name="Bob", groups=[])
    yield started
    started.stop()


def with_users(estate: Path, issuer: str, idp: IdentityProvider) -> Path:
    """An estate whose authorization server has users, and a contract that binds them to what is theirs."""
    write(estate / "apis/orders/v1.yaml", CONTRACT)
    listen = issuer.removeprefix("http://")
    said = SERVER.format(issuer=issuer, audience=AUDIENCE, listen=listen, provider=idp.issuer, client=CLIENT)
    with (estate / "ringwork.yaml").open("a") as manifest:
        manifest.write(said)
    return estate


def public_client(ringwork: Ringwork, receiver: str = "http://127.0.0.1/back") -> dict[str, Any]:
    words = ("client", "create", application(ringwork, "public"), "--redirect-uri", receiver, "--public")
    made: dict[str, Any] = ringwork.json(*words)
    assert made["secret"] is None and made["authentication"] == "none"
    return made


class App(OAuth2Session):  # type: ignore[misc]
    """A standard client: Authlib's, with PKCE, as a public one unless it has a secret."""

    def __init__(self, made: dict[str, Any], issuer: str, receiver: str) -> None:
        method = "client_secret_basic" if made["secret"] else "none"
        super().__init__(
            made["id"],
            made["secret"],
            redirect_uri=receiver,
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
            code_challenge_method="S256",
        )
        self.issuer = issuer
        self.verifier = generate_token(48)

    def asks(self, **more: Any) -> str:
        url, _ = self.create_authorization_url(
            f"{self.issuer}/authorize", code_verifier=self.verifier, **more
        )
        return str(url)

    def redeems(self, came: str, **more: Any) -> dict[str, Any]:
        said = dict(parse_qsl(urlsplit(came).query))
        assert said["iss"] == self.issuer
        token = self.fetch_token(
            f"{self.issuer}/token", authorization_response=came, code_verifier=self.verifier, **more
        )
        return dict(token)

    def refreshes(self, token: str) -> dict[str, Any]:
        return dict(self.refresh_token(f"{self.issuer}/token", refresh_token=token))


def allows(person: Person, url: str, answer: str = "allow") -> httpx.Response:
    """All the way: the provider's pages, ours, and back at the application."""
    page = person.logs_in(url, until="/authorize/consent")
    assert page.url.path == "/authorize/consent", page.text
    return person.sends(page, answer=answer)


def call(
    ringwork: Ringwork, token: str, customer: str = "c-7", method: str = "GET", prover: Prover | None = None
) -> int:
    at = ringwork.endpoints()["rings"]["public"]
    context = ssl.create_default_context(cafile=at["ca_file"])
    url = f"{at['base_url']}/shop/v1/customers/{customer}/orders"
    headers = (
        {"authorization": f"Bearer {token}"} if prover is None else dict(prover.presents(token, method, url))
    )
    return httpx.request(method, url, verify=context, headers=headers, trust_env=False).status_code


def test_a_user_allows_an_application_to_reach_what_is_his_and_takes_it_back(
    ringwork: Ringwork, estate: Path, issuer: str, idp: IdentityProvider, waiting: Waiting, upstream: Upstream
) -> None:
    ringwork.up(with_users(estate, issuer, idp))
    made = public_client(ringwork)
    app, alice = App(made, issuer, waiting.url), Person("c-7")
    page = alice.logs_in(app.asks(scope="orders:read"), until="/authorize/consent")
    for shown in ("Alice", "shop", "ada", "See your orders"):
        assert shown in page.text
    assert "Cancel your orders" not in page.text
    assert alice.sends(page, answer="allow").text == "Welcome"
    token = app.redeems(f"http://127.0.0.1{waiting.came[-1]}")
    access = token["access_token"]
    eventually(lambda: call(ringwork, access) == 200)
    seen = upstream.seen[-1]["headers"]
    assert (seen["x-ringwork-consumer"], seen["x-ringwork-subject"]) == ("ada", "c-7")
    assert call(ringwork, access, "c-8") == 403
    assert call(ringwork, access, method="DELETE") == 403

    second = app.refreshes(token["refresh_token"])
    assert call(ringwork, second["access_token"]) == 200
    alice.opens(f"{issuer}/authorize/allowed")
    overview = alice.logs_in(f"{issuer}/authorize/allowed", until="/authorize/allowed")
    assert "shop, of ada" in overview.text
    began = time.monotonic()
    assert "No application may act for you" in alice.sends(overview).text
    assert [call(ringwork, each) for each in (access, second["access_token"])] == [401, 401]
    assert time.monotonic() - began < 1.0
    with pytest.raises(OAuthError, match="invalid_grant"):
        app.refreshes(second["refresh_token"])
    ringwork.kill()
    ringwork.up(estate)
    assert call(ringwork, second["access_token"]) == 401


def test_a_refresh_token_that_was_stolen_ends_what_it_came_of_within_a_second(
    ringwork: Ringwork, estate: Path, issuer: str, idp: IdentityProvider, waiting: Waiting
) -> None:
    ringwork.up(with_users(estate, issuer, idp))
    made = ringwork.json("client", "create", application(ringwork, "public"), "--redirect-uri", waiting.url)
    app, alice = App(made, issuer, waiting.url), Person("c-7")
    allows(alice, app.asks())
    first = app.redeems(f"http://127.0.0.1{waiting.came[-1]}")
    second = app.refreshes(first["refresh_token"])
    third = app.refreshes(second["refresh_token"])
    eventually(lambda: call(ringwork, third["access_token"]) == 200)
    assert call(ringwork, third["access_token"], method="DELETE") == 200
    ringwork.kill()
    ringwork.up(estate)
    fourth = app.refreshes(third["refresh_token"])
    assert app.refreshes(third["refresh_token"])["refresh_token"] == fourth["refresh_token"]
    assert call(ringwork, fourth["access_token"]) == 200
    began = time.monotonic()
    with pytest.raises(OAuthError, match="invalid_grant"):
        app.refreshes(first["refresh_token"])
    assert [call(ringwork, each["access_token"]) for each in (third, fourth)] == [401, 401]
    assert time.monotonic() - began < 1.0
    with pytest.raises(OAuthError, match="invalid_grant"):
        app.refreshes(fourth["refresh_token"])
    entries = ledger(ringwork)
    for secret in (first["refresh_token"], fourth["access_token"], "c-7", "Alice"):
        assert secret not in entries
    assert "user-grant.create" in entries and "user-grant.end" in entries
    logged = "".join(path.read_text(errors="replace") for path in (ringwork.state / "node/log").glob("*"))
    said = logged + ringwork.output()
    for secret in (first["refresh_token"], fourth["access_token"], made["secret"], SECRET):
        assert secret not in said


def test_an_application_asks_again_without_the_user_and_may_be_refused(
    ringwork: Ringwork, estate: Path, issuer: str, idp: IdentityProvider, waiting: Waiting
) -> None:
    ringwork.up(with_users(estate, issuer, idp))
    app, bob = App(public_client(ringwork), issuer, waiting.url), Person("c-8")
    allows(bob, app.asks(), "refuse")
    said = dict(parse_qsl(urlsplit(waiting.came[-1]).query))
    assert said["error"] == "access_denied" and said["iss"] == issuer
    wrong = httpx.get(app.asks().replace("%2Fback", "%2Fevil"), trust_env=False)
    assert wrong.status_code == 400 and "not registered" in wrong.text
    browser = httpx.Client(trust_env=False)
    state = parse_qsl(urlsplit(browser.get(app.asks()).headers["location"]).query)
    idp.stop()
    came = {"code": "x", "state": dict(state)["state"], "iss": idp.issuer}
    down = browser.get(f"{issuer}/authorize/callback", params=came)
    assert down.status_code == 503 and "Nobody can log in now" in down.text
    assert "temporarily_unavailable" in down.text


def test_a_token_of_who_proves_a_key_is_nothing_to_who_stole_it(
    ringwork: Ringwork, estate: Path, issuer: str, idp: IdentityProvider, waiting: Waiting
) -> None:
    ringwork.up(with_users(estate, issuer, idp))
    made, prover, thief = public_client(ringwork), Prover(), Prover("EdDSA")
    app, alice = App(made, issuer, waiting.url), Person("c-7")
    allows(alice, app.asks())
    code = dict(parse_qsl(urlsplit(waiting.came[-1]).query))["code"]

    def asks(prover: Prover | None, **form: str) -> tuple[int, dict[str, Any]]:
        headers = {} if prover is None else {"dpop": prover.proof("POST", f"{issuer}/token")}
        answer = httpx.post(
            f"{issuer}/token", data={"client_id": made["id"]} | form, headers=headers, trust_env=False
        )
        return answer.status_code, answer.json()

    grant = {"grant_type": "authorization_code", "code": code, "code_verifier": app.verifier}
    status, told = asks(prover, **grant, redirect_uri=waiting.url)
    assert status == 200 and told["token_type"] == "DPoP", told
    access = told["access_token"]
    eventually(lambda: call(ringwork, access, prover=prover) == 200)
    assert [call(ringwork, access), call(ringwork, access, prover=thief)] == [401, 401]
    assert call(ringwork, access, "c-8", prover=prover) == 403
    refresh = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
    assert asks(None, **refresh)[1]["error"] == "invalid_grant"
    assert asks(thief, **refresh)[1]["error"] == "invalid_grant"
    status, again = asks(prover, **refresh)
    assert status == 200 and call(ringwork, again["access_token"], prover=prover) == 200


def test_an_estate_without_a_provider_of_users_has_none(
    ringwork: Ringwork, estate: Path, issuer: str, idp: IdentityProvider
) -> None:
    whole = with_users(estate, issuer, idp)
    text = (whole / "ringwork.yaml").read_text()
    (whole / "ringwork.yaml").write_text(text.replace("claims: [groups]", "claims: [sub, scope]"))
    refused = ringwork.run("plan", str(whole))
    assert refused.returncode != 0 and "what a token says by itself" in refused.stdout + refused.stderr
    (whole / "ringwork.yaml").write_text(text.partition("  users:")[0])
    ringwork.up(whole)
    found = httpx.get(f"{issuer}/.well-known/oauth-authorization-server", trust_env=False).json()
    assert "authorization_endpoint" not in found and found["response_types_supported"] == []
    assert httpx.get(f"{issuer}/authorize", trust_env=False).status_code == 404
    words = (
        "client",
        "create",
        application(ringwork, "public"),
        "--redirect-uri",
        "https://a.test/",
        "--public",
    )
    told = ringwork.run(*words)
    assert told.returncode == 2 and "users-missing" in told.stderr
    assert json.dumps(found)
