"""What a gateway says of itself, as `ringwork status`, the admin API and a control plane elsewhere hear it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.process import running_gateway
from ringwork.fleet.status import SharedLimits, read_status
from ringwork.fleet.telemetry.standing import exports
from ringwork.kernel.clock import rfc3339


def gateway_report(node: NodeDirectory) -> dict[str, Any]:
    """The gateway's own words, whether it is there to stand by them, and what became of sending its log on."""
    said, process = read_status(node.status), running_gateway(node)
    return {
        "running": process is not None,
        "pid": None if process is None else process.pid,
        "version": None if said is None else said.version,
        "revision": None if said is None else said.revision,
        "refused": None if said is None or said.refused is None else said.refused.model_dump(),
        "identity": None if said is None else said.identity or None,
        "rings": {} if said is None else said.rings,
        "upstreams": {}
        if said is None
        else {name: lack.model_dump() for name, lack in said.upstreams.items()},
        "shared_limits": None if said is None or said.shared_limits is None else _shared(said.shared_limits),
        "telemetry": exports(node),
    }


def _shared(said: SharedLimits) -> dict[str, Any]:
    return said.model_dump() | {"since": rfc3339(datetime.fromtimestamp(said.since, UTC))}


def sharing_problems(shared: Mapping[str, Any] | None) -> list[str]:
    """What of `shared_limits` is not as it should be."""
    if shared is None:
        return []
    if not shared["available"]:
        share = f"this gateway goes on with 1/{shared['gateways']} of each"
        return [f"limits are not shared since {shared['since']} ({shared['problem']}): {share}"]
    if shared["gateways_seen"] > shared["gateways"]:
        return [f"{shared['gateways_seen']} gateways share limits, the estate says {shared['gateways']}"]
    return []
