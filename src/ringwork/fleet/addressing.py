"""From an API's name to a request: which ring, host, prefix and version, as the current manifest says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Address:
    """`target` is the request target; `headers` choose the version where a path does not."""

    ring: str
    host: str
    listener: str
    target: str
    headers: tuple[tuple[str, str], ...]


def address_of(manifest: dict[str, Any], ring: str, api: str, path: str, version: str | None) -> Address:
    """Where `path` of `api` is on `ring`; without `version`, the default or else the newest. Raises Refused."""
    content = ring_of(manifest, ring)
    routes = {route["api"]["name"]: route for route in content["routes"] if route["api"] is not None}
    if api not in routes:
        help = (
            did_you_mean(api, routes) if api not in _elsewhere(manifest, api) else _visible_on(manifest, api)
        )
        raise Refused("api-unknown", f'the {ring} ring has no API "{api}"', help, status=404)
    route = routes[api]
    chosen = _version(api, route["api"], version)
    by_path = route["api"]["versioning"] == "path"
    prefix = f"{route['prefix']}/{chosen}" if by_path else route["prefix"]
    by_header = route["api"]["versioning"] == "header"
    return Address(
        ring=ring,
        host=preferred_host(route["hosts"] or content["hosts"]),
        listener=content["listeners"][0],
        target=prefix + (path if path.startswith("/") else f"/{path}"),
        headers=(("api-version", chosen),) if by_header else (),
    )


def ring_of(manifest: dict[str, Any], ring: str) -> dict[str, Any]:
    """A ring of the manifest. Raises Refused when it does not listen."""
    rings = manifest["rings"]
    if ring not in rings:
        raise Refused("ring-unknown", f'no ring "{ring}" listens here', did_you_mean(ring, rings), status=404)
    content: dict[str, Any] = rings[ring]
    return content


def preferred_host(hosts: list[str]) -> str:
    """`localhost` needs no entry anywhere."""
    return "localhost" if "localhost" in hosts else hosts[0]


def _version(api: str, routed: dict[str, Any], wanted: str | None) -> str:
    versions = routed["versions"]
    if wanted is None:
        return str(routed["default_version"] or max(versions, key=_natural))
    if wanted not in versions:
        help = did_you_mean(wanted, versions)
        raise Refused("version-unknown", f'{api} has no version "{wanted}" on this ring', help, status=404)
    return wanted


def _natural(version: str) -> list[tuple[int, str]]:
    """`v10` after `v9`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", version)]


def _elsewhere(manifest: dict[str, Any], api: str) -> dict[str, list[str]]:
    """API → rings that know it, when one does."""
    rings = [
        name
        for name, content in manifest["rings"].items()
        if any(route["api"] is not None and route["api"]["name"] == api for route in content["routes"])
    ]
    return {api: rings} if rings else {}


def _visible_on(manifest: dict[str, Any], api: str) -> str:
    rings = ", ".join(_elsewhere(manifest, api)[api])
    return f"It is on: {rings}. Choose with --ring, or label an operation of it with x-audience."
