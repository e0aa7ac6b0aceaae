"""Two contracts that are loaded, compared."""

from __future__ import annotations

from ringwork import _native
from ringwork.audience import Audience
from ringwork.difference.operations import compare_operations
from ringwork.difference.parts import Part
from ringwork.difference.report import Difference, Locations, report


def compare(
    old: _native.Contract,
    new: _native.Contract,
    names: tuple[str, str],
    *,
    ring: Audience | None = None,
    flat: bool = False,
    sources: tuple[_native.Contract, _native.Contract] | None = None,
) -> Difference:
    """What a change means to those who call. `sources`: what `old` and `new` are projections of; findings are
    located there. `flat`: each finding by itself is wanted too.
    """
    sides = _native.sides(old, new)
    found = compare_operations(*(Part(side, side.root) for side in sides))
    return report(
        found,
        names,
        (old.version, new.version),
        differs=[sha256 for _, sha256 in old.files] != [sha256 for _, sha256 in new.files],
        ring=ring,
        flat=flat,
        locations=Locations(sources),
    )
