"""Faults of routes: which API is behind which host and prefix of a ring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ringwork.bundle.prove.faults.edits import put
from ringwork.bundle.prove.faults.tampering import Copy, Fault, Inapplicable, found

Json = dict[str, Any]


def _route(ring: str, edit: Callable[[Json], None]) -> Callable[[Copy], None]:
    return lambda copy: edit(found(copy.routes(ring))[0])


def _internal_api_on(ring: str) -> Callable[[Copy], None]:
    """As it is on the internal ring, bundles and all."""

    def commit(copy: Copy) -> None:
        known = {route["api"]["name"] for route in copy.routes(ring)}
        hidden = [route for route in copy.routes("internal") if route["api"]["name"] not in known]
        copy.ring(ring)["routes"].append(found(hidden)[0])

    return commit


def _internal_bundle_on(ring: str) -> Callable[[Copy], None]:
    def commit(copy: Copy) -> None:
        inside = {route["api"]["name"]: route["api"]["versions"] for route in copy.routes("internal")}
        route = found(copy.routes(ring))[0]
        route["api"]["versions"] = dict(inside[route["api"]["name"]])

    return commit


def _partner_bundle_on_public(copy: Copy) -> None:
    partner = {route["api"]["name"]: route["api"]["versions"] for route in copy.routes("partner")}
    for route in copy.routes("public"):
        versions = partner.get(route["api"]["name"], {})
        for version in route["api"]["versions"]:
            if version in versions:
                route["api"]["versions"][version] = versions[version]
                return
    raise Inapplicable


def _versioning(copy: Copy) -> None:
    api = found(copy.routes("public"))[0]["api"]
    api["versioning"] = "none" if api["versioning"] == "header" else "header"


def _versions_swapped(copy: Copy) -> None:
    """A stale version: a name stands for the bundle of another."""
    for route in copy.routes("public"):
        versions = route["api"]["versions"]
        if len(versions) > 1:
            first, second = list(versions)[:2]
            versions[first], versions[second] = versions[second], versions[first]
            return
    raise Inapplicable


def _version_added(copy: Copy) -> None:
    versions = found(copy.routes("public"))[0]["api"]["versions"]
    versions["v0"] = next(iter(versions.values()))


def _api_of_another(copy: Copy) -> None:
    """One API's prefix leads to another API."""
    first, second = _two(copy.routes("internal"))
    first["prefix"], second["prefix"] = second["prefix"], first["prefix"]


def _bundles_of_another(copy: Copy) -> None:
    first, second = _two(copy.routes("internal"))
    first["api"]["versions"] = dict(second["api"]["versions"])


def _tombstone_removed(copy: Copy) -> None:
    for ring in ("public", "partner"):
        routes = copy.ring(ring)["routes"]
        kept = [route for route in routes if route["api"] is not None]
        if len(kept) < len(routes):
            copy.ring(ring)["routes"] = kept
            return
    raise Inapplicable


def _prefix_taken_over(copy: Copy) -> None:
    """A public API at the root carries what is hidden below it."""
    found(copy.routes("public"))[0]["prefix"] = ""


def _feature_dropped(copy: Copy) -> None:
    gated = [route for route in copy.routes("partner") if route["api"]["feature"]]
    found(gated)[0]["api"]["feature"] = None


def _object_added(copy: Copy) -> None:
    """A node is sent an object of another ring."""
    inside = found(copy.routes("internal"))[0]["api"]["versions"]
    found(copy.routes("public"))[0]["api"]["objects"] = list(inside.values())


def _two(routes: list[Json]) -> tuple[Json, Json]:
    if len(routes) < 2:
        raise Inapplicable
    return routes[0], routes[1]


ROUTE_FAULTS = (
    Fault(
        "internal-api-on-public", "an internal API is routed on the public ring", _internal_api_on("public")
    ),
    Fault(
        "internal-api-on-partner",
        "an internal API is routed on the partner ring",
        _internal_api_on("partner"),
    ),
    Fault(
        "internal-bundle-on-public",
        "the public ring is given an internal bundle",
        _internal_bundle_on("public"),
    ),
    Fault(
        "internal-bundle-on-partner",
        "the partner ring is given an internal bundle",
        _internal_bundle_on("partner"),
    ),
    Fault(
        "partner-bundle-on-public", "the public ring is given a partners' bundle", _partner_bundle_on_public
    ),
    Fault("versions-swapped", "a version's name leads to another version", _versions_swapped),
    Fault("version-added", "a version is served that the estate does not have", _version_added),
    Fault("prefixes-swapped", "one API's prefix leads to another", _api_of_another),
    Fault("bundles-swapped", "one API's route leads to another API's bundles", _bundles_of_another),
    Fault(
        "prefix-changed", "an API is served where it is not", _route("public", put("/elsewhere", "prefix"))
    ),
    Fault("prefix-widened", "an API carries what is hidden below it", _prefix_taken_over),
    Fault(
        "route-hosts-changed",
        "an API is served on a strange host",
        _route("public", put(["evil.example"], "hosts")),
    ),
    Fault("route-hosts-dropped", "an API is served on every host", _route("public", put([], "hosts"))),
    Fault("api-renamed", "an API goes by another's name", _route("public", put("other", "api", "name"))),
    Fault(
        "versioning-changed",
        "versions are told apart in another way",
        _versioning,
    ),
    Fault(
        "default-version-added",
        "who names no version is served one",
        _route("public", put("v0", "api", "default_version")),
    ),
    Fault("api-feature-dropped", "partners without the feature see the API", _feature_dropped),
    Fault(
        "api-feature-on-public",
        "a feature gates the public ring",
        _route("public", put("beta", "api", "feature")),
    ),
    Fault("tombstone-removed", "an API carries a hidden API's requests", _tombstone_removed),
    Fault("object-added", "a node is sent an object of another ring", _object_added),
)
