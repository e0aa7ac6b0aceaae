"""Where gateways keep limits together. Absent: each counts by itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ringwork.intent.model import SharedLimitsIntent


def shared_limits(intent: SharedLimitsIntent) -> dict[str, Any]:
    """Member of the manifest; secrets by reference, their values come to the node beside the revision."""
    needed = list(intent.secrets)
    return asdict(intent) | ({"secrets": needed} if needed else {})
