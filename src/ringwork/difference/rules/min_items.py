"""`minItems`: items of a list."""

from __future__ import annotations

from ringwork.difference.rules.kinds import bound

RULE = bound("minItems", "min-items", upper=False, absent=0)
