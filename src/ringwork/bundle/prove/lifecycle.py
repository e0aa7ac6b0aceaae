"""When a version ends on a ring: exactly when the estate says, so that nothing is gone before, or stays on."""

from __future__ import annotations

from ringwork.bundle.prove.reading import Layers, Part
from ringwork.bundle.prove.relations import Exactly, OneOf, Relation, Tree
from ringwork.bundle.prove.units import day_begins, moment


def allowed_lifecycle(version: Part, ring: str) -> Relation | Tree:
    """Raises ValueError for what is no date."""
    said = Layers((version["rings"][ring], version))
    deprecated, sunset = said["deprecated"].stated, said["sunset"].stated
    if not deprecated.is_there and not sunset.is_there:
        return Exactly(None, version.place)
    windows = said["brownouts"].stated
    successor, guide = version["successor"], version["migration_guide"]
    return {
        "deprecated_at": _begin(deprecated),
        "sunset_at": _begin(sunset),
        # A ring that does not know it is not told of it.
        "successor": OneOf((None, successor.value), successor.place),
        "guide": Exactly(guide.value, guide.place),
        "brownouts": Exactly(
            [{"from": moment(one["begins"].value), "until": moment(one["ends"].value)} for one in windows],
            windows.place,
        ),
    }


def _begin(day: Part) -> Exactly:
    return Exactly(day_begins(day.value) if day.is_there else None, day.place)
