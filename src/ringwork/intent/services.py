"""From what a manifest says of a service to what a gateway does."""

from __future__ import annotations

from ringwork.intent.upstream import (
    BreakerIntent,
    CredentialIntent,
    EndpointIntent,
    HealthIntent,
    OutliersIntent,
    RetriesIntent,
    UpstreamIntent,
    UpstreamTlsIntent,
)
from ringwork.manifest.api import VersionManifest
from ringwork.manifest.estate import LoadedApi
from ringwork.manifest.service import CredentialManifest, UpstreamManifest
from ringwork.manifest.upstream import UpstreamUrl


def build_upstream(api: LoadedApi, version: VersionManifest) -> UpstreamIntent:
    """Raises ValueError where the upstream is no URL; such an API is dropped while loading."""
    url, place = api.upstream_of(version)
    service, _ = api.service_of(version)
    return UpstreamIntent(
        tls=url.tls,
        host=url.host,
        port=url.port,
        path=url.path,
        connect_timeout_ms=service.connect_timeout,
        io_timeout_ms=service.timeout,
        declared_at=place,
        write_timeout_ms=service.write_timeout,
        total_timeout_ms=service.total_timeout,
        protocol=service.protocol,
        tls_options=_tls(api, service),
        host_header=None if service.host in ("own", "preserve") else service.host,
        preserve_host=service.host == "preserve",
        endpoints=_endpoints(url, service),
        balance=service.balance.by.replace("-", "_"),
        balance_header=service.balance.header,
        health=_health(service),
        outliers=_outliers(service),
        breaker=_breaker(service),
        retries=_retries(service),
        credential=None if service.credential is None else _credential(service.credential),
        is_mock=url.is_mock,
    )


def _tls(api: LoadedApi, service: UpstreamManifest) -> UpstreamTlsIntent | None:
    tls = service.tls
    if tls is None:
        return None
    return UpstreamTlsIntent(
        ca_pem=None if tls.ca is None else api.pems[tls.ca].text,
        server_name=tls.server_name,
        client_certificate_pem=None
        if tls.client_certificate is None
        else api.pems[tls.client_certificate].text,
        client_key=tls.client_key,
    )


def _endpoints(url: UpstreamUrl, service: UpstreamManifest) -> tuple[EndpointIntent, ...]:
    placed = [(url.at(endpoint.address), endpoint.weight) for endpoint in service.endpoints]
    return tuple(EndpointIntent(at.host, at.port, weight) for at, weight in placed)


def _health(service: UpstreamManifest) -> HealthIntent | None:
    health = service.health
    if health is None:
        return None
    return HealthIntent(
        path=health.path,
        interval_ms=health.interval,
        timeout_ms=health.timeout,
        healthy_after=health.healthy_after,
        unhealthy_after=health.unhealthy_after,
        statuses=health.statuses,
    )


def _outliers(service: UpstreamManifest) -> OutliersIntent | None:
    stated = service.outliers
    return None if stated is None else OutliersIntent(stated.errors, stated.eject, stated.max_percent)


def _breaker(service: UpstreamManifest) -> BreakerIntent | None:
    stated = service.breaker
    if stated is None:
        return None
    return BreakerIntent(stated.max_requests, stated.max_pending, stated.pending_timeout)


def _retries(service: UpstreamManifest) -> RetriesIntent | None:
    stated = service.retries
    return None if stated is None else RetriesIntent(stated.attempts, stated.statuses, stated.budget_percent)


def _credential(stated: CredentialManifest) -> CredentialIntent | None:
    if stated.bearer is not None:
        return CredentialIntent("authorization", "bearer", None, stated.bearer)
    if stated.basic is not None:
        return CredentialIntent("authorization", "basic", stated.basic.user, stated.basic.password)
    if stated.header is not None:
        return CredentialIntent(stated.header.name, "plain", None, stated.header.value)
    return None
