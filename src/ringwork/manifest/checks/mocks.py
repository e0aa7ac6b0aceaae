"""Prototypes: versions whose service is their contract (`upstream: "mock:"`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.audience import Audience
from ringwork.kernel.findings import Finding, Severity
from ringwork.manifest.checks.upstreams import declared_services

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedApi
    from ringwork.manifest.service import UpstreamManifest

# A mock is where it is, and believes everybody.
_MEANINGLESS = ("endpoints", "prefix", "host", "protocol", "tls", "health", "credential")


def check_mocks(estate: Estate) -> Iterator[Finding]:
    """Says that answers are made up, and to whom; options that mean nothing to a mock are mistakes."""
    for api in estate.apis:
        for service, place in declared_services(api):
            if service.is_mock:
                yield from _meaningless(api, service, place)
        for version in api.manifest.versions:
            service, place = api.service_of(version)
            if service.is_mock:
                widest = min(api.manifest.audience, version.audience or api.manifest.audience)
                yield _prototype(api, version.name, widest, place)


def _meaningless(
    api: LoadedApi, service: UpstreamManifest, place: tuple[str | int, ...]
) -> Iterator[Finding]:
    for option in _MEANINGLESS:
        if getattr(service, option) != type(service).model_fields[option].default:
            help = f"Remove `{option}`, or name the service that it is about."
            message = f"`{option}` means nothing to a mock"
            where = api.at(*place, option)
            yield Finding("upstream-mock-option", Severity.ERROR, message, help, where, api.name)


def _prototype(api: LoadedApi, version: str, widest: Audience, place: tuple[str | int, ...]) -> Finding:
    """On an outer ring somebody may take made up answers for true ones."""
    severity = Severity.WARNING if widest.is_outer else Severity.INFO
    who = f", to {widest.label} callers too" if widest.is_outer else ""
    message = f"{api.name} {version} is a prototype: its answers are made up from its contract{who}"
    help = "Name the service when there is one. `upstream` of environments/<name>.yaml does it for one environment."
    return Finding("upstream-mock", severity, message, help, api.at(*place, "url"), api.name)
