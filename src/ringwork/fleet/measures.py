"""The control plane's own metrics, as plain numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ringwork.control.node_records import RemoteNode
from ringwork.fleet.remote.views import node_view

# No name a node elsewhere can have.
LOCAL = "_local"


@dataclass(frozen=True, slots=True)
class GatewayMeasure:
    """One gateway as it was heard last. `revision` 0: it serves none; `heard_at`: of one elsewhere that was heard."""

    name: str
    running: bool
    revision: int
    refused: bool
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    """`revision`: published; 0: none. `applications`: how often an estate came to each outcome, since the start.
    `keys_ending`: those that work and end by themselves within 14 days.
    """

    revision: int
    applications: Mapping[str, int]
    gateways: tuple[GatewayMeasure, ...]
    keys_ending: int = 0


def gateway_measures(local: Mapping[str, Any], nodes: Iterable[RemoteNode]) -> tuple[GatewayMeasure, ...]:
    """Of the local gateway's report and of those elsewhere that were not revoked: as many as were enrolled."""
    elsewhere = (node for node in nodes if node.revoked_at is None)
    return (
        _measure(LOCAL, local, None),
        *(_measure(node.place.name, node_view(node), node.last_contact) for node in elsewhere),
    )


def _measure(name: str, said: Mapping[str, Any], heard_at: datetime | None) -> GatewayMeasure:
    refused = said["refused"] is not None
    return GatewayMeasure(name, bool(said["running"]), said["revision"] or 0, refused, heard_at)
