"""When a version ends on a ring, as its gateway compares it with the clock."""

from __future__ import annotations

from typing import Any

from ringwork.audience import Audience
from ringwork.intent.model import ApiIntent, LifecycleIntent, VersionIntent


def lifecycle(api: ApiIntent, version: VersionIntent, ring: Audience) -> dict[str, Any]:
    """The bundle's member; nothing where nothing is decided."""
    stated = version.lifecycle.get(ring)
    if stated is None:
        return {}
    written = {
        "deprecated_at": stated.deprecated_at,
        "sunset_at": stated.sunset_at,
        "successor": _successor(api, stated, ring),
        "guide": stated.guide,
        "brownouts": [{"from": begins, "until": ends} for begins, ends in stated.brownouts],
    }
    return {"lifecycle": {name: value for name, value in written.items() if value not in (None, [])}}


def _successor(api: ApiIntent, stated: LifecycleIntent, ring: Audience) -> str | None:
    """A ring is told of no version it must not know."""
    known = {version.name for version in api.versions if version.is_known_on(ring)}
    return stated.successor if stated.successor in known else None
