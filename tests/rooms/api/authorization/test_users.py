"""Users of APIs: what an application may ask them, what they see, what comes of it, and what nobody gets (RFC 9700)."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.testclient import TestClient

from ringwork.api.authorization.application import authorization_api
from ringwork.control.consumers.applications import ApplicationRequest
from ringwork.control.model import Revision
from ringwork.control.oauth.clients import MadeClient
from ringwork.control.oauth.registration import ClientRequest
from ringwork.control.store.revisions import SqlRevisions
from ringwork.kernel.refusal import Refused
from tests.rooms.api.authorization.test_endpoints import actions, refused
from tests.rooms.control.world import AGREED, NOW, World
from tests.support.oauth import AUDIENCE, ISSUER, OTHER, basic
from tests.support.users import USER_TERMS, ProviderTwin, UserBrowser, onward, pkce, said_in

BACK = "https://shop.globex.test/back"
LOOPBACK = "http://127.0.0.1/back"
PRIVATE = "com.example.app:/back"


class Shop:
    """globex's confidential client and ada's public one; a browser, and a provider that is a twin."""

    def __init__(self, world: World) -> None:
        self.world = world
        SqlRevisions(world.database).add(Revision(1, NOW, "c" * 64, "d" * 64, "test", AGREED))
        world.terms = USER_TERMS
        self.provider = ProviderTwin()
        world.authorization.users._the_provider = lambda: self.provider  # type: ignore[method-assign,assignment,return-value]
        self.api = authorization_api(world.authorization)
        self.http = TestClient(self.api, raise_server_exceptions=False)
        (globex,) = [each for each in world.accounts.list(limit=9) if each.name == "globex"]
        ada = world.accounts.create("ada")
        self.shop = world.applications.create(ApplicationRequest(globex.id, "Shop <1>", "sells"))
        self.app = world.applications.create(ApplicationRequest(ada.id, "app", "shows", "gold"))
        self.partner = self.made(self.shop.id, redirect_uris=(BACK,))
        self.public = self.made(self.app.id, redirect_uris=(LOOPBACK, PRIVATE), is_public=True)

    def made(self, application: str, **given: Any) -> MadeClient:
        return self.world.authorization.clients.create(ClientRequest(application, **given))

    def browser(self) -> UserBrowser:
        return UserBrowser(self.api)

    def url(self, made: MadeClient | None = None, **changed: Any) -> tuple[str, str]:
        """Where the application sends a browser, and the verifier it keeps."""
        made, (verifier, challenge) = made or self.partner, pkce()
        asked = {
            "response_type": "code", "client_id": made.client.id, "redirect_uri": made.client.redirect_uris[0],
            "state": "s 1", "code_challenge": challenge, "code_challenge_method": "S256",
        } | changed  # fmt: skip
        stated = {name: value for name, value in asked.items() if value is not None}
        return "/authorize?" + urlencode(stated, doseq=True), verifier

    def code(self, made: MadeClient | None = None, name: str = "alice", **changed: Any) -> tuple[str, str]:
        """What comes back when the user allows all; the verifier."""
        url, verifier = self.url(made, **changed)
        browser = self.browser()
        page = browser.logs_in(browser.get(url), name)
        back = page.headers["location"] if page.status_code == 303 else onward(browser.answers(page))
        return said_in(back)["code"], verifier

    def redeem(self, code: str, verifier: str, made: MadeClient | None = None, **changed: Any) -> Any:
        made = made or self.partner
        asked = {
            "grant_type": "authorization_code", "code": code, "code_verifier": verifier,
            "redirect_uri": made.client.redirect_uris[0],
        } | changed  # fmt: skip
        return self.ask("/token", made, **asked)

    def refresh(self, token: str, made: MadeClient | None = None, **more: Any) -> Any:
        return self.ask(
            "/token", made or self.partner, grant_type="refresh_token", refresh_token=token, **more
        )

    def tokens(self, made: MadeClient | None = None, **changed: Any) -> dict[str, Any]:
        answer = self.redeem(*self.code(made, **changed), made)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ask(self, path: str, made: MadeClient, headers: dict[str, str] | None = None, **form: Any) -> Any:
        stated = {name: value for name, value in form.items() if value is not None}
        if made.client.is_public:
            return self.http.post(path, data={"client_id": made.client.id} | stated, headers=headers)
        proven = basic(made.client.id, made.secret or "") | (headers or {})
        return self.http.post(path, data=stated, headers=proven)

    def claims(self, token: str) -> dict[str, Any]:
        (key,) = self.http.get("/jwks").json()["keys"]
        return dict(jwt.decode(token, ECKey.import_key(key), algorithms=["ES256"]).claims)

    def is_active(self, token: str) -> bool:
        return bool(self.ask("/introspect", self.partner, token=token).json()["active"])


@pytest.fixture
def shop(tmp_path: Path, store: str | None) -> Shop:
    return Shop(World(tmp_path, store=store))


def is_page(answer: Any, status: int) -> bool:
    """For a person: nowhere to go, nothing that runs, in nobody's frame."""
    assert answer.status_code == status, answer.text
    assert "location" not in answer.headers and "http-equiv" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY" and answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text
    return "Traceback" not in answer.text


