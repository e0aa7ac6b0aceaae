"""The words of audiences, written down a second time: a proof does not ask those it is about."""

from __future__ import annotations

from typing import Any

RINGS = ("internal", "partner", "public")
OUTER = ("partner", "public")

_WORDS = {
    "internal": "internal",
    "component-internal": "internal",
    "business-unit-internal": "internal",
    "company-internal": "internal",
    "partner": "partner",
    "external-partner": "partner",
    "public": "public",
    "external-public": "public",
}


def ring_of(word: Any) -> str:
    """The widest ring a label names; what nobody understands is the narrowest."""
    return _WORDS.get(word, "internal") if isinstance(word, str) else "internal"


def narrower(first: str, second: str) -> str:
    return min(first, second, key=RINGS.index)
