"""Faults of what a manifest says of itself and of all rings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ringwork.bundle.prove.faults.tampering import Copy, Fault, found

Json = dict[str, Any]


def _set(member: str, value: Any) -> Callable[[Copy], None]:
    def commit(copy: Copy) -> None:
        copy.manifest[member] = value

    return commit


def _another_ring(copy: Copy) -> None:
    """A ring's content is served as another ring's."""
    rings = copy.manifest["rings"]
    copy.ring("internal")
    copy.ring("public")
    rings["public"], rings["internal"] = rings["internal"], rings["public"]


def _ring_of_its_own(copy: Copy) -> None:
    """The estate does not run the ring."""
    rings = copy.manifest["rings"]
    closed = found([ring for ring in ("partner", "public") if ring not in rings])[0]
    rings[closed] = dict(next(iter(rings.values())))


def _observe(member: str, value: Json) -> Callable[[Copy], None]:
    def commit(copy: Copy) -> None:
        copy.manifest.setdefault("observability", {})[member] = value

    return commit


def _shared_listener(copy: Copy) -> None:
    copy.ring("public")["listeners"].append(copy.ring("internal")["listeners"][0])


def _share(**different: Any) -> Callable[[Copy], None]:
    def commit(copy: Copy) -> None:
        copy.manifest["shared_limits"] = found(copy.manifest.get("shared_limits")) | different

    return commit


def _no_longer_shared(copy: Copy) -> None:
    found(copy.manifest.pop("shared_limits", None))


_ELSEWHERE: Json = {"endpoint": "https://collector.example/v1/logs", "headers": {}, "ca": None}

MANIFEST_FAULTS = (
    Fault("organization-changed", "the manifest is another organisation's", _set("organization", "other")),
    Fault(
        "environment-changed", "credentials of another environment open this one", _set("environment", "dev")
    ),
    Fault(
        "trust-domain-changed",
        "services of another trust domain are believed",
        _set("trust_domain", "evil.example"),
    ),
    Fault("format-changed", "a gateway is told of another format", _set("format", 2)),
    Fault("rings-swapped", "the public listener serves the internal ring", _another_ring),
    Fault("ring-opened", "a ring the estate does not run is served", _ring_of_its_own),
    Fault("listener-shared", "one socket serves two rings", _shared_listener),
    Fault(
        "metrics-opened",
        "operators' metrics are told where nobody asked for them",
        _observe("metrics", {"listen": "0.0.0.0:9999", "max_series": 10_000}),
    ),
    Fault("logs-sent-elsewhere", "every call is told to a stranger", _observe("logs", {"otlp": _ELSEWHERE})),
    Fault(
        "traces-sent-elsewhere",
        "every trace is told to a stranger",
        _observe("traces", {"sample_per_million": 1_000_000, "otlp": _ELSEWHERE}),
    ),
    Fault(
        "cache-room-changed",
        "gateways keep more than the estate gives room for",
        _set("cache", {"max_bytes": 1 << 40}),
    ),
    Fault("limits-not-shared", "each gateway allows every limit in full", _no_longer_shared),
    Fault(
        "limits-shared-by-fewer",
        "a gateway that cannot ask allows more than its share",
        _share(gateways=1),
    ),
    Fault("limits-shared-elsewhere", "a stranger says who may call how often", _share(host="evil.example")),
    Fault("limits-shared-in-clear", "who is between says how often", _share(tls=False)),
    Fault("limits-password-changed", "another secret is sent there", _share(password="secret://masking-key")),
)
