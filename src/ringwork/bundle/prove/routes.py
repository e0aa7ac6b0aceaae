"""Which API is behind which host and prefix of a ring, in which versions; and what must not be carried by another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ringwork.bundle.prove.estate import ReadApi, ReadEstate
from ringwork.bundle.prove.relations import Anything, Difference, Exactly, OneOf, Tree
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


def hosts_on(estate: ReadEstate, api: ReadApi, ring: str) -> tuple[str, ...]:
    return api.hosts(ring) or estate.shared_hosts(ring)


def default_version(api: ReadApi) -> str | None:
    if api.versioning == "path":
        return None
    if len(api.versions) == 1:
        return next(iter(api.versions))
    return next((name for name, version in api.versions.items() if version["default"].value is True), None)


# Host and prefix.
_Place = tuple[str, str]


def unguarded(
    routes: Iterable[Mapping[str, Any]], hidden: Iterable[tuple[str, tuple[str, ...], str]], ring: str
) -> Iterator[Difference]:
    """APIs of the estate the ring does not serve, but whose requests one of its routes would carry. `hidden`: name,
    hosts and prefix of each API without a route.
    """
    serving: dict[_Place, int] = {}
    ending: set[_Place] = set()
    for index, route in enumerate(routes):
        for host in route["hosts"] or ("",):
            if route["api"] is None:
                ending.add((host, route["prefix"]))
            else:
                serving[host, route["prefix"]] = index
    for name, hosts, prefix in hidden:
        for host in hosts:
            carrier = _carrier(host, prefix, serving, ending)
            if carrier is not None:
                pointer = f"/rings/{ring}/routes/{carrier}"
                message = f"requests for {name} at {host}{prefix} are carried by another API's route"
                yield Difference(pointer, message, Location(f"apis/{name}/api.yaml"))


def _carrier(host: str, prefix: str, serving: Mapping[_Place, int], ending: set[_Place]) -> int | None:
    """The longest prefix that is one of `prefix` decides; routes of the host come before those of any."""
    for at in (host, ""):
        for around in _around(prefix):
            if (at, around) in ending:
                return None
            if (at, around) in serving:
                return serving[at, around]
    return None


def _around(prefix: str) -> list[str]:
    """`/a/b`: itself, `/a`, and the root."""
    steps = prefix.split("/")[1:]
    return ["".join(f"/{step}" for step in steps[:count]) for count in range(len(steps), -1, -1)]
