"""Ringwork as authorization server: the estate's `authorization_server`, and what its clients may be given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ringwork.audience import Audience
from ringwork.intent.people import ProviderIntent

if TYPE_CHECKING:
    from ringwork.intent.model import Intent

ALGORITHM = "ES256"
# How far the clocks of control plane and gateways may be apart.
LEEWAY_SECONDS = 10


@dataclass(frozen=True, slots=True)
class UsersIntent:
    """Where users of APIs log in. `claims`: those of the provider that tokens carry."""

    provider: ProviderIntent
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientCertificatesIntent:
    """How the proxy before the authorization server hands on certificates of clients. `header`: in lower case;
    `encoding`: `rfc9440` or `escaped-pem`; `at`: URL without a path where clients show them, None: at the issuer.
    """

    header: str
    encoding: str
    at: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationIntent:
    """`issuer`: URL without a path; `listen`: loopback ADDRESS:PORT; `rings`: which accept its tokens. `users` None:
    clients act for themselves only. `client_certificates` None: nobody has shown one.
    """

    issuer: str
    audiences: tuple[str, ...]
    listen: str
    rings: tuple[str, ...]
    lifetime_s: int
    users: UsersIntent | None = None
    refresh_lifetime_s: int = 30 * 86_400
    refresh_idle_s: int = 7 * 86_400
    client_certificates: ClientCertificatesIntent | None = None

    @property
    def token_endpoints(self) -> tuple[str, ...]:
        """Where clients get tokens; the first is what metadata calls so."""
        stated = self.client_certificates
        own = f"{self.issuer}/token"
        return (own,) if stated is None or stated.at is None else (own, f"{stated.at}/token")

    def accepted_on(self, audience: Audience) -> bool:
        return audience.label in self.rings


@dataclass(frozen=True, slots=True)
class AuthorizationTerms:
    """What tokens may be of in one revision. `scopes`: ring → those its contracts demand, sorted; `plans`, `partners`:
    name → what its agreement gives; None: every one. `words`: scope → what its contract says of it, of those.
    `asking`: rings that ask clients for a certificate, of those that accept its tokens.
    """

    server: AuthorizationIntent
    scopes: dict[str, tuple[str, ...]]
    plans: dict[str, tuple[str, ...] | None]
    partners: dict[str, tuple[str, ...] | None]
    words: dict[str, str] = field(default_factory=dict)
    asking: tuple[str, ...] = ()


def jwks_uri_of(issuer: str) -> str:
    """Where an authorization server of ours publishes its keys."""
    return f"{issuer}/jwks"


def authorization_terms(intent: Intent) -> AuthorizationTerms | None:
    """None where there is no authorization server."""
    if intent.authorization is None:
        return None
    scopes = {name: _demanded(intent, Audience[name.upper()]) for name in intent.authorization.rings}
    return AuthorizationTerms(
        server=intent.authorization,
        scopes=scopes,
        plans={plan.name: plan.scopes for plan in intent.plans},
        partners={partner.name: partner.scopes for partner in intent.partners},
        words=_words(intent, frozenset(name for names in scopes.values() for name in names)),
        asking=tuple(
            ring.audience.label
            for ring in intent.rings
            if ring.client_certificates and intent.authorization.accepted_on(ring.audience)
        ),
    )


def _words(intent: Intent, scopes: frozenset[str]) -> dict[str, str]:
    """Where several contracts describe a scope, the first one's."""
    said = (
        (name, text)
        for api in intent.apis
        for version in api.versions
        for name, text in version.scope_words
        if name in scopes and text
    )
    return dict(reversed([*said]))


def _demanded(intent: Intent, ring: Audience) -> tuple[str, ...]:
    """By any operation the ring can see."""
    operations = (
        operation
        for api in intent.apis
        for version in api.versions
        for operation in version.operations
        if operation.published.reaches(ring)
    )
    return tuple(sorted({name for operation in operations for scopes in operation.scopes for name in scopes}))
