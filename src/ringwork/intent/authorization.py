"""Ringwork as authorization server: the estate's `authorization_server`, and what its clients may be given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ringwork.audience import Audience
from ringwork.intent.issuer import CallersIntent, FetchedKeys, IssuerIntent
from ringwork.intent.people import ProviderIntent, build_provider
from ringwork.manifest.authorization import AuthorizationServerManifest, UsersManifest, seconds
from ringwork.manifest.estate import LoadedOrganization

if TYPE_CHECKING:
    from ringwork.intent.model import Intent

# What gateways call the issuer that is this control plane.
OWN_ISSUER = "ringwork"
ALGORITHM = "ES256"
# How far the clocks of control plane and gateways may be apart.
LEEWAY_SECONDS = 10
# The control plane asks itself.
_REFRESH_SECONDS = 5


@dataclass(frozen=True, slots=True)
class UsersIntent:
    """Where users of APIs log in. `claims`: those of the provider that tokens carry."""

    provider: ProviderIntent
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorizationIntent:
    """`issuer`: URL without a path; `listen`: loopback ADDRESS:PORT; `rings`: which accept its tokens. `users` None:
    clients act for themselves only.
    """

    issuer: str
    audiences: tuple[str, ...]
    listen: str
    rings: tuple[str, ...]
    lifetime_s: int
    users: UsersIntent | None = None
    refresh_lifetime_s: int = 30 * 86_400
    refresh_idle_s: int = 7 * 86_400

    def accepted_on(self, audience: Audience) -> bool:
        return audience.label in self.rings


@dataclass(frozen=True, slots=True)
class AuthorizationTerms:
    """What tokens may be of in one revision. `scopes`: ring → those its contracts demand, sorted; `plans`, `partners`:
    name → what its agreement gives; None: every one. `words`: scope → what its contract says of it, of those.
    """

    server: AuthorizationIntent
    scopes: dict[str, tuple[str, ...]]
    plans: dict[str, tuple[str, ...] | None]
    partners: dict[str, tuple[str, ...] | None]
    words: dict[str, str] = field(default_factory=dict)


def build_authorization(stated: AuthorizationServerManifest | None) -> AuthorizationIntent | None:
    if stated is None:
        return None
    return AuthorizationIntent(
        issuer=stated.issuer,
        audiences=stated.audiences,
        listen=stated.listen,
        rings=tuple(sorted({*stated.rings})),
        lifetime_s=seconds(stated.lifetime),
        users=None if stated.users is None else _users(stated.users),
        refresh_lifetime_s=seconds(stated.refresh.lifetime),
        refresh_idle_s=seconds(stated.refresh.idle),
    )


def _users(stated: UsersManifest) -> UsersIntent:
    return UsersIntent(build_provider(stated), tuple(sorted({*stated.claims})))


def own_issuer(organization: LoadedOrganization, audience: Audience) -> tuple[IssuerIntent, ...]:
    """The authorization server as a ring accepts its tokens; nothing where it does not."""
    stated = build_authorization(organization.manifest.authorization_server)
    if stated is None or not stated.accepted_on(audience):
        return ()
    issuer = IssuerIntent(
        name=OWN_ISSUER,
        issuer=stated.issuer,
        audiences=stated.audiences,
        algorithms=(ALGORITHM,),
        typ="at+jwt",
        leeway_seconds=LEEWAY_SECONDS,
        keys=FetchedKeys(jwks_uri_of(stated.issuer), None, _REFRESH_SECONDS),
        callers=CallersIntent("clients"),
        forward=False,
        log_subject="hashed",
        declared_at=organization.source.key_at("authorization_server"),
    )
    return (issuer,)


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
