"""Each upstream alone: a URL the gateway can call, and may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.audience import RINGS
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.checks.listeners import Listener, listeners
from ringwork.manifest.upstream import UpstreamUrl, forbidden, service_url

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedApi
    from ringwork.manifest.service import UpstreamManifest

_FORM = 'Write "http://host:port/path" without credentials, query or fragment.'
_ENDPOINT_FORM = 'Write "host:port"; scheme and path are those of the url.'


def check_upstreams(estate: Estate) -> Iterator[Finding]:
    """Upstreams that are no URL, that nobody may call, or that are this gateway itself."""
    own = listeners(estate)
    names = _ring_hosts(estate)
    for api in estate.apis:
        for service, place in declared_services(api):
            try:
                url = service_url(service.url)
            except ValueError as error:
                yield _error(api, "upstream-invalid", f"upstream: {error}", _FORM, api.at(*place, "url"))
                continue
            yield from _judge(api, url, api.at(*place, "url"), own, names)
            yield from _judge_endpoints(api, service, url, place, own, names)


def declared_services(api: LoadedApi) -> Iterator[tuple[UpstreamManifest, tuple[str | int, ...]]]:
    """What an API's manifest says of services, and where."""
    yield api.manifest.upstream, ("upstream",)
    for index, version in enumerate(api.manifest.versions):
        if version.upstream is not None:
            yield version.upstream, ("versions", index, "upstream")


def called_upstreams(api: LoadedApi) -> Iterator[tuple[UpstreamUrl, Location]]:
    """Every place requests of an API go to, path included; what is no URL is left out."""
    seen: set[UpstreamUrl] = set()
    for version in api.manifest.versions:
        service, place = api.service_of(version)
        try:
            url, written = api.upstream_of(version)
            calls = [
                (url.at(endpoint.address), api.at(*place, "endpoints", index))
                for index, endpoint in enumerate(service.endpoints)
            ]
        except ValueError:
            continue  # found by check_upstreams
        for call, where in calls or [(url, written)]:
            if call not in seen:
                seen.add(call)
                yield call, where


def _judge_endpoints(
    api: LoadedApi,
    service: UpstreamManifest,
    url: UpstreamUrl,
    place: tuple[str | int, ...],
    own: list[Listener],
    names: frozenset[str],
) -> Iterator[Finding]:
    first: dict[tuple[str, int], Location] = {}
    for index, endpoint in enumerate(service.endpoints):
        where = api.at(*place, "endpoints", index)
        try:
            at = url.at(endpoint.address)
        except ValueError as error:
            yield _error(api, "upstream-invalid", f"endpoint: {error}", _ENDPOINT_FORM, where)
            continue
        if at.service in first:
            help = f"It is at {first[at.service]} already; to send it more requests, give it a weight."
            yield _error(api, "endpoint-duplicate", f"{at.host}:{at.port} is there twice", help, where)
        first.setdefault(at.service, where)
        yield from _judge(api, at, where, own, names)


def _judge(
    api: LoadedApi, url: UpstreamUrl, place: Location, own: list[Listener], names: frozenset[str]
) -> Iterator[Finding]:
    reason = forbidden(url)
    if reason is not None:
        help = "Name the service itself; a gateway must not be a way to what only the gateway can reach."
        yield _error(api, "upstream-forbidden", f"{url.host} {reason}", help, place)
    elif _is_own_listener(url, own, names):
        help = "Name the service behind the gateway: requests would go in circles."
        message = f"{url.host}:{url.port} is this gateway's own listener"
        yield _error(api, "upstream-own-listener", message, help, place)


def _is_own_listener(url: UpstreamUrl, own: list[Listener], names: frozenset[str]) -> bool:
    ports = [listener for _, listener, _, _ in own if listener.port == url.port]
    if not ports:
        return False
    if url.host in names:
        return True
    if url.is_loopback:
        return any(listener.address.is_unspecified or listener.address.is_loopback for listener in ports)
    return any(listener.address == url.address for listener in ports)


def _ring_hosts(estate: Estate) -> frozenset[str]:
    organization = estate.organization
    if organization is None:
        return frozenset()
    return frozenset(host for ring in RINGS for host in organization.manifest.shared_hosts(ring))


def _error(api: LoadedApi, code: str, message: str, help: str, place: Location) -> Finding:
    return Finding(code, Severity.ERROR, message, help, place, api.name)
