"""Limits as the wall reads them."""

from __future__ import annotations

from typing import Any

from ringwork.intent.model import Limit


def limit(intent: Limit) -> dict[str, Any]:
    return {"per_minute": intent.per_minute, "burst": intent.burst, "per_day": intent.per_day}
