"""An environment that is not the usual one shares nothing with it by accident."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.kernel.findings import Finding, Severity
from ringwork.manifest.upstream import upstream_url

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedApi, LoadedEnvironment

_NAMED_AT_MOST = 8


def check_environment(estate: Estate) -> Iterator[Finding]:
    """Upstreams nobody spoke of, and services that would be named as those of `ringwork.yaml`."""
    environment = estate.environment
    if environment is None or environment.is_usual:
        return
    yield from _trust_domain(environment)
    shared = [name for api in estate.apis for name in _shared_upstreams(api)]
    if shared:
        more = ", …" if len(shared) > _NAMED_AT_MOST else ""
        named = ", ".join(shared[:_NAMED_AT_MOST]) + more
        message = f"{environment.name} calls the services that every environment calls: {named}"
        help = "Write their `upstream` under `apis` here; write the same one where that is meant."
        place = environment.source.key_at("apis")
        yield Finding("environment-shares-upstream", Severity.WARNING, message, help, place)


def _trust_domain(environment: LoadedEnvironment) -> Iterator[Finding]:
    stated = environment.manifest.trust_domain
    if stated is not None and stated == environment.usual_trust_domain:
        message = f"{stated} is the trust domain of another environment"
        help = f"Remove it, for {environment.name}.{stated}: a credential belongs to one environment."
        place = environment.source.at("trust_domain")
        yield Finding("trust-domain-shared", Severity.ERROR, message, help, place)


def _shared_upstreams(api: LoadedApi) -> Iterator[str]:
    """Versions whose service is where `api.yaml` says; every machine has a loopback of its own."""
    stated = {override.path for override in api.source.overrides}
    for version in api.manifest.versions:
        service, place = api.service_of(version)
        try:
            is_loopback = upstream_url(service.url).is_loopback
        except ValueError:
            continue  # found by check_upstreams
        if not is_loopback and (*place, "url") not in stated:
            yield f"{api.name} {version.name}"