# -- what a user sees, and what comes of it -------------------------------------------------------------------


def test_a_user_allows_an_application_and_its_tokens_are_about_him(shop: Shop) -> None:
    url, verifier = shop.url(scope="orders:read orders:write")
    browser = shop.browser()
    began = browser.get(url)
    cookie = began.headers["set-cookie"]
    assert cookie.startswith("__Host-ringwork-user=") and "; Secure" in cookie and "HttpOnly" in cookie
    page = browser.logs_in(began)
    assert is_page(page, 200)
    for shown in (
        "Alice",
        "Shop &lt;1&gt;",
        "globex",
        "See your orders",
        "Change &lt;b&gt;your&lt;/b&gt; orders",
    ):
        assert shown in page.text
    assert "shop.globex.test" in page.text
    answered = browser.answers(page)
    said = said_in(onward(answered))
    assert (said["state"], said["iss"]) == ("s 1", ISSUER) and onward(answered).startswith(BACK + "?")
    told = shop.redeem(said["code"], verifier).json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == (
        "Bearer",
        300,
        "orders:read orders:write",
    )
    claims = shop.claims(told["access_token"])
    assert {name: claims[name] for name in ("iss", "sub", "aud", "client_id", "customer", "teams")} == {
        "iss": ISSUER, "sub": "alice", "aud": AUDIENCE, "client_id": shop.partner.client.id,
        "customer": "c-7", "teams": ["a", "b"],
    }  # fmt: skip
    assert claims["grant_id"]


def test_who_refuses_is_believed(shop: Shop) -> None:
    url, _ = shop.url()
    browser = shop.browser()
    said = said_in(onward(browser.answers(browser.logs_in(browser.get(url)), "refuse")))
    assert (said["error"], said["state"], said["iss"]) == ("access_denied", "s 1", ISSUER)
    assert "code" not in said


def test_what_was_allowed_is_not_asked_again_until_it_is_taken_back(shop: Shop) -> None:
    shop.tokens(scope="orders:read")

    def asked(name: str = "alice", made: MadeClient | None = None, **changed: Any) -> bool:
        browser = shop.browser()
        page = browser.logs_in(browser.get(shop.url(made, **changed)[0]), name)
        return page.status_code == 200 and "act for you" in page.text

    assert not asked(scope="orders:read")
    assert asked(scope="orders:read orders:write")
    assert asked("bob", scope="orders:read")
    assert asked(scope="orders:read", prompt="consent")
    assert asked(scope="orders:read", resource=OTHER)
    for _ in range(2):  # nobody can say which program is at such an address
        shop.tokens(shop.public)
        assert asked(made=shop.public)
    browser = shop.browser()
    page = browser.logs_in(browser.get("/authorize/allowed"))
    assert is_page(page, 200) and "Shop &lt;1&gt;, of globex" in page.text and "app, of ada" in page.text
    told = browser.answers(page, application=shop.shop.id)
    assert "Shop" not in told.text and "app, of ada" in told.text
    assert asked(scope="orders:read")


