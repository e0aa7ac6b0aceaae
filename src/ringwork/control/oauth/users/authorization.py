"""A user, an application that asks him, and what he says: from the request to the code (RFC 6749 §4.1)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import BoundedSemaphore, Lock
from typing import Any

from ringwork.control.ledger.deeds import Actor, acting
from ringwork.control.oauth.errors import Declined
from ringwork.control.oauth.model import Client
from ringwork.control.oauth.ports import ClientRecords
from ringwork.control.oauth.users.grants import UserGrants
from ringwork.control.oauth.users.model import User, UserGrant
from ringwork.control.oauth.users.redirecting import is_claimed, registered, with_answer
from ringwork.control.oauth.users.requests import Misdirected, Pairs, Request, only, read
from ringwork.control.oauth.users.visits import Visit, Visits
from ringwork.control.people.provider.client import Provider
from ringwork.control.people.provider.words import Denied, Unanswered, Vouched
from ringwork.control.sealing import derived_key
from ringwork.intent.authorization import AuthorizationIntent, AuthorizationTerms, UsersIntent
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

CALLBACK = "/authorize/callback"
PUSHED = "urn:ietf:params:oauth:request_uri:"
_PUSHED_FOR = timedelta(seconds=90)
_PUSHED_WHAT = b"pushed request"
_ID_CHARACTERS = 16
# Of a token's 8 KiB.
_MOST_TOLD_BYTES = 1_024
_LONGEST_SUBJECT = 255
_MOST_LISTED = 50
# Strangers may have us ask the provider; the rest of the server goes on meanwhile.
_ASKING_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What a user is shown. `scopes`: each with what its contract says of it; empty: nothing is said."""

    application: str
    owner: str
    user: str
    scopes: tuple[tuple[str, str], ...]
    receiver: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a user allowed an application, by all that came of it."""

    application_id: str
    application: str
    owner: str
    scopes: tuple[tuple[str, str], ...]
    since: str


class UserAuthorization:
    """`terms` are the newest revision's, `secret` resolves references, `key` is the state's own."""

    def __init__(
        self,
        grants: UserGrants,
        clients: ClientRecords,
        *,
        terms: Callable[[], AuthorizationTerms | None],
        secret: Callable[[str], str],
        key: Callable[[], bytes],
        clock: Clock,
    ) -> None:
        self.grants = grants
        self.visits = Visits(key, clock)
        self._clients = clients
        self._terms = terms
        self._secret = secret
        self._key = key
        self._clock = clock
        self._provider: Provider | None = None
        self._lock = Lock()
        self._asking = BoundedSemaphore(_ASKING_AT_ONCE)

    def terms(self) -> AuthorizationTerms:
        """Raises Refused where no users log in."""
        found = self._terms()
        if found is None or found.server.users is None:
            help = "Ask whoever runs the APIs."
            raise Refused("users-missing", "no users log in here", help, status=404)
        return found

    def request(self, pairs: Pairs) -> Request:
        """What an application asks in a browser. Raises Refused, Misdirected."""
        terms = self.terms()
        try:
            client_id, pushed = only(pairs, "client_id"), only(pairs, "request_uri")
        except Declined:
            raise _unknown_client() from None
        client = self._client(client_id or "", terms.server)
        if pushed is not None and pushed.startswith(PUSHED):
            pairs = self._pushed(client, pushed)
        return read(client, terms, pairs)

    def push(self, client: Client, terms: AuthorizationTerms, pairs: Pairs) -> dict[str, Any]:
        """RFC 9126 §2: the request as it is, sealed, so that nobody can send a browser with another. Raises
        Declined.
        """
        if terms.server.users is None or not client.redirect_uris:
            raise Declined("unauthorized_client", "this client has no users")
        try:
            read(client, terms, pairs)
        except Refused as refused:
            raise Declined("invalid_request", refused.message) from None
        except Misdirected as misdirected:
            raise misdirected.declined from None
        ends = int((self._clock() + _PUSHED_FOR).timestamp())
        sealed = self.visits.seal(json.dumps([client.id, ends, [*pairs]]).encode(), of=_PUSHED_WHAT)
        return {"request_uri": PUSHED + sealed, "expires_in": int(_PUSHED_FOR.total_seconds())}

    def login_url(self, visit: Visit) -> str:
        """Where the user says who he is. Raises Unanswered."""
        issuer = self.terms().server.issuer
        with self._conversation() as provider:
            return provider.login_url(
                redirect_uri=issuer + CALLBACK,
                state=visit.state,
                nonce=visit.nonce,
                challenge=visit.challenge,
            )

    def arrived(self, visit: Visit, said: Mapping[str, str]) -> Visit:
        """The provider sent the browser back. Raises Denied, Unanswered, Refused for an answer that is not of this
        browser's login.
        """
        if not visit.state or not hmac.compare_digest(said.get("state", "").encode(), visit.state.encode()):
            help = "Begin anew, in the application. Somebody may have sent you a link of a login that is not yours."
            raise Refused("login-foreign", "this answer is of another login", help, status=403)
        terms = self.terms()
        users = terms.server.users
        assert users is not None  # `terms` demands them
        with self._conversation() as provider:
            provider.demand_from_it(said.get("iss"))
            if "error" in said:
                raise Denied("the login did not let you in")
            vouched = provider.vouched(
                said.get("code", ""),
                verifier=visit.verifier,
                nonce=visit.nonce,
                redirect_uri=terms.server.issuer + CALLBACK,
                wanted=users.claims,
            )
        return self.visits.known(visit, self._user(vouched, users))

    def must_ask(self, visit: Visit) -> bool:
        """Whether the user has to be asked: he allowed less before, or nobody can say who is at that address."""
        request, user = _pair(visit)
        terms = self.terms()
        client = self._client(request.client_id, terms.server)
        if request.asks_anew or client.is_public or not is_claimed(request.redirect_uri):
            return True
        return not self.grants.has_allowed(user, client, request, terms.server)

    def asked(self, visit: Visit) -> Asked:
        request, user = _pair(visit)
        terms = self.terms()
        credential = self._client(request.client_id, terms.server).credential
        return Asked(
            credential.application,
            credential.consumer,
            user.name,
            _worded(request.scopes, terms),
            request.redirect_uri,
        )

    def allow(self, visit: Visit) -> str:
        """Where the browser goes with the code. Raises Refused for an application that has lost its right to ask."""
        request, user = _pair(visit)
        terms = self.terms()
        client = self._client(request.client_id, terms.server)
        if not registered(request.redirect_uri, client.redirect_uris):
            raise _unknown_client()
        with acting(_actor(user)):
            code = self.grants.allow(request, client, user, terms.server)
        return self._answer(request.redirect_uri, request.state, {"code": code})

    def refuse(self, visit: Visit) -> str:
        request, _ = _pair(visit)
        return self.declined(_as_misdirected(request, Declined("access_denied", "the user refused")))

    def declined(self, misdirected: Misdirected) -> str:
        """Where the browser goes with the reason (RFC 6749 §4.1.2.1)."""
        declined = misdirected.declined
        said = {"error": declined.code, "error_description": declined.description}
        return self._answer(misdirected.redirect_uri, misdirected.state, said)

    def let_down(self, visit: Visit, code: str) -> str | None:
        """The same for a login that came to nothing; None: no application waits."""
        if visit.request is None:
            return None
        declined = Declined(code, "the user could not log in")  # type: ignore[arg-type]
        return self.declined(_as_misdirected(visit.request, declined))

    def allowed(self, user: User) -> list[Allowed]:
        """What the user allowed and can take back, by application."""
        terms = self.terms()
        found: dict[str, list[UserGrant]] = {}
        for grant in self.grants.of_user(user.id, terms.server):
            found.setdefault(grant.application_id, []).append(grant)
        return [self._overview(grants, terms) for grants in found.values()]

    def take_back(self, user: User, application_id: str) -> None:
        """Gateways refuse all that came of it when it returns."""
        with acting(_actor(user)):
            for grant in self.grants.of_user(user.id, self.terms().server):
                if grant.application_id == application_id:
                    self.grants.end(grant.id, "the user took it back")

    def _overview(self, grants: list[UserGrant], terms: AuthorizationTerms) -> Allowed:
        client = self._clients.find(grants[0].client_id)
        scopes = dict.fromkeys(name for grant in grants for name in grant.scopes)
        return Allowed(
            grants[0].application_id,
            "?" if client is None else client.credential.application,
            "?" if client is None else client.credential.consumer,
            _worded(scopes, terms),
            min(grant.created_at for grant in grants).date().isoformat(),
        )

    def _answer(self, receiver: str, state: str | None, said: dict[str, str]) -> str:
        """With the issuer, so that no application takes it for another's (RFC 9207)."""
        terms = self.terms()
        stated = {} if state is None else {"state": state}
        return with_answer(receiver, said | stated | {"iss": terms.server.issuer})

    def _client(self, client_id: str, server: AuthorizationIntent) -> Client:
        """Raises Refused: whoever asks is nobody, and nobody is sent anywhere."""
        usable = client_id.isascii() and client_id.isalnum() and len(client_id) <= 12
        client = self._clients.find(client_id) if usable else None
        known = client is not None and client.works and client.credential.ring in server.rings
        if client is None or not known or not client.redirect_uris:
            raise _unknown_client()
        return client

    def _pushed(self, client: Client, request_uri: str) -> Pairs:
        opened = self.visits.unsealed(request_uri.removeprefix(PUSHED), of=_PUSHED_WHAT)
        pushed_by, ends, pairs = (None, 0, []) if opened is None else json.loads(opened)
        if pushed_by != client.id or self._clock().timestamp() >= ends:
            help = "Begin anew, in the application."
            raise Refused("request-over", "what the application asks is not known here, or no longer", help)
        return [(name, value) for name, value in pairs]

    def _user(self, vouched: Vouched, users: UsersIntent) -> User:
        """Raises Denied for one no service could be told of, and for one who is named as a client is."""
        subject = vouched.subject
        told = all(" " <= each <= "~" for each in subject) and subject.strip() == subject
        if not told or not 0 < len(subject) <= _LONGEST_SUBJECT or self._clients.find(subject) is not None:
            raise Denied("your login calls you something that services cannot be told")
        claims = {name: value for name, value in vouched.claims.items() if _can_be_told(value)}
        if len(json.dumps(claims)) > _MOST_TOLD_BYTES:
            raise Denied("your login says more of you than a token can hold")
        naming = derived_key(self._key(), b"users: ids")
        named = f"{users.provider.issuer}\0{subject}".encode()
        user_id = hmac.digest(naming, named, "sha256").hex()[:_ID_CHARACTERS]
        return User(user_id, subject, vouched.name, claims)

    @contextmanager
    def _conversation(self) -> Iterator[Provider]:
        """Raises Unanswered: the provider is silent, or too many wait for it."""
        if not self._asking.acquire(blocking=False):
            raise Unanswered("too many people log in at once")
        try:
            yield self._the_provider()
        finally:
            self._asking.release()

    def _the_provider(self) -> Provider:
        """Raises Unanswered."""
        users = self.terms().server.users
        assert users is not None  # `terms` demands them
        with self._lock:
            if self._provider is None or self._provider.said != users.provider:
                try:
                    self._provider = Provider(users.provider, secret=self._secret, clock=self._clock)
                except (LookupError, OSError, ValueError) as error:
                    raise Unanswered(f"the provider's CA cannot be used: {error}") from None
            return self._provider


def _pair(visit: Visit) -> tuple[Request, User]:
    """Raises Refused for a visit that has not come so far."""
    if visit.request is None or visit.user is None:
        raise login_over()
    return visit.request, visit.user


def _as_misdirected(request: Request, declined: Declined) -> Misdirected:
    return Misdirected(declined, request.redirect_uri, request.state)


def _worded(scopes: Iterable[str], terms: AuthorizationTerms) -> tuple[tuple[str, str], ...]:
    return tuple((name, terms.words.get(name, "")) for name in scopes)


def _can_be_told(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= _MOST_LISTED and all(isinstance(each, str) for each in value)
    return isinstance(value, str | int)  # a truth value is an int


def _actor(user: User) -> Actor:
    return Actor(f"user:{user.id}", "authorization server", f"user:{user.id}")


def login_over() -> Refused:
    help = "Begin anew, in the application. Cookies of this site must be allowed."
    message = "this login is over, or was begun in another browser or window"
    return Refused("login-over", message, help, status=403)


def _unknown_client() -> Refused:
    help = "It is not known here, or may not ask users any more: you can do nothing here."
    return Refused("client-unknown", "this application cannot ask you anything", help)
