"""What a ring may be told, and what its default does not know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ringwork.audience import RING_DEFAULTS, RINGS, Audience
from ringwork.kernel.findings import Finding, Severity
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.certificates import read_bundle
from ringwork.manifest.organization import RingManifest

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedOrganization

_PROOFS = ("mtls", "service_token", "api_key")


def check_rings(estate: Estate) -> Iterator[Finding]:
    """Authentication, limits, headers and certificates of every ring that listens."""
    organization = estate.organization
    if organization is None:
        return
    present = [ring for ring in RINGS if organization.manifest.rings.of(ring) is not None]
    if not present:
        help = "Describe at least one: internal, partner or public."
        place = organization.source.key_at("rings")
        yield Finding("no-rings", Severity.ERROR, "no ring listens", help, place)
    for audience in present:
        ring = organization.manifest.rings.of(audience)
        assert ring is not None
        yield from _authentication(organization, audience, ring)
        yield from _trust(organization, audience, ring)
        yield from _without_effect(organization, audience, ring)
        yield from _trust_bundle(organization, audience, ring, estate.root)
        yield from _certificates(organization, audience, ring, estate.root)


def _authentication(
    organization: LoadedOrganization, audience: Audience, ring: RingManifest
) -> Iterator[Finding]:
    defaults = RING_DEFAULTS[audience]
    known = [proof for proof in _PROOFS if getattr(defaults, proof)]
    for proof in _PROOFS:
        if getattr(ring.authentication, proof) and proof not in known:
            help = f"This ring knows {' and '.join(known)} in this release."
            place = organization.source.key_at("rings", audience.label, "authentication", proof)
            message = f"the {audience.label} ring cannot accept {proof} yet"
            yield Finding("authentication-not-yet", Severity.ERROR, message, help, place)
    issuers, own = organization.manifest.issuers.values(), organization.manifest.authorization_server
    if own is not None and audience.label in own.rings:
        return
    if any(issuer.accepted_on(audience) is not None for issuer in issuers):
        return
    if all(getattr(ring.authentication, proof) is False for proof in known):
        help = f"Leave one of {', '.join(known)} on, or name an issuer: a ring without proofs lets nobody in."
        place = organization.source.key_at("rings", audience.label, "authentication")
        message = f"nobody could enter the {audience.label} ring"
        yield Finding("ring-without-authentication", Severity.ERROR, message, help, place)


def _trust(organization: LoadedOrganization, audience: Audience, ring: RingManifest) -> Iterator[Finding]:
    trusted = ring.trusted_proxies
    if trusted is None:
        return
    place = organization.source.key_at("rings", audience.label, "trusted_proxies")
    told = trusted.proxy_protocol or trusted.header
    if bool(told) != bool(trusted.networks):
        message = "trusted_proxies says who is trusted, or with what, but not both"
        help = "Write networks together with proxy_protocol or header."
        yield Finding("missing-key", Severity.ERROR, message, help, place)
    if trusted.services and not RING_DEFAULTS[audience].mtls:
        message = f"the {audience.label} ring knows no services that could speak for others"
        help = "Remove services here: mesh proxies prove themselves by mTLS, on the internal ring."
        yield Finding("authentication-not-yet", Severity.ERROR, message, help, place)


def _trust_bundle(
    organization: LoadedOrganization, audience: Audience, ring: RingManifest, root: Path
) -> Iterator[Finding]:
    file, mtls = ring.authentication.trust_bundle, ring.authentication.mtls
    if file is None:
        return
    place = organization.at("rings", audience.label, "authentication", "trust_bundle")
    if not (RING_DEFAULTS[audience].mtls if mtls is None else mtls):
        message = f"the {audience.label} ring accepts no client certificates that these CAs could vouch for"
        yield Finding("without-effect", Severity.ERROR, message, "Remove trust_bundle here.", place)
        return
    problem = read_bundle(root / file).problem
    if problem is not None:
        help = "Name a PEM file of CA certificates; relative paths begin at the estate's folder."
        yield Finding("trust-bundle-unusable", Severity.ERROR, f'"{file}" {problem}', help, place)


def _without_effect(
    organization: LoadedOrganization, audience: Audience, ring: RingManifest
) -> Iterator[Finding]:
    if ring.response_headers.allow and not audience.is_outer:
        place = organization.source.key_at("rings", audience.label, "response_headers")
        message = "the internal ring lets every response header pass"
        yield Finding("without-effect", Severity.WARNING, message, "Remove the allow-list here.", place)
    limits = ring.limits
    if limits.per_minute is None and (limits.per_day or limits.burst_factor) and audience is Audience.PARTNER:
        place = organization.source.key_at("rings", audience.label, "limits")
        message = "limits of the partner ring need per_minute: it has no default"
        help = "Add per_minute here, or leave limits to each partner's agreement."
        yield Finding("missing-key", Severity.ERROR, message, help, place)


def _certificates(
    organization: LoadedOrganization, audience: Audience, ring: RingManifest, root: Path
) -> Iterator[Finding]:
    for key in ("certificate", "key") if ring.tls is not None else ():
        file = getattr(ring.tls, key)
        if not (root / file).is_file():
            place = organization.at("rings", audience.label, "tls", key)
            near = did_you_mean(Path(file).name, _siblings(root / file))
            help = f"Relative paths begin at the estate's folder. {near}"
            yield Finding("file-missing", Severity.ERROR, f'there is no file "{file}"', help, place)


def _siblings(path: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in path.parent.iterdir())[:100]
    except OSError:
        return []
