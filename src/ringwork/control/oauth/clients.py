"""OAuth clients: what of an application's gets access tokens. They are credentials beside its keys, so that whatever
becomes of the application becomes of them.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ringwork.control.consumers.applications import Applications, demand_working
from ringwork.control.consumers.model import PARTNER, Application
from ringwork.control.demands import Demand, Foretold, nothing_demanded, nothing_foretold
from ringwork.control.keys import check_scopes
from ringwork.control.model import CLIENT, Agreed, Credential, Restrictions
from ringwork.control.node import NodeIdentity
from ringwork.control.oauth.assertions import ALGORITHMS
from ringwork.control.oauth.model import Authentication, Client
from ringwork.control.oauth.ports import ClientRecords
from ringwork.control.oauth.users.redirecting import MOST_OF_A_CLIENT, problem_of
from ringwork.control.people.tokens import hashed, minted
from ringwork.control.ports import KeyMint
from ringwork.intent.authorization import AuthorizationIntent
from ringwork.kernel.canonical import content_hash
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused
from ringwork.manifest.key_sets import key_set

SECRET = "rwc_"
# One for each place an application runs at, and then some.
MOST_OF_AN_APPLICATION = 100
_MOST_KEYS = 10
_PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """`application` is an id. `jwks` None: the client proves itself by a secret that is made for it, or by nothing
    where it `is_public`. `scopes` empty: every one of its agreement. `redirect_uris`: where its users come back to;
    none: it acts for itself.
    """

    application: str
    jwks: dict[str, Any] | None = None
    scopes: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class MadeClient:
    """`secret` is shown once and kept nowhere; None: it has a key of its own, or is public."""

    client: Client
    secret: str | None = field(repr=False)


class Clients:
    """`agreed` gives what the applied estate says; it raises Refused when nothing is applied. What changes is known to
    the gateway when the method returns.
    """

    def __init__(
        self,
        records: ClientRecords,
        applications: Applications,
        node: NodeIdentity,
        *,
        agreed: Callable[[], Agreed],
        mint: KeyMint,
        clock: Clock,
    ) -> None:
        self._records = records
        self._applications = applications
        self._node = node
        self._agreed = agreed
        self._mint = mint
        self._clock = clock

    def create(self, request: ClientRequest, foretold: Foretold[MadeClient] = nothing_foretold) -> MadeClient:
        """Raises Refused: no authorization server, no such application or one that is suspended, keys that are none,
        addresses nobody may be sent to.
        """
        agreed = self._agreed()
        application = self._applications.demand(request.application)
        credential = self._credential(application, agreed, request.scopes)
        if self._records.count(application.id) >= MOST_OF_AN_APPLICATION:
            message = f"{application.name} has {MOST_OF_AN_APPLICATION} clients"
            raise Refused("clients-too-many", message, "Revoke those nobody uses.", status=409)
        _check_users(request, None if agreed.authorization is None else agreed.authorization.server)
        secret = None if request.jwks is not None or request.is_public else minted(SECRET).text
        client = Client(
            credential,
            _authentication(request),
            secret_sha256=None if secret is None else hashed(secret),
            jwks=None if request.jwks is None else _public_keys(request.jwks),
            redirect_uris=tuple(dict.fromkeys(request.redirect_uris)),
        )
        kept = self._records.add(client, demand_working, lambda made: foretold(MadeClient(made, secret)))
        self._node.bring_up_to_date()
        return MadeClient(kept, secret)

    def rotate_secret(
        self,
        client_id: str,
        overlap: timedelta | None,
        demand: Demand[Client] = nothing_demanded,
        foretold: Foretold[MadeClient] = nothing_foretold,
    ) -> MadeClient:
        """Another secret; the one before works for `overlap` still; None: no longer. Raises Refused."""
        secret, now = minted(SECRET).text, self.now()

        def turn(found: Client) -> Client:
            demand(found)
            _demand_secret(found)
            turned = _with_secret(found, hashed(secret), None if overlap is None else now + overlap)
            foretold(MadeClient(turned, secret))
            return turned

        return MadeClient(self._changed("rotate-secret", client_id, turn), secret)

    def revoke(self, client_id: str, demand: Demand[Client] = nothing_demanded) -> Client:
        """Ends it, and all its tokens. Again is no error. Raises Refused when there is none."""
        now = self.now()

        def turn(found: Client) -> Client:
            demand(found)
            ended = found.credential.revoked_at or now
            return replace(found, credential=replace(found.credential, revoked_at=ended))

        return self._changed("revoke", client_id, turn)

    def list(self, *, limit: int, after: str = "") -> list[Client]:
        return self._records.all(limit=limit, after=after)

    def find(self, client_id: str) -> Client | None:
        return self._records.find(client_id)

    def demand(self, client_id: str) -> Client:
        """Raises Refused when there is none."""
        found = self._records.find(client_id)
        if found is None:
            raise _unknown(client_id)
        return found

    def now(self) -> datetime:
        return self._clock().replace(microsecond=0)

    def _changed(self, verb: str, client_id: str, turn: Callable[[Client], Client]) -> Client:
        changed = self._records.change(verb, client_id, self.now(), turn)
        if changed is None:
            raise _unknown(client_id)
        self._node.bring_up_to_date()
        return changed

    def _credential(self, application: Application, agreed: Agreed, scopes: tuple[str, ...]) -> Credential:
        """Its hash is of chance: no text is a key of it."""
        server = None if agreed.authorization is None else agreed.authorization.server
        account, is_partner = application.account, application.account.kind == PARTNER
        ring = _demand_ring(server, PARTNER if is_partner else _PUBLIC)
        if is_partner and account.name not in agreed.partners:
            message = f'the applied estate has no partner "{account.name}"'
            raise Refused("partner-unknown", message, "Bring it back, or take another application.")
        check_scopes(scopes)
        return Credential(
            id=self._mint(agreed.environment).id,
            sha256=content_hash(secrets.token_bytes(32)),
            environment=agreed.environment,
            ring=ring,
            consumer=account.name,
            application=application.name,
            created_at=self.now(),
            plan=application.plan,
            partner=account.name if is_partner else None,
            restrictions=Restrictions(scopes=tuple(sorted({*scopes}))),
            application_id=application.id,
            kind=CLIENT,
        )


def _demand_ring(server: AuthorizationIntent | None, ring: str) -> str:
    if server is None or ring not in server.rings:
        message = f"no authorization server gives tokens for the {ring} ring"
        help = f"Write `authorization_server` in ringwork.yaml, with {ring} among its rings, and apply the estate."
        raise Refused("authorization-server-missing", message, help, status=409)
    return ring


def _check_users(request: ClientRequest, server: AuthorizationIntent | None) -> None:
    """Raises Refused for a client of users that can have none, and for one that is public without."""
    if not request.redirect_uris:
        if request.is_public:
            message = "a public client acts for users, and has nowhere they come back to"
            help = "Name its redirect URIs, or let it have a secret."
            raise Refused("client-public", message, help)
        return
    if request.is_public and request.jwks is not None:
        message, help = (
            "a public client proves itself by nothing",
            "Leave out its keys, or that it is public.",
        )
        raise Refused("client-public", message, help)
    if server is None or server.users is None:
        message = "no users can log in: the authorization server has no provider of theirs"
        help = "Write `authorization_server: {users: {issuer: …}}` in ringwork.yaml, and apply the estate."
        raise Refused("users-missing", message, help, status=409)
    if len(request.redirect_uris) > MOST_OF_A_CLIENT:
        help = "Register those it uses, to the letter; of 127.0.0.1 and [::1] any port will do."
        message = f"a client has at most {MOST_OF_A_CLIENT} redirect URIs"
        raise Refused("redirect-unusable", message, help)
    for uri in request.redirect_uris:
        problem = problem_of(uri, public=request.is_public)
        if problem is not None:
            help = "Use https, http://127.0.0.1 or http://[::1], or a scheme like com.example.app."
            raise Refused("redirect-unusable", f'redirect URI "{uri[:100]}" {problem}', help)


def _authentication(request: ClientRequest) -> Authentication:
    if request.is_public:
        return "none"
    return "client_secret" if request.jwks is None else "private_key_jwt"


def _public_keys(stated: dict[str, Any]) -> dict[str, Any]:
    """Raises Refused for keys nothing could be verified with, and for private ones."""
    found = key_set(json.dumps(stated).encode())
    keys = found.jwks["keys"]
    problem = found.problem
    if problem is None and found.private:
        problem = "holds private keys or shared secrets: replace them, somebody else has seen them"
    elif problem is None and (not found.usable_for(ALGORITHMS) or len(keys) > _MOST_KEYS):
        problem = f"needs 1 to {_MOST_KEYS} keys for one of {', '.join(ALGORITHMS)}"
    elif problem is None and any(not isinstance(key.get("kid"), str) for key in keys):
        problem = "has a key without `kid`"
    if problem is not None:
        help = "Send a JWK set of public keys (RFC 7517), each with a `kid`."
        raise Refused("client-keys-unusable", f"this key set {problem}", help)
    return found.jwks


def _demand_secret(client: Client) -> None:
    if client.authentication != "client_secret":
        message, help = (
            f"client {client.id} has no secret",
            "Make another client for another key, or a secret.",
        )
        raise Refused("client-without-secret", message, help, status=409)
    if client.credential.revoked_at is not None:
        raise Refused("client-over", f"client {client.id} is revoked", "Make another one.", status=409)


def _with_secret(client: Client, sha256: str, until: datetime | None) -> Client:
    before = None if until is None else client.secret_sha256
    return replace(client, secret_sha256=sha256, previous_sha256=before, previous_until=until)


def _unknown(client_id: str) -> Refused:
    help = "`ringwork client list` shows them."
    return Refused("client-unknown", f"there is no client {client_id}", help, status=404)
