"""What a partner is told of its agreement: what gateways hold it to in each environment, and what people promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ringwork.app.partners import show_partner
from ringwork.fleet.endpoints import read_endpoints
from ringwork.fleet.state import StateDirectory
from ringwork.kernel.refusal import Refused
from ringwork.manifest.load import load_estate

_RING = "partner"


def agreement_of(partner: str, estate: Path, states: Sequence[StateDirectory]) -> dict[str, Any]:
    """`states` of the control planes that run, one of each environment. Raises Refused."""
    record = next((each for each in load_estate(estate).partners if each.name == partner), None)
    if record is None:
        help = f"`ringwork plan {estate}` says what is wrong with partners/{partner}.yaml."
        raise Refused("partner-unknown", f'the estate has no partner "{partner}"', help, status=404)
    said = record.manifest
    return {
        "partner": partner,
        "title": said.title,
        "description": said.description,
        "sla": None if said.sla is None else said.sla.model_dump(),
        "support": None if said.support is None else said.support.model_dump(),
        "environments": [_environment(partner, estate, state) for state in states],
    }


def _environment(partner: str, estate: Path, state: StateDirectory) -> dict[str, Any]:
    found = show_partner(partner, state, estate)
    endpoints = read_endpoints(state.endpoints)
    ring = None if endpoints is None else endpoints.rings.get(_RING)
    values: Mapping[str, Any] = {row["key"]: row["value"] for row in found["values"]}
    return {
        "environment": found["environment"],
        "base_url": None if ring is None else ring.base_url,
        "values": values,
        "used_today": found["use"],
        "api_keys": found["proofs"]["api_key"],
        "versions": [
            {"api": each["api"], "version": each["version"], "operations": each["operations"]}
            for each in found["visible"]
        ],
    }
