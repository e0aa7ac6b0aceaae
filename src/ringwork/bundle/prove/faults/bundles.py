"""Faults of bundles: where requests go, and who may read the answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ringwork.bundle.prove.faults.tampering import Copy, Fault, found

Json = dict[str, Any]


def _bundle(edit: Callable[[Json], None], ring: str = "public") -> Callable[[Copy], None]:
    return lambda copy: copy.edit_bundle(ring, edit)


def _set(member: str, value: Any) -> Callable[[Json], None]:
    def edit(bundle: Json) -> None:
        bundle[member] = value

    return edit


def _upstream(member: str, value: Any) -> Callable[[Json], None]:
    def edit(bundle: Json) -> None:
        bundle["upstream"][member] = value

    return edit


def _tls(bundle: Json) -> None:
    bundle["upstream"]["tls"] = not bundle["upstream"]["tls"]


def _mode(of: str, mode: str, until: int | None = None) -> Callable[[Json], None]:
    def edit(bundle: Json) -> None:
        found(bundle.get(of))["mode"] = mode
        bundle[of]["until"] = until

    return edit


def _observed_longer(bundle: Json) -> None:
    bundle["projection"]["until"] = found(bundle["projection"].get("until")) + 86_400


def _requests_unheld(bundle: Json) -> None:
    found(bundle.get("validation"))
    found([item for item in bundle["paths"] if item["operations"]])
    del bundle["validation"]


def _requests_not_required(bundle: Json) -> None:
    found(bundle.get("validation"))
    bundle["requires"].remove("validation")


# Seconds since the Unix epoch.
_IN_2100 = 4_102_444_800
_ANY_ORIGIN = {
    "origins": ["*"],
    "headers": ["*"],
    "expose": ["x-secret"],
    "credentials": True,
    "max_age_seconds": 86_400,
}
_CREDENTIAL = {"header": "authorization", "form": "bearer", "secret": "secret://admin"}
_CHECK = {"interval_ms": 1, "timeout_ms": 1, "healthy_after": 1, "unhealthy_after": 1, "statuses": []}

BUNDLE_FAULTS = (
    Fault("bundle-of-another-ring", "a public bundle says it is internal", _bundle(_set("ring", "internal"))),
    Fault("bundle-of-another-api", "a bundle says it is another API's", _bundle(_set("api", "other"))),
    Fault(
        "bundle-of-another-version",
        "a bundle says it is another version's",
        _bundle(_set("version", "other")),
    ),
    Fault("bundle-format-changed", "a bundle says it is of another format", _bundle(_set("format", 2))),
    Fault("cors-wildcard", "pages of any origin may call", _bundle(_set("cors", _ANY_ORIGIN))),
    Fault(
        "cors-on-partner",
        "pages may call the partner ring",
        _bundle(_set("cors", _ANY_ORIGIN), "partner"),
    ),
    Fault(
        "compression-added",
        "secrets and what callers send are compressed together",
        _bundle(_set("compression", {"codings": ["gzip"]})),
    ),
    Fault("projection-dropped", "responses leave as services wrote them", _bundle(_set("projection", None))),
    Fault(
        "projection-dropped-on-partner",
        "responses leave as services wrote them, for partners",
        _bundle(_set("projection", None), "partner"),
    ),
    Fault(
        "projection-not-required",
        "a gateway that knows nothing of projections takes the bundle",
        _bundle(_set("requires", [])),
    ),
    Fault(
        "projection-only-reports",
        "what the contract hides leaves, and is told",
        _bundle(_mode("projection", "report")),
    ),
    Fault(
        "projection-only-observes",
        "what the contract does not know leaves",
        _bundle(_mode("projection", "observe", _IN_2100)),
    ),
    Fault(
        "projection-observed-longer",
        "what the contract does not know leaves for longer",
        _bundle(_observed_longer),
    ),
    Fault("requests-unheld", "requests go on as clients wrote them", _bundle(_requests_unheld)),
    Fault(
        "requests-unheld-on-partner",
        "requests go on as clients wrote them, of partners",
        _bundle(_requests_unheld, "partner"),
    ),
    Fault(
        "requests-not-required",
        "a gateway that knows nothing of rules for requests takes the bundle",
        _bundle(_requests_not_required),
    ),
    Fault(
        "requests-reported",
        "what the contract does not take goes on, and is told",
        _bundle(_mode("validation", "report")),
    ),
    Fault(
        "requests-observed",
        "what the contract does not know goes on",
        _bundle(_mode("validation", "observe", _IN_2100)),
    ),
    Fault("upstream-host-changed", "requests go to another host", _bundle(_upstream("host", "evil.example"))),
    Fault("upstream-port-changed", "requests go to another port", _bundle(_upstream("port", 1))),
    Fault("upstream-path-changed", "requests go to other paths", _bundle(_upstream("path", "/internal"))),
    Fault("upstream-tls-changed", "requests go in the clear, or to who speaks no TLS", _bundle(_tls)),
    Fault(
        "upstream-endpoint-added",
        "a share of the requests goes elsewhere",
        _bundle(_upstream("endpoints", [{"host": "evil.example", "port": 80, "weight": 1}])),
    ),
    Fault(
        "upstream-ca-changed",
        "a stranger may vouch for the service",
        _bundle(_upstream("tls_options", {"ca_pem": "-----BEGIN CERTIFICATE-----"})),
    ),
    Fault(
        "upstream-name-changed",
        "another certificate is taken for the service's",
        _bundle(_upstream("tls_options", {"server_name": "evil.example"})),
    ),
    Fault(
        "upstream-client-key-added",
        "the gateway shows a certificate it should not",
        _bundle(_upstream("tls_options", {"client_key": "secret://other"})),
    ),
    Fault(
        "upstream-credential-added",
        "requests go out as somebody they are not",
        _bundle(_upstream("credential", _CREDENTIAL)),
    ),
    Fault(
        "upstream-host-header-changed",
        "the service is called by another name",
        _bundle(_upstream("host_header", "admin.internal")),
    ),
    Fault(
        "upstream-host-preserved",
        "clients choose the service's name",
        _bundle(_upstream("preserve_host", True)),
    ),
    Fault(
        "upstream-protocol-changed",
        "the service is spoken to in another way",
        _bundle(_upstream("protocol", "http2")),
    ),
    Fault(
        "upstream-balance-changed",
        "clients choose the endpoint",
        _bundle(_upstream("balance", {"by": "header", "name": "x-endpoint"})),
    ),
    Fault(
        "upstream-connect-timeout-changed",
        "another patience than the estate's",
        _bundle(_upstream("connect_timeout_ms", 3_599_999)),
    ),
    Fault(
        "upstream-timeout-changed",
        "another patience than the estate's",
        _bundle(_upstream("io_timeout_ms", 3_599_999)),
    ),
    Fault(
        "upstream-write-timeout-changed",
        "another patience than the estate's",
        _bundle(_upstream("write_timeout_ms", 3_599_999)),
    ),
    Fault(
        "upstream-total-timeout-changed",
        "another patience than the estate's",
        _bundle(_upstream("total_timeout_ms", 3_599_999)),
    ),
    Fault(
        "upstream-health-changed",
        "services are asked what they should not be",
        _bundle(_upstream("health", {"path": "/admin", **_CHECK})),
    ),
    Fault(
        "upstream-outliers-changed",
        "endpoints are left out as nobody said",
        _bundle(_upstream("outliers", {"errors": 1, "eject_ms": 1, "max_percent": 100})),
    ),
    Fault(
        "upstream-breaker-changed",
        "a service is asked more at once than it can bear",
        _bundle(_upstream("breaker", {"max_requests": 10**6, "max_pending": 0, "pending_timeout_ms": 1})),
    ),
    Fault(
        "upstream-retries-changed",
        "requests go out again that should not",
        _bundle(_upstream("retries", {"attempts": 5, "statuses": [500], "budget_percent": 100})),
    ),
)
