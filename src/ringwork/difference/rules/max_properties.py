"""`maxProperties`: members of an object."""

from __future__ import annotations

from ringwork.difference.rules.kinds import bound

RULE = bound("maxProperties", "max-properties", upper=True)
