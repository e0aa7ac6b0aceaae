"""The accepting socket alone decides the ring, so no two rings may share one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from ringwork.audience import RINGS, Audience
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.addresses import SocketAddress

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedOrganization

Listener = tuple[Audience, SocketAddress, str, Location]


def check_listeners(estate: Estate) -> Iterator[Finding]:
    """Two listeners on one address, of one ring or of two; metrics and documentation where not only this machine
    can ask.
    """
    for first, second in combinations(listeners(estate), 2):
        if first[1].overlaps(second[1]):
            yield _conflict(first, second)
    yield from _check_metrics(estate)
    yield from _check_documentation(estate)


def listeners(estate: Estate) -> list[Listener]:
    """Every address the estate listens on: ring, address, as written, where."""
    organization = estate.organization
    if organization is None:
        return []
    found: list[Listener] = []
    for audience in RINGS:
        ring = organization.manifest.rings.of(audience)
        for index, text in enumerate(ring.listen if ring is not None else ()):
            place = organization.at("rings", audience.label, "listen", index)
            found.append((audience, SocketAddress.parse(text), text, place))
    return found


def _check_metrics(estate: Estate) -> Iterator[Finding]:
    organization = estate.organization
    metrics = None if organization is None else organization.manifest.observability.metrics
    if organization is None or metrics is None:
        return
    listen, place = metrics.listen, organization.at("observability", "metrics", "listen")
    address = SocketAddress.parse(listen)
    if not address.address.is_loopback or address.port == 0:
        help = "Metrics name every API: use a loopback address and a port, such as 127.0.0.1:9464, and an agent there."
        what = f"{listen} is not a loopback address with a port"
        yield Finding("metrics-not-loopback", Severity.ERROR, what, help, place)
    for ring, taken, text, _ in listeners(estate):
        if taken.overlaps(address):
            help = "Give metrics an address or port of their own; on a ring's they would be for its callers."
            what = f"metrics and {ring.label} ring share an address: {listen}, {text}"
            yield Finding("listener-conflict", Severity.ERROR, what, help, place)


def _check_documentation(estate: Estate) -> Iterator[Finding]:
    """What is read, of which ring, is decided by the socket as well."""
    taken = [(address, f"{ring.label} ring") for ring, address, _, _ in listeners(estate)]
    organization = estate.organization
    if organization is not None and (metrics := organization.manifest.observability.metrics) is not None:
        taken.append((SocketAddress.parse(metrics.listen), "metrics"))
    for ring, text, place in _documentation(organization):
        address = SocketAddress.parse(text)
        if not address.address.is_loopback or address.port == 0:
            help = "Use a loopback address and a port, such as 127.0.0.1:8543, behind a proxy that knows its readers."
            what = f"{text} is not a loopback address with a port"
            yield Finding("documentation-not-loopback", Severity.ERROR, what, help, place)
        for other, owner in taken:
            if other.overlaps(address):
                help = "Give the documentation of every ring an address or port of its own."
                what = f"documentation of the {ring.label} ring and {owner} share an address: {text}"
                yield Finding("listener-conflict", Severity.ERROR, what, help, place)
        taken.append((address, f"documentation of the {ring.label} ring"))


def _documentation(organization: LoadedOrganization | None) -> Iterator[tuple[Audience, str, Location]]:
    """Where each ring is documented, and where that is said."""
    if organization is None:
        return
    for audience in RINGS:
        ring = organization.manifest.rings.of(audience)
        if ring is not None and ring.documentation is not None:
            yield (
                audience,
                ring.documentation.listen,
                organization.at("rings", audience.label, "documentation", "listen"),
            )


def _conflict(first: Listener, second: Listener) -> Finding:
    same = first[2] == second[2]
    words = f"{second[2]} is there twice" if same else f"{second[2]} and {first[2]} are one address"
    if first[0] is not second[0]:
        words = f"{first[0].label} and {second[0].label} ring share an address: {first[2]}, {second[2]}"
    help = "Give every ring its own address or port; the socket that accepts a connection decides the ring."
    return Finding("listener-conflict", Severity.ERROR, words, help, second[3])
