"""Outside issuers: keys there must be, rings that listen, partners and plans that exist."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from ringwork.audience import RINGS, Audience
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.certificates import read_bundle
from ringwork.manifest.issuers import (
    DeveloperCallersManifest,
    InternalCallersManifest,
    IssuerManifest,
    PartnerCallersManifest,
)
from ringwork.manifest.key_sets import read_key_set
from ringwork.manifest.upstream import forbidden, upstream_url

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedOrganization


def check_issuers(estate: Estate) -> Iterator[Finding]:
    """Every issuer alone, then who is taken for whom."""
    organization = estate.organization
    if organization is None:
        return
    for name, issuer in organization.manifest.issuers.items():
        yield from _url(issuer.issuer, "issuer", organization.at("issuers", name, "issuer"))
        yield from _keys(estate, organization, name, issuer)
        yield from _rings(estate, organization, name, issuer)
    yield from _twice(organization)


def _keys(
    estate: Estate, organization: LoadedOrganization, name: str, issuer: IssuerManifest
) -> Iterator[Finding]:
    place = organization.source.key_at("issuers", name)
    if (issuer.jwks is None) == (issuer.jwks_uri is None):
        said = "no keys" if issuer.jwks is None else "its keys twice"
        help = "Name one of them: `jwks`, a file of the estate, or `jwks_uri`, where it publishes them."
        yield Finding("issuer-keys", Severity.ERROR, f'issuer "{name}" has {said}', help, place)
    elif issuer.jwks is not None:
        yield from _file(estate, organization, name, issuer, issuer.jwks)
    elif issuer.jwks_uri is not None:
        yield from _url(issuer.jwks_uri, "jwks_uri", organization.at("issuers", name, "jwks_uri"))
    yield from _fetching(estate, organization, name, issuer)


def _file(
    estate: Estate, organization: LoadedOrganization, name: str, issuer: IssuerManifest, file: str
) -> Iterator[Finding]:
    place, found = organization.at("issuers", name, "jwks"), read_key_set(estate.root, file)
    if found.problem is not None:
        help = "Name a JWK set (RFC 7517), relative to the estate's folder."
        yield Finding("key-set-unusable", Severity.ERROR, f'"{file}" {found.problem}', help, place)
    elif found.private:
        message = f'"{file}" holds private keys or shared secrets: {", ".join(found.private[:5])}'
        help = "Whoever reads the estate could sign with them: replace them, and keep public keys only."
        yield Finding("key-set-private", Severity.ERROR, message, help, place)
    elif not found.usable_for(issuer.algorithms):
        message = f'no key of "{file}" is for one of {", ".join(issuer.algorithms)}'
        help = "Add a key that is, or its algorithm to `algorithms`: no token could be verified."
        yield Finding("key-set-unusable", Severity.ERROR, message, help, place)


def _fetching(
    estate: Estate, organization: LoadedOrganization, name: str, issuer: IssuerManifest
) -> Iterator[Finding]:
    for key in ("ca", "refresh"):
        if getattr(issuer, key) is not None and not (issuer.jwks_uri or "").startswith("https:"):
            message = f"{key} is for keys that are fetched by https"
            help = f"Remove {key} here, or name an https jwks_uri."
            if key == "ca" or issuer.jwks_uri is None:
                place = organization.source.key_at("issuers", name, key)
                yield Finding("without-effect", Severity.ERROR, message, help, place)
    problem = None if issuer.ca is None else read_bundle(estate.root / issuer.ca).problem
    if problem is not None:
        help = "Name a PEM file of CA certificates; relative paths begin at the estate's folder."
        place = organization.at("issuers", name, "ca")
        yield Finding("trust-bundle-unusable", Severity.ERROR, f'"{issuer.ca}" {problem}', help, place)


def _url(text: str, key: str, place: Location) -> Iterator[Finding]:
    """What follows `?` is the issuer's affair; there is no fragment of a document that is fetched."""
    base, _, query = text.partition("?") if key == "jwks_uri" else (text, "", "")
    try:
        url = upstream_url(base)
        if not query.isprintable() or " " in query or "#" in query:
            raise ValueError("the query of this URL cannot be used")
    except ValueError as error:
        said = str(error).replace("an upstream", "an issuer")
        help = 'Write it as the issuer does, such as "https://login.example"; without credentials.'
        yield Finding("issuer-url", Severity.ERROR, f"{key}: {said}", help, place)
        return
    reason = forbidden(url)
    if reason is not None:
        yield Finding("issuer-url", Severity.ERROR, f"{url.host} {reason}", "Name the issuer itself.", place)
    elif not url.tls and not url.is_loopback:
        message = f"anybody between here and {url.host} could put keys of their own in place of the issuer's"
        yield Finding("issuer-url", Severity.ERROR, message, "Use https.", place)


