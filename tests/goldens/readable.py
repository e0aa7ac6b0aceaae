"""A revision as text one can review: per ring its manifest and bundles, without what every estate shares."""

from __future__ import annotations

import json
from typing import Any

from ringwork.bundle.compile import Compiled
from ringwork.kernel.findings import Finding

# The same in every golden, and long.
_SHARED = ("authentication", "response_headers", "tls")


def readable(compiled: Compiled, findings: list[Finding]) -> dict[str, str]:
    """File name → text: `<ring>.json`, `<ring>.<api>@<version>.json`, `findings.txt`."""
    files = {
        "findings.txt": "".join(f"{found.location} {found.code}: {found.message}\n" for found in findings)
    }
    for name, ring in json.loads(compiled.manifest)["rings"].items():
        files[f"{name}.json"] = _text(_ring(ring, compiled))
        for route in ring["routes"]:
            for version, hash_ in (route["api"] or {"versions": {}})["versions"].items():
                bundle = json.loads(compiled.objects[hash_])
                projection = bundle["projection"]
                projection["object"] = json.loads(compiled.objects[projection["object"]])
                files[f"{name}.{bundle['api']}@{version}.json"] = _text(bundle)
    return files


def _ring(ring: dict[str, Any], compiled: Compiled) -> dict[str, Any]:
    """Hashes make way for what they name: a golden says what changes, not that something did."""
    shown = {name: value for name, value in ring.items() if name not in _SHARED}
    shown["agreements"] = json.loads(compiled.objects[ring["agreements"]])
    shown["routes"] = [_route(route) for route in ring["routes"]]
    return shown


def _route(route: dict[str, Any]) -> dict[str, Any]:
    if route["api"] is None:
        return route
    shown = {name: value for name, value in route["api"].items() if name != "objects"}
    return route | {"api": shown | {"versions": sorted(shown["versions"])}}


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
