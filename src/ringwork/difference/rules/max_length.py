"""`maxLength`: characters of a text."""

from __future__ import annotations

from ringwork.difference.rules.kinds import bound

RULE = bound("maxLength", "max-length", upper=True)