def _rings(
    estate: Estate, organization: LoadedOrganization, name: str, issuer: IssuerManifest
) -> Iterator[Finding]:
    accepted = [ring for ring in RINGS if issuer.accepted_on(ring) is not None]
    if not accepted:
        help = "Name a ring under `rings`, and whom a token names there."
        place = organization.source.key_at("issuers", name)
        yield Finding("without-effect", Severity.WARNING, f'no ring accepts issuer "{name}"', help, place)
    for ring in accepted:
        if organization.manifest.rings.of(ring) is None:
            message, place = f"the {ring.label} ring does not listen", _at(organization, name, ring)
            yield Finding("without-effect", Severity.ERROR, message, "Remove it here.", place)
        yield from _named(estate, organization, name, ring, issuer)


def _named(
    estate: Estate, organization: LoadedOrganization, name: str, ring: Audience, issuer: IssuerManifest
) -> Iterator[Finding]:
    callers, place = issuer.accepted_on(ring), ("issuers", name, "rings", ring.label)
    if isinstance(callers, InternalCallersManifest):
        yield from _internal(estate, organization, name, callers, place)
    elif isinstance(callers, PartnerCallersManifest):
        within = (*place, "partners")
        yield from _unknown(organization, "partner", callers.partners, estate.partner_names, within)
    elif isinstance(callers, DeveloperCallersManifest):
        yield from _unknown(organization, "plan", {"plan": callers.plan}, estate.plan_names, place)


def _internal(
    estate: Estate,
    organization: LoadedOrganization,
    name: str,
    callers: InternalCallersManifest,
    place: tuple[str, ...],
) -> Iterator[Finding]:
    """Tokens are services or people: which of them one is must not be for its holder to choose."""
    is_mapped = callers.claim is not None or bool(callers.services)
    if callers.people and is_mapped:
        message = f'tokens of "{name}" are people and services at once'
        help = "Keep `people: true`, or `claim` and `services`: declare two issuers where there are both."
        at = organization.source.key_at(*place, "people")
        yield Finding("issuer-callers", Severity.ERROR, message, help, at)
    elif not callers.people and (callers.claim is None or not callers.services):
        message = f'nobody is named by tokens of "{name}" here'
        help = "Write `claim` and `services`: which service a value names; or `people: true`."
        at = organization.source.key_at(*place)
        yield Finding("issuer-callers", Severity.ERROR, message, help, at)
    elif callers.people and not any(
        group.manifest.claims or group.manifest.grants for group in estate.groups
    ):
        message = f'people with tokens of "{name}" are in no group, so they may call nothing'
        help = "Write `claims` in groups/*.yaml, and name the groups in `x-groups` of operations."
        at = organization.source.key_at(*place, "people")
        yield Finding("people-nobody-lets-in", Severity.WARNING, message, help, at)


def _unknown(
    organization: LoadedOrganization,
    what: str,
    named: Mapping[str, str],
    known: Collection[str],
    place: tuple[str, ...],
) -> Iterator[Finding]:
    for key, name in named.items():
        if name not in known:
            message, help = f'there is no {what} "{name}"', did_you_mean(name, known)
            yield Finding(f"unknown-{what}", Severity.ERROR, message, help, organization.at(*place, key))


def _twice(organization: LoadedOrganization) -> Iterator[Finding]:
    """A token names its issuer, and nothing tells two with one name apart."""
    seen: dict[tuple[Audience, str], str] = {}
    for name, issuer in organization.manifest.issuers.items():
        for ring in (ring for ring in RINGS if issuer.accepted_on(ring) is not None):
            first = seen.setdefault((ring, issuer.issuer), name)
            if first != name:
                message = f'the {ring.label} ring accepts {issuer.issuer} as "{first}" already'
                help = "Describe an issuer once for a ring; it may have several audiences."
                place = organization.at("issuers", name, "issuer")
                yield Finding("issuer-twice", Severity.ERROR, message, help, place)


def _at(organization: LoadedOrganization, name: str, ring: Audience) -> Location:
    return organization.source.key_at("issuers", name, "rings", ring.label)
