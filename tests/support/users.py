"""Users of APIs: terms with a provider of theirs, its simple twin, and a browser without scripts."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.testclient import TestClient

from ringwork.control.people.provider.words import Denied, Vouched
from ringwork.intent.authorization import AuthorizationTerms, UsersIntent
from ringwork.intent.people import ProviderIntent
from tests.support.oauth import ISSUER, TERMS

PROVIDER = ProviderIntent("https://login.customers.test", "ringwork", "secret://idp", ("openid",), ("ES256",))
USERS = UsersIntent(PROVIDER, ("customer", "teams"))
USER_TERMS: AuthorizationTerms = replace(
    TERMS,
    server=replace(TERMS.server, users=USERS, refresh_lifetime_s=30 * 86_400, refresh_idle_s=7 * 86_400),
    words={"orders:read": "See your orders", "orders:write": "Change <b>your</b> orders"},
)


@dataclass
class ProviderTwin:
    """Vouches for whoever it is told to: a code is the name of somebody."""

    said: ProviderIntent = PROVIDER
    claims: dict[str, Any] = field(default_factory=lambda: {"customer": "c-7", "teams": ["a", "b"]})
    answers: set[str] = field(default_factory=set)

    def login_url(self, *, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        asked = {"redirect_uri": redirect_uri, "state": state, "nonce": nonce, "challenge": challenge}
        return f"{self.said.issuer}/auth?{urlencode(asked)}"

    def demand_from_it(self, iss: str | None) -> None:
        if iss not in (None, self.said.issuer):
            raise Denied("another provider answered")

    def vouched(
        self, code: str, *, verifier: str, nonce: str, redirect_uri: str, wanted: Iterable[str]
    ) -> Vouched:
        assert verifier and nonce and redirect_uri == f"{ISSUER}/authorize/callback"
        if not code or code in self.answers:
            raise Denied("the provider refuses (invalid_grant)")
        self.answers.add(code)
        name, _, _ = code.partition("-")
        return Vouched(name, name.title(), {each: self.claims.get(each) for each in wanted})


def pkce() -> tuple[str, str]:
    """Verifier and challenge (RFC 7636 §4)."""
    verifier = secrets.token_urlsafe(32)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def said_in(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


class UserBrowser:
    """One browser: its cookies, and the page it is at."""

    def __init__(self, api: Any, issuer: str = ISSUER) -> None:
        self.http = TestClient(api, base_url=issuer, raise_server_exceptions=False, follow_redirects=False)
        self.issuer = issuer

    def get(self, url: str) -> Any:
        return self.http.get(url)

    def logs_in(self, began: Any, name: str = "alice") -> Any:
        """From the answer that sends it to the provider, to what comes after the provider sent it back."""
        assert began.status_code == 303, began.text
        state = said_in(began.headers["location"])["state"]
        code = f"{name}-{secrets.token_hex(4)}"
        back = self.get("/authorize/callback?" + urlencode({"code": code, "state": state}))
        own = back.headers.get("location", "").startswith("/")
        return self.get(back.headers["location"]) if own else back

    def answers(self, page: Any, answer: str = "allow", **more: str) -> Any:
        """The form of a page, as a browser sends it."""
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
        action = re.search(r'action="([^"]+)"', page.text)
        assert csrf and action, page.text
        given = {"csrf": csrf[1], "answer": answer} | more
        return self.http.post(action[1], data=given, headers={"origin": self.issuer})


def onward(page: Any) -> str:
    """Where a page leads by itself."""
    found = re.search(r'http-equiv="refresh" content="\d+; url=([^"]*)"', page.text)
    assert found is not None, page.text
    return unescape(found[1])
