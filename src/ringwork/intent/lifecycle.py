"""From the dates of a manifest to moments a gateway compares its clock with."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from ringwork.audience import RINGS, Audience
from ringwork.intent.model import LifecycleIntent
from ringwork.kernel.clock import start_of_day
from ringwork.manifest.agreements import PartnerManifest
from ringwork.manifest.api import VersionManifest
from ringwork.manifest.estate import LoadedApi
from ringwork.manifest.lifecycle import BrownoutManifest


class Ending(NamedTuple):
    """What a manifest decides of a version's end on one ring."""

    deprecated: date | None
    sunset: date | None
    brownouts: tuple[BrownoutManifest, ...]


def ending_of(version: VersionManifest, ring: Audience) -> Ending:
    """What counts on a ring: its own dates where it has some, the version's otherwise."""
    own = version.rings.of(ring)
    return Ending(
        deprecated=own.deprecated or version.deprecated,
        sunset=own.sunset or version.sunset,
        brownouts=version.brownouts if own.brownouts is None else own.brownouts,
    )


def build_lifecycle(api: LoadedApi, index: int) -> dict[Audience, LifecycleIntent]:
    """Per ring on which anything is decided."""
    version = api.manifest.versions[index]
    endings = {ring: ending_of(version, ring) for ring in RINGS}
    return {
        ring: LifecycleIntent(
            deprecated_at=None if ending.deprecated is None else start_of_day(ending.deprecated),
            sunset_at=None if ending.sunset is None else start_of_day(ending.sunset),
            successor=version.successor,
            guide=version.migration_guide,
            brownouts=tuple(
                (int(one.begins.timestamp()), int(one.ends.timestamp())) for one in ending.brownouts
            ),
            declared_at=api.at("versions", index),
        )
        for ring, ending in endings.items()
        if ending.deprecated is not None or ending.sunset is not None
    }


def build_sunsets(partner: PartnerManifest) -> dict[str, dict[str, int]]:
    """API → version → when it ends for the partner, seconds since the Unix epoch."""
    ends: dict[str, dict[str, int]] = {}
    for agreed in partner.sunsets:
        ends.setdefault(agreed.api, {})[agreed.version] = start_of_day(agreed.sunset)
    return ends
