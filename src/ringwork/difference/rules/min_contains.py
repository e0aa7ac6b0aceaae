"""`minContains`: items that match `contains`."""

from __future__ import annotations

from ringwork.difference.rules.kinds import bound

RULE = bound("minContains", "min-contains", upper=False)
