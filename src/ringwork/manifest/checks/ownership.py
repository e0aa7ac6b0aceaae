"""Each host, path prefix and upstream has one owning API: otherwise one API could take another's requests.

When two claim one thing, both are found: which of them is right is for their owners to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from ringwork.audience import RINGS, Audience
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.checks.upstreams import called_upstreams
from ringwork.manifest.upstream import UpstreamUrl

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedApi

# Who claims something, and where that is written, which is looked up when two claim the same.
_Claim = tuple["LoadedApi", Callable[[], Location]]


def check_hosts_and_prefixes(estate: Estate) -> Iterator[Finding]:
    """Equal prefixes on one host; a host of its own that two APIs name; a prefix that hides a version."""
    findings: dict[tuple[str, str, str], Finding] = {}
    for ring in RINGS:
        for finding in (*_host_owners(estate, ring), *_prefix_owners(estate, ring)):
            # The same collision on several rings is one mistake.
            findings.setdefault((finding.code, finding.api or "", finding.message), finding)
    yield from findings.values()


def _shared_hosts(estate: Estate, ring: Audience) -> tuple[str, ...]:
    return estate.organization.manifest.shared_hosts(ring) if estate.organization is not None else ()


def _host_owners(estate: Estate, ring: Audience) -> Iterator[Finding]:
    shared = _shared_hosts(estate, ring)
    claims: dict[str, list[_Claim]] = defaultdict(list)
    for api in estate.apis if shared else ():
        for index, host in enumerate(api.manifest.hosts.of(ring)):
            if host not in shared:
                place = partial(api.at, "hosts", ring.label, index)
                claims[host].append((api, place))
                yield from _host_of_another_ring(estate, ring, host, api, place())
    help = "Give the host to one of them, or name it in the ring's hosts, where all APIs share it."
    for host, claimants in claims.items():
        yield from _collisions(claimants, "host-owned-twice", f"the host {host}", help)


def _host_of_another_ring(
    estate: Estate, ring: Audience, host: str, api: LoadedApi, place: Location
) -> Iterator[Finding]:
    """The accepting socket decides the ring, so a name that leads to another ring's would never be answered here."""
    for other in RINGS:
        if other is not ring and host in _shared_hosts(estate, other):
            message = f"{host} is the host of the {other.label} ring, here it is said to be of {ring.label}"
            help = f"Give the API a host of its own on {ring.label}, or leave it out to use the ring's."
            yield Finding("host-of-another-ring", Severity.ERROR, message, help, place, api.name)


def _prefix_owners(estate: Estate, ring: Audience) -> Iterator[Finding]:
    shared = _shared_hosts(estate, ring)
    claims: dict[tuple[str, str], list[_Claim]] = defaultdict(list)
    for api in estate.apis if shared else ():
        if api.manifest.audience.reaches(ring):
            for host in dict.fromkeys(api.manifest.hosts.of(ring) or shared):
                claims[host, api.prefix].append((api, partial(_prefix_place, api)))
    help = "Give each API a `prefix` of its own (default: its name)."
    for (_, prefix), claimants in claims.items():
        yield from _collisions(claimants, "prefix-owned-twice", f'the prefix "{prefix or "/"}"', help)
    for (host, prefix), claimants in claims.items():
        yield from _shadowed_versions(host, prefix, claimants, claims)


def _shadowed_versions(
    host: str, prefix: str, claimants: list[_Claim], claims: dict[tuple[str, str], list[_Claim]]
) -> Iterator[Finding]:
    for api, _ in claimants:
        names = (
            [version.name for version in api.manifest.versions] if api.manifest.versioning == "path" else []
        )
        for name in names:
            for other, place in claims.get((host, f"{prefix}/{name}"), ()):
                message = f'"{other.prefix}" would take every request of {api.name} {name}'
                help = "Choose a prefix that is no version of another API."
                yield Finding("prefix-hides-version", Severity.ERROR, message, help, place(), other.name)


def _prefix_place(api: LoadedApi) -> Location:
    return api.at("prefix") if api.manifest.prefix is not None else Location(api.source.name)


def check_upstream_owners(estate: Estate) -> Iterator[Finding]:
    """Two APIs before one upstream, or one before a part of the other's."""
    services: dict[tuple[str, int], list[tuple[UpstreamUrl, LoadedApi, Location]]] = defaultdict(list)
    for api in estate.apis:
        for url, place in called_upstreams(api):
            services[url.service].append((url, api, place))
    for claims in services.values():
        yield from _nested_upstreams(claims)


def _nested_upstreams(claims: list[tuple[UpstreamUrl, LoadedApi, Location]]) -> Iterator[Finding]:
    """By path in order of segments, whatever lies inside a path follows it directly."""
    ordered = sorted(claims, key=lambda claim: (claim[0].path.split("/"), claim[1].name))
    enclosing: list[tuple[UpstreamUrl, LoadedApi, Location]] = []
    for claim in ordered:
        while enclosing and not f"{claim[0].path}/".startswith(f"{enclosing[-1][0].path}/"):
            enclosing.pop()
        if enclosing and enclosing[-1][1] is not claim[1]:
            yield _upstream_collision(claim, enclosing[-1])
            yield _upstream_collision(enclosing[-1], claim)
        enclosing.append(claim)


def _upstream_collision(
    claim: tuple[UpstreamUrl, LoadedApi, Location], other: tuple[UpstreamUrl, LoadedApi, Location]
) -> Finding:
    message = f"the upstream is also behind {other[1].name} ({other[2]})"
    help = "One API owns an upstream: the other would be a way around its audience. Merge them or split the service."
    return Finding("upstream-owned-twice", Severity.ERROR, message, help, claim[2], claim[1].name)


def _collisions(claimants: list[_Claim], code: str, what: str, help: str) -> Iterator[Finding]:
    if len(claimants) < 2 or len({api.name for api, _ in claimants}) < 2:
        return
    for api, place in claimants:
        others = ", ".join(sorted({other.name for other, _ in claimants} - {api.name})[:5])
        message = f"{what} also belongs to {others}"
        yield Finding(code, Severity.ERROR, message, help, place(), api.name)
