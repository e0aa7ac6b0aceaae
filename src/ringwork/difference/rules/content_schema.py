"""`contentSchema`: what the content of a text must match."""

from __future__ import annotations

from ringwork.difference.rules.kinds import presence

RULE = presence("contentSchema", "content-schema")
