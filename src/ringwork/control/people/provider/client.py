"""The control plane as a client: authorization code with PKCE, refresh tokens, userinfo."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import quote_plus, urlencode

from ringwork.control.people.provider.asking import Asking
from ringwork.control.people.provider.keys import ProviderKeys
from ringwork.control.people.provider.metadata import Metadata, read_metadata
from ringwork.control.people.provider.tokens import Expected, id_token, logout_token, subject
from ringwork.control.people.provider.words import Denied, Identified, Unanswered, Vouched
from ringwork.intent.people import ProviderIntent
from ringwork.kernel.clock import Clock

# RFC 6749 §5.2, OpenID Connect Core §3.1.2.6: words about a person, and not about this client.
_NO = frozenset(
    {"invalid_grant", "access_denied", "interaction_required", "login_required", "consent_required"}
    | {"account_selection_required"}
)
_METADATA_FOR = timedelta(hours=1)
_LONGEST_NAME = 100
_LONGEST_REFRESH = 16 * 1024
_MOST_SEEN = 10_000


class Provider:
    """`secret` resolves references. Every method may raise Unanswered."""

    def __init__(self, said: ProviderIntent, *, secret: Callable[[str], str], clock: Clock) -> None:
        self.said = said
        self._secret = secret
        self._clock = clock
        self._asking = Asking(said.issuer, None if said.ca is None else secret(said.ca))
        self._expected = Expected(said.issuer, said.client_id, said.algorithms)
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[str, ProviderKeys] | None = None
        self._logouts: dict[str, datetime] = {}
        self._lock = Lock()

    def login_url(self, *, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        """Where a browser begins (Core §3.1.2.1, RFC 7636 §4.3)."""
        asked = {
            "response_type": "code",
            "client_id": self.said.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.said.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if self.said.ask_consent:
            asked["prompt"] = "consent"
        endpoint = self._about().authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def demand_from_it(self, iss: str | None) -> None:
        """Raises Denied for an answer that is another provider's (RFC 9207 §2.4)."""
        if iss is None:
            if self._about().names_itself:
                raise Denied("the answer does not say which provider gave it")
        elif iss != self.said.issuer:
            raise Denied("another provider answered")

    def identified(
        self, code: str, *, verifier: str, nonce: str, redirect_uri: str, wanted: frozenset[tuple[str, str]]
    ) -> Identified:
        """Whom a login was about. `wanted`: claims and values that lead to a group. Raises Denied."""
        said, claims = self._of_login(code, verifier, nonce, redirect_uri)
        return self._identified(said, claims, wanted)

    def vouched(
        self, code: str, *, verifier: str, nonce: str, redirect_uri: str, wanted: Iterable[str]
    ) -> Vouched:
        """Whom a login was about, with these claims of his as they are. Raises Denied."""
        said, claims = self._of_login(code, verifier, nonce, redirect_uri)
        known = claims | self._userinfo(said, claims, wanted)
        return Vouched(claims["sub"], _name(known), {name: _at(known, name) for name in wanted})

    def still(self, refresh: str, of: str, wanted: frozenset[tuple[str, str]]) -> Identified:
        """The person `of` (a subject) as the provider knows him now. Raises Denied."""
        said = self._tokens({"grant_type": "refresh_token", "refresh_token": refresh})
        claims = self._id_token(said) or {"sub": of}
        if claims["sub"] != of:
            raise Denied("the provider answered about somebody else")
        return self._identified(said, claims, wanted)

    def logged_out(self, token: str) -> tuple[str | None, str | None]:
        """Subject and session a logout token is about, of which one may be None. Raises Denied."""
        now = self._clock()
        claims = logout_token(token, self._found_keys(), self._expected, now)
        with self._lock:
            self._logouts = {jti: until for jti, until in self._logouts.items() if until > now}
            if claims["jti"] in self._logouts or len(self._logouts) >= _MOST_SEEN:
                raise Denied("this logout token was used")
            self._logouts[claims["jti"]] = now + timedelta(minutes=10)
        sub, sid = claims.get("sub"), claims.get("sid")
        return sub if isinstance(sub, str) else None, sid if isinstance(sid, str) else None

    def close(self) -> None:
        self._asking.close()

    def _of_login(
        self, code: str, verifier: str, nonce: str, redirect_uri: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The token endpoint's answer, and the claims of its ID token. Raises Denied."""
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        said = self._tokens(grant | {"code_verifier": verifier})
        claims = self._id_token(said)
        if claims is None or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise Denied("the ID token is not of this login")
        return said, claims

    def _identified(
        self, said: Mapping[str, Any], claims: dict[str, Any], wanted: frozenset[tuple[str, str]]
    ) -> Identified:
        known = claims | self._userinfo(said, claims, {claim for claim, _ in wanted})
        sid, refresh = claims.get("sid"), said.get("refresh_token")
        usable = isinstance(refresh, str) and len(refresh) <= _LONGEST_REFRESH
        return Identified(
            subject=claims["sub"],
            name=_name(known),
            claims=tuple(sorted(wanted & frozenset(_held(known, {claim for claim, _ in wanted})))),
            sid=sid if isinstance(sid, str) else None,
            refresh=str(refresh) if usable else None,
        )

    def _userinfo(
        self, said: Mapping[str, Any], claims: Mapping[str, Any], wanted: Iterable[str]
    ) -> dict[str, Any]:
        """What the ID token leaves out (Core §5.3); what both say is the ID token's."""
        endpoint, access = self._about().userinfo_endpoint, said.get("access_token")
        complete = all(_at(claims, each) is not None for each in (*wanted, "name"))
        if complete or endpoint is None or not isinstance(access, str):
            return {}
        status, told = self._asking.json("GET", endpoint, headers={"authorization": f"Bearer {access}"})
        if status in (401, 403):
            raise Denied("the provider does not tell about this person any more")
        if status != 200:
            raise Unanswered(f"the provider's userinfo answers {status}")
        if told.get("sub") != claims["sub"]:
            raise Denied("the provider told about somebody else")
        return {name: value for name, value in told.items() if name not in claims}

    def _id_token(self, said: Mapping[str, Any]) -> dict[str, Any] | None:
        text, access = said.get("id_token"), said.get("access_token")
        if not isinstance(text, str):
            return None
        bound = access if isinstance(access, str) else None
        return id_token(text, self._found_keys(), self._expected, self._clock(), bound)

    def _tokens(self, grant: dict[str, str]) -> dict[str, Any]:
        """The token endpoint's answer (RFC 6749 §5). Raises Denied when it is no."""
        about = self._about()
        form, headers = self._as_ourselves(grant, about)
        status, said = self._asking.json("POST", about.token_endpoint, form=form, headers=headers)
        if status == 200:
            return said
        error = said.get("error")
        if error in _NO:
            raise Denied(f"the provider refuses ({error})")
        known = error if isinstance(error, str) and error.replace("_", "").isalnum() else status
        raise Unanswered(f"the provider does not take this control plane's request ({known})")

    def _as_ourselves(self, grant: dict[str, str], about: Metadata) -> tuple[dict[str, str], dict[str, str]]:
        """RFC 6749 §2.3.1."""
        named = grant | {"client_id": self.said.client_id}
        if self.said.client_secret is None:
            return named, {}
        try:
            secret = self._secret(self.said.client_secret)
        except LookupError as error:
            raise Unanswered(f"the client secret has no value: {error}") from None
        if "client_secret_basic" not in about.authenticates_by:
            return named | {"client_secret": secret}, {}
        pair = f"{quote_plus(self.said.client_id)}:{quote_plus(secret)}"
        return grant, {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def _about(self) -> Metadata:
        now = self._clock()
        known = self._metadata
        if known is None or not now - _METADATA_FOR < known[0] <= now:
            known = self._metadata = (now, read_metadata(self._asking, self.said.issuer))
        return known[1]

    def _found_keys(self) -> ProviderKeys:
        uri = self._about().jwks_uri
        with self._lock:
            if self._keys is None or self._keys[0] != uri:
                self._keys = (uri, ProviderKeys(self._asking, uri))
            return self._keys[1]


def _name(claims: Mapping[str, Any]) -> str:
    """For whoever reads a list of people; what the provider calls him if it says nothing better."""
    given = (claims.get(each) for each in ("name", "preferred_username"))
    name = next((each for each in given if isinstance(each, str) and each.strip()), subject(dict(claims)))
    return "".join(each for each in name if each.isprintable())[:_LONGEST_NAME] or "?"


def _held(claims: Mapping[str, Any], wanted: Iterable[str]) -> Iterator[tuple[str, str]]:
    for claim in wanted:
        found = _at(claims, claim)
        if claim == "email" and claims.get("email_verified") is False:
            continue  # anybody can say that it is his
        for value in found if isinstance(found, list) else [found]:
            if isinstance(value, bool):
                yield claim, "true" if value else "false"
            elif isinstance(value, str | int):
                yield claim, str(value)


def _at(claims: Mapping[str, Any], claim: str) -> Any:
    """The claim of that name, or below it: `realm_access.roles`."""
    if claim in claims:
        return claims[claim]
    found: Any = claims
    for part in claim.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
