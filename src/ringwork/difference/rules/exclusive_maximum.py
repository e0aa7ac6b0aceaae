"""`exclusiveMaximum`: a number in 3.1; in 3.0 a flag that makes `maximum` exclusive, read as that number."""

from __future__ import annotations

from ringwork.difference.parts import Part
from ringwork.difference.rules.kinds import Number, bound


def _read(old: Part, new: Part) -> tuple[Number, Number]:
    if old.flag("exclusiveMaximum") and new.flag("exclusiveMaximum"):
        return None, None  # `maximum` tells
    return _limit(old), _limit(new)


def _limit(schema: Part) -> Number:
    return schema.number_of("maximum" if schema.flag("exclusiveMaximum") else "exclusiveMaximum")


RULE = bound("exclusiveMaximum", "exclusive-max", upper=True, read=_read, keywords=("maximum",))
