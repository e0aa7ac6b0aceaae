"""`exclusiveMinimum`: a number in 3.1; in 3.0 a flag that makes `minimum` exclusive, read as that number."""

from __future__ import annotations

from ringwork.difference.parts import Part
from ringwork.difference.rules.kinds import Number, bound


def _read(old: Part, new: Part) -> tuple[Number, Number]:
    if old.flag("exclusiveMinimum") and new.flag("exclusiveMinimum"):
        return None, None  # `minimum` tells
    return _limit(old), _limit(new)


def _limit(schema: Part) -> Number:
    return schema.number_of("minimum" if schema.flag("exclusiveMinimum") else "exclusiveMinimum")


RULE = bound("exclusiveMinimum", "exclusive-min", upper=False, read=_read, keywords=("minimum",))
