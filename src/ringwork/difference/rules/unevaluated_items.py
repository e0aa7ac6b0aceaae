"""`unevaluatedItems`: what no other keyword judged."""

from __future__ import annotations

from ringwork.difference.rules.kinds import presence

RULE = presence("unevaluatedItems", "unevaluated-items")
