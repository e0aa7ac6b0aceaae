"""A record's history as it is shown."""

from __future__ import annotations

from typing import Any

from ringwork.control.records.model import Kept

_OF_THE_CALL = ("at", "ring", "api", "version", "operation", "outcome", "status", "request", "gateway")


def recorded_write(kept: Kept) -> dict[str, Any]:
    """Plain JSON."""
    entry, call = kept.entry, kept.entry["call"]
    return {
        "entry": kept.number,
        "actor": entry["actor"],
        "credential": entry.get("credential"),
        **{name: call.get(name) for name in _OF_THE_CALL},
    }
