"""Where requests go."""

from __future__ import annotations

from typing import Any

from ringwork.intent.model import UpstreamIntent


def upstream(intent: UpstreamIntent) -> dict[str, Any]:
    return {
        "tls": intent.tls,
        "host": intent.host,
        "port": intent.port,
        "path": intent.path,
        "connect_timeout_ms": intent.connect_timeout_ms,
        "io_timeout_ms": intent.io_timeout_ms,
    }
