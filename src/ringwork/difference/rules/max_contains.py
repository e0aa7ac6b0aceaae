"""`maxContains`: items that match `contains`."""

from __future__ import annotations

from ringwork.difference.rules.kinds import bound

RULE = bound("maxContains", "max-contains", upper=True)
