"""`minLength`: characters of a text."""

from __future__ import annotations

from ringwork.difference.rules.kinds import bound

RULE = bound("minLength", "min-length", upper=False, absent=0)
