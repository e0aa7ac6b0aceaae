"""What each ring sees of each API, as rows: operations, and what is sent and read by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ringwork.audience import RINGS, Audience
from ringwork.governance.exposed.demands import written
from ringwork.governance.exposed.items import ExposedItem, unpack
from ringwork.governance.exposure import VersionExposure


@dataclass(frozen=True, slots=True)
class Row:
    """One operation, or one thing an outer ring can send or read. `ring` is the furthest that sees it.

    Operations of the internal ring are rows too; what only it can send and read is not listed: everything its
    contract declares. `masks` of partner and public, where there are any.
    """

    api: str
    version: str
    ring: Audience
    kind: str
    way: str
    name: str
    target: str
    value: str
    sensitive: str
    masks: tuple[str, str]
    at: str
    because: str
    through: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "api": self.api,
            "version": self.version,
            "rings": [ring.label for ring in RINGS if self.ring.reaches(ring)],
            "kind": self.kind,
            "way": self.way,
            "name": self.name,
            "target": self.target or None,
            "value": self.value or None,
            "sensitive": self.sensitive or None,
            "masks": {
                ring: mask for ring, mask in zip(("partner", "public"), self.masks, strict=True) if mask
            },
            "at": self.at,
            "because": self.because,
            "through": self.through or None,
        }


def rows(
    exposures: Iterable[VersionExposure], *, api: str | None = None, ring: Audience | None = None
) -> Iterator[Row]:
    """Of one API, or all; of what one ring sees, or all."""
    for exposure in exposures:
        if api in (None, exposure.api):
            found = (*_operations(exposure), *_parts(exposure))
            yield from (row for row in found if ring is None or row.ring.reaches(ring))


def _operations(exposure: VersionExposure) -> Iterator[Row]:
    for operation in exposure.operations:
        yield Row(
            api=exposure.api,
            version=exposure.version,
            ring=operation.published,
            kind="operation",
            way="call",
            name=f"{operation.method} {operation.template}",
            target=written(operation),
            value="",
            sensitive="",
            masks=("", ""),
            at=str(operation.declared_at),
            because=str(operation.decided_at or operation.declared_at),
            through="",
        )


def _parts(exposure: VersionExposure) -> Iterator[Row]:
    for item in unpack(exposure.exposed):
        if item.way != "call":
            yield _row(exposure, item)


def _row(exposure: VersionExposure, item: ExposedItem) -> Row:
    return Row(
        api=exposure.api,
        version=exposure.version,
        ring=item.ring,
        kind=item.kind,
        way=item.way,
        name=item.name,
        target=item.target,
        value=item.value,
        sensitive=item.sensitive,
        masks=(item.mask(Audience.PARTNER), item.mask(Audience.PUBLIC)),
        at=str(item.location),
        because=str(item.labelled_at or item.location),
        through=item.through,
    )
