"""Where requests go. What nobody asked for is not written: the gateway's default is the same."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ringwork.intent.upstream import UpstreamIntent

_ALWAYS = ("tls", "host", "port", "path", "connect_timeout_ms", "io_timeout_ms")
_AS_THEY_ARE = ("write_timeout_ms", "total_timeout_ms", "host_header")
_PARTS = ("tls_options", "health", "outliers", "breaker", "retries")


def upstream(intent: UpstreamIntent) -> dict[str, Any]:
    written: dict[str, Any] = {name: getattr(intent, name) for name in _ALWAYS}
    written |= _stated({name: getattr(intent, name) for name in _AS_THEY_ARE})
    for name in _PARTS:
        part = getattr(intent, name)
        if part is not None:
            written[name] = _stated(asdict(part))
    if intent.protocol != "http1":
        written["protocol"] = intent.protocol
    if intent.preserve_host:
        written["preserve_host"] = True
    if intent.endpoints:
        written["endpoints"] = [asdict(endpoint) for endpoint in intent.endpoints]
    if intent.balance != "round_robin":
        written["balance"] = _stated({"by": intent.balance, "name": intent.balance_header})
    if intent.credential is not None:
        written["credential"] = _stated(asdict(intent.credential))
    return written


def _stated(members: dict[str, Any]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in members.items()
        if value is not None and value != ()
    }
