"""`propertyNames`: what names of members must match."""

from __future__ import annotations

from ringwork.difference.rules.kinds import presence

RULE = presence("propertyNames", "property-names")
