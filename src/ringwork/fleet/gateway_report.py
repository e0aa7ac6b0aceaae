"""What a gateway says of itself, as `ringwork status`, the admin API and a control plane elsewhere hear it."""

from __future__ import annotations

from typing import Any

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.process import running_gateway
from ringwork.fleet.status import read_status
from ringwork.fleet.telemetry.standing import exports


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
        "telemetry": exports(node),
    }
