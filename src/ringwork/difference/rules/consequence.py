"""`then`: what must hold where `if` does."""

from __future__ import annotations

from ringwork.difference.rules.kinds import presence

RULE = presence("then", "then")
