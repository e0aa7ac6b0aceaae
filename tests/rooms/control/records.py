"""What gateways tell of writes, for tests."""

from __future__ import annotations

from typing import Any

from ringwork.control.records.model import Batch, Told

ANSWERED = {"outcome": "answered", "status": 201}


def told(number: int, id: dict[str, Any] | None = None, **other: Any) -> Told:
    """The write of order `number`, or of what `id` says."""
    write = {
        "call": f"00000000-0000-7000-8000-{number:012d}",
        "at_unix_ns": 1_795_251_600_000_000_000,
        "ring": "internal",
        "api": "orders",
        "version": "v2",
        "operation": "placeOrder",
        "caller": {"proof": "mtls", "consumer": "billing", "application": "spiffe://acme.test/billing"},
        "type": "order",
        "id": {"plain": str(number)} if id is None else id,
    }
    return Told.model_validate({"write": write | other, **ANSWERED})


def batch(begin: int, end: int, *writes: Told, run: str = "1-1") -> Batch:
    return Batch(run, begin, end, writes)
