"""`not`: what a value must not match."""

from __future__ import annotations

from ringwork.difference.rules.kinds import presence

RULE = presence("not", "not")
