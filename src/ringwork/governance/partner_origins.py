"""Where what holds for a partner comes from: its file, the environment's, the ring's defaults in `ringwork.yaml`, or
ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ringwork.intent.build import build_partner
from ringwork.manifest.checks.later import PARTNER_KEYS
from ringwork.manifest.estate import Estate, LoadedOrganization, LoadedPartner

_RING = ("rings", "partner", "limits")


@dataclass(frozen=True, slots=True)
class Stated:
    """A value as the estate has it now. `source`: `partner`, `environment`, `ring` or `default`; `at`:
    file:line:column, None of a default of ours.
    """

    key: str
    value: Any
    source: str
    at: str | None

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, "value": self.value, "source": self.source, "at": self.at}


def stated_of(estate: Estate, name: str) -> list[Stated] | None:
    """Every value that takes effect for the partner; None where the estate has no sound partner of this name."""
    found = next((each for each in estate.partners if each.name == name), None)
    if found is None or estate.organization is None:
        return None
    return [*_limits(found, estate.organization), *_others(found)]


def without_effect(estate: Estate, name: str) -> list[Stated]:
    """What its record says, and nothing enforces yet."""
    found = (each for each in estate.partners if each.name == name)
    return [
        _of_partner(partner, key, getattr(partner.manifest, key).model_dump(mode="json"), key)
        for partner in found
        for key in PARTNER_KEYS
        if getattr(partner.manifest, key) is not None
    ]


def _limits(partner: LoadedPartner, organization: LoadedOrganization) -> Iterator[Stated]:
    """As `intent.build` takes them: the partner's own, or all of the ring's; the factor of whoever says one."""
    own, ring = partner.manifest.limits, organization.manifest.rings.partner
    agreed, limits = build_partner(partner, organization).limit, None if ring is None else ring.limits
    for key, value in (("per_minute", agreed.per_minute), ("per_day", agreed.per_day)):
        if getattr(own or limits, key, None) is None:
            yield Stated(f"limits.{key}", value, "default", None)
        elif own is not None:
            yield _of_partner(partner, f"limits.{key}", value, "limits", key)
        else:
            yield _of_ring(organization, f"limits.{key}", value, key)
    if own is not None and own.burst_factor is not None:
        yield _of_partner(partner, "limits.burst", agreed.burst, "limits", "burst_factor")
    elif limits is not None and limits.burst_factor is not None:
        yield _of_ring(organization, "limits.burst", agreed.burst, "burst_factor")
    else:
        yield Stated("limits.burst", agreed.burst, "default", None)


def _others(partner: LoadedPartner) -> Iterator[Stated]:
    manifest = partner.manifest
    versions = (
        None if manifest.versions is None else {api: [*each] for api, each in manifest.versions.items()}
    )
    for key, value in (
        ("features", [*manifest.features]),
        ("versions", versions),
        ("networks", [*manifest.networks]),
    ):
        if key in manifest.model_fields_set:
            yield _of_partner(partner, key, value, key)
        else:
            yield Stated(key, value, "default", None)


def _of_partner(partner: LoadedPartner, key: str, value: Any, *path: str) -> Stated:
    """Of its file, unless the environment's says otherwise."""
    at = partner.source.key_at(*path)
    return Stated(key, value, "partner" if at.file == partner.source.name else "environment", str(at))


def _of_ring(organization: LoadedOrganization, key: str, value: Any, member: str) -> Stated:
    at = organization.source.key_at(*_RING, member)
    return Stated(key, value, "ring" if at.file == organization.source.name else "environment", str(at))
