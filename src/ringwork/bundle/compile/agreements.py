"""What consumers agreed to, one object per ring: a public gateway holds no partner, a partner's holds no plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ringwork.audience import Audience
from ringwork.bundle.compile.limits import limit
from ringwork.bundle.compile.material import FORMAT
from ringwork.intent.model import Intent, PartnerIntent, PlanIntent
from ringwork.intent.people import GroupIntent

# API → versions of it, as one ring knows them.
Known = Mapping[str, Iterable[str]]


def agreements(intent: Intent, ring: Audience, known: Known) -> dict[str, Any]:
    """`known` is all that `ring` may know: what an agreement says about anything else is not sent to it."""
    plans = intent.plans if ring is Audience.PUBLIC else ()
    partners = intent.partners if ring is Audience.PARTNER else ()
    groups = {} if ring.is_outer else _groups(intent.people.groups)
    return {
        "format": FORMAT,
        **({"groups": groups} if groups else {}),
        "plans": {plan.name: _plan(plan) for plan in plans},
        "partners": {partner.name: _partner(partner, known) for partner in partners},
    }


def _groups(groups: Iterable[GroupIntent]) -> dict[str, Any]:
    """Whoever is in them calls: what they may do on the control plane is no gateway's business."""
    written = {
        group.name: {
            **({"services": list(group.services)} if group.services else {}),
            **(
                {"claims": {claim: list(values) for claim, values in group.claims.items()}}
                if group.claims
                else {}
            ),
            **({"granted": True} if group.grants is not None else {}),
        }
        for group in groups
    }
    return {name: group for name, group in written.items() if group}


def _plan(intent: PlanIntent) -> dict[str, Any]:
    return {"limit": limit(intent.limit), **_scopes(intent.scopes)}


def _scopes(scopes: tuple[str, ...] | None) -> dict[str, list[str]]:
    """Without a word, every scope."""
    return {} if scopes is None else {"scopes": list(scopes)}


def _partner(intent: PartnerIntent, known: Known) -> dict[str, Any]:
    return {
        "limit": limit(intent.limit),
        "features": sorted(intent.features),
        "versions": _versions(intent.versions, known),
        "networks": list(intent.networks),
        **_scopes(intent.scopes),
        **_sunsets(intent.sunsets, known),
    }


def _sunsets(sunsets: Mapping[str, Mapping[str, int]], known: Known) -> dict[str, Any]:
    of_ring = {
        api: {name: end for name, end in sorted(ends.items()) if name in known[api]}
        for api, ends in sunsets.items()
        if api in known
    }
    ends = {api: ends for api, ends in of_ring.items() if ends}
    return {"sunsets": ends} if ends else {}


def _versions(versions: dict[str, tuple[str, ...]] | None, known: Known) -> dict[str, list[str]] | None:
    if versions is None:
        return None
    return {api: sorted(set(names) & set(known[api])) for api, names in versions.items() if api in known}
