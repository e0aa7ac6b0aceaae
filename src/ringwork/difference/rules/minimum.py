"""`minimum`: where 3.0's `exclusiveMinimum: true` is on one side alone, that is the other rule's."""

from __future__ import annotations

from ringwork.difference.parts import Part
from ringwork.difference.rules.kinds import Number, bound


def _read(old: Part, new: Part) -> tuple[Number, Number]:
    before, after = old.number_of("minimum"), new.number_of("minimum")
    flags = old.flag("exclusiveMinimum"), new.flag("exclusiveMinimum")
    if flags[0] == flags[1] or before == after:
        return before, after
    return None if flags[0] else before, None if flags[1] else after


RULE = bound("minimum", "min", upper=False, read=_read, keywords=("exclusiveMinimum",))
