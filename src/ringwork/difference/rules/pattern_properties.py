"""`patternProperties`: schemas for members whose names match."""

from __future__ import annotations

from ringwork.difference.model import Effect
from ringwork.difference.rules.kinds import named

RULE = named("patternProperties", "pattern-property", added=Effect.NARROWS, removed=Effect.WIDENS)
