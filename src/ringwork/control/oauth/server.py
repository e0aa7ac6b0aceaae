"""What the authorization server answers, whichever way it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ringwork.control.ledger.deeds import Actor, acting
from ringwork.control.oauth.assertions import ALGORITHMS
from ringwork.control.oauth.authentication import ClientAuthentication, Presented
from ringwork.control.oauth.clients import Clients
from ringwork.control.oauth.errors import Declined
from ringwork.control.oauth.model import Client
from ringwork.control.oauth.ports import AssertionRecords
from ringwork.control.oauth.proofs import ALGORITHMS as PROOF_ALGORITHMS
from ringwork.control.oauth.proofs import Proofs
from ringwork.control.oauth.scopes import within
from ringwork.control.oauth.signing import TokenKeys
from ringwork.control.oauth.tokens import AccessTokens
from ringwork.control.oauth.users.authorization import UserAuthorization
from ringwork.control.oauth.users.grants import Held, Redemption, narrowed
from ringwork.control.oauth.users.model import UserGrant
from ringwork.control.oauth.users.refresh_tokens import PREFIX
from ringwork.intent.authorization import AuthorizationTerms, jwks_uri_of
from ringwork.kernel.clock import Clock

_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
_OWN, _CODE, _REFRESH = "client_credentials", "authorization_code", "refresh_token"


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A client that proved itself, and what holds for this request of it."""

    client: Client
    terms: AuthorizationTerms


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """RFC 6749 §4.1.3, §4.4.2, §6; `proof`: that the client has a key (RFC 9449)."""

    grant_type: str | None
    scope: str | None = None
    resources: tuple[str, ...] = ()
    code: str | None = field(default=None, repr=False)
    code_verifier: str | None = field(default=None, repr=False)
    redirect_uri: str | None = None
    refresh_token: str | None = field(default=None, repr=False)
    proof: str | None = field(default=None, repr=False)


