"""`contains`: a schema some item must match."""

from __future__ import annotations

from ringwork.difference.rules.kinds import presence

RULE = presence("contains", "contains")
