"""What consumers may be agreed to have on a ring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.bundle.prove.estate import ReadEstate
from ringwork.bundle.prove.reading import Layers, Part
from ringwork.bundle.prove.relations import Exactly, Relation, Tree
from ringwork.bundle.prove.rings import UsualLimits, usual_partner_limits
from ringwork.bundle.prove.units import day_begins, limit, network
from ringwork.kernel.findings import Location

# API → versions the ring knows.
Known = Mapping[str, frozenset[str]]


def allowed_agreements(
    estate: ReadEstate, ring: str, reached: Mapping[str, Any], known: Known, standing: Mapping[str, Any]
) -> Tree:
    """Only partners are told of partners, only developers of plans. `standing`: the agreements that are live: what is
    broken in the estate stays as it is there. Raises ValueError.
    """
    plans = reached["plans"] if ring == "public" else {}
    partners = reached["partners"] if ring == "partner" else {}
    groups = reached.get("groups") or {} if ring == "internal" else {}
    return {
        "format": Exactly(1),
        "groups": {name: _group(estate, name, _of(standing, "groups", name)) for name in groups},
        "plans": {name: _plan(estate, name, _of(standing, "plans", name)) for name in plans},
        "partners": {
            name: _partner(estate, name, known, _of(standing, "partners", name)) for name in partners
        },
    }


def _of(standing: Mapping[str, Any], kind: str, name: str) -> Any:
    return standing.get(kind, {}).get(name)


def _group(estate: ReadEstate, name: str, standing: Any) -> Relation | Tree:
    """Who is in it: services, people by what their tokens say, and whether anybody is for some time."""
    if standing is not None:
        return Exactly(standing, Location(f"groups/{name}.yaml"))
    said = estate.group(name)
    services = sorted({one.split("/")[-1] for one in said["services"].strings()})
    claims = {claim.key: sorted({*claim.strings()}) for claim in said["claims"]}
    return {
        "services": Exactly(services, said["services"].place),
        "claims": Exactly(claims, said["claims"].place),
        "granted": Exactly(said["grants"].is_there, said["grants"].place),
    }


def _plan(estate: ReadEstate, name: str, standing: Any) -> Relation | Tree:
    if standing is not None:
        return Exactly(standing, Location(f"plans/{name}.yaml"))
    said = estate.agreement("plans", name)
    return {"limit": _limit(said["limits"], UsualLimits(1.0)), "scopes": _scopes(said)}


def _partner(estate: ReadEstate, name: str, known: Known, standing: Any) -> Relation | Tree:
    if standing is not None:
        return Exactly(standing, Location(f"partners/{name}.yaml"))
    said = estate.agreement("partners", name)
    features, networks = said["features"].stated, said["networks"].stated
    return {
        "limit": _limit(said["limits"], usual_partner_limits(estate)),
        "features": Exactly(sorted(features.strings()), features.place),
        "versions": _versions(said["versions"], known),
        "networks": Exactly([network(text) for text in networks.strings()], networks.place),
        "scopes": _scopes(said),
        "sunsets": _sunsets(said["sunsets"].stated, known),
    }


def _sunsets(part: Part, known: Known) -> Exactly:
    """When versions end for a partner: as it acknowledged, and of nothing the ring does not know."""
    ends: dict[str, dict[str, int]] = {}
    for one in part:
        api, version = str(one["api"].value), str(one["version"].value)
        if version in known.get(api, ()):
            ends.setdefault(api, {})[version] = day_begins(one["sunset"].value)
    return Exactly(ends, part.place)


def _limit(limits: Layers, usual: UsualLimits) -> Exactly:
    """A partner's own, or all of the ring's."""
    place, said = limits.stated.place, limits["per_minute"].value
    factor = limits["burst_factor"].value or usual.burst_factor
    per_minute, per_day = usual.per_minute, usual.per_day
    if said is not None:
        per_minute, per_day = said, limits["per_day"].value
    if per_minute is None:
        raise ValueError(f"{place}: nobody agreed limits")
    return Exactly(limit(per_minute, factor, per_day), place)


class _OrEverything(Exactly):
    """None is everything, empty is nothing: they must not be taken for one another."""

    def objection(self, reached: Any) -> str | None:
        return None if reached == self.value else f"the estate says {self.value}"


def _scopes(said: Layers) -> _OrEverything:
    part = said["scopes"].stated
    return _OrEverything(sorted(set(part.strings())) if part.is_there else None, part.place)


def _versions(said: Layers, known: Known) -> _OrEverything:
    part = said.stated
    if not part.is_there:
        return _OrEverything(None, part.place)
    agreed = {one.key: sorted(known[one.key] & set(one.strings())) for one in part if one.key in known}
    return _OrEverything(agreed, part.place)
