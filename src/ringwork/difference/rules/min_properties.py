"""`minProperties`: members of an object."""

from __future__ import annotations

from ringwork.difference.rules.kinds import bound

RULE = bound("minProperties", "min-properties", upper=False, absent=0)
