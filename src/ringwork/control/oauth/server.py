"""What the authorization server answers, whichever way it is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ringwork.control.ledger.deeds import Actor, acting
from ringwork.control.oauth.assertions import ALGORITHMS
from ringwork.control.oauth.authentication import ClientAuthentication, Presented
from ringwork.control.oauth.clients import Clients
from ringwork.control.oauth.errors import Declined
from ringwork.control.oauth.model import Client
from ringwork.control.oauth.ports import AssertionRecords
from ringwork.control.oauth.signing import TokenKeys
from ringwork.control.oauth.tokens import AccessTokens
from ringwork.intent.authorization import AuthorizationTerms, jwks_uri_of
from ringwork.kernel.clock import Clock

_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
_GRANT = "client_credentials"


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A client that proved itself, and what holds for this request of it."""

    client: Client
    terms: AuthorizationTerms


class AuthorizationServer:
    """`terms` are the newest revision's; None: it has no authorization server."""

    def __init__(
        self,
        clients: Clients,
        keys: TokenKeys,
        tokens: AccessTokens,
        authentication: ClientAuthentication,
        assertions: AssertionRecords,
        *,
        terms: Callable[[], AuthorizationTerms | None],
        clock: Clock,
    ) -> None:
        self.clients = clients
        self.keys = keys
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
        self, asking: Authenticated, grant: str | None, scope: str | None, resources: Sequence[str]
    ) -> dict[str, Any]:
        """Raises Declined."""
        if grant is None:
            raise Declined("invalid_request", "grant_type is missing")
        if grant != _GRANT:
            raise Declined("unsupported_grant_type", f"the grant type is {_GRANT}")
        return self._tokens.issue(asking.client, asking.terms, scope, resources)

    def introspected(self, asking: Authenticated, token: str) -> dict[str, Any]:
        return self._tokens.introspected(asking.client, asking.terms.server, token)

    def revoke(self, asking: Authenticated, token: str) -> None:
        client = asking.client
        with acting(Actor(f"client:{client.id}", "authorization server", f"client:{client.id}")):
            self._tokens.revoke(client, asking.terms.server, token)

    def metadata(self) -> dict[str, Any]:
        """RFC 8414 §2. Scopes are not among it: whose they are is not everybody's business."""
        issuer = self._demand().server.issuer
        proofs = {
            f"{endpoint}_endpoint_auth_{what}_supported": values
            for endpoint in ("token", "introspection", "revocation")
            for what, values in (("methods", _METHODS), ("signing_alg_values", [*ALGORITHMS]))
        }
        return {
            "issuer": issuer,
            "token_endpoint": f"{issuer}/token",
            "introspection_endpoint": f"{issuer}/introspect",
            "revocation_endpoint": f"{issuer}/revoke",
            "jwks_uri": jwks_uri_of(issuer),
            "grant_types_supported": [_GRANT],
            "response_types_supported": [],
            **proofs,
        }

    def tidy(self) -> None:
        """What is due now and then: another key, what is over forgotten."""
        if self._terms() is not None:
            self.keys.renew()
        self._tokens.forget_ended()
        self._assertions.forget(self._clock())

    def _demand(self) -> AuthorizationTerms:
        terms = self._terms()
        if terms is None:
            raise Declined("temporarily_unavailable", "there is no authorization server here now")
        return terms
