"""Which API is behind which host and prefix of a ring, in which versions; and what must not be carried by another."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

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


class KnownRoutes:
    """Routes that were as the estate says: the same one of the same API at the same shared hosts still is."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[Mapping[str, Any], ReadApi, tuple[str, ...]]] = {}

    def differences(
        self, estate: ReadEstate, api: ReadApi, ring: str, route: Mapping[str, Any], pointer: str
    ) -> list[Difference]:
        """What of a route is not as the estate says. `api` is the same object as long as its files say the same."""
        shared = estate.shared_hosts(ring)
        known = self._known.get((ring, api.name))
        if known is not None and known[1] is api and known[0] is route and known[2] == shared:
            return []
        found = list(differences(route, allowed_route(estate, api, ring), pointer))
        if not found:
            self._known[ring, api.name] = (route, api, shared)
        return found

    def keep(self, names: Container[str]) -> None:
        """Forgets every other API."""
        self._known = {place: known for place, known in self._known.items() if place[1] in names}


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
    places = _places(routes)
    for name, hosts, prefix in hidden:
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


def _around(prefix: str) -> list[str]:
    """`/a/b`: itself, `/a`, and the root."""
    found = [prefix]
    while prefix:
        prefix = prefix.rpartition("/")[0]
        found.append(prefix)
    return found
