"""What consumers agreed to, one object per ring: a public gateway holds no partner, a partner's holds no plan."""

from __future__ import annotations

from typing import Any

from ringwork.audience import Audience
from ringwork.bundle.compile.limits import limit
from ringwork.bundle.compile.material import FORMAT
from ringwork.intent.model import Intent, PartnerIntent


def agreements(intent: Intent, ring: Audience) -> dict[str, Any]:
    plans = intent.plans if ring is Audience.PUBLIC else ()
    partners = intent.partners if ring is Audience.PARTNER else ()
    return {
        "format": FORMAT,
        "plans": {plan.name: {"limit": limit(plan.limit)} for plan in plans},
        "partners": {partner.name: _partner(partner) for partner in partners},
    }


def _partner(intent: PartnerIntent) -> dict[str, Any]:
    return {
        "limit": limit(intent.limit),
        "features": sorted(intent.features),
        "versions": _versions(intent.versions),
        "networks": list(intent.networks),
    }


def _versions(versions: dict[str, tuple[str, ...]] | None) -> dict[str, list[str]] | None:
    if versions is None:
        return None
    return {api: sorted(names) for api, names in versions.items()}
