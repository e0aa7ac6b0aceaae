"""Which objects a published manifest names."""

from __future__ import annotations

from typing import Any


def referenced_objects(ring: dict[str, Any]) -> list[str]:
    """Content hashes that one ring of a manifest names."""
    routed = [route["api"] for route in ring["routes"] if route["api"] is not None]
    bundles = [name for api in routed for name in api["versions"].values()]
    # A revision of an older control plane has none.
    return [ring["agreements"], *bundles, *(name for api in routed for name in api.get("objects", ()))]
