"""Remote gateways as plain data, for `ringwork status` and `ringwork gateway list`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ringwork.control.node_records import RemoteNode
from ringwork.fleet.telemetry.standing import export_problems
from ringwork.kernel.clock import rfc3339

# A node reports every 5 s; one that is silent for longer than this is cut off.
SILENT_AFTER = timedelta(seconds=30)


def node_view(node: RemoteNode) -> dict[str, Any]:
    """`revision`, `refused` and `problem` are the node's last words; `pins`: ring → key its listener shows."""
    said = dict(node.said or {})
    gateway = said.get("gateway") or {}
    return {
        "name": node.place.name,
        "rings": list(node.place.rings),
        "listeners": {ring: list(addresses) for ring, addresses in node.place.listeners.items()},
        "enrolled_at": rfc3339(node.enrolled_at),
        "revoked_at": _when(node.revoked_at),
        "last_contact": _when(node.last_contact),
        "version": said.get("version"),
        "running": bool(gateway.get("running")),
        "revision": gateway.get("revision"),
        "refused": gateway.get("refused"),
        "problem": said.get("problem"),
        "identity_seq": said.get("seq"),
        "pins": said.get("pins") or {},
        "upstreams": gateway.get("upstreams") or {},
        "telemetry": gateway.get("telemetry") or {},
    }


def trusts(node: RemoteNode, fingerprint: str) -> bool:
    """Whether it said that it trusts the control plane by this CA too."""
    return fingerprint in (dict(node.said or {}).get("trusts") or ())


def newest_revision(node: RemoteNode) -> int:
    """The highest it said it ever had; 0 while it said nothing."""
    said = dict(node.said or {})
    newest = said.get("newest")
    if newest is None:
        newest = (said.get("gateway") or {}).get("revision")
    return newest if isinstance(newest, int) else 0


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
        found.append(str(view["problem"]))
    found += export_problems(view["telemetry"])
    return found


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
