"""Lines as gateways write them."""

from __future__ import annotations

import json
from typing import Any

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def line(number: int = 1, *, sampled: bool = True, **given: Any) -> bytes:
    """Call `number`, without a newline; its spans have ids of their own."""
    said: dict[str, Any] = {
        "time": "2026-01-02T03:04:05.000006Z",
        "revision": 7,
        "ring": "partner",
        "method": "GET",
        "path": f"/shop/v1/orders/{number}",
        "api": "orders",
        "version": "v1",
        "operation": "getOrder",
        "template": "/orders/{orderId}",
        "consumer": "globex",
        "application": "erp",
        "status": 200,
        "request_bytes": 0,
        "response_bytes": 11,
        "duration_us": {"wall": 5, "upstream": 400, "total": 500},
        "request_id": f"request-{number}",
        "trace_id": TRACE,
        "span_id": f"{2 * number + 1:016x}",
    }
    if sampled:
        said["span"] = {"protocol": "2", "host": "api.acme.example:8443", "tries": 1}
    return json.dumps(said | given, separators=(",", ":")).encode()
