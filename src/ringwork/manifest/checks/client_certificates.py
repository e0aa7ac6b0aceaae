"""Certificates of clients: who is asked for them, and what is done with them, fit together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.audience import RING_DEFAULTS, RINGS, Audience
from ringwork.kernel.findings import Finding, Severity

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedOrganization
    from ringwork.manifest.organization import RingManifest

_STATED = ("authorization_server", "client_certificates")


def check_client_certificates(estate: Estate) -> Iterator[Finding]:
    """Rings that ask for nothing, and an authorization server whose tokens would open nothing."""
    organization = estate.organization
    if organization is None:
        return
    for audience in RINGS:
        ring = organization.manifest.rings.of(audience)
        if ring is not None and ring.client_certificates == "requested":
            yield from _asking(organization, audience, ring)
    yield from _bound(organization)
    yield from _of_another_proxy(estate, organization)


def _asking(organization: LoadedOrganization, audience: Audience, ring: RingManifest) -> Iterator[Finding]:
    mtls = ring.authentication.mtls
    place = organization.source.key_at("rings", audience.label, "client_certificates")
    if RING_DEFAULTS[audience].mtls if mtls is None else mtls:
        message = f"the {audience.label} ring asks for certificates anyhow: callers are known by them (mtls)"
        yield Finding("without-effect", Severity.WARNING, message, "Remove client_certificates here.", place)
    elif not _is_used(organization, audience):
        message = f"the {audience.label} ring asks for certificates that nothing is bound to"
        help = "Remove it, or write authorization_server.client_certificates, or an issuer that binds its tokens."
        yield Finding("without-effect", Severity.WARNING, message, help, place)


def _is_used(organization: LoadedOrganization, audience: Audience) -> bool:
    """Whether any token that opens the ring may be bound to one. What outside issuers do is theirs."""
    server = organization.manifest.authorization_server
    own = server is not None and server.client_certificates is not None and audience.label in server.rings
    issuers = organization.manifest.issuers.values()
    return own or any(issuer.accepted_on(audience) is not None for issuer in issuers)


def _bound(organization: LoadedOrganization) -> Iterator[Finding]:
    server = organization.manifest.authorization_server
    if server is None or server.client_certificates is None:
        return
    silent = [name for name in server.rings if not _asks(organization, name)]
    place = organization.source.key_at(*_STATED)
    help = "Write `client_certificates: requested` under rings.{}."
    if len(silent) == len(server.rings):
        message = "no ring of the authorization server asks for certificates: tokens bound to one would open nothing"
        yield Finding("certificates-not-requested", Severity.ERROR, message, help.format(silent[0]), place)
        return
    for name in silent:
        message = f"the {name} ring asks nobody for a certificate: none of its clients can be bound to one"
        yield Finding("certificates-not-requested", Severity.INFO, message, help.format(name), place)


def _asks(organization: LoadedOrganization, name: str) -> bool:
    ring = organization.manifest.rings.of(Audience[name.upper()])
    return ring is not None and ring.client_certificates == "requested"


def _of_another_proxy(estate: Estate, organization: LoadedOrganization) -> Iterator[Finding]:
    """A field is as good as the proxy that writes it, and an environment's is its own."""
    environment, server = estate.environment, organization.manifest.authorization_server
    if environment is None or environment.is_usual or server is None or server.client_certificates is None:
        return
    stated = server.client_certificates
    if _STATED in {override.path for override in organization.source.overrides}:
        return
    at = "" if stated.at is None else f", and sends clients to {stated.at}"
    message = f"{environment.name} believes the field {stated.header} as every environment does{at}"
    help = (
        "Write `client_certificates` under `authorization_server` here, as this environment's proxy hands them on: "
        "where none takes the field away from clients, whoever sends it is whichever client he likes."
    )
    place = organization.source.key_at(*_STATED)
    yield Finding("environment-shares-proxy", Severity.WARNING, message, help, place)
