"""What is to be told. Frozen; times are aware, UTC, whole seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ringwork.kernel.canonical import canonical_json
from ringwork.kernel.clock import rfc3339


@dataclass(frozen=True, slots=True)
class Notice:
    """`id` is the same however often it is told; `body` the bytes that are told and signed."""

    id: str
    kind: str
    made_at: datetime
    body: bytes
    tries: int = 0
    due_at: datetime | None = None


def notice_of(name: str, kind: str, at: datetime, data: Mapping[str, Any]) -> Notice:
    """In the form of Standard Webhooks (1.0, "Payload structure"): type, timestamp, data."""
    body = canonical_json({"type": kind, "timestamp": rfc3339(at), "data": data})
    return Notice(f"msg_{name}", kind, at, body)
