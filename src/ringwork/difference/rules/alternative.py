"""`else`: what must hold where `if` does not."""

from __future__ import annotations

from ringwork.difference.rules.kinds import presence

RULE = presence("else", "else")
