"""One version of an API on one ring: all of its bundle but the operations, and what those are held to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ringwork.bundle.prove.estate import ReadApi
from ringwork.bundle.prove.files import Files
from ringwork.bundle.prove.lifecycle import allowed_lifecycle
from ringwork.bundle.prove.reading import Part
from ringwork.bundle.prove.relations import Anything, AtLeast, Exactly, Relation, Tree
from ringwork.bundle.prove.units import milliseconds
from ringwork.bundle.prove.upstreams import allowed_upstream
from ringwork.bundle.prove.words import OUTER, narrower, ring_of
from ringwork.kernel.findings import Location

_MAX_BODY_BYTES = {"internal": 10 * 1024 * 1024, "partner": 1024 * 1024, "public": 1024 * 1024}
_ALWAYS_SENT = frozenset(("api-version", "authorization", "content-type", "x-api-key"))


def allowed_bundle(files: Files, api: ReadApi, version: str, ring: str) -> Tree:
    """Raises ValueError for what cannot be understood."""
    compression = api.own.at("policies", ring, "compression")
    codings = {"codings": list(compression.strings())} if compression.value else None
    bundle: dict[str, Relation | Tree] = {
        "format": Exactly(1),
        # A gateway that does not know of one of them would let everything pass.
        "requires": AtLeast(frozenset(("projection", "validation") if ring in OUTER else _named(api))),
        "ring": Exactly(ring),
        "api": Exactly(api.name, api.own.place),
        "version": Exactly(version, api.versions[version].place),
        "callers": _callers(api.own["callers"], ring),
        "upstream": allowed_upstream(files, api, version),
        "cors": _cors(api.own["cors"], ring),
        "lifecycle": allowed_lifecycle(api.versions[version], ring),
        "compression": Exactly(codings, compression.place),
        # What they name is looked into where the operations are.
        "projection": _enforced(api.versions[version]["observe"], ring),
        "validation": _enforced(api.versions[version]["observe"], ring),
        "paths": Anything(),
    }
    return bundle


def _named(api: ReadApi) -> tuple[str, ...]:
    """A gateway that does not know of callers would let any in."""
    return ("callers",) if api.own["callers"].is_there else ()


def _callers(said: Part, ring: str) -> Exactly:
    """Services are named to the internal ring alone."""
    if ring in OUTER or not said.is_there:
        return Exactly(None, said.place)
    # The last step of a SPIFFE id is the service's name.
    services = sorted({name.split("/")[-1] for name in said["services"].strings()})
    return Exactly({"services": services, "groups": sorted({*said["groups"].strings()})}, said.place)


@dataclass(frozen=True, slots=True)
class _Enforced:
    """An object that outer rings are held to; `until`: how long it may only be observed, seconds since the epoch."""

    until: int | None
    place: Location | None

    def objection(self, reached: Any) -> str | None:
        if reached is None:
            return "nothing of an outer ring passes unread"
        if reached["mode"] == "enforce":
            return None
        if reached["mode"] == "observe" and self.until is not None:
            return None if reached.get("until") == self.until else f"the estate observes until {self.until}"
        return "outer rings are held to their contract"


def _enforced(observe: Part, ring: str) -> Relation:
    """The internal ring is told, and nothing more."""
    if ring == "internal":
        return Anything()
    return _Enforced(_until(observe), observe.place)


def _until(part: Part) -> int | None:
    """The end of the last day it says, seconds since the epoch."""
    if not part.is_there:
        return None
    last = datetime.combine(date.fromisoformat(str(part["until"].value)), time.min, UTC)
    return int((last + timedelta(days=1)).timestamp())


def widest(api: ReadApi, version: str) -> str:
    """The ring nothing of this version reaches beyond."""
    own = api.versions[version]["audience"].value
    everything = ring_of(api.own["audience"].value)
    return everything if own is None else narrower(everything, ring_of(own))


def policy(api: ReadApi, version: str, ring: str) -> dict[str, Any]:
    """`prover::Policy`: what operations of a version are held to on a ring."""
    stated = api.own.at("policies", ring, "max_body_bytes").value
    said: dict[str, Any] = {
        "ring": ring,
        "max_body_bytes": _MAX_BODY_BYTES[ring] if stated is None else stated,
        "unmatched_until": _until(api.versions[version]["unmatched_patterns"]),
    }
    tunnels, kept = api.own["websocket"], api.own["cache"]
    if tunnels.is_there:
        said["websocket"] = {
            "operations": list(tunnels["operations"].strings()),
            "bounds": {
                "idle_ms": milliseconds(tunnels["idle"].value or "1m"),
                "lifetime_ms": milliseconds(tunnels["lifetime"].value or "60m"),
            },
        }
    if kept.is_there:
        named = kept["operations"]
        operations = list(named.strings()) if named.is_there else None
        said["cache"] = {"operations": operations, "terms": _kept(kept)}
    return said


def _kept(part: Part) -> dict[str, Any]:
    return {
        "ttl_ms": milliseconds(part["ttl"].value),
        "shared": part["shared"].value is True,
        "vary": _names(part["vary"].strings()),
        "stale_if_error_ms": milliseconds(part["stale_if_error"].value) or 0,
        "max_object_bytes": part["max_object_bytes"].value or 1024 * 1024,
    }


def _cors(part: Part, ring: str) -> Exactly:
    """Pages of other origins call the public ring, or none."""
    if ring != "public" or not part.is_there:
        return Exactly(None, part.place)
    said = {
        "origins": sorted(part["origins"].strings()),
        "headers": _names((*_ALWAYS_SENT, *part["headers"].strings())),
        "expose": sorted(name.lower() for name in part["expose"].strings()),
        "credentials": part["credentials"].value is True,
        "max_age_seconds": (milliseconds(part["max_age"].value or "10m") or 0) // 1_000,
    }
    return Exactly(said, part.place)


def _names(names: Iterable[str]) -> list[str]:
    return sorted({name.lower() for name in names})
