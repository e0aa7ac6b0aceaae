"""What is broken stays as it is live; nobody may take its place meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.intent.build import Standing, hosts_on, listening
from ringwork.intent.model import ApiIntent
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.estate import Estate, LoadedApi


def with_standing_claims(estate: Estate, standing: Standing) -> Estate:
    """`estate` with an error for every API that claims a prefix of an API which is broken and stays live.

    An API dropped for that stays as it is live too, so its claims count in turn; each round drops one at least.
    """
    while True:
        dropped = estate.broken_apis()
        staying = standing.apis_of(dropped)
        sound = [api for api in estate.apis if api.name not in dropped]
        findings = [finding for api in sound for finding in _collisions(estate, api, staying)]
        if not findings:
            return estate
        estate = estate.with_findings(findings)


def _collisions(estate: Estate, api: LoadedApi, staying: tuple[ApiIntent, ...]) -> Iterator[Finding]:
    for other in staying:
        if other.prefix == api.prefix and _share_a_host(estate, api, other):
            place = api.at("prefix") if api.manifest.prefix is not None else Location(api.source.name)
            message = f'the prefix "{api.prefix or "/"}" belongs to {other.name}, which is live'
            help = f"Mend {other.name} first, or choose another prefix: what is broken stays as it was."
            yield Finding("prefix-owned-twice", Severity.ERROR, message, help, place, api.name)


def _share_a_host(estate: Estate, api: LoadedApi, other: ApiIntent) -> bool:
    organization = estate.organization
    if organization is None:
        return False
    return any(
        not set(hosts_on(api, ring, organization)).isdisjoint(other.hosts.get(ring, ()))
        for ring in listening(organization)
    )