class AuthorizationServer:
    """`terms` are the newest revision's; None: it has no authorization server."""

    def __init__(
        self,
        clients: Clients,
        keys: TokenKeys,
        tokens: AccessTokens,
        authentication: ClientAuthentication,
        assertions: AssertionRecords,
        users: UserAuthorization,
        *,
        terms: Callable[[], AuthorizationTerms | None],
        clock: Clock,
    ) -> None:
        self.clients = clients
        self.keys = keys
        self.users = users
        self._proofs = Proofs(assertions, clock)
        self._tokens = tokens
        self._authentication = authentication
        self._assertions = assertions
        self._terms = terms
        self._clock = clock

    @property
    def terms(self) -> AuthorizationTerms | None:
        return self._terms()

    def authenticated(self, presented: Presented, admit: Callable[[Client], None]) -> Authenticated:
        """`admit` may decline a client that proved itself. Raises Declined."""
        terms = self._demand()
        return Authenticated(self._authentication.client(presented, terms.server, admit), terms)

    def token(
        self, asking: Authenticated, asked: TokenRequest, admit: Callable[[UserGrant], None]
    ) -> dict[str, Any]:
        """`admit` may decline a public client's refresh. Raises Declined."""
        grants = _grants_of(asking)
        if asked.grant_type is None:
            raise Declined("invalid_request", "grant_type is missing")
        if asked.grant_type not in _supported(asking.terms):
            known = ", ".join(_supported(asking.terms))
            raise Declined("unsupported_grant_type", f"the grant types are {known}")
        if asked.grant_type not in grants:
            raise Declined("unauthorized_client", "this client may not use that grant type")
        bound_to = None if asked.proof is None else self._proven(asking, asked.proof)
        if asked.grant_type == _OWN:
            return self._tokens.issue(asking.client, asking.terms, asked.scope, asked.resources, bound_to)
        with acting(_actor(asking.client)):
            if asked.grant_type == _CODE:
                return self._for_a_code(asking, asked, bound_to)
            return self._refreshed(asking, asked, bound_to, admit)

    def _for_a_code(self, asking: Authenticated, asked: TokenRequest, bound_to: str | None) -> dict[str, Any]:
        if asked.code is None or asked.code_verifier is None:
            raise Declined("invalid_request", "code and code_verifier are demanded")
        given = Redemption(asked.code, asked.code_verifier, asked.redirect_uri, bound_to)
        held = self.users.grants.redeem(asking.client, given, asking.terms.server)
        return self._issued_for(asking, held, None, asked.resources, bound_to)

    def _refreshed(
        self,
        asking: Authenticated,
        asked: TokenRequest,
        bound_to: str | None,
        admit: Callable[[UserGrant], None],
    ) -> dict[str, Any]:
        if asked.refresh_token is None:
            raise Declined("invalid_request", "refresh_token is missing")

        def admitted(grant: UserGrant) -> None:
            """All that may be wrong with the request, before its token is used up."""
            narrowed(grant.scopes, asked.scope)
            _resources(grant, asked.resources)
            if asking.client.is_public:
                admit(grant)

        held = self.users.grants.refresh(
            asking.client, asked.refresh_token, asking.terms.server, admit=admitted, jkt=bound_to
        )
        return self._issued_for(asking, held, asked.scope, asked.resources, bound_to)

    def _issued_for(
        self,
        asking: Authenticated,
        held: Held,
        scope: str | None,
        resources: tuple[str, ...],
        bound_to: str | None,
    ) -> dict[str, Any]:
        """As far as the client may have it still."""
        terms, grant = asking.terms, held.grant
        there = {*within(terms, asking.client.credential)}
        scopes = [name for name in narrowed(grant.scopes, scope) if name in there]
        told = _resources(grant, resources)
        issued = self._tokens.issue_for(
            asking.client, terms, scopes, told, held.said, held.lifetime_s, bound_to
        )
        return issued | {"refresh_token": held.refresh_token}

    def _proven(self, asking: Authenticated, proof: str) -> str:
        url = f"{asking.terms.server.issuer}/token"
        return self._proofs.thumbprint(proof, method="POST", url=url)

    def introspected(self, asking: Authenticated, token: str) -> dict[str, Any]:
        if asking.client.is_public:
            raise Declined("invalid_client", "a public client looks into nothing")
        if token.startswith(PREFIX):
            return self._introspected_grant(asking, token)
        return self._tokens.introspected(asking.client, asking.terms.server, token)

    def _introspected_grant(self, asking: Authenticated, token: str) -> dict[str, Any]:
        grant = self.users.grants.looked_at(asking.client, token, asking.terms.server)
        if grant is None:
            return {"active": False}
        return {
            "active": True,
            "client_id": grant.client_id,
            "scope": " ".join(grant.scopes),
            "exp": int(grant.expires_at.timestamp()),
            "iat": int(grant.created_at.timestamp()),
            "iss": asking.terms.server.issuer,
        }

    def revoke(self, asking: Authenticated, token: str) -> None:
        client = asking.client
        with acting(_actor(client)):
            if token.startswith(PREFIX):
                self.users.grants.revoke(client, token)
            else:
                self._tokens.revoke(client, asking.terms.server, token)

    def metadata(self) -> dict[str, Any]:
        """RFC 8414 §2. Scopes are not among it: whose they are is not everybody's business."""
        terms = self._demand()
        issuer, has_users = terms.server.issuer, terms.server.users is not None
        public = ["none"] if has_users else []
        proofs = {
            f"{endpoint}_endpoint_auth_{what}_supported": values
            for endpoint, more in (("token", public), ("introspection", []), ("revocation", public))
            for what, values in (("methods", [*_METHODS, *more]), ("signing_alg_values", [*ALGORITHMS]))
        }
        return {
            "issuer": issuer,
            "token_endpoint": f"{issuer}/token",
            "introspection_endpoint": f"{issuer}/introspect",
            "revocation_endpoint": f"{issuer}/revoke",
            "jwks_uri": jwks_uri_of(issuer),
            "grant_types_supported": [*_supported(terms)],
            "response_types_supported": [],
            "dpop_signing_alg_values_supported": [*PROOF_ALGORITHMS],
            **proofs,
            **(_of_users(issuer) if has_users else {}),
        }

    def tidy(self) -> None:
        """What is due now and then: another key, what is over forgotten."""
        terms = self._terms()
        if terms is not None:
            self.keys.renew()
            self.users.grants.forget_old(terms.server)
        self._tokens.forget_ended()
        self._assertions.forget(self._clock())

    def _demand(self) -> AuthorizationTerms:
        terms = self._terms()
        if terms is None:
            raise Declined("temporarily_unavailable", "there is no authorization server here now")
        return terms


def _supported(terms: AuthorizationTerms) -> tuple[str, ...]:
    return (_OWN,) if terms.server.users is None else (_CODE, _REFRESH, _OWN)


def _grants_of(asking: Authenticated) -> tuple[str, ...]:
    """A client that proves nothing acts for nobody but a user; one that nobody comes back to, for itself alone."""
    own = () if asking.client.is_public else (_OWN,)
    return (*own, _CODE, _REFRESH) if asking.client.redirect_uris else own


def _resources(grant: UserGrant, asked: tuple[str, ...]) -> tuple[str, ...]:
    """RFC 8707 §2.2: of those that were allowed. Raises Declined."""
    if grant.resources and not {*asked} <= {*grant.resources}:
        raise Declined("invalid_target", "a resource is none of those the user was asked for")
    return asked or grant.resources


def _of_users(issuer: str) -> dict[str, Any]:
    """RFC 8414 §2, RFC 9126 §5, RFC 9207 §3."""
    return {
        "authorization_endpoint": f"{issuer}/authorize",
        "pushed_authorization_request_endpoint": f"{issuer}/par",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


def _actor(client: Client) -> Actor:
    return Actor(f"client:{client.id}", "authorization server", f"client:{client.id}")
