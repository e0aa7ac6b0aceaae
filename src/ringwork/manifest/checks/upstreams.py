"""Each upstream alone: a URL the gateway can call, and may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.audience import RINGS
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.checks.listeners import Listener, listeners
from ringwork.manifest.upstream import UpstreamUrl, forbidden, upstream_url

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedApi

_FORM = 'Write "http://host:port/path" without credentials, query or fragment.'


def check_upstreams(estate: Estate) -> Iterator[Finding]:
    """Upstreams that are no URL, that nobody may call, or that are this gateway itself."""
    own = listeners(estate)
    names = _ring_hosts(estate)
    for api in estate.apis:
        for text, place in declared_upstreams(api):
            try:
                url = upstream_url(text)
            except ValueError as error:
                yield _error(api, "upstream-invalid", f"upstream: {error}", _FORM, place)
                continue
            yield from _judge(api, url, place, own, names)


def declared_upstreams(api: LoadedApi) -> Iterator[tuple[str, Location]]:
    """Every upstream URL an API's manifest holds, and where."""
    yield api.manifest.upstream.url, _place(api, "upstream")
    for index, version in enumerate(api.manifest.versions):
        if version.upstream is not None:
            yield version.upstream.url, _place(api, "versions", index, "upstream")


def _place(api: LoadedApi, *path: str | int) -> Location:
    return api.at(*path, "url")


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
    if url.tls:
        help = "Use http:// within a trusted network for now; TLS to upstreams comes with the next release."
        yield _error(
            api, "upstream-tls-not-yet", "the gateway cannot speak TLS to upstreams yet", help, place
        )


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
