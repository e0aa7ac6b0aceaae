"""Which response headers leave a ring."""

from __future__ import annotations

from typing import Any

from ringwork.intent.model import RingIntent


def response_headers(ring: RingIntent) -> dict[str, Any]:
    """`all_but`: hop-by-hop headers and these are dropped; `only`: these and what an operation declares pass."""
    return {"mode": ring.response_header_mode, "names": sorted(ring.response_header_names)}
