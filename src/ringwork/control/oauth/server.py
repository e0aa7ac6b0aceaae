"""What the authorization server answers, whichever way it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ringwork.control.ledger.deeds import Actor, acting
from ringwork.control.oauth.authentication import ClientAuthentication, Presented
from ringwork.control.oauth.binding import Binding
from ringwork.control.oauth.certificates import Certificate, handed_on
from ringwork.control.oauth.clients import Clients
from ringwork.control.oauth.errors import Declined
from ringwork.control.oauth.metadata import metadata
from ringwork.control.oauth.model import Client
from ringwork.control.oauth.ports import AssertionRecords
from ringwork.control.oauth.proofs import Proofs
from ringwork.control.oauth.scopes import within
from ringwork.control.oauth.signing import TokenKeys
from ringwork.control.oauth.tokens import AccessTokens
from ringwork.control.oauth.users.authorization import UserAuthorization
from ringwork.control.oauth.users.grants import Held, Redemption, narrowed
from ringwork.control.oauth.users.model import UserGrant
from ringwork.control.oauth.users.refresh_tokens import PREFIX
from ringwork.intent.authorization import AuthorizationTerms
from ringwork.kernel.clock import Clock

_OWN, _CODE, _REFRESH = "client_credentials", "authorization_code", "refresh_token"


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A client that proved itself, and what holds for this request of it. `shown`: the certificate it came with."""

    client: Client
    terms: AuthorizationTerms
    shown: Certificate | None = None


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
        shown = handed_on(presented.fields, terms.server.client_certificates)
        client = self._authentication.client(presented, shown, terms.server, admit)
        return Authenticated(client, terms, shown)

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
        binding = self._binding(asking, asked.proof)
        if asked.grant_type == _OWN:
            return self._tokens.issue(asking.client, asking.terms, asked.scope, asked.resources, binding)
        with acting(_actor(asking.client)):
            if asked.grant_type == _CODE:
                return self._for_a_code(asking, asked, binding)
            return self._refreshed(asking, asked, binding, admit)

    def _for_a_code(self, asking: Authenticated, asked: TokenRequest, binding: Binding) -> dict[str, Any]:
        if asked.code is None or asked.code_verifier is None:
            raise Declined("invalid_request", "code and code_verifier are demanded")
        given = Redemption(asked.code, asked.code_verifier, asked.redirect_uri, binding)
        held = self.users.grants.redeem(asking.client, given, asking.terms.server)
        return self._issued_for(asking, held, None, asked.resources, binding)

    def _refreshed(
        self,
        asking: Authenticated,
        asked: TokenRequest,
        binding: Binding,
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
            asking.client, asked.refresh_token, asking.terms.server, admit=admitted, binding=binding
        )
        return self._issued_for(asking, held, asked.scope, asked.resources, binding)

    def _issued_for(
        self,
        asking: Authenticated,
        held: Held,
        scope: str | None,
        resources: tuple[str, ...],
        binding: Binding,
    ) -> dict[str, Any]:
        """As far as the client may have it still."""
        terms, grant = asking.terms, held.grant
        there = {*within(terms, asking.client.credential)}
        scopes = [name for name in narrowed(grant.scopes, scope) if name in there]
        told = _resources(grant, resources)
        issued = self._tokens.issue_for(
            asking.client, terms, scopes, told, held.said, held.lifetime_s, binding
        )
        return issued | {"refresh_token": held.refresh_token}

    def _binding(self, asking: Authenticated, proof: str | None) -> Binding:
        """To all that the client has: a key where it says so by a proof, a certificate where it is registered so.
        Raises Declined.
        """
        x5t = self._certificate(asking).thumbprint if asking.client.certificate_bound else None
        if proof is None:
            return Binding(x5t=x5t)
        urls = asking.terms.server.token_endpoints
        return Binding(self._proofs.thumbprint(proof, method="POST", urls=urls), x5t)

    def _certificate(self, asking: Authenticated) -> Certificate:
        """That tokens of this client are bound to. Raises Declined."""
        if asking.client.credential.ring not in asking.terms.asking:
            raise Declined("unauthorized_client", "the ring of this client asks nobody for certificates")
        if asking.shown is None or not asking.shown.holds_at(self._clock()):
            raise Declined(
                "invalid_request", "tokens of this client are bound to its certificate: none came that holds"
            )
        return asking.shown

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
        """RFC 8414 §2."""
        terms = self._demand()
        return metadata(terms.server, _supported(terms))

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


def _actor(client: Client) -> Actor:
    return Actor(f"client:{client.id}", "authorization server", f"client:{client.id}")
