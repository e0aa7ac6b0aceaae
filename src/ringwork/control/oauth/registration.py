"""What a client is registered with: how it proves itself, where users come back to, what its tokens are bound to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ringwork.control.oauth.assertions import ALGORITHMS
from ringwork.control.oauth.model import BY_CERTIFICATE, Authentication
from ringwork.control.oauth.users.redirecting import MOST_OF_A_CLIENT, problem_of
from ringwork.intent.authorization import AuthorizationIntent, AuthorizationTerms
from ringwork.kernel.refusal import Refused
from ringwork.manifest.key_sets import key_set

_MOST_KEYS = 10


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """`application` is an id. The client proves itself by one of its keys (`jwks`), by its `certificate` (PEM), by
    nothing where it `is_public`, or else by a secret that is made for it. `scopes` empty: every one of its agreement.
    `redirect_uris`: where its users come back to; none: it acts for itself. `certificate_bound`: so are its tokens, as
    always where it proves itself by a certificate.
    """

    application: str
    jwks: dict[str, Any] | None = None
    scopes: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    is_public: bool = False
    certificate: str | None = field(default=None, repr=False)
    certificate_bound: bool = False

    @property
    def has_secret(self) -> bool:
        return self.authentication == "client_secret"

    @property
    def authentication(self) -> Authentication:
        if self.is_public:
            return "none"
        if self.certificate is not None:
            return BY_CERTIFICATE
        return "client_secret" if self.jwks is None else "private_key_jwt"


def check(request: ClientRequest, terms: AuthorizationTerms | None, ring: str) -> None:
    """Raises Refused for a client that nobody could be."""
    _check_users(request, None if terms is None else terms.server)
    _check_certificates(request, terms, ring)


def public_keys(stated: dict[str, Any]) -> dict[str, Any]:
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


def _check_certificates(request: ClientRequest, terms: AuthorizationTerms | None, ring: str) -> None:
    """Raises Refused for a client whose certificate nobody would see."""
    if request.certificate is None and not request.certificate_bound:
        return
    if request.certificate is not None and (request.jwks is not None or request.is_public):
        message = "a client proves itself by its certificate or by its keys, and a public one by nothing"
        help = "Leave out one. To have its tokens bound to a certificate as well, it is certificate-bound."
        raise Refused("client-proofs", message, help)
    if terms is None or terms.server.client_certificates is None:
        message = "the authorization server is handed no certificates of clients"
        help = (
            "Write `authorization_server: {client_certificates: {header: …}}` in ringwork.yaml, and apply it."
        )
        raise Refused("client-certificates-missing", message, help, status=409)
    if ring not in terms.asking:
        message = (
            f"the {ring} ring asks nobody for a certificate: tokens that are bound to one open nothing there"
        )
        help = f"Write `client_certificates: requested` under rings.{ring} in ringwork.yaml, and apply it."
        raise Refused("client-certificates-missing", message, help, status=409)
