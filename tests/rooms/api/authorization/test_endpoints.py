"""The token, introspection and revocation endpoints, on either database: who gets what, and what the others hear."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey
from sqlalchemy import select
from starlette.testclient import TestClient

from ringwork.api.authorization.application import authorization_api
from ringwork.api.limits import Limit
from ringwork.control.consumers.applications import ApplicationRequest
from ringwork.control.model import Revision
from ringwork.control.oauth.clients import MadeClient
from ringwork.control.oauth.registration import ClientRequest
from ringwork.control.store.revisions import SqlRevisions
from ringwork.control.store.tables import client_assertions, ledger
from tests.rooms.control.world import AGREED, NOW, World
from tests.support.oauth import AUDIENCE, ISSUER, OTHER, TERMS, assertion, basic

AT = NOW.timestamp()
GRANT = {"grant_type": "client_credentials"}
KEY = ECKey.generate_key("P-256", {"kid": "k1"})


@pytest.fixture
def world(tmp_path: Path, store: str | None) -> World:
    world = World(tmp_path, store=store)
    SqlRevisions(world.database).add(Revision(1, NOW, "c" * 64, "d" * 64, "test", AGREED))
    world.terms = TERMS
    return world


class Clients:
    """Of the partner globex, and of the developer ada, whose application is on the plan free."""

    def __init__(self, world: World, limit: Limit = Limit(per_minute=100_000, burst=100_000)) -> None:  # noqa: B008
        self.world = world
        self.http = TestClient(authorization_api(world.authorization, limit), raise_server_exceptions=False)
        (globex,) = [each for each in world.accounts.list(limit=9) if each.name == "globex"]
        ada = world.accounts.create("ada")
        self.shop = world.applications.create(ApplicationRequest(globex.id, "shop", "sells"))
        self.app = world.applications.create(ApplicationRequest(ada.id, "app", "shows", "free"))
        self.partner = self.made(self.shop.id)
        self.developer = self.made(self.app.id)
        jwks = {"keys": [dict(KEY.as_dict(private=False))]}
        self.signing = self.made(self.shop.id, jwks=jwks)

    def made(self, application: str, **given: Any) -> MadeClient:
        return self.world.authorization.clients.create(ClientRequest(application, **given))

    def token(self, made: MadeClient, **more: Any) -> Any:
        return self.ask("/token", made, **GRANT | more)

    def access(self, made: MadeClient, **more: Any) -> str:
        return str(self.token(made, **more).json()["access_token"])

    def ask(self, path: str, made: MadeClient, **form: Any) -> Any:
        return self.http.post(path, data=form, headers=basic(made.client.id, made.secret or ""))

    def is_active(self, made: MadeClient, token: str) -> bool:
        return bool(self.ask("/introspect", made, token=token).json()["active"])


@pytest.fixture
def clients(world: World) -> Clients:
    return Clients(world)


def refused(response: Any, code: str, status: int = 400) -> bool:
    """As RFC 6749 §5.2 has it, kept by nobody, with nothing of how it works."""
    assert (response.status_code, response.json()["error"]) == (status, code), response.text
    assert {*response.json()} == {"error", "error_description"}
    assert response.headers["cache-control"] == "no-store"
    return "Traceback" not in response.text


def claims_of(clients: Clients, token: str) -> dict[str, Any]:
    (key,) = clients.http.get("/jwks").json()["keys"]
    assert "d" not in key
    read = jwt.decode(token, ECKey.import_key(key), algorithms=["ES256"])
    assert read.header == {"alg": "ES256", "kid": key["kid"], "typ": "at+jwt"}
    return dict(read.claims)


def actions(world: World) -> list[str]:
    with world.database.reading() as connection:
        rows = [json.loads(row.entry) for row in connection.execute(select(ledger))]
    return [f"{row['actor']} {row['action']} {row['subject']}" for row in rows]


# -- what a token is ------------------------------------------------------------------------------------


def test_a_token_says_what_rfc_9068_wants_and_lives_as_long_as_the_estate_says(clients: Clients) -> None:
    answer = clients.token(clients.partner)
    told = answer.json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == (
        "Bearer",
        300,
        "orders:read orders:write",
    )
    assert answer.headers["cache-control"] == "no-store"
    client_id = clients.partner.client.id
    claims = claims_of(clients, told["access_token"])
    assert {name: claims[name] for name in ("iss", "sub", "client_id", "aud", "iat", "exp", "scope")} == {
        "iss": ISSUER, "sub": client_id, "client_id": client_id, "aud": AUDIENCE, "iat": AT, "exp": AT + 300,
        "scope": "orders:read orders:write",
    }  # fmt: skip
    assert claims["jti"] != claims_of(clients, clients.access(clients.partner))["jti"]


def test_a_client_gets_scopes_of_its_ring_and_agreement_and_its_own_only(clients: Clients) -> None:
    def scope(made: MadeClient, **asked: Any) -> Any:
        return clients.token(made, **asked).json().get("scope")

    assert scope(clients.developer) == "orders:read"
    assert scope(clients.partner, scope="orders:write orders:write") == "orders:write"
    own = clients.made(clients.shop.id, scopes=("orders:read", "of:nobody"))
    assert scope(own) == "orders:read"
    for made, wanted in (
        (clients.partner, "stock:read"), (clients.developer, "stock:read"), (clients.developer, "orders:write"),
        (own, "orders:write"), (own, "of:nobody"), (clients.partner, "ORDERS:READ"), (clients.partner, "a\x00b"),
        (clients.partner, "orders:read  nobody:knows"),
    ):  # fmt: skip
        assert refused(clients.token(made, scope=wanted), "invalid_scope")


def test_an_agreement_that_changes_holds_for_the_next_token(clients: Clients) -> None:
    clients.world.terms = replace(TERMS, partners={"globex": None}, plans={})
    assert clients.token(clients.partner).json()["scope"] == "orders:read orders:write stock:read"
    assert "scope" not in clients.token(clients.developer).json()
    clients.world.terms = replace(TERMS, partners={})
    assert refused(clients.token(clients.partner), "unauthorized_client")
    clients.world.terms = replace(TERMS, server=replace(TERMS.server, rings=("public",)))
    assert refused(clients.token(clients.partner), "invalid_client", 401)
    clients.world.terms = None
    assert refused(clients.token(clients.developer), "temporarily_unavailable", 503)


def test_a_token_is_for_the_resources_it_was_asked_for(clients: Clients) -> None:
    assert claims_of(clients, clients.access(clients.partner, resource=OTHER))["aud"] == OTHER
    both = clients.access(clients.partner, resource=[OTHER, AUDIENCE, OTHER])
    assert claims_of(clients, both)["aud"] == [OTHER, AUDIENCE]
    for wrong in ("https://elsewhere.test", AUDIENCE + "/", [AUDIENCE, "x"], [AUDIENCE] * 30):
        assert refused(clients.token(clients.partner, resource=wrong), "invalid_target")


def test_scopes_that_no_token_could_hold_are_to_be_named(clients: Clients) -> None:
    many = tuple(f"scope:{number:04}" for number in range(600))
    clients.world.terms = replace(TERMS, scopes={"partner": many}, partners={"globex": None})
    assert refused(clients.token(clients.partner), "invalid_scope")
    assert clients.token(clients.partner, scope=many[3]).status_code == 200


# -- who asks -------------------------------------------------------------------------------------------


def test_whoever_does_not_prove_to_be_a_client_hears_one_thing(clients: Clients) -> None:
    made, other = clients.partner, clients.developer
    wrong = [
        (made.client.id, "rwc_wrong"), (made.client.id, ""), (made.client.id, other.secret or ""), ("nobody", "x"),
        ("", ""), ("k" * 5_000, "x"), (made.client.id, "s" * 5_000), (clients.signing.client.id, ""),
        (made.client.id, "\u00e9"), ("a\x00b", "x"), ("k\u0660", "x"), (made.client.id + "\n", made.secret or ""),
    ]  # fmt: skip
    answers = {
        (answer.status_code, answer.text, answer.headers["www-authenticate"])
        for client_id, secret in wrong
        for answer in [clients.http.post("/token", data=GRANT, headers=basic(client_id, secret))]
    }
    assert len(answers) == 1
    assert refused(clients.http.post("/token", data=GRANT), "invalid_client", 401)


@pytest.mark.parametrize("given", ["Basic", "Basic !!!", "Basic eA==", "Bearer x", "Basic /w==", ""])
def test_an_authorization_field_that_is_none_proves_nothing(clients: Clients, given: str) -> None:
    answer = clients.http.post("/token", data=GRANT, headers={"authorization": given})
    assert refused(answer, "invalid_client", 401)


def test_a_client_may_send_its_secret_in_the_form_and_presents_itself_in_one_way(clients: Clients) -> None:
    made = clients.partner
    own = {"client_id": made.client.id, "client_secret": made.secret}
    assert clients.http.post("/token", data=GRANT | own).status_code == 200
    assert clients.token(made, client_id=made.client.id).status_code == 200
    assert refused(clients.ask("/token", made, **GRANT, **own), "invalid_request")
    assert refused(clients.token(made, client_id=clients.developer.client.id), "invalid_request")
    proof = assertion(KEY, clients.signing.client.id, AT)
    assert refused(clients.token(made, **proof), "invalid_request")
    assert refused(clients.http.post("/token", data=GRANT | own | proof), "invalid_request")


def test_the_secret_before_works_for_the_overlap_and_no_longer(clients: Clients, world: World) -> None:
    before = clients.partner
    rotated = world.authorization.clients.rotate_secret(before.client.id, timedelta(hours=1))
    assert rotated.secret != before.secret
    assert [clients.token(each).status_code for each in (before, rotated)] == [200, 200]
    world.now = NOW + timedelta(hours=1)
    assert [clients.token(each).status_code for each in (before, rotated)] == [401, 200]
    last = world.authorization.clients.rotate_secret(before.client.id, None)
    assert [clients.token(each).status_code for each in (before, rotated, last)] == [401, 401, 200]


def test_who_is_suspended_or_revoked_gets_no_token(clients: Clients, world: World) -> None:
    world.applications.suspend(clients.shop.id, "misbehaves")
    assert refused(clients.token(clients.partner), "invalid_client", 401)
    assert clients.partner.client.id not in world.node.known
    world.applications.resume(clients.shop.id)
    assert clients.token(clients.partner).status_code == 200
    account = clients.app.account.id
    world.accounts.suspend(account, "did not pay")
    assert refused(clients.token(clients.developer), "invalid_client", 401)
    world.accounts.resume(account)
    world.authorization.clients.revoke(clients.developer.client.id)
    assert refused(clients.token(clients.developer), "invalid_client", 401)
    assert clients.developer.client.id not in world.node.known


# -- what a client signs --------------------------------------------------------------------------------


def signed(clients: Clients, key: Any = KEY, header: Any = None, **claims: Any) -> Any:
    proof = assertion(key, clients.signing.client.id, AT, header, **claims)
    return clients.http.post("/token", data=GRANT | proof)


def test_what_a_client_signed_proves_it_once(clients: Clients) -> None:
    proof = assertion(KEY, clients.signing.client.id, AT)
    answers = [clients.http.post("/token", data=GRANT | proof) for _ in range(2)]
    assert answers[0].status_code == 200
    assert refused(answers[1], "invalid_client", 401)
    assert signed(clients, aud=f"{ISSUER}/token").status_code == 200
    assert signed(clients, aud=[ISSUER]).status_code == 200


ELSEWHERE = {"jku": "https://evil.test", "x5u": "https://evil.test"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "nobody"}, {"iss": None}, {"sub": None}, {"sub": ["k"]}, {"aud": "https://elsewhere.test"},
        {"aud": [ISSUER, "https://elsewhere.test"]}, {"aud": None}, {"exp": None}, {"exp": AT - 60},
        {"exp": AT + 86_400}, {"exp": "soon"}, {"exp": True}, {"exp": 1e400}, {"iat": AT + 3_600},
        {"nbf": AT + 3_600}, {"nbf": "x"}, {"jti": None}, {"jti": ""}, {"jti": ["x"]}, {"jti": "j" * 300},
        {"header": {"crit": ["exp"], "exp": 1}}, {"header": {"typ": "at+jwt"}}, {"header": {"kid": "k2"}},
        {"header": {"kid": ["k1"]}}, {"header": {"kid": "../k1"}},
    ],
)  # fmt: skip
def test_what_is_signed_wrongly_proves_nothing(clients: Clients, wrong: dict[str, Any]) -> None:
    assert refused(signed(clients, **wrong), "invalid_client", 401)


def test_another_key_and_another_algorithm_prove_nothing(clients: Clients) -> None:
    stranger = ECKey.generate_key("P-256", {"kid": "k1"})
    assert refused(signed(clients, stranger), "invalid_client", 401)
    public = OctKey.import_key(json.dumps(KEY.as_dict(private=False)).encode())
    assert refused(signed(clients, public, {"alg": "HS256"}), "invalid_client", 401)
    assert refused(signed(clients, KEY, {"alg": "none"}), "invalid_client", 401)
    jwk = {"jwk": stranger.as_dict(private=False)} | ELSEWHERE
    assert refused(signed(clients, stranger, jwk), "invalid_client", 401)
    for text in ("", "a", "a.b.c", ".." * 50, "e30.e30.", "x" * 20_000, "eyJhbGciOiJFUzI1NiJ9.W10.AA"):
        proof = assertion(KEY, "x", AT) | {"client_assertion": text}
        answer = clients.http.post("/token", data=GRANT | proof)
        assert answer.status_code in (400, 401), text
    claimed = assertion(KEY, clients.partner.client.id, AT)
    assert refused(clients.http.post("/token", data=GRANT | claimed), "invalid_client", 401)


# -- introspection and revocation -----------------------------------------------------------------------


def test_a_client_looks_into_its_own_tokens_and_into_no_others(clients: Clients, world: World) -> None:
    token = clients.access(clients.partner)
    told = clients.ask("/introspect", clients.partner, token=token).json()
    assert told["active"] is True and told["client_id"] == clients.partner.client.id
    assert clients.ask("/introspect", clients.developer, token=token).json() == {"active": False}
    for text in ("x", "a.b.c", token[:-3], token + "x", "", "x" * 20_000, clients.partner.secret):
        answer = clients.ask("/introspect", clients.partner, token=text)
        assert answer.status_code in (200, 400) and answer.json().get("active") is not True
    assert clients.http.post("/introspect", data={"token": token}).status_code == 401
    world.now = NOW + timedelta(seconds=300)
    assert not clients.is_active(clients.partner, token)


def test_a_token_is_revoked_by_its_client_alone_and_forgotten_when_it_is_over(
    clients: Clients, world: World
) -> None:
    token = clients.access(clients.partner)
    jti = claims_of(clients, token)["jti"]
    assert clients.ask("/revoke", clients.developer, token=token).status_code == 200
    assert clients.is_active(clients.partner, token) and jti not in world.node.revoked
    for _ in range(2):
        answer = clients.ask("/revoke", clients.partner, token=token, token_type_hint="refresh_token")
        assert (answer.status_code, answer.text) == (200, "")
    assert not clients.is_active(clients.partner, token) and jti in world.node.revoked
    client_id = clients.partner.client.id
    assert [each for each in actions(world) if "access-token" in each] == [
        f"client:{client_id} access-token.revoke access-token:{jti}"
    ]
    world.authorization.tidy()
    assert jti in world.node.revoked
    world.now = NOW + timedelta(seconds=330)
    world.authorization.tidy()
    assert jti not in world.node.revoked


def test_tokens_are_in_no_ledger_and_what_changes_clients_is(clients: Clients, world: World) -> None:
    clients.access(clients.partner)
    before = actions(world)
    clients.access(clients.partner)
    assert actions(world) == before
    assert sum("client.create" in each for each in before) == 3
    world.authorization.clients.rotate_secret(clients.partner.client.id, None)
    world.authorization.clients.revoke(clients.partner.client.id)
    world.authorization.clients.revoke(clients.partner.client.id)
    done = [each.split()[1] for each in actions(world)[len(before) :]]
    assert done == ["client.rotate-secret", "client.revoke"]


# -- keys -----------------------------------------------------------------------------------------------


def test_a_key_is_published_before_it_signs_and_until_its_last_token_is_over(
    clients: Clients, world: World
) -> None:
    def kids() -> list[str]:
        return [key["kid"] for key in clients.http.get("/jwks").json()["keys"]]

    def signs() -> str:
        return str(jws.extract_compact(clients.access(clients.partner).encode()).headers()["kid"])

    (first,) = kids()
    early = clients.access(clients.partner)
    world.now = NOW + timedelta(days=30)
    world.authorization.tidy()
    second, kept = kids()
    assert (kept, signs()) == (first, first)
    world.authorization.tidy()
    assert len(kids()) == 2
    world.now += timedelta(hours=1)
    assert signs() == second and kids() == [second, first]
    world.now += timedelta(hours=2)
    world.authorization.tidy()
    assert kids() == [second]
    assert not clients.is_active(clients.partner, early)
    later = clients.access(clients.partner)
    world.authorization.keys.rotate(None)
    assert len(kids()) == 1 and signs() not in (first, second)
    assert not clients.is_active(clients.partner, later)


def test_nothing_that_signs_or_proves_is_stored_in_the_clear(clients: Clients, world: World) -> None:
    token = clients.access(clients.partner)
    stored = world.everything_stored()
    assert clients.partner.secret is not None
    assert clients.partner.secret not in stored and token not in stored
    assert '"d"' not in stored


# -- the endpoint itself --------------------------------------------------------------------------------


def test_a_request_that_is_none_is_refused_without_a_trace(clients: Clients) -> None:
    made = clients.partner
    headers = basic(made.client.id, made.secret or "")

    def sent(body: Any, kind: str = "application/x-www-form-urlencoded", path: str = "/token") -> Any:
        return clients.http.post(path, content=body, headers=headers | {"content-type": kind})

    good = b"grant_type=client_credentials"
    assert sent(good).status_code == 200
    assert refused(sent(b""), "invalid_request")
    assert refused(sent(good, "application/json"), "invalid_request")
    assert refused(sent(good, path="/token?scope=orders:read"), "invalid_request")
    assert refused(sent(good + b"&" + good), "invalid_request")
    assert refused(sent(good + b"&scope=a&scope=b"), "invalid_request")
    assert refused(sent(good + b"&x=%ff"), "invalid_request")
    assert refused(sent(b"\xff\xfe"), "invalid_request")
    assert refused(sent(good + b"&a=1" * 80), "invalid_request")
    assert refused(sent(b"grant_type=password&username=a&password=b"), "unsupported_grant_type")
    assert refused(sent(b"grant_type="), "invalid_request")
    assert sent(good + b"&unknown=1").status_code == 200
    assert sent(b"a=" + b"x" * 100_000).status_code == 413
    assert refused(sent(b"x=1", path="/revoke"), "invalid_request")
    assert clients.http.get("/token").status_code == 405
    for path in ("/", "/keys", "/status", "/openapi.json", "/authorize", "/token/", "/.well-known/x"):
        assert clients.http.get(path, follow_redirects=False).status_code == 404, path


def test_a_fault_tells_nothing(clients: Clients, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(type(world.authorization), "token", broken)
    assert refused(clients.token(clients.partner), "server_error", 500)


def test_a_client_that_asks_too_often_waits_and_the_others_do_not(world: World) -> None:
    clients = Clients(world, Limit(per_minute=60, burst=3))
    statuses = [clients.token(clients.partner).status_code for _ in range(5)]
    assert statuses[:3] == [200] * 3 and statuses[4] == 429
    assert int(clients.token(clients.partner).headers["retry-after"]) >= 1
    assert clients.token(clients.developer).status_code == 200


def test_who_is_over_the_limit_has_nothing_written_down(world: World) -> None:
    clients = Clients(world, Limit(per_minute=60, burst=1))
    statuses = {signed(clients).status_code for _ in range(9)}
    assert statuses == {200, 429}
    with world.database.reading() as connection:
        assert len(list(connection.execute(select(client_assertions)))) < 9


def test_metadata_names_what_is_there_and_no_scope(clients: Clients) -> None:
    told = clients.http.get("/.well-known/oauth-authorization-server").json()
    assert told["issuer"] == ISSUER and told["token_endpoint"] == f"{ISSUER}/token"
    assert told["grant_types_supported"] == ["client_credentials"]
    assert not any("scope" in name for name in told)
    for name in ("token", "introspection", "revocation"):
        assert "private_key_jwt" in told[f"{name}_endpoint_auth_methods_supported"]
        path = told[f"{name}_endpoint"].removeprefix(ISSUER)
        assert clients.http.post(path).status_code == 400
