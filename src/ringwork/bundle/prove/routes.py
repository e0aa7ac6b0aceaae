"""Which API is behind which host and prefix of a ring, in which versions; and what must not be carried by another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ringwork.bundle.prove.emitted import NamedBundle, bundles_of
from ringwork.bundle.prove.estate import ReadApi, ReadEstate
from ringwork.bundle.prove.relations import Anything, Difference, Exactly, OneOf, Tree, differences
from ringwork.kernel.findings import Location


def allowed_route(estate: ReadEstate, api: ReadApi, ring: str) -> Tree:
    """Of an API that is served on `ring`; which of its versions are, its documents say."""
    own = api.own
    feature = own["feature"].value if ring == "partner" else None
    return {
        "hosts": Exactly(sorted(hosts_on(estate, api, ring)), own["hosts"].place),
        "prefix": Exactly(api.prefix, own["prefix"].place),
        "api": {
            "name": Exactly(api.name, own.place),
            "versioning": Exactly(api.versioning, own["versioning"].place),
            "default_version": OneOf((None, default_version(api)), own["versions"].place),
            "versions": Anything(),
            "objects": Anything(),
            "feature": Exactly(feature, own["feature"].place),
        },
    }


@dataclass(frozen=True, slots=True)
class Routed:
    """A route that leads to an API, and what comes of it. `api` None: the estate has none of that name. `hosts`: those
    of the API's own; `secrets`: references that services behind its versions need; `found`: what is not as the estate
    says.
    """

    name: str
    route: Mapping[str, Any]
    pointer: str
    api: ReadApi | None
    versions: frozenset[str]
    hosts: tuple[str, ...]
    secrets: frozenset[str]
    bundles: tuple[NamedBundle, ...]
    found: tuple[Difference, ...]


class KnownRoutes:
    """Routes of the manifest before: most of one are the same objects, of APIs that are the same objects, at the same
    places.
    """

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Routed]] = {}
        self._shared: dict[str, tuple[str, ...]] = {}

    def of_ring(
        self, estate: ReadEstate, ring: str, routes: Sequence[Mapping[str, Any]], apis: Mapping[str, ReadApi]
    ) -> list[Routed]:
        """Those that lead to an API, in order."""
        shared = estate.shared_hosts(ring)
        before = self._known.get(ring, {}) if self._shared.get(ring) == shared else {}
        found = []
        for index, route in enumerate(routes):
            if route["api"] is not None:
                name = route["api"]["name"]
                known, pointer = before.get(name), f"/rings/{ring}/routes/{index}"
                is_known = known is not None and known.route is route and known.pointer == pointer
                if known is None or not is_known or known.api is not apis.get(name):
                    known = _routed(estate, ring, route, pointer, apis.get(name))
                found.append(known)
        self._known[ring], self._shared[ring] = {one.name: one for one in found}, shared
        return found


def _routed(
    estate: ReadEstate, ring: str, route: Mapping[str, Any], pointer: str, api: ReadApi | None
) -> Routed:
    routed = route["api"]
    versions = frozenset(routed["versions"])
    bundles = tuple(bundles_of(ring, routed, f"{pointer}/api"))
    if api is None:
        found = Difference(f"{pointer}/api/name", f"there is no API {routed['name']} in the estate", None)
        return Routed(routed["name"], route, pointer, None, versions, (), frozenset(), bundles, (found,))
    secrets = frozenset[str]().union(*(api.secrets.get(version, ()) for version in versions))
    unlike = tuple(differences(route, allowed_route(estate, api, ring), pointer))
    return Routed(api.name, route, pointer, api, versions, api.hosts(ring), secrets, bundles, unlike)


def hosts_on(estate: ReadEstate, api: ReadApi, ring: str) -> tuple[str, ...]:
    return api.hosts(ring) or estate.shared_hosts(ring)


def default_version(api: ReadApi) -> str | None:
    if api.versioning == "path":
        return None
    if len(api.versions) == 1:
        return next(iter(api.versions))
    return next((name for name, version in api.versions.items() if version["default"].value is True), None)


# Host → prefix → the route that serves it; None: what ends it there.
_Places = Mapping[str, Mapping[str, int | None]]


def unguarded(
    routes: Sequence[Mapping[str, Any]], hidden: Iterable[tuple[str, tuple[str, ...], str]], ring: str
) -> Iterator[Difference]:
    """APIs of the estate the ring does not serve, but whose requests one of its routes would carry. `hidden`: name,
    hosts and prefix of each API without a route.
    """
    places: _Places | None = None
    for name, hosts, prefix in hidden:
        places = places or _places(routes)
        around = _around(prefix)
        for host in hosts:
            carrier = _carrier(host, around, places)
            if carrier is not None:
                pointer = f"/rings/{ring}/routes/{carrier}"
                message = f"requests for {name} at {host}{prefix} are carried by another API's route"
                yield Difference(pointer, message, Location(f"apis/{name}/api.yaml"))


def _places(routes: Sequence[Mapping[str, Any]]) -> _Places:
    """Where one route serves a prefix and another ends it, it ends."""
    places: dict[str, dict[str, int | None]] = {}
    for index, route in enumerate(routes):
        for host in route["hosts"] or ("",):
            of_host, prefix = places.setdefault(host, {}), route["prefix"]
            if route["api"] is None:
                of_host[prefix] = None
            elif of_host.get(prefix, index) is not None:
                of_host[prefix] = index
    return places


def _carrier(host: str, around: Sequence[str], places: _Places) -> int | None:
    """The longest prefix decides; routes of the host come before those of any."""
    for of_host in (places[at] for at in (host, "") if at in places):
        for prefix in around:
            if prefix in of_host:
                return of_host[prefix]
    return None


@lru_cache(maxsize=10_000)
def _around(prefix: str) -> tuple[str, ...]:
    """`/a/b`: itself, `/a`, and the root."""
    found = [prefix]
    while prefix:
        prefix = prefix.rpartition("/")[0]
        found.append(prefix)
    return tuple(found)