def test_what_is_taken_back_ends_at_gateways_and_is_on_record(shop: Shop) -> None:
    told, other = shop.tokens(), shop.tokens(name="bob")
    browser = shop.browser()
    browser.answers(browser.logs_in(browser.get("/authorize/allowed")), application=shop.shop.id)
    assert shop.claims(told["access_token"])["grant_id"] in shop.world.node.revoked
    assert not shop.is_active(told["access_token"]) and shop.is_active(other["access_token"])
    assert refused(shop.refresh(told["refresh_token"]), "invalid_grant")
    assert shop.refresh(other["refresh_token"]).status_code == 200
    done = [each for each in actions(shop.world) if "user-grant" in each]
    assert [each.split()[1] for each in done] == ["user-grant.create", "user-grant.create", "user-grant.end"]
    assert all(each.startswith("user:") for each in done)
    stored = shop.world.everything_stored()
    for secret in (told["refresh_token"], told["access_token"], "alice", "c-7"):
        assert secret not in stored


# -- what an application may ask ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "receiver",
    [
        BACK + "/", BACK + "?x=1", "https://shop.globex.test/back/../evil", "https://shop.globex.test.evil.test/back",
        "https://shop.globex.test@evil.test/back", "https://evil.test/back", "http://shop.globex.test/back",
        "https://SHOP.globex.test/back", "https://shop.globex.test:443/back", "//evil.test", "javascript:alert(1)",
        BACK + "#x", "https://shop.globex.test/back\n", "https://shop.globex.test\\@evil.test/back",
        LOOPBACK, [BACK, "https://evil.test"], [BACK, BACK],
    ],
)  # fmt: skip
def test_a_browser_goes_nowhere_but_to_an_address_that_is_registered(shop: Shop, receiver: Any) -> None:
    assert is_page(shop.browser().get(shop.url(redirect_uri=receiver)[0]), 400)


@pytest.mark.parametrize("client_id", ["nobody", "", None, "k" * 400, "a\x00", "../k", ["a", "b"]])
def test_who_is_no_client_asks_nobody(shop: Shop, client_id: Any) -> None:
    assert is_page(shop.browser().get(shop.url(client_id=client_id)[0]), 400)


