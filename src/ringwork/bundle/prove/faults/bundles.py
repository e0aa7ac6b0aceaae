"""Faults of bundles: where requests go, and who may read the answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ringwork.bundle.prove.faults.edits import drop, put, replace
from ringwork.bundle.prove.faults.tampering import Copy, Fault, found

Json = dict[str, Any]


def _bundle(edit: Callable[[Json], None], ring: str = "public") -> Callable[[Copy], None]:
    return lambda copy: copy.edit_bundle(ring, edit)


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
    Fault("bundle-of-another-ring", "a public bundle says it is internal", _bundle(put("internal", "ring"))),
    Fault("bundle-of-another-api", "a bundle says it is another API's", _bundle(put("other", "api"))),
    Fault(
        "bundle-of-another-version",
        "a bundle says it is another version's",
        _bundle(put("other", "version")),
    ),
    Fault("bundle-format-changed", "a bundle says it is of another format", _bundle(put(2, "format"))),
    Fault("cors-wildcard", "pages of any origin may call", _bundle(put(_ANY_ORIGIN, "cors"))),
    Fault(
        "cors-on-partner",
        "pages may call the partner ring",
        _bundle(put(_ANY_ORIGIN, "cors"), "partner"),
    ),
    Fault(
        "compression-added",
        "secrets and what callers send are compressed together",
        _bundle(put({"codings": ["gzip"]}, "compression")),
    ),
    Fault("lifecycle-dropped", "a version that ends goes on for ever", _bundle(drop("lifecycle"))),
    Fault(
        "lifecycle-ends-at-once",
        "a version is gone that nobody ended",
        _bundle(put({"deprecated_at": 1, "sunset_at": 2}, "lifecycle")),
    ),
    Fault(
        "lifecycle-sunset-later",
        "a version ends later than was said",
        _bundle(replace(_IN_2100, "lifecycle", "sunset_at")),
    ),
    Fault(
        "lifecycle-brownout-added",
        "a version is away as nobody announced",
        _bundle(replace([{"from": 1, "until": _IN_2100}], "lifecycle", "brownouts")),
    ),
    Fault(
        "lifecycle-guide-changed",
        "those who must move are sent elsewhere",
        _bundle(replace("https://evil.example/", "lifecycle", "guide")),
    ),
    Fault(
        "lifecycle-successor-changed",
        "those who must move are sent to another version",
        _bundle(replace("v0", "lifecycle", "successor")),
    ),
    Fault("projection-dropped", "responses leave as services wrote them", _bundle(put(None, "projection"))),
    Fault(
        "projection-dropped-on-partner",
        "responses leave as services wrote them, for partners",
        _bundle(put(None, "projection"), "partner"),
    ),
    Fault(
        "projection-not-required",
        "a gateway that knows nothing of projections takes the bundle",
        _bundle(put([], "requires")),
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
    Fault(
        "upstream-host-changed",
        "requests go to another host",
        _bundle(put("evil.example", "upstream", "host")),
    ),
    Fault("upstream-port-changed", "requests go to another port", _bundle(put(1, "upstream", "port"))),
    Fault(
        "upstream-path-changed", "requests go to other paths", _bundle(put("/internal", "upstream", "path"))
    ),
    Fault("upstream-tls-changed", "requests go in the clear, or to who speaks no TLS", _bundle(_tls)),
    Fault(
        "upstream-endpoint-added",
        "a share of the requests goes elsewhere",
        _bundle(put([{"host": "evil.example", "port": 80, "weight": 1}], "upstream", "endpoints")),
    ),
    Fault(
        "upstream-ca-changed",
        "a stranger may vouch for the service",
        _bundle(put({"ca_pem": "-----BEGIN CERTIFICATE-----"}, "upstream", "tls_options")),
    ),
    Fault(
        "upstream-name-changed",
        "another certificate is taken for the service's",
        _bundle(put({"server_name": "evil.example"}, "upstream", "tls_options")),
    ),
    Fault(
        "upstream-client-key-added",
        "the gateway shows a certificate it should not",
        _bundle(put({"client_key": "secret://other"}, "upstream", "tls_options")),
    ),
    Fault(
        "upstream-credential-added",
        "requests go out as somebody they are not",
        _bundle(put(_CREDENTIAL, "upstream", "credential")),
    ),
    Fault(
        "upstream-host-header-changed",
        "the service is called by another name",
        _bundle(put("admin.internal", "upstream", "host_header")),
    ),
    Fault(
        "upstream-host-preserved",
        "clients choose the service's name",
        _bundle(put(True, "upstream", "preserve_host")),
    ),
    Fault(
        "upstream-protocol-changed",
        "the service is spoken to in another way",
        _bundle(put("http2", "upstream", "protocol")),
    ),
    Fault(
        "upstream-balance-changed",
        "clients choose the endpoint",
        _bundle(put({"by": "header", "name": "x-endpoint"}, "upstream", "balance")),
    ),
    Fault(
        "upstream-connect-timeout-changed",
        "another patience than the estate's",
        _bundle(put(3_599_999, "upstream", "connect_timeout_ms")),
    ),
    Fault(
        "upstream-timeout-changed",
        "another patience than the estate's",
        _bundle(put(3_599_999, "upstream", "io_timeout_ms")),
    ),
    Fault(
        "upstream-write-timeout-changed",
        "another patience than the estate's",
        _bundle(put(3_599_999, "upstream", "write_timeout_ms")),
    ),
    Fault(
        "upstream-total-timeout-changed",
        "another patience than the estate's",
        _bundle(put(3_599_999, "upstream", "total_timeout_ms")),
    ),
    Fault(
        "upstream-health-changed",
        "services are asked what they should not be",
        _bundle(put({"path": "/admin", **_CHECK}, "upstream", "health")),
    ),
    Fault(
        "upstream-outliers-changed",
        "endpoints are left out as nobody said",
        _bundle(put({"errors": 1, "eject_ms": 1, "max_percent": 100}, "upstream", "outliers")),
    ),
    Fault(
        "upstream-breaker-changed",
        "a service is asked more at once than it can bear",
        _bundle(
            put({"max_requests": 10**6, "max_pending": 0, "pending_timeout_ms": 1}, "upstream", "breaker")
        ),
    ),
    Fault(
        "upstream-retries-changed",
        "requests go out again that should not",
        _bundle(put({"attempts": 5, "statuses": [500], "budget_percent": 100}, "upstream", "retries")),
    ),
)
