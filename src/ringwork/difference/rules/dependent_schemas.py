"""`dependentSchemas`: what must hold where a member is there."""

from __future__ import annotations

from ringwork.difference.model import Effect
from ringwork.difference.rules.kinds import named

RULE = named("dependentSchemas", "dependent-schema", added=Effect.NARROWS, removed=Effect.WIDENS)
