"""`if`: when `then` and `else` count."""

from __future__ import annotations

from ringwork.difference.rules.kinds import presence

RULE = presence("if", "if")
