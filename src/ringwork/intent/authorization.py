"""Ringwork as authorization server: the estate's `authorization_server`, and what its clients may be given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringwork.audience import Audience
from ringwork.intent.issuer import CallersIntent, FetchedKeys, IssuerIntent
from ringwork.manifest.authorization import AuthorizationServerManifest, seconds
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
class AuthorizationIntent:
    """`issuer`: URL without a path; `listen`: loopback ADDRESS:PORT; `rings`: which accept its tokens."""

    issuer: str
    audiences: tuple[str, ...]
    listen: str
    rings: tuple[str, ...]
    lifetime_s: int

    def accepted_on(self, audience: Audience) -> bool:
        return audience.label in self.rings


@dataclass(frozen=True, slots=True)
class AuthorizationTerms:
    """What tokens may be of in one revision. `scopes`: ring → those its contracts demand, sorted; `plans`, `partners`:
    name → what its agreement gives; None: every one.
    """

    server: AuthorizationIntent
    scopes: dict[str, tuple[str, ...]]
    plans: dict[str, tuple[str, ...] | None]
    partners: dict[str, tuple[str, ...] | None]


def build_authorization(stated: AuthorizationServerManifest | None) -> AuthorizationIntent | None:
    if stated is None:
        return None
    return AuthorizationIntent(
        issuer=stated.issuer,
        audiences=stated.audiences,
        listen=stated.listen,
        rings=tuple(sorted({*stated.rings})),
        lifetime_s=seconds(stated.lifetime),
    )


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
    return AuthorizationTerms(
        server=intent.authorization,
        scopes={name: _demanded(intent, Audience[name.upper()]) for name in intent.authorization.rings},
        plans={plan.name: plan.scopes for plan in intent.plans},
        partners={partner.name: partner.scopes for partner in intent.partners},
    )


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
