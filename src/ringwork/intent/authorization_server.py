"""Ringwork as authorization server, from the estate's `authorization_server`; and as an issuer that rings accept."""

from __future__ import annotations

from ringwork.audience import Audience
from ringwork.intent.authorization import (
    ALGORITHM,
    LEEWAY_SECONDS,
    AuthorizationIntent,
    ClientCertificatesIntent,
    UsersIntent,
    jwks_uri_of,
)
from ringwork.intent.issuer import CallersIntent, FetchedKeys, IssuerIntent
from ringwork.intent.operators import build_provider
from ringwork.manifest.authorization import (
    AuthorizationServerManifest,
    ClientCertificatesManifest,
    UsersManifest,
    seconds,
)
from ringwork.manifest.estate import LoadedOrganization

# What gateways call the issuer that is this control plane.
OWN_ISSUER = "ringwork"
# The control plane asks itself.
_REFRESH_SECONDS = 5


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
        client_certificates=_client_certificates(stated.client_certificates),
    )


def _users(stated: UsersManifest) -> UsersIntent:
    return UsersIntent(build_provider(stated), tuple(sorted({*stated.claims})))


def _client_certificates(stated: ClientCertificatesManifest | None) -> ClientCertificatesIntent | None:
    if stated is None:
        return None
    return ClientCertificatesIntent(stated.header.lower(), stated.encoding, stated.at)


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
