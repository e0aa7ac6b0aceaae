"""`maxItems`: items of a list."""

from __future__ import annotations

from ringwork.difference.rules.kinds import bound

RULE = bound("maxItems", "max-items", upper=True)
