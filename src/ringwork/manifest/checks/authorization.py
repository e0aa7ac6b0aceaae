"""The authorization server: a listener of its own, rings that listen, a name nobody else has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.audience import RINGS
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.addresses import SocketAddress
from ringwork.manifest.checks.listeners import listeners

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedOrganization

# What gateways and logs call it.
_NAME = "ringwork"


def check_authorization(estate: Estate) -> Iterator[Finding]:
    """Nothing where there is none."""
    organization = estate.organization
    if organization is None or organization.manifest.authorization_server is None:
        return
    yield from _listener(estate, organization, organization.manifest.authorization_server.listen)
    yield from _rings(organization, organization.manifest.authorization_server.rings)
    yield from _alone(organization, organization.manifest.authorization_server.issuer)


def _listener(estate: Estate, organization: LoadedOrganization, listen: str) -> Iterator[Finding]:
    address, place = SocketAddress.parse(listen), organization.at("authorization_server", "listen")
    if not address.address.is_loopback or address.port == 0:
        message = f"{listen} is not a loopback address with a port"
        help = "Use one, such as 127.0.0.1:7080, behind a proxy with TLS: secrets and tokens travel there."
        yield Finding("authorization-not-loopback", Severity.ERROR, message, help, place)
    for taken, owner in _taken(estate, organization):
        if taken.overlaps(address):
            message = f"the authorization server and {owner} share an address: {listen}"
            help = "Give the authorization server an address or port of its own."
            yield Finding("listener-conflict", Severity.ERROR, message, help, place)


def _taken(estate: Estate, organization: LoadedOrganization) -> Iterator[tuple[SocketAddress, str]]:
    yield from ((address, f"the {ring.label} ring") for ring, address, _, _ in listeners(estate))
    metrics = organization.manifest.observability.metrics
    if metrics is not None:
        yield SocketAddress.parse(metrics.listen), "metrics"
    for audience in RINGS:
        ring = organization.manifest.rings.of(audience)
        if ring is not None and ring.documentation is not None:
            read = SocketAddress.parse(ring.documentation.listen)
            yield read, f"documentation of the {audience.label} ring"


def _rings(organization: LoadedOrganization, named: tuple[str, ...]) -> Iterator[Finding]:
    listening = {audience.label for audience in RINGS if organization.manifest.rings.of(audience) is not None}
    for index, ring in enumerate(named):
        if ring not in listening:
            message, place = f"the {ring} ring does not listen", _at(organization, "rings", index)
            yield Finding("without-effect", Severity.ERROR, message, "Remove it here.", place)


def _alone(organization: LoadedOrganization, own: str) -> Iterator[Finding]:
    """A token names its issuer, a log what the estate calls it: nothing tells two with one name apart."""
    for name, issuer in organization.manifest.issuers.items():
        if name == _NAME:
            message = f'"{name}" is what the authorization server is called'
            help = "Give the outside issuer another name."
            place = organization.source.key_at("issuers", name)
            yield Finding("issuer-twice", Severity.ERROR, message, help, place)
        if issuer.issuer == own:
            message = f'issuer "{name}" and the authorization server have one URL'
            help = "An outside issuer has another: remove it, or mend its `issuer`."
            place = organization.at("issuers", name, "issuer")
            yield Finding("issuer-twice", Severity.ERROR, message, help, place)


def _at(organization: LoadedOrganization, *path: str | int) -> Location:
    return organization.at("authorization_server", *path)
