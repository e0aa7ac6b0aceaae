"""What consumers may be agreed to have on a ring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.bundle.prove.estate import ReadEstate
from ringwork.bundle.prove.reading import Layers
from ringwork.bundle.prove.relations import Exactly, Relation, Tree
from ringwork.bundle.prove.rings import UsualLimits, usual_partner_limits
from ringwork.bundle.prove.units import limit, network
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
    return {
        "format": Exactly(1),
        "plans": {name: _plan(estate, name, _of(standing, "plans", name)) for name in plans},
        "partners": {
            name: _partner(estate, name, known, _of(standing, "partners", name)) for name in partners
        },
    }


def _of(standing: Mapping[str, Any], kind: str, name: str) -> Any:
    return standing.get(kind, {}).get(name)


def _plan(estate: ReadEstate, name: str, standing: Any) -> Relation | Tree:
    if standing is not None:
        return Exactly(standing, Location(f"plans/{name}.yaml"))
    limits = estate.agreement("plans", name)["limits"]
    return {"limit": _limit(limits, UsualLimits(1.0))}


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
    }


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


class _Versions(Exactly):
    """None is every API, an empty object none: they must not be taken for one another."""

    def objection(self, reached: Any) -> str | None:
        return None if reached == self.value else f"the estate says {self.value}"


def _versions(said: Layers, known: Known) -> _Versions:
    part = said.stated
    if not part.is_there:
        return _Versions(None, part.place)
    agreed = {one.key: sorted(known[one.key] & set(one.strings())) for one in part if one.key in known}
    return _Versions(agreed, part.place)
