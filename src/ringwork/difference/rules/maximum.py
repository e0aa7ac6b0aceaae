"""`maximum`: where 3.0's `exclusiveMaximum: true` is on one side alone, that is the other rule's."""

from __future__ import annotations

from ringwork.difference.parts import Part
from ringwork.difference.rules.kinds import Number, bound


def _read(old: Part, new: Part) -> tuple[Number, Number]:
    before, after = old.number_of("maximum"), new.number_of("maximum")
    flags = old.flag("exclusiveMaximum"), new.flag("exclusiveMaximum")
    if flags[0] == flags[1] or before == after:
        return before, after
    return None if flags[0] else before, None if flags[1] else after


RULE = bound("maximum", "max", upper=True, read=_read, keywords=("exclusiveMaximum",))
