"""Who may call on the internal ring: services and groups that are named exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.callers import service_name, trust_domain_of

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate


def check_callers(estate: Estate) -> Iterator[Finding]:
    """What APIs and groups name."""
    for api in estate.apis:
        callers = api.manifest.callers
        if callers is None:
            continue
        if not callers.services and not callers.groups:
            help = "Name `services` or `groups`, or remove it: then any service may call."
            place = api.at("callers")
            yield Finding("callers-nobody", Severity.ERROR, "this names nobody", help, place, api.name)
        for index, name in enumerate(callers.services):
            yield from unknown_service(estate, name, api.at("callers", "services", index), api.name)
        for index, name in enumerate(callers.groups):
            yield from unknown_group(estate, name, api.at("callers", "groups", index), api.name)
            yield from _without_services(estate, name, api.at("callers", "groups", index), api.name)
    for group in estate.groups:
        for index, name in enumerate(group.manifest.services):
            yield from unknown_service(estate, name, group.at("services", index), None)


def unknown_service(estate: Estate, text: str, place: Location, api: str | None) -> Iterator[Finding]:
    """Of a name or a SPIFFE id."""
    organization = estate.organization
    if organization is None:
        return
    domain, known = trust_domain_of(text), {*map(service_name, organization.manifest.services)}
    here = {organization.manifest.own_trust_domain}
    if estate.environment is not None:
        here.add(estate.environment.usual_trust_domain)
    if domain is not None and domain not in here:
        message = f'"{text}" is of another trust domain'
        help = f"Services of this organisation are of {organization.manifest.own_trust_domain}."
        yield Finding("unknown-service", Severity.ERROR, message, help, place, api)
    elif known and service_name(text) not in known:
        message = f'there is no service "{service_name(text)}"'
        help = f"{did_you_mean(service_name(text), known)} `services` of ringwork.yaml names them."
        yield Finding("unknown-service", Severity.ERROR, message, help, place, api)


def unknown_group(estate: Estate, name: str, place: Location, api: str | None) -> Iterator[Finding]:
    if name not in estate.group_names:
        help = did_you_mean(name, estate.group_names)
        yield Finding("unknown-group", Severity.ERROR, f'there is no group "{name}"', help, place, api)


def _without_services(estate: Estate, name: str, place: Location, api: str) -> Iterator[Finding]:
    group = next((one for one in estate.groups if one.name == name), None)
    if group is not None and not group.manifest.services:
        message = f'no service is in group "{name}", so it lets nobody call'
        help = f"Write `services: […]` in groups/{name}.yaml."
        yield Finding("group-without-services", Severity.WARNING, message, help, place, api)