def test_who_may_not_ask_users_any_more_asks_nobody(shop: Shop) -> None:
    own = shop.made(shop.shop.id)
    assert is_page(shop.browser().get(shop.url(client_id=own.client.id)[0]), 400)
    browser, (url, _) = shop.browser(), shop.url()
    page = browser.logs_in(browser.get(url))
    shop.world.authorization.clients.revoke(shop.partner.client.id)
    assert is_page(browser.answers(page), 400)
    assert is_page(shop.browser().get(url), 400)
    shop.world.terms = replace(USER_TERMS, server=replace(USER_TERMS.server, users=None))
    for path in ("/authorize", "/authorize/allowed", "/authorize/callback", "/authorize/consent"):
        assert is_page(shop.browser().get(path), 404)
    assert "authorization_endpoint" not in shop.http.get("/.well-known/oauth-authorization-server").json()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"response_type": None}, "invalid_request"), ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"), ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"), ({"code_challenge_method": None}, "invalid_request"),
        ({"scope": "nobody:knows"}, "invalid_scope"), ({"scope": "stock:read"}, "invalid_scope"),
        ({"resource": "https://elsewhere.test"}, "invalid_target"), ({"prompt": "none"}, "login_required"),
        ({"request": "e30."}, "request_not_supported"), ({"request_uri": "https://x"}, "request_uri_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"), ({"scope": ["orders:read", "x"]}, "invalid_request"),
        ({"dpop_jkt": "x"}, "invalid_request"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_told_to_the_application(
    shop: Shop, changed: dict[str, Any], code: str
) -> None:
    answer = shop.browser().get(shop.url(**changed)[0])
    assert answer.status_code == 303 and answer.headers["location"].startswith(BACK + "?")
    said = said_in(answer.headers["location"])
    assert (said["error"], said["state"], said["iss"]) == (code, "s 1", ISSUER)


def test_an_application_without_a_state_gets_none_and_one_that_is_none_is_not_sent_back(shop: Shop) -> None:
    code, verifier = shop.code(state=None, redirect_uri=None)
    assert shop.redeem(code, verifier, redirect_uri=None).status_code == 200
    said = said_in(shop.browser().get(shop.url(state="x" * 600)[0]).headers["location"])
    assert said["error"] == "invalid_request" and "state" not in said


def test_a_program_on_the_users_machine_may_listen_at_any_port(shop: Shop) -> None:
    at = "http://127.0.0.1:51004/back"
    code, verifier = shop.code(shop.public, redirect_uri=at)
    assert refused(shop.redeem(code, verifier, shop.public, redirect_uri=LOOPBACK), "invalid_grant")
    code, verifier = shop.code(shop.public, redirect_uri=at)
    assert shop.redeem(code, verifier, shop.public, redirect_uri=at).status_code == 200
    code, verifier = shop.code(shop.public, redirect_uri=PRIVATE)
    assert shop.redeem(code, verifier, shop.public, redirect_uri=PRIVATE).status_code == 200
    for wrong in ("http://127.0.0.1:1/other", "http://localhost:1/back", "http://127.0.0.1.evil.test/back",
                  "http://[::1]:1/back", "http://127.0.0.1:1@evil.test/back", "http://127.0.0.1:99999/back",
                  "http://127.0.0.1:1/back?x", "https://127.0.0.1:1/back"):  # fmt: skip
        assert is_page(shop.browser().get(shop.url(shop.public, redirect_uri=wrong)[0]), 400), wrong


@pytest.mark.parametrize(
    ("uri", "public"),
    [
        ("http://shop.test/back", True), ("http://localhost/back", True), ("javascript:alert(1)", True),
        ("data:text/html,x", True), ("app:/back", True), ("https://a@b.test/", True), ("https:///back", True),
        ("https://a.test/#x", True), ("com.example.app:/back", False), ("/back", True), ("https://a.test/\u00e9", True),
        ("https://a.test/" + "x" * 300, True), ("https://a.test:99999/", True), ("file:///etc/passwd", True),
        ("http://127.0.0.1@evil.test/", True), (" https://a.test/", True),
    ],
)  # fmt: skip
def test_nobody_registers_an_address_that_may_be_anybodys(shop: Shop, uri: str, public: bool) -> None:
    with pytest.raises(Refused, match="redirect URI"):
        shop.made(shop.shop.id, redirect_uris=(uri,), is_public=public)


def test_a_public_client_has_users_and_no_secret_and_a_server_without_a_provider_has_none(shop: Shop) -> None:
    with pytest.raises(Refused, match="nowhere they come back"):
        shop.made(shop.shop.id, is_public=True)
    assert shop.public.secret is None
    with pytest.raises(Refused, match="has no secret"):
        shop.world.authorization.clients.rotate_secret(shop.public.client.id, None)
    shop.world.terms = replace(USER_TERMS, server=replace(USER_TERMS.server, users=None))
    with pytest.raises(Refused, match="no users can log in"):
        shop.made(shop.shop.id, redirect_uris=(BACK,))


# -- a browser is led nowhere by strangers --------------------------------------------------------------------


def test_an_answer_of_the_provider_is_good_in_the_browser_that_asked_and_once(shop: Shop) -> None:
    mine, other = shop.browser(), shop.browser()
    began = mine.get(shop.url()[0])
    state = said_in(began.headers["location"])["state"]
    back = "/authorize/callback?" + urlencode({"code": "eve-1", "state": state})
    assert is_page(other.get(back), 403)
    other.get(shop.url()[0])
    assert is_page(other.get(back), 403)
    for wrong in ("", f"code=eve-2&state={state}x", "code=eve-2&state=", f"code=a&code=b&state={state}"):
        assert is_page(mine.get(f"/authorize/callback?{wrong}"), 403)
    foreign = mine.get(back + "&iss=https://evil.test")
    assert foreign.status_code == 403 and said_in(onward(foreign))["error"] == "access_denied"
    assert is_page(mine.get(back), 403)


def test_a_form_is_taken_from_the_page_it_was_shown_on_only(shop: Shop) -> None:
    browser, (url, _) = shop.browser(), shop.url()
    page = browser.logs_in(browser.get(url))
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf is not None
    form = {"csrf": csrf[1], "answer": "allow"}
    own = {"origin": ISSUER}
    post = browser.http.post
    assert is_page(post("/authorize/consent", data=form, headers={"origin": "https://evil.test"}), 403)
    assert is_page(post("/authorize/consent", data=form, headers={"origin": "null"}), 403)
    assert is_page(post("/authorize/consent", data=form), 403)
    assert is_page(post("/authorize/consent", data=form | {"csrf": "x"}, headers=own), 403)
    assert is_page(post("/authorize/consent", data={"answer": "allow"}, headers=own), 403)
    assert is_page(post("/authorize/allowed", data=form, headers=own), 403)
    assert is_page(post("/authorize/consent", json=form, headers=own), 400)
    assert is_page(shop.browser().http.post("/authorize/consent", data=form, headers=own), 403)
    browser.get(shop.url()[0])  # another tab begins anew: what the first shows is over
    assert is_page(post("/authorize/consent", data=form, headers=own), 403)


def test_a_login_ends_after_ten_minutes_and_a_cookie_of_ones_own_making_is_none(shop: Shop) -> None:
    browser, (url, _) = shop.browser(), shop.url()
    page = browser.logs_in(browser.get(url))
    shop.world.now = NOW + timedelta(minutes=10)
    assert is_page(browser.answers(page), 403)
    for text in ("", "x", "A" * 100, "A" * 3_000, "\u00e9"):
        stranger = shop.browser()
        answer = stranger.http.get(
            "/authorize/consent", headers={"cookie": f"__Host-ringwork-user={text}".encode()}
        )
        assert is_page(answer, 403)


@pytest.mark.parametrize("name", [" alice", "al\u00efce", "x" * 256, "a\nb"])
def test_who_cannot_be_named_to_services_gets_nothing(shop: Shop, name: str) -> None:
    browser = shop.browser()
    page = browser.logs_in(browser.get(shop.url()[0]), name)
    assert page.status_code == 403 and said_in(onward(page))["error"] == "access_denied"


def test_nobody_is_taken_for_a_client_and_nobody_brings_more_than_a_token_holds(shop: Shop) -> None:
    def outcome(name: str) -> int:
        browser = shop.browser()
        return int(browser.logs_in(browser.get(shop.url()[0]), name).status_code)

    assert outcome(shop.partner.client.id) == 403
    shop.provider.claims = {"customer": "x" * 2_000}
    assert outcome("alice") == 403
    shop.provider.claims = {"customer": {"a": 1}, "teams": [1]}
    claims = shop.claims(shop.tokens()["access_token"])
    assert "customer" not in claims and "teams" not in claims


# -- codes ----------------------------------------------------------------------------------------------------


def test_a_code_that_comes_twice_ends_what_came_of_it(shop: Shop) -> None:
    code, verifier = shop.code()
    told = shop.redeem(code, verifier).json()
    assert shop.is_active(told["access_token"])
    assert refused(shop.redeem(code, verifier), "invalid_grant")
    assert not shop.is_active(told["access_token"])
    assert shop.claims(told["access_token"])["grant_id"] in shop.world.node.revoked
    assert refused(shop.refresh(told["refresh_token"]), "invalid_grant")


def test_a_code_is_good_for_who_asked_with_what_he_asked_with_for_a_minute(shop: Shop) -> None:
    other = shop.made(shop.shop.id, redirect_uris=(BACK,))
    for wrong in (
        {"code_verifier": pkce()[0]}, {"code_verifier": "x"}, {"redirect_uri": LOOPBACK}, {"redirect_uri": None},
    ):  # fmt: skip
        code, verifier = shop.code()
        assert refused(shop.redeem(code, verifier, **wrong), "invalid_grant")
        assert refused(shop.redeem(code, verifier), "invalid_grant"), "a guess uses it up"
    code, verifier = shop.code()
    assert refused(shop.redeem(code, verifier, other), "invalid_grant")
    assert refused(shop.redeem(code, verifier, code_verifier=None), "invalid_request")
    assert refused(shop.ask("/token", shop.partner, grant_type="authorization_code"), "invalid_request")
    for text in ("x", "rwa_", code + "x", "r" * 30_000):
        assert refused(shop.redeem(text, verifier), "invalid_grant")
    code, verifier = shop.code()
    shop.world.now = NOW + timedelta(seconds=60)
    assert refused(shop.redeem(code, verifier), "invalid_grant")


def test_a_public_client_is_nobody_without_a_user(shop: Shop) -> None:
    assert refused(shop.ask("/token", shop.public, grant_type="client_credentials"), "unauthorized_client")
    assert refused(shop.ask("/introspect", shop.public, token="x"), "invalid_client", 401)
    id_ = shop.public.client.id
    for proven in ({"client_secret": ""}, {"client_secret": "x"}):
        form = {"client_id": id_, "grant_type": "refresh_token", "refresh_token": "x"} | proven
        answer = shop.http.post("/token", data=form)
        assert answer.status_code in (400, 401) and answer.json()["error"] in (
            "invalid_client",
            "invalid_grant",
        )
    nobody = {"client_id": shop.partner.client.id, "grant_type": "client_credentials"}
    assert refused(shop.http.post("/token", data=nobody), "invalid_client", 401)


# -- refresh tokens -------------------------------------------------------------------------------------------


@pytest.fixture(params=["confidential", "public"])
def made(shop: Shop, request: pytest.FixtureRequest) -> MadeClient:
    return shop.partner if request.param == "confidential" else shop.public


def later(shop: Shop, **by: float) -> None:
    shop.world.now += timedelta(**by)


def test_each_refresh_token_is_good_until_the_next_is_used(shop: Shop, made: MadeClient) -> None:
    told = shop.tokens(made)
    for _ in range(4):
        later(shop, minutes=5)
        again = shop.refresh(told["refresh_token"], made).json()
        assert again["refresh_token"] != told["refresh_token"]
        assert shop.claims(again["access_token"])["sub"] == "alice"
        told = again
    later(shop, days=7)
    assert refused(shop.refresh(told["refresh_token"], made), "invalid_grant"), "it was idle"


def test_a_refresh_token_that_was_used_ends_its_family(shop: Shop, made: MadeClient) -> None:
    first = shop.tokens(made)
    second = shop.refresh(first["refresh_token"], made).json()
    later(shop, seconds=31)
    third = shop.refresh(second["refresh_token"], made).json()
    assert refused(shop.refresh(first["refresh_token"], made), "invalid_grant")
    assert shop.claims(third["access_token"])["grant_id"] in shop.world.node.revoked
    assert refused(shop.refresh(third["refresh_token"], made), "invalid_grant")
    assert actions(shop.world)[-1].split()[1] == "user-grant.end"


def test_a_client_that_never_got_its_answer_asks_again_and_gets_the_same(
    shop: Shop, made: MadeClient
) -> None:
    told = shop.tokens(made)
    answers = [shop.refresh(told["refresh_token"], made).json() for _ in range(3)]
    assert len({each["refresh_token"] for each in answers}) == 1
    assert len({each["access_token"] for each in answers}) == 3
    later(shop, seconds=31)
    assert refused(shop.refresh(told["refresh_token"], made), "invalid_grant"), "a thief comes later"
    assert refused(shop.refresh(answers[0]["refresh_token"], made), "invalid_grant")


def test_once_the_next_one_was_used_the_one_before_it_is_a_thiefs(shop: Shop, made: MadeClient) -> None:
    first = shop.tokens(made)
    second = shop.refresh(first["refresh_token"], made).json()
    third = shop.refresh(second["refresh_token"], made).json()
    assert refused(shop.refresh(first["refresh_token"], made), "invalid_grant")
    assert refused(shop.refresh(third["refresh_token"], made), "invalid_grant")


def test_a_family_ends_when_the_user_said_however_it_is_used(shop: Shop) -> None:
    told = shop.tokens()
    for _ in range(5):
        later(shop, days=5, hours=23)
        told = shop.refresh(told["refresh_token"]).json()
    later(shop, hours=4, minutes=57)
    assert shop.refresh(told["refresh_token"]).json()["expires_in"] == 180
    later(shop, minutes=3)
    assert refused(shop.refresh(told["refresh_token"]), "invalid_grant")


def test_a_refresh_token_is_its_clients_and_one_of_ones_own_making_is_none(shop: Shop) -> None:
    told = shop.tokens()
    other = shop.made(shop.shop.id, redirect_uris=(BACK,))
    assert refused(shop.refresh(told["refresh_token"], other), "invalid_grant")
    assert refused(shop.refresh(told["refresh_token"], shop.public), "invalid_grant")
    grant, _, _ = told["refresh_token"].partition(".")
    for text in (grant, f"{grant}.2.{'A' * 43}", told["refresh_token"].replace(".1.", ".2."),
                 told["refresh_token"] + "A", "rwr_", "x" * 20_000, told["access_token"]):  # fmt: skip
        assert refused(shop.refresh(text), "invalid_grant")
    assert shop.refresh(told["refresh_token"]).status_code == 200, "none of that ended it"


def test_a_refresh_narrows_and_never_widens(shop: Shop) -> None:
    told = shop.tokens(scope="orders:read orders:write", resource=[AUDIENCE, OTHER])
    token = told["refresh_token"]
    assert refused(shop.refresh(token, scope="stock:read"), "invalid_scope")
    assert refused(shop.refresh(token, resource="https://elsewhere.test"), "invalid_target")
    narrow = shop.refresh(token, scope="orders:read", resource=OTHER).json()
    claims = shop.claims(narrow["access_token"])
    assert (claims["scope"], claims["aud"]) == ("orders:read", OTHER)
    again = shop.refresh(narrow["refresh_token"]).json()
    assert again["scope"] == "orders:read orders:write"
    one = shop.tokens(name="bob", resource=OTHER)
    assert refused(shop.refresh(one["refresh_token"], resource=AUDIENCE), "invalid_target")
    shop.world.terms = replace(USER_TERMS, partners={"globex": ("orders:read",)})
    assert shop.refresh(again["refresh_token"]).json()["scope"] == "orders:read"


def test_a_client_revokes_and_looks_into_its_own_refresh_tokens(shop: Shop) -> None:
    told = shop.tokens()
    looked = shop.ask("/introspect", shop.partner, token=told["refresh_token"]).json()
    assert looked["active"] is True and looked["scope"] == "orders:read orders:write"
    other = shop.made(shop.shop.id, redirect_uris=(BACK,))
    assert shop.ask("/introspect", other, token=told["refresh_token"]).json() == {"active": False}
    assert shop.ask("/revoke", other, token=told["refresh_token"]).status_code == 200
    second = shop.refresh(told["refresh_token"]).json()
    assert not shop.is_active(told["refresh_token"]) and shop.is_active(second["refresh_token"])
    assert shop.ask("/revoke", shop.partner, token=told["refresh_token"]).status_code == 200
    assert not shop.is_active(second["refresh_token"]) and not shop.is_active(second["access_token"])
    assert refused(shop.refresh(second["refresh_token"]), "invalid_grant")
    public = shop.tokens(shop.public)
    assert shop.ask("/revoke", shop.public, token=public["refresh_token"]).status_code == 200
    assert refused(shop.refresh(public["refresh_token"], shop.public), "invalid_grant")


def test_a_user_has_a_client_on_twenty_devices(shop: Shop) -> None:
    first = shop.tokens()
    for _ in range(20):
        later(shop, seconds=1)
        newest = shop.tokens()
    assert refused(shop.refresh(first["refresh_token"]), "invalid_grant")
    assert shop.refresh(newest["refresh_token"]).status_code == 200


def test_what_is_over_is_forgotten(shop: Shop) -> None:
    told = shop.tokens()
    shop.code()
    later(shop, days=2)
    shop.world.authorization.tidy()
    assert shop.refresh(told["refresh_token"]).status_code == 200
    assert len(shop.world.authorization.users.grants.list(limit=9)) == 1
    later(shop, days=8, hours=1)
    shop.world.authorization.tidy()
    assert shop.world.authorization.users.grants.list(limit=9) == []


# -- pushed requests ------------------------------------------------------------------------------------------


def pushed(shop: Shop, made: MadeClient | None = None, **changed: Any) -> tuple[Any, str]:
    made, (verifier, challenge) = made or shop.partner, pkce()
    asked = {
        "response_type": "code", "redirect_uri": made.client.redirect_uris[0], "code_challenge": challenge,
        "code_challenge_method": "S256", "scope": "orders:read",
    } | changed  # fmt: skip
    return shop.ask("/par", made, **asked), verifier


def test_a_request_may_be_pushed_and_then_nobody_changes_it(shop: Shop) -> None:
    answer, verifier = pushed(shop)
    assert answer.status_code == 201 and answer.json()["expires_in"] == 90
    uri = answer.json()["request_uri"]
    asked = {"client_id": shop.partner.client.id, "request_uri": uri, "scope": "orders:write"}
    browser = shop.browser()
    back = onward(browser.answers(browser.logs_in(browser.get("/authorize?" + urlencode(asked)))))
    assert shop.redeem(said_in(back)["code"], verifier).json()["scope"] == "orders:read"
    for wrong in (asked | {"client_id": shop.public.client.id}, asked | {"request_uri": uri + "x"},
                  asked | {"request_uri": uri[:-40]}):  # fmt: skip
        assert is_page(shop.browser().get("/authorize?" + urlencode(wrong)), 400)
    later(shop, seconds=90)
    assert is_page(shop.browser().get("/authorize?" + urlencode(asked)), 400)


def test_what_could_not_be_asked_is_not_pushed(shop: Shop) -> None:
    for changed, code in (
        ({"redirect_uri": "https://evil.test"}, "invalid_request"), ({"scope": "x"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"), ({"request_uri": "urn:x"}, "request_uri_not_supported"),
    ):  # fmt: skip
        assert refused(pushed(shop, **changed)[0], code)
    own = shop.made(shop.shop.id)
    form: dict[str, Any] = {"response_type": "code", "redirect_uri": BACK}
    assert refused(shop.ask("/par", own, **form), "unauthorized_client")
    assert refused(shop.http.post("/par", data=form), "invalid_client", 401)


def test_more_than_a_browser_remembers_is_not_asked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringwork.control.oauth.users.visits._LONGEST", 600)
    browser, (url, _) = shop.browser(), shop.url(state=secrets.token_urlsafe(300))
    assert is_page(browser.get(url), 400)
    assert browser.get(shop.url()[0]).status_code == 303


def test_metadata_says_what_there_is(shop: Shop) -> None:
    found = shop.http.get("/.well-known/oauth-authorization-server").json()
    assert found["authorization_endpoint"] == f"{ISSUER}/authorize"
    assert found["pushed_authorization_request_endpoint"] == f"{ISSUER}/par"
    assert found["grant_types_supported"] == ["authorization_code", "refresh_token", "client_credentials"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert "none" in found["token_endpoint_auth_methods_supported"]
    assert "none" not in found["introspection_endpoint_auth_methods_supported"]
    assert json.dumps(found)
