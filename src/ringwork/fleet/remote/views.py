"""Remote gateways as plain data, for `ringwork status` and `ringwork gateway list`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ringwork.control.node_records import RemoteNode
from ringwork.fleet.gateway_report import sharing_problems
from ringwork.fleet.remote.said import SaidOfGateway, said_of
from ringwork.fleet.telemetry.standing import export_problems
from ringwork.kernel.clock import rfc3339

# A node reports every 5 s; one that is silent for longer than this is cut off.
SILENT_AFTER = timedelta(seconds=30)


def node_view(node: RemoteNode) -> dict[str, Any]:
    """`revision`, `refused` and `problem` are the node's last words; `pins`: ring → key its listener shows."""
    said = said_of(node)
    gateway = said.gateway or SaidOfGateway()
    told = gateway.model_dump()
    return {
        "name": node.place.name,
        "rings": list(node.place.rings),
        "listeners": {ring: list(addresses) for ring, addresses in node.place.listeners.items()},
        "enrolled_at": rfc3339(node.enrolled_at),
        "revoked_at": _when(node.revoked_at),
        "last_contact": _when(node.last_contact),
        "version": said.version,
        "running": gateway.running or False,
        "revision": gateway.revision,
        "refused": told["refused"],
        "problem": said.problem,
        "identity_seq": said.seq,
        "pins": said.pins or {},
        "upstreams": told["upstreams"] or {},
        "shared_limits": told["shared_limits"],
        "telemetry": told["telemetry"] or {},
    }


def trusts(node: RemoteNode, fingerprint: str) -> bool:
    """Whether it said that it trusts the control plane by this CA too."""
    return fingerprint in (said_of(node).trusts or ())


def newest_revision(node: RemoteNode) -> int:
    """The highest it said it ever had; 0 while it said nothing."""
    said = said_of(node)
    if said.newest is not None:
        return said.newest
    return (said.gateway.revision if said.gateway else None) or 0


def node_problems(node: RemoteNode, now: datetime) -> list[str]:
    """What is not as it should be; nothing is expected of a revoked node."""
    if node.revoked_at is not None:
        return []
    if node.last_contact is None:
        return ["it was not heard of since it was enrolled"]
    view, found = node_view(node), []
    if abs(now - node.last_contact) > SILENT_AFTER:  # ahead: the system's time was turned back since
        found.append(f"not heard of since {view['last_contact']}: it serves what it had then")
    if not view["running"]:
        found.append("its gateway does not run")
    if view["refused"] is not None:
        refused = view["refused"]
        found.append(f"refused revision {refused['revision']}: {refused['message']} ({refused['code']})")
    if view["problem"] is not None:
        found.append(view["problem"])
    found += sharing_problems(view["shared_limits"] if view["running"] else None)
    found += export_problems(view["telemetry"])
    return found


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
