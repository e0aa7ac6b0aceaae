"""Where traces and logs are sent: a URL an exporter can call, may, and keeps what it says to itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.observability import OtlpManifest
from ringwork.manifest.upstream import forbidden, upstream_url

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedOrganization

_FORM = 'Write "https://host:port" without credentials, query or fragment; credentials belong into `headers`.'


def check_telemetry(estate: Estate) -> Iterator[Finding]:
    """Every OTLP endpoint alone."""
    if estate.organization is None:
        return
    for otlp, path in declared_otlp(estate.organization):
        yield from _judge(otlp, estate.organization.at(*path, "endpoint"))


def declared_otlp(organization: LoadedOrganization) -> Iterator[tuple[OtlpManifest, tuple[str, ...]]]:
    """What is said of receivers, and where."""
    observability = organization.manifest.observability
    if observability.traces is not None and observability.traces.otlp is not None:
        yield observability.traces.otlp, ("observability", "traces", "otlp")
    if observability.logs is not None:
        yield observability.logs.otlp, ("observability", "logs", "otlp")


def _judge(otlp: OtlpManifest, place: Location) -> Iterator[Finding]:
    try:
        url = upstream_url(otlp.endpoint)
    except ValueError as error:
        yield Finding("otlp-invalid", Severity.ERROR, f"OTLP endpoint: {error}", _FORM, place)
        return
    reason = forbidden(url)
    if reason is not None:
        help = "Name the collector itself."
        yield Finding("otlp-forbidden", Severity.ERROR, f"{url.host} {reason}", help, place)
    elif not url.tls and not url.is_loopback:
        help = "Use https, or a collector on the gateway's machine that carries records on over a secured connection."
        severity = Severity.ERROR if otlp.headers else Severity.WARNING
        what = "credentials" if otlp.headers else "who calls what"
        yield Finding(
            "otlp-in-clear", severity, f"{what} would travel to {url.host} in the clear", help, place
        )
